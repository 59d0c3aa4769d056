//! A process that is killed while it stores and projects: its read models are what they would be without, and another takes
//! its projections over at once. `EVGEN_TEST_ROUNDS=200` kills it more often; `breaking.rs` kills the store alone.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use evgen_runtime::position::Position;
use evgen_runtime::prelude::*;
use evgen_runtime::rusqlite::Connection;
use evgen_tests::fixtures::how_projections_run::events::account::{
    Account, ChangedEmail, Registered,
};
use evgen_tests::fixtures::how_projections_run::{Reactions, events};

const FILE: &str = "EVGEN_TEST_KILL_FILE";

async fn app(path: &Path) -> App {
    let store = SqliteStore::open(path).await.unwrap();
    events::app(store)
        .handlers(Reactions)
        .projections(Reactions)
        .build()
        .await
        .unwrap()
}

/// The process that is killed: this test, called by the one below. It says what is stored, and never ends.
#[test]
#[expect(clippy::print_stdout, reason = "the other process reads it")]
fn child() {
    let Some(path) = std::env::var_os(FILE) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let app = app(Path::new(&path)).await;
        let mut writers = Vec::new();
        for _ in 0..4 {
            let accounts = app.repository::<Account>();
            writers.push(tokio::spawn(async move {
                loop {
                    let id = AggregateId::new();
                    let email = format!("{id}@example.org");
                    let events = (
                        Registered {
                            email: "first".to_owned() + &email,
                        },
                        ChangedEmail { email },
                    );
                    let _ = accounts.create(&id, events).await.unwrap();
                    println!("stored {id}");
                    std::io::stdout().flush().unwrap();
                }
            }));
        }
        // They never end.
        std::future::pending::<()>().await;
        drop(writers);
    });
}

#[tokio::test]
async fn read_models_survive_every_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let kills = std::env::var("EVGEN_TEST_ROUNDS").map_or(6, |kills| kills.parse().unwrap());
    let mut acknowledged = 0;
    for kill in 0..kills {
        let told = run_and_kill(&path, Duration::from_millis(5 + kill * 37 % 60));
        let db = Connection::open(&path).unwrap();
        let number = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        for id in &told {
            let stored = format!("SELECT count(*) FROM evgen_journal WHERE aggregate_id = '{id}'");
            assert_eq!(number(&stored), 2, "{id}");
        }
        acknowledged += told.len();
        let torn = "SELECT count(*) FROM evgen_streams s
                    WHERE (SELECT count(*) FROM evgen_events WHERE stream = s.id) != 2";
        assert_eq!(number(torn), 0, "an append was torn");
        let gaps = "SELECT max(position) - count(*) FROM evgen_events";
        assert_eq!(number(gaps), 0, "positions have gaps");
        let behind = "SELECT (SELECT count(*) FROM evgen_streams) - (SELECT count(*) FROM emails)";
        assert_eq!(number(behind), 0, "the transactional read model is behind");
        assert_eq!(
            db.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))
                .unwrap(),
            "ok"
        );
    }
    assert!(acknowledged > 0, "nothing was ever stored");

    // The last owner of the projections is dead, and is not waited for.
    let app = app(&path).await;
    let head = app.event_store().head().await.unwrap();
    app.wait_for("history", head)
        .timeout(Duration::from_secs(60))
        .await
        .unwrap();
    let db = Connection::open(&path).unwrap();
    let once = "SELECT count(*) = count(DISTINCT position) AND count(*) = ?1 FROM history";
    let exactly_once: bool = db.query_row(once, [head.0], |row| row.get(0)).unwrap();
    assert!(exactly_once, "{head} events");
    assert_ne!(head, Position::START);
    app.shutdown().await;
}

/// What the process said was stored before it was killed.
fn run_and_kill(path: &Path, after: Duration) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "stores::kill::child",
            "--exact",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(FILE, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let id = |line: String| line.split_once("stored ").map(|(_, id)| id.to_owned());
    // Until it is at work.
    let first = lines.by_ref().find_map(|line| id(line.unwrap()));
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    // A line that was cut off was not said.
    let rest = lines.map_while(Result::ok).filter_map(id);
    let whole = |id: &String| id.len() == 36;
    first.into_iter().chain(rest).filter(whole).collect()
}

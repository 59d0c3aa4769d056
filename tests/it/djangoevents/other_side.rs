//! One journal, two programs: what evgen writes, the real djangoevents reads, and the other way round. Runs where Python 3.6
//! and djangoevents can be had (`tests/python/install`); no CI machine has them, so it may be missing there.

mod any_json;
mod every_kind;

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use evgen_runtime::store::sqlite::Layout;
use evgen_runtime::{App, EventId, UpdateError};
use evgen_tests::djangoevents::Todo;
use evgen_tests::djangoevents::events::todo;
use evgen_tests::postgres::Database;
use evgen_tests::shared;
use serde_json::{Value, json};

use super::repositories::repository;
use super::{Journal, app, cases, commands, same};
use every_kind::TEXT;
pub(super) use every_kind::write_all;

/// A process that runs djangoevents on a journal.
pub(super) struct OtherSide {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl OtherSide {
    /// Starts it; `None`, with a word about it, where it cannot be had.
    fn start(journal: &Path) -> Option<Self> {
        Self::start_with(&[("LIVE_SQLITE", journal.as_os_str().to_owned())])
    }

    /// Starts it on a journal in PostgreSQL.
    pub(super) fn in_postgres(database: &Database) -> Option<Self> {
        let (host, port) = (database.options.get_host(), database.options.get_port());
        let url = database.url.split_once("://").unwrap().1;
        let password = url
            .split_once('@')
            .unwrap()
            .0
            .split_once(':')
            .map_or("", |user| user.1);
        Self::start_with(&[
            ("LIVE_PG_NAME", database.name.clone().into()),
            ("LIVE_PG_HOST", host.into()),
            ("LIVE_PG_PORT", port.to_string().into()),
            ("PGPASSWORD", password.into()),
        ])
    }

    fn start_with(journal: &[(&str, OsString)]) -> Option<Self> {
        let aggregates = shared("djangoevents/aggregates_src")?;
        let Some(python) = std::env::var_os("EVGEN_TEST_DJANGOEVENTS") else {
            let _ = writeln!(
                std::io::stderr(),
                "did without the real djangoevents (Python 3.6)"
            );
            return None;
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/other_side.py");
        let mut process = Command::new(python)
            .arg(script)
            .current_dir(aggregates)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("DJANGO_SETTINGS_MODULE", "site_cfg.settings")
            .envs(journal.iter().map(|(key, value)| (key, value)))
            .env("LIVE_VALIDATE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let to = process.stdin.take().unwrap();
        let from = BufReader::new(process.stdout.take().unwrap());
        Some(Self { process, to, from })
    }

    fn ask(&mut self, command: &Value) -> Value {
        self.ask_text(&command.to_string())
    }

    fn ask_text(&mut self, command: &str) -> Value {
        writeln!(self.to, "{command}").unwrap();
        let mut line = String::new();
        self.from.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn get(&mut self, module: &str, aggregate: &str, id: &str) -> Value {
        self.ask(&json!({"get": aggregate, "module": module, "id": id}))
    }

    fn store(&mut self, module: &str, class: &str, id: &str, version: i64, attrs: &Value) -> Value {
        self.ask(&json!({"store": class, "module": module, "id": id, "version": version, "attrs": attrs}))
    }
}

impl Drop for OtherSide {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn is_same_state(expected: &Value, seen: &Value) -> bool {
    ["outcome", "attributes", "version", "discarded"]
        .iter()
        .all(|key| same(&expected[key], &seen[key]))
}

#[tokio::test]
async fn djangoevents_reads_the_journal_that_evgen_wrote() {
    let (Some(source), Some(states)) = (
        Journal::copy("public_journal.sqlite3"),
        cases("public_state.json"),
    ) else {
        return;
    };
    let written = source.path.with_file_name("written.sqlite3");
    if commands::replay(&written, evgen_runtime::Validation::Strict)
        .await
        .is_none()
    {
        return;
    }
    let Some(python) = OtherSide::start(&written) else {
        return;
    };
    reads_all(python, &states);
}

/// Every aggregate of the public journal is to Python what it was when Python had written it.
pub(super) fn reads_all(mut python: OtherSide, states: &Value) {
    let (mut equal, mut different) = (0, Vec::new());
    for state in states.as_array().unwrap() {
        let text = |key: &str| state[key].as_str().unwrap();
        let seen = python.get(text("module"), text("aggregate_type"), text("aggregate_id"));
        if is_same_state(state, &seen) {
            equal += 1;
        } else {
            different.push(format!("{state}\n{seen}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert_eq!(equal, 55);
}

#[tokio::test]
async fn djangoevents_reads_what_typed_events_wrote() {
    let Some(journal) = Journal::copy("public_journal.sqlite3") else {
        return;
    };
    let app = app(&journal.path, Layout::djangoevents(), false).await;
    let written = write_all(&app).await;
    let Some(python) = OtherSide::start(&journal.path) else {
        return;
    };
    reads_what_was_written(python, &app, written).await;
}

/// What typed events wrote is to both the same.
pub(super) async fn reads_what_was_written(
    mut python: OtherSide,
    app: &App,
    written: Vec<(&str, &str)>,
) {
    let mut different = Vec::new();
    for (module, aggregate) in written {
        let theirs = python.get(&format!("{module}.aggregates"), aggregate, "new");
        let ours = repository(app, aggregate).look("new", None).await;
        let is_same = match &ours {
            Ok(ours) => theirs["outcome"] == "entity" && ours.fits(&theirs),
            Err(_) => theirs["outcome"] == "missing" && aggregate == "ShortNote",
        };
        if !is_same {
            different.push(format!("{aggregate}: {ours:?}\n{theirs}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[tokio::test]
async fn both_write_to_one_journal_in_turn() {
    let Some(journal) = Journal::copy("public_journal.sqlite3") else {
        return;
    };
    let Some(python) = OtherSide::start(&journal.path) else {
        return;
    };
    let app = app(&journal.path, Layout::djangoevents(), false).await;
    write_in_turn(python, &app).await;
}

/// Both write to `Todo::shared`, 42 events in all.
pub(super) async fn write_in_turn(mut python: OtherSide, app: &App) {
    const MODULE: &str = "todos.aggregates";
    let todos = app.repository::<Todo>();
    let stored = json!({"outcome": "stored"});
    let label = |n: i64| format!("{n} {TEXT}");

    assert_eq!(
        python.store(
            MODULE,
            "Todo.Created",
            "shared",
            0,
            &json!({"label": label(0)})
        ),
        stored
    );
    for version in (1..40).step_by(2) {
        let changed = todo::ChangedLabel {
            label: label(version),
        };
        let committed = todos.update("shared", |_| changed.clone()).await.unwrap();
        assert_eq!(committed.version.0, version + 1);
        let attrs = json!({"label": label(version + 1)});
        assert_eq!(
            python.store(MODULE, "Todo.ChangedLabel", "shared", version + 1, &attrs),
            stored
        );
        let ours = repository(app, "Todo").look("shared", None).await.unwrap();
        let theirs = python.get(MODULE, "Todo", "shared");
        assert!(ours.fits(&theirs), "{ours:?}\n{theirs}");
        assert_eq!(theirs["attributes"]["label"], label(version + 1));
    }

    // Each finds what the other has written: a second creation, a stale version.
    let again = python.store(
        MODULE,
        "Todo.Created",
        "shared",
        0,
        &json!({"label": "again"}),
    );
    assert_eq!(again["type"], "AlreadyExists");
    let stale = python.store(
        MODULE,
        "Todo.ChangedLabel",
        "shared",
        40,
        &json!({"label": "stale"}),
    );
    assert_eq!(stale["type"], "IntegrityError");
    assert!(
        todos
            .create("shared", todo::Created { label: label(0) })
            .await
            .is_err()
    );
    let stale = todos
        .update("shared", |_| todo::Reopened {})
        .expect_version(40)
        .await;
    assert!(
        matches!(stale, Err(UpdateError::Conflict { .. })),
        "{stale:?}"
    );
    let given = EventId::parse("00000000-0000-1000-8000-000000000000").unwrap();
    let raw = app
        .store_raw("todo_completed", "shared", 41, "{}")
        .event_id(given);
    raw.await.unwrap();
    let theirs = python.get(MODULE, "Todo", "shared");
    assert_eq!(
        (&theirs["attributes"]["done"], &theirs["version"]),
        (&json!(true), &json!(42))
    );
}

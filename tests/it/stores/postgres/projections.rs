//! Read models in the journal's database: exactly once, whoever runs them and whatever becomes of the server's connections.

use std::time::Duration;

use evgen_runtime::App;
use evgen_runtime::error::BoxError;
use evgen_runtime::sqlx::{self, AssertSqlSafe, Executor as _, PgConnection, Row as _};
use evgen_runtime::store::postgres::{Apply, PostgresStore};
use evgen_runtime::store::{EventStore, NoteChange, NoteQuery, ProjectError};
use evgen_tests::fixtures::in_postgres::events::account::{Deposited, Opened};
use evgen_tests::fixtures::in_postgres::{Account, Totals, events};
use evgen_tests::postgres::Database;

use super::{native, open};

fn apply(text: &'static str, then: Result<(), &'static str>) -> Apply {
    Box::new(move |tx| {
        Box::pin(async move {
            tx.execute(text).await?;
            then.map_err(BoxError::from)
        })
    })
}

/// The step from one checkpoint to another.
fn step(from: Option<&str>, to: &str) -> Vec<NoteChange> {
    vec![NoteChange::set("seen", to).expecting(from.map(str::to_owned))]
}

async fn checkpoint(store: &PostgresStore) -> Option<String> {
    let found = store.load_notes(NoteQuery::of("seen")).await.unwrap();
    NoteQuery::value("seen", found)
}

async fn number(db: &mut PgConnection, query: &'static str) -> i64 {
    db.fetch_one(query).await.unwrap().try_get(0).unwrap()
}

/// Reads are planned by settings that only the store's own statements know to suit them.
#[tokio::test]
async fn a_projection_has_the_servers_settings() {
    let Some((store, _database)) = native().await else {
        return;
    };
    let look: Apply = Box::new(|tx| {
        Box::pin(async move {
            let names =
                "'enable_seqscan', 'enable_bitmapscan', 'enable_sort', 'jit', 'plan_cache_mode'";
            let select = format!(
                "SELECT count(*) FROM pg_settings WHERE name IN ({names}) AND setting = boot_val"
            );
            let row = tx.fetch_one(AssertSqlSafe(select)).await?;
            assert_eq!(row.try_get::<i64, _>(0)?, 5);
            Ok(())
        })
    });
    store.project(step(None, "1"), look).await.unwrap();
}

const COUNT: &str = "INSERT INTO seen VALUES (1)";

#[tokio::test]
async fn effect_and_notes_are_one() {
    let Some((store, database)) = native().await else {
        return;
    };
    let mut db = database.connect().await;
    db.execute("CREATE TABLE seen (n int)").await.unwrap();
    let made = store.project(step(None, "5"), apply(COUNT, Ok(())));
    made.await.unwrap();
    // Another process that believes to be the first.
    let again = store.project(step(None, "5"), apply(COUNT, Ok(()))).await;
    let Err(ProjectError::Changed { key, actual }) = again else {
        panic!("it was made twice")
    };
    assert_eq!((key.as_str(), actual.as_deref()), ("seen", Some("5")));
    let refused = store.project(step(Some("5"), "6"), apply(COUNT, Err("no")));
    let Err(ProjectError::Refused { source }) = refused.await else {
        panic!()
    };
    assert_eq!(source.to_string(), "no");
    let panics: Apply = Box::new(|_| Box::pin(async { panic!("a projection's mistake") }));
    let panicked = store.project(step(Some("5"), "6"), panics).await;
    assert!(matches!(panicked, Err(ProjectError::Refused { .. })));
    // The server cuts the connection: that is not the projection's mistake.
    let cut = "SELECT pg_terminate_backend(pg_backend_pid())";
    let cut = store.project(step(Some("5"), "6"), apply(cut, Ok(())));
    assert!(matches!(cut.await, Err(ProjectError::Backend { .. })));
    assert_eq!(checkpoint(&store).await.as_deref(), Some("5"));
    assert_eq!(number(&mut db, "SELECT count(*) FROM seen").await, 1);
    store.close().await;
    let late = store.project(step(Some("5"), "6"), apply(COUNT, Ok(())));
    assert!(matches!(late.await, Err(ProjectError::Closed)));
}

/// What an app's own command prints, and its exit code.
async fn admin(app: &App, words: &str) -> (String, u8) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = app.admin_to(words.split(' '), &mut out, &mut err).await;
    (String::from_utf8(out).unwrap(), code)
}

async fn app(database: &Database) -> App {
    let store = open(database).await;
    let app = events::app(store).projections(Totals);
    app.configure(|app| app.lease(Duration::from_millis(500)))
        .build()
        .await
        .unwrap()
}

/// The table is what a fold of the journal gives.
async fn assert_totals(app: &App, db: &mut PgConnection, ids: &[&str]) {
    for id in ids {
        let account = app.repository::<Account>().get(*id).await.unwrap();
        let row = sqlx::query("SELECT count, hash FROM totals WHERE id = $1");
        let row = row.bind(*id).fetch_one(&mut *db).await.unwrap();
        let found: (i64, i64) = (row.try_get(0).unwrap(), row.try_get(1).unwrap());
        assert_eq!(found, (account.count, account.hash), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_event_takes_effect_once_whoever_runs_the_projection() {
    let Some(database) = Database::new().await else {
        return;
    };
    let mut db = database.connect().await;
    let apps = [app(&database).await, app(&database).await];
    let ids = ["1", "2", "3"];
    for id in ids {
        let accounts = apps[0].repository::<Account>();
        let _ = accounts.create(id, Opened {}).await.unwrap();
    }
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
               AND pid <> pg_backend_pid()";
    for n in 0..60 {
        let accounts = apps[n % 2].repository::<Account>();
        let amount = i64::try_from(n).unwrap();
        let update = accounts.update(ids[n % 3], |_| Deposited { amount });
        let _ = update.await.unwrap();
        // Whatever is done at this moment, half of it or all of it.
        if n % 20 == 10 {
            db.execute(cut).await.unwrap();
        }
    }
    let [one, other] = apps;
    let head = other.event_store().head().await.unwrap();
    one.shutdown().await;
    other.wait_for("totals", head).await.unwrap();
    assert_totals(&other, &mut db, &ids).await;
    assert!(other.parked("totals").list().await.unwrap().is_empty());
    other.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_leaves_no_trace_and_is_parked_with_its_stream() {
    let Some(database) = Database::new().await else {
        return;
    };
    let mut db = database.connect().await;
    let app = app(&database).await;
    db.execute("INSERT INTO refused VALUES (7), (-7)")
        .await
        .unwrap();
    let accounts = app.repository::<Account>();
    for (id, bad) in [("1", 7), ("2", -7), ("3", 8)] {
        let _ = accounts.create(id, Opened {}).await.unwrap();
        for amount in [1, bad, 2] {
            let update = accounts.update(id, |_| Deposited { amount });
            let _ = update.await.unwrap();
        }
    }
    let head = app.event_store().head().await.unwrap();
    app.wait_for("totals", head).await.unwrap();
    assert_totals(&app, &mut db, &["3"]).await;
    assert_eq!(
        number(&mut db, "SELECT sum(count)::bigint FROM totals").await,
        5
    );
    let parked = app.parked("totals").list().await.unwrap();
    let errors: Vec<_> = parked.iter().map(|event| event.error.clone()).collect();
    let (no, panicked) = ("no 7".to_owned(), "the projection panicked".to_owned());
    assert_eq!(errors, [Some(no), None, Some(panicked), None]);
    // As the app's own commands tell it.
    assert_eq!(admin(&app, "projections parked").await.1, 1);
    let (list, code) = admin(&app, "projections list").await;
    assert!(list.contains("totals") && code == 0, "{list}");
    // Once it takes them, they follow in order.
    db.execute("DELETE FROM refused").await.unwrap();
    assert_eq!(app.parked("totals").retry_all().await.unwrap(), 2);
    for _ in 0..500 {
        if app.parked("totals").list().await.unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_totals(&app, &mut db, &["1", "2", "3"]).await;
    assert_eq!(admin(&app, "projections parked").await.1, 0);
    // Skipped, it is as if it had not happened; made anew, it is tried again.
    db.execute("INSERT INTO refused VALUES (9)").await.unwrap();
    for amount in [9, 10] {
        let update = accounts.update("3", |_| Deposited { amount });
        let done = update.await.unwrap();
        app.wait_for("totals", done.position).await.unwrap();
    }
    let parked = app.parked("totals").list().await.unwrap();
    assert_eq!(parked.len(), 2);
    let skip = format!("projections parked skip totals {}", parked[0].position);
    assert_eq!(admin(&app, &skip).await.1, 0);
    for _ in 0..500 {
        if app.parked("totals").list().await.unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let count = "SELECT count FROM totals WHERE id = '3'";
    assert_eq!(number(&mut db, count).await, 4);
    // Its `prepare` makes the table of what is refused, too: nothing is, any more.
    let (said, code) = admin(&app, "projections rebuild totals").await;
    assert_eq!(code, 0, "{said}");
    assert_totals(&app, &mut db, &["1", "2", "3"]).await;
    app.shutdown().await;
}

//! PostgreSQL: processes and the server killed at random moments, crowds beside callers' own transactions, and a journal
//! that is carried to another server by its own tools. `EVGEN_TEST_ROUNDS` breaks more.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use evgen_runtime::App;
use evgen_runtime::sqlx::{Connection as _, Executor as _, PgConnection, Row as _};
use evgen_runtime::store::EventStore as _;
use evgen_runtime::store::postgres::PostgresStore;
use evgen_tests::fixtures::in_postgres::events::account::{Deposited, Opened};
use evgen_tests::fixtures::in_postgres::{Account, Totals, events};
use evgen_tests::postgres::{Database, program};

use super::{child, journal, rounds};

/// The app on this database, whose projection another process may just have left behind.
async fn app(database: &Database) -> App {
    let app = events::app(child::postgres(&database.url).await).projections(Totals);
    let app = app.configure(|app| app.lease(Duration::from_millis(500)));
    app.build().await.unwrap()
}

/// The read model is what a fold of each stream gives; how many accounts there are.
async fn assert_totals(app: &App, database: &Database) -> usize {
    let head = app.event_store().head().await.unwrap();
    app.wait_for("totals", head).await.unwrap();
    assert!(app.parked("totals").list().await.unwrap().is_empty());
    let mut db = database.connect().await;
    let rows = db.fetch_all("SELECT id, count, hash FROM totals ORDER BY id");
    let rows = rows.await.unwrap();
    for row in &rows {
        let (id, count, hash): (String, i64, i64) = (row.get(0), row.get(1), row.get(2));
        let account = app.repository::<Account>().get(&*id).await.unwrap();
        assert_eq!((count, hash), (account.count, account.hash), "{id}");
    }
    rows.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_stored_when_the_process_is_killed() {
    let Some(database) = Database::new().await else {
        return;
    };
    let mut acknowledged = BTreeSet::new();
    for round in 0..rounds(5) {
        let mut running = child::start("append", &database.url, round, &[]);
        while acknowledged.len() < (round + 1) * 20 {
            let line = running.line().expect("it lives until it is killed");
            acknowledged.extend(line.strip_prefix("ok ").map(str::to_owned));
        }
        running.kill();
        while let Some(line) = running.line() {
            acknowledged.extend(line.strip_prefix("ok ").map(str::to_owned));
        }
        let store = child::open(&database.url).await;
        journal::check(&*store, &acknowledged).await;
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_projection_that_is_killed_equals_a_fresh_fold() {
    let Some(database) = Database::new().await else {
        return;
    };
    for round in 0..rounds(4) {
        let mut running = child::start("project_in_postgres", &database.url, round, &[]);
        let mut left = 10 + round * 7 % 20;
        while left > 0 {
            let line = running.line().expect("it lives until it is killed");
            left -= usize::from(line == "ok");
        }
        running.kill();
    }
    let app = app(&database).await;
    assert_eq!(assert_totals(&app, &database).await, 3);
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_part_of_appends_is_never_behind_when_processes_are_killed() {
    use evgen_tests::fixtures::appends_of_postgres::events::account::Account;
    use evgen_tests::fixtures::appends_of_postgres::{ReadModels, events};

    let Some(database) = Database::new().await else {
        return;
    };
    let mut db = database.connect().await;
    for round in 0..rounds(3) {
        // Two at a time; they want each other's addresses.
        let mut running =
            [0, 1].map(|n| child::start("fold_in_postgres", &database.url, round * 2 + n, &[]));
        let mut left = 60 + round * 7 % 20;
        while left > 0 {
            for running in &mut running {
                let line = running.line().expect("it lives until it is killed");
                left = left.saturating_sub(usize::from(line == "ok"));
            }
        }
        for running in &mut running {
            running.kill();
        }
        // What the dead have begun ends with their connections.
        let behind = "SELECT (SELECT value::bigint FROM evgen.notes WHERE key = 'emails/checkpoint') - (SELECT position FROM evgen.head)";
        let behind = db.fetch_one(behind).await.unwrap();
        assert_eq!(behind.get::<i64, _>(0), 0);
    }
    let app = events::app(child::postgres(&database.url).await).projections(ReadModels);
    let app = app.build().await.unwrap();
    let head = app.event_store().head().await.unwrap();
    let rows = db.fetch_all("SELECT id, email, version, changes FROM emails");
    let mut events = 0;
    for row in rows.await.unwrap() {
        let (id, email): (String, String) = (row.get(0), row.get(1));
        let (version, changes): (i64, i64) = (row.get(2), row.get(3));
        let account = app.repository::<Account>().get(&*id).await.unwrap();
        assert_eq!(
            (&account.email, account.version().0 - 1),
            (&email, version),
            "{id}"
        );
        assert_eq!(version, changes, "{id}");
        events += version + 1;
    }
    assert_eq!(events, head.0);
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_outlive_a_server_that_is_killed() {
    let Some(database) = Database::on_own_server().await else {
        return;
    };
    let store = child::postgres(&database.url).await;
    let app = app(&database).await;
    let accounts = app.repository::<Account>();
    let _ = accounts.create("1", Opened {}).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let done = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let (store, stop, done) = (store.clone(), Arc::clone(&stop), Arc::clone(&done));
            tokio::spawn(async move {
                let mut names = Vec::new();
                for n in 0.. {
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    let name = format!("0-{task}-{n}");
                    // Neither lost nor doubled, and no error: it is tried until the server is back.
                    store.append(child::batch(&name, task, n)).await.unwrap();
                    names.push(name);
                    done.fetch_add(1, Ordering::SeqCst);
                }
                names
            })
        })
        .collect();
    // It appends, it is killed at some moment, it appends again.
    let rounds = rounds(3);
    for round in 0..=rounds {
        let enough = done.load(Ordering::SeqCst) + 50 + round * 7 % 20;
        while done.load(Ordering::SeqCst) < enough {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        if round < rounds {
            tokio::task::block_in_place(|| database.crash());
        }
    }
    stop.store(true, Ordering::SeqCst);
    let mut acknowledged = BTreeSet::new();
    for task in tasks {
        let ended = tokio::time::timeout(Duration::from_secs(60), task).await;
        acknowledged.extend(ended.unwrap().unwrap());
    }
    for amount in 0..10 {
        let update = accounts.update("1", |_| Deposited { amount });
        let _ = update.await.unwrap();
    }
    assert_eq!(assert_totals(&app, &database).await, 1);
    let (found, _) = journal::batches(&store).await;
    assert_eq!(found, acknowledged);
    store.close().await;
    app.shutdown().await;
}

const TASKS: usize = 64;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_waits_for_nobody_s_open_transaction() {
    let Some(database) = Database::new().await else {
        return;
    };
    let store = child::postgres(&database.url).await;
    let app = events::app(store).projections(Totals).build();
    let app = app.await.unwrap();
    let accounts = app.repository::<Account>();
    for id in ["held", "crowd"] {
        let _ = accounts.create(id, Opened {}).await.unwrap();
    }
    // A caller's own transaction that has changed `held`, and is left open.
    let mut connection = database.connect().await;
    let mut tx = connection.begin().await.unwrap();
    let update = accounts.update("held", |_| Deposited { amount: 1 });
    let pending = update.in_tx(&mut tx).await.unwrap();
    let waiting = {
        let accounts = accounts.clone();
        tokio::spawn(async move { accounts.update("held", |_| Deposited { amount: 2 }).await })
    };
    let begun = Instant::now();
    let updates = rounds(3);
    let tasks = (0..TASKS).flat_map(|task| [format!("own-{task}"), "crowd".to_owned()]);
    let tasks: Vec<_> = tasks
        .map(|id| {
            let accounts = accounts.clone();
            tokio::spawn(async move {
                if id != "crowd" {
                    let _ = accounts.create(&*id, Opened {}).await.unwrap();
                }
                for _ in 0..updates {
                    let update = accounts.update(&*id, |_| Deposited { amount: 1 });
                    let _ = update.await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        let ended = tokio::time::timeout(Duration::from_secs(120), task).await;
        ended.expect("they wait for nobody").unwrap();
    }
    assert!(!waiting.is_finished(), "after {:?}", begun.elapsed());
    let _ = pending.commit(tx).await.unwrap();
    let _ = waiting.await.unwrap().unwrap();
    let count = async |id: &str| accounts.get(id).await.unwrap().count;
    let all = i64::try_from(TASKS * updates).unwrap();
    assert_eq!((count("crowd").await, count("held").await), (all, 2));
    assert_eq!(assert_totals(&app, &database).await, TASKS + 2);
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_of_callers_beside_a_crowd_neither_deadlock_nor_hold_up_others() {
    let Some(database) = Database::new().await else {
        return;
    };
    const OPEN: Duration = Duration::from_secs(5);
    // As long as the machine needs: whoever waits for ever is found below.
    let store = PostgresStore::builder(&database.url).migrate_at_start(true);
    let store = store.connect_timeout(Duration::from_secs(60)).connect();
    let app = events::app(store.await.unwrap()).projections(Totals);
    let app = app.build().await.unwrap();
    let accounts = app.repository::<Account>();
    for id in ["shared", "held-0", "held-1", "held-2"] {
        let _ = accounts.create(id, Opened {}).await.unwrap();
    }
    // Three streams in callers' transactions that are left open: for 5 s, and until everybody else is through.
    let (through, open) = tokio::sync::watch::channel(false);
    let begun = Arc::new(tokio::sync::Barrier::new(4));
    let held: Vec<_> = (0..3)
        .map(|n| {
            let (accounts, options) = (accounts.clone(), database.options.clone());
            let (mut open, begun) = (open.clone(), Arc::clone(&begun));
            tokio::spawn(async move {
                let id = format!("held-{n}");
                let mut db = PgConnection::connect_with(&options).await.unwrap();
                let mut tx = db.begin().await.unwrap();
                let update = accounts.update(&*id, |_| Deposited { amount: 1 });
                let pending = update.in_tx(&mut tx).await.unwrap();
                begun.wait().await;
                tokio::time::sleep(OPEN).await;
                assert!(open.wait_for(|through| *through).await.is_ok());
                let _ = pending.commit(tx).await.unwrap();
            })
        })
        .collect();
    begun.wait().await;
    let updates = rounds(10);
    // Callers' short transactions and plain updates on one stream, and updates of streams of their own.
    let tasks = (0..24).map(|task| {
        let (accounts, options) = (accounts.clone(), database.options.clone());
        tokio::spawn(async move {
            let own = format!("own-{task}");
            let id = if task < 8 { "shared" } else { &own };
            if task >= 8 {
                let _ = accounts.create(id, Opened {}).await.unwrap();
            }
            let mut db = PgConnection::connect_with(&options).await.unwrap();
            for _ in 0..updates {
                let update = accounts.update(id, |_| Deposited { amount: 1 });
                if task % 4 == 0 {
                    let mut tx = db.begin().await.unwrap();
                    let pending = update.in_tx(&mut tx).await.unwrap();
                    let _ = pending.commit(tx).await.unwrap();
                } else {
                    let _ = update.await.unwrap();
                }
            }
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let late = {
        let accounts = accounts.clone();
        tokio::spawn(async move { accounts.update("held-1", |_| Deposited { amount: 2 }).await })
    };
    for task in tasks {
        let ended = tokio::time::timeout(Duration::from_secs(120), task).await;
        ended.expect("none waits for those that are open").unwrap();
    }
    assert!(held.iter().all(|task| !task.is_finished()) && !late.is_finished());
    through.send_replace(true);
    for task in held {
        task.await.unwrap();
    }
    let _ = late.await.unwrap().unwrap();
    let count = async |id: &str| accounts.get(id).await.unwrap().count;
    let shared = i64::try_from(8 * updates).unwrap();
    assert_eq!((count("shared").await, count("held-1").await), (shared, 2));
    assert_eq!(assert_totals(&app, &database).await, 4 + 16);
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_goes_on_from_its_checkpoint_in_a_restored_database() {
    let Some(database) = Database::new().await else {
        return;
    };
    let (Some(dump), Some(psql)) = (program("pg_dump"), program("psql")) else {
        return;
    };
    let first = app(&database).await;
    for id in ["1", "2"] {
        let accounts = first.repository::<Account>();
        let _ = accounts.create(id, Opened {}).await.unwrap();
        for amount in 0..5 {
            let update = accounts.update(id, |_| Deposited { amount });
            let _ = update.await.unwrap();
        }
    }
    assert_eq!(assert_totals(&first, &database).await, 2);
    first.shutdown().await;
    let restored = database.restored(&dump, &psql).await;
    // An event that came again would be parked: its account is there.
    let second = app(&restored).await;
    let accounts = second.repository::<Account>();
    let _ = accounts.create("3", Opened {}).await.unwrap();
    for id in ["1", "2", "3"] {
        let update = accounts.update(id, |_| Deposited { amount: 9 });
        let _ = update.await.unwrap();
    }
    assert_eq!(second.event_store().head().await.unwrap().0, 16);
    assert_eq!(assert_totals(&second, &restored).await, 3);
    second.shutdown().await;
}

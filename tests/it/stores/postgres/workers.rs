//! Durable handlers on PostgreSQL: workers that keep each stream in its order, and leases that another process takes over.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use evgen_runtime::prelude::*;
use evgen_runtime::sqlx::Executor as _;
use evgen_runtime::{Delivery, HandlerEntry, RunOptions};
use evgen_tests::fixtures::in_postgres::events::account::{Deposited, Opened};
use evgen_tests::fixtures::in_postgres::{Account, Totals, events};
use evgen_tests::postgres::Database;

use super::open;

/// What was handled, in order: stream and version.
type Seen = Arc<Mutex<Vec<(String, i64)>>>;

/// An app with a handler of four workers, which fails once at each event whose version is a multiple of seven.
async fn app(database: &Database, seen: &Seen) -> App {
    let (seen, failed) = (Arc::clone(seen), Arc::<Mutex<Vec<_>>>::default());
    let handler = HandlerEntry {
        name: "mailer",
        on: const { &[Opened::DESCRIPTOR, Deposited::DESCRIPTOR] },
        delivery: Delivery::Durable,
        run: RunOptions {
            workers: 4,
            attempts: Some(5),
        },
        call: Box::new(move |_, cx| {
            let (seen, failed) = (Arc::clone(&seen), Arc::clone(&failed));
            Box::pin(async move {
                let at = (cx.aggregate_id().to_string(), cx.version().0);
                tokio::task::yield_now().await;
                let mut failed = failed.lock().unwrap();
                if at.1 % 7 == 6 && !failed.contains(&at) {
                    failed.push(at);
                    return Err(HandlerError::message("once more"));
                }
                seen.lock().unwrap().push(at);
                Ok(())
            })
        }),
    };
    let app = events::app(open(database).await).projections(Totals);
    app.configure(|app| {
        app.lease(Duration::from_millis(500))
            .retry_pause(Duration::from_millis(1), Duration::from_millis(2))
            .add_handlers(vec![handler])
    })
    .build()
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_stream_is_in_order_whoever_works_on_it() {
    let Some(database) = Database::new().await else {
        return;
    };
    let seen = Seen::default();
    let mut running = vec![app(&database, &seen).await, app(&database, &seen).await];
    let mut db = database.connect().await;
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
               AND pid <> pg_backend_pid()";
    let ids: Vec<_> = (0..8).map(|n| format!("s{n}")).collect();
    for round in 0..4 {
        let accounts = running.last().unwrap().repository::<Account>();
        for n in 0..10 {
            for id in &ids {
                if (round, n) == (0, 0) {
                    let _ = accounts.create(&**id, Opened {}).await.unwrap();
                }
                let update = accounts.update(&**id, |_| Deposited { amount: 1 });
                let _ = update.await.unwrap();
            }
        }
        match round {
            0 => drop(db.execute(cut).await.unwrap()),
            // Whoever owns it now, another goes on.
            1 => running.remove(0).shutdown().await,
            2 => {
                running.push(app(&database, &seen).await);
                running.remove(0).shutdown().await;
                running.push(app(&database, &seen).await);
            }
            _ => {}
        }
    }
    let last = running.last().unwrap();
    let head = last.event_store().head().await.unwrap();
    assert_eq!(head.0, 8 * 41);
    last.wait_for("mailer", head)
        .timeout(Duration::from_secs(60))
        .await
        .unwrap();
    assert!(last.parked("mailer").list().await.unwrap().is_empty());
    for app in running {
        app.shutdown().await;
    }
    // At least once, and none before the one before it.
    let mut reached = HashMap::<_, i64>::new();
    for (id, version) in &*seen.lock().unwrap() {
        let next = reached.entry(id.clone()).or_default();
        assert!(version <= next, "{id}: {version} came before {next}");
        *next = (*next).max(version + 1);
    }
    assert_eq!(reached.len(), 8);
    assert!(reached.values().all(|next| *next == 41), "{reached:?}");
}

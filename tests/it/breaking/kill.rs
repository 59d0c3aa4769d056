//! kill -9 at random moments.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use evgen_runtime::store::EventStore as _;
use evgen_runtime::store::sqlite::SqliteStore;
use evgen_tests::fixtures::ledger::events::account::Event;
use evgen_tests::fixtures::ledger::{Account, Totals, events, mixed};

use super::{child, journal, rounds};

/// A moment that no two rounds share.
fn moment(round: usize) -> Duration {
    Duration::from_micros(3_000 + (round as u64).wrapping_mul(7_919) % 60_000)
}

#[tokio::test]
async fn what_was_acknowledged_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let url = folder.path().join("app.db").to_str().unwrap().to_owned();
    let mut acknowledged = BTreeSet::new();
    let rounds = rounds(20);
    for round in 0..rounds {
        let mut running = child::start("append", &url, round, &[]);
        let until = loop {
            let line = running.line().expect("it lives until it is killed");
            if let Some(name) = line.strip_prefix("ok ") {
                acknowledged.insert(name.to_owned());
                break Instant::now() + moment(round);
            }
        };
        std::thread::sleep(until.saturating_duration_since(Instant::now()));
        running.kill();
        while let Some(line) = running.line() {
            if let Some(name) = line.strip_prefix("ok ") {
                acknowledged.insert(name.to_owned());
            }
        }
        let store = child::open(&url).await;
        journal::check(&*store, &acknowledged).await;
        store.close().await;
    }
    assert!(acknowledged.len() >= rounds, "every round appended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_projection_that_is_killed_equals_a_fresh_fold() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    for round in 0..rounds(8) {
        let mut running = child::start("project", path.to_str().unwrap(), round, &[]);
        while running.line().expect("it lives until it is killed") != "ok" {}
        std::thread::sleep(moment(round));
        running.kill();
    }
    let store = SqliteStore::open(&path).await.unwrap();
    let app = events::app(store.clone())
        .projections(Totals)
        .build()
        .await
        .unwrap();
    let head = store.head().await.unwrap();
    app.wait_for("totals", head).await.unwrap();
    let query = "SELECT id, count, hash FROM totals ORDER BY id";
    let read: Vec<(String, i64, i64)> = store
        .read(move |db| {
            let mut statement = db.prepare(query)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
            rows?.collect()
        })
        .await
        .unwrap();
    let mut fresh = Vec::new();
    for n in 0..3 {
        let id = format!("account-{n}");
        let (mut count, mut hash) = (0, 0);
        for envelope in app.repository::<Account>().events(&*id).await.unwrap() {
            if let Event::Deposited(deposited) = envelope.event {
                count += 1;
                hash = mixed(hash, deposited.amount);
            }
        }
        if count > 0 {
            fresh.push((id, count, hash));
        }
    }
    assert_eq!(read, fresh);
    assert!(!read.is_empty());
    app.shutdown().await;
}

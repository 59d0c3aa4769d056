//! Many tasks on one aggregate, and on one each.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use evgen_runtime::App;
use evgen_runtime::store::EventStore as _;
use evgen_runtime::store::sqlite::Layout;
use evgen_tests::fixtures::ledger::events::account::{Deposited, Opened};
use evgen_tests::fixtures::ledger::{Account, Totals, events};

use super::rounds;
use crate::stores::sqlite;

const TASKS: usize = 64;

/// 64 tasks update one aggregate. Gives how many updates each had made when the first was through.
async fn crowd(app: &App, updates: usize) -> Vec<usize> {
    let accounts = app.repository::<Account>();
    let _ = accounts.create("1", Opened {}).await.unwrap();
    let done: Arc<Vec<AtomicUsize>> = Arc::new((0..TASKS).map(|_| AtomicUsize::new(0)).collect());
    let first = Arc::new(OnceLock::new());
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let (accounts, done, first) = (accounts.clone(), Arc::clone(&done), Arc::clone(&first));
            tokio::spawn(async move {
                for _ in 0..updates / TASKS {
                    let update = accounts.update("1", |_| Deposited { amount: 1 });
                    let _ = update.await.unwrap();
                    done[task].fetch_add(1, Ordering::Relaxed);
                }
                first.get_or_init(|| {
                    done.iter()
                        .map(|n| n.load(Ordering::Relaxed))
                        .collect::<Vec<_>>()
                });
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let account = accounts.get("1").await.unwrap();
    assert_eq!(
        account.count,
        i64::try_from(updates / TASKS * TASKS).unwrap()
    );
    first.get().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_task_gets_its_turn() {
    let updates = rounds(20) * TASKS;
    let (sqlite, _folder) = sqlite(Layout::Native).await;
    let app = events::app(sqlite)
        .projections(Totals)
        .build()
        .await
        .unwrap();
    let turns = crowd(&app, updates).await;
    let (least, most) = (turns.iter().min().unwrap(), turns.iter().max().unwrap());
    assert!(least + 3 >= *most, "turns are taken in order: {turns:?}");
    app.shutdown().await;
}

/// Two apps on one store do not see each other's queue: conflicts are fought out by loading again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_apps_count_right_together() {
    let (store, _folder) = sqlite(Layout::Native).await;
    let app = || {
        let app = events::app(store.clone()).projections(Totals);
        app.configure(|app| app.update_attempts(1_000)).build()
    };
    let (one, other) = (app().await.unwrap(), app().await.unwrap());
    let accounts = [one.repository::<Account>(), other.repository::<Account>()];
    let _ = accounts[0].create("1", Opened {}).await.unwrap();
    let tasks: Vec<_> = (0..8)
        .map(|n| {
            let accounts = accounts[n % 2].clone();
            tokio::spawn(async move {
                for _ in 0..25 {
                    let update = accounts.update("1", |_| Deposited { amount: 1 });
                    let _ = update.await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(accounts[1].get("1").await.unwrap().count, 200);
    one.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_on_aggregates_of_their_own_do_not_meet() {
    let (store, _folder) = sqlite(Layout::Native).await;
    let app = events::app(store.clone()).projections(Totals);
    // One attempt: a conflict would be an error.
    let app = app
        .configure(|app| app.update_attempts(1))
        .build()
        .await
        .unwrap();
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let accounts = app.repository::<Account>();
            tokio::spawn(async move {
                let id = task.to_string();
                let _ = accounts.create(&*id, Opened {}).await.unwrap();
                for _ in 0..10 {
                    let update = accounts.update(&*id, |_| Deposited { amount: 1 });
                    let _ = update.await.unwrap();
                }
                accounts.get(&*id).await.unwrap().count
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), 10);
    }
    let head = store.head().await.unwrap();
    assert_eq!(head.0, i64::try_from(TASKS * 11).unwrap());
    app.shutdown().await;
}

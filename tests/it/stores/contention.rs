//! Many tasks, one aggregate: every update counts, and every task gets its turn. `EVGEN_TEST_UPDATES=10000` tries more.

use std::time::Duration;

use evgen_runtime::prelude::*;
use evgen_tests::fixtures::how_projections_run::events::account::{
    Account, ChangedEmail, Registered,
};
use evgen_tests::fixtures::how_projections_run::{Reactions, events};

const TASKS: usize = 64;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_update_one_aggregate_and_each_gets_its_turn() {
    let updates = std::env::var("EVGEN_TEST_UPDATES").map_or(1024, |n| n.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("app.db"))
        .await
        .unwrap();
    let app = events::app(store)
        .handlers(Reactions)
        .projections(Reactions)
        .build()
        .await
        .unwrap();
    let email = |text: String| Registered { email: text };
    let _ = app
        .repository::<Account>()
        .create("1", email("0".into()))
        .await
        .unwrap();
    let each = updates / TASKS;
    let tasks = (0..TASKS).map(|task| {
        let accounts = app.repository::<Account>();
        tokio::spawn(async move {
            for _ in 0..each {
                // What is decided rests on what was loaded: a lost update would be seen.
                let next = |account: &Loaded<Account>| ChangedEmail {
                    email: (account.email.parse::<usize>().unwrap_or(0) + 1).to_string(),
                };
                let _ = accounts.update("1", next).await.unwrap();
            }
            task
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        let done = tokio::time::timeout(Duration::from_secs(300), task).await;
        done.unwrap().unwrap();
    }
    let account = app.repository::<Account>().get("1").await.unwrap();
    assert_eq!(account.email, (each * TASKS).to_string());
    assert_eq!(account.version().0, (each * TASKS) as i64 + 1);
    app.shutdown().await;
}

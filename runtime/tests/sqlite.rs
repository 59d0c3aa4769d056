//! Apps on SQLite files: contention in one process and between two, and a journal of djangoevents' layout.
#![cfg(feature = "sqlite")]

mod support;
mod todo;

use evgen_runtime::prelude::*;
use support::{builder, created};
use todo::Todo;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_of_two_processes_count_right() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let mut apps = Vec::new();
    for _ in 0..2 {
        // Each has a writer of its own, as two processes have; they meet in the file alone.
        let store = SqliteStore::open(&path).await.unwrap();
        apps.push(builder(store).update_attempts(1000).build().await.unwrap());
    }
    let _ = apps[0]
        .repository::<Todo>()
        .create("1", created("0"))
        .await
        .unwrap();
    let mut writers = Vec::new();
    for n in 0..8 {
        let todos = apps[n % 2].repository::<Todo>();
        writers.push(tokio::spawn(async move {
            for m in 0..10 {
                let rename = |t: &Loaded<Todo>| t.rename(&format!("{n}.{m}"));
                let _ = todos.update("1", rename).await.unwrap();
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let todo = apps[0].repository::<Todo>().get("1").await.unwrap();
    assert_eq!((todo.changes, todo.version()), (80, 81.into()));
    for app in apps {
        app.shutdown().await;
    }
}

//! Projections and durable handlers: catching up, waiting for them, failing, resuming, stopping.

mod support;
mod todo;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use evgen_runtime::prelude::*;
use evgen_runtime::{
    Delivery, EventDescriptor, HandlerEntry, ProjectionEntry, ProjectionStore, RunOptions,
    WaitError,
};
use support::{Log, builder, created, handler};
use todo::{ChangedLabel, Completed, Created, Todo};

static CREATED: &[&EventDescriptor] = &[Created::DESCRIPTOR];
static BOTH: &[&EventDescriptor] = &[Created::DESCRIPTOR, ChangedLabel::DESCRIPTOR];

/// Logs the positions of its events.
fn projection(
    log: &Log,
    on: &'static [&'static EventDescriptor],
    failing: &Arc<AtomicBool>,
) -> ProjectionEntry {
    let HandlerEntry { name, on, call, .. } = durable("labels", log, on, failing);
    ProjectionEntry {
        name,
        on,
        delivery: Delivery::Durable,
        run: RunOptions::DEFAULT,
        store: ProjectionStore::Own(call),
    }
}

fn durable(
    name: &'static str,
    log: &Log,
    on: &'static [&'static EventDescriptor],
    failing: &Arc<AtomicBool>,
) -> HandlerEntry {
    let (log, failing) = (log.clone(), Arc::clone(failing));
    handler(name, on, Delivery::Durable, move |_, cx| {
        let failed = failing.load(Ordering::SeqCst);
        if !failed {
            log.add(cx.position().to_string());
        }
        async move {
            if failed {
                Err(HandlerError::message("not now"))
            } else {
                Ok(())
            }
        }
    })
}

#[tokio::test]
async fn catches_up_then_follows_and_resumes() {
    let store = MemoryStore::new();
    let log = Log::default();
    let build = || {
        builder(store.clone())
            .add_projections(vec![projection(&log, BOTH, &Arc::default())])
            .build()
    };
    let before = builder(store.clone()).build().await.unwrap();
    let todos = before.repository::<Todo>();
    let _ = todos.create("1", created("a")).await.unwrap();
    let _ = todos.update("1", |_| Completed {}).await.unwrap();

    let app = build().await.unwrap();
    let todos = app.repository::<Todo>();
    let done = todos
        .update("1", |_| ChangedLabel { label: "b".into() })
        .await
        .unwrap();
    app.wait_for("labels", done.position).await.unwrap();
    assert_eq!(log.take(), ["1", "3"]);
    // An event that is not for it passes, too.
    let done = todos.update("1", |_| Completed {}).await.unwrap();
    app.wait_for("labels", done.position).await.unwrap();
    assert_eq!(log.take(), [""; 0]);
    drop((todos, app));

    let app = build().await.unwrap();
    let done = app
        .repository::<Todo>()
        .create("2", created("c"))
        .await
        .unwrap();
    app.wait_for("labels", done.position).await.unwrap();
    assert_eq!(log.take(), ["5"]);
    app.shutdown().await;
    let stopped = app.wait_for("labels", Position(99)).await;
    assert!(
        matches!(stopped, Err(WaitError::Stopped { .. })),
        "{stopped:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_failing_event_is_tried_again() {
    let log = Log::default();
    let failing = Arc::new(AtomicBool::new(true));
    let app = builder(MemoryStore::new())
        .add_projections(vec![projection(&log, CREATED, &failing)])
        .add_handlers(vec![durable("mail", &log, CREATED, &Arc::default())])
        .retry_pause(Duration::from_millis(10), Duration::from_millis(100))
        .attempts(10_000)
        .build()
        .await
        .unwrap();
    let done = app
        .repository::<Todo>()
        .create("1", created("a"))
        .await
        .unwrap();
    app.wait_for("mail", done.position).await.unwrap();
    assert_eq!(log.take(), ["1"]);
    let late = app
        .wait_for("labels", done.position)
        .timeout(Duration::from_secs(1))
        .await;
    let late = late.unwrap_err().to_string();
    assert!(
        late.contains("at 0 and failing: row 1 (`todo_created`): not now"),
        "{late}"
    );
    failing.store(false, Ordering::SeqCst);
    app.wait_for("labels", done.position).await.unwrap();
    assert_eq!(log.take(), ["1"]);
    let unknown = app.wait_for("lables", done.position).await.unwrap_err();
    assert!(
        unknown.to_string().ends_with("it has: labels, mail"),
        "{unknown}"
    );
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use super::*;
    use evgen_runtime::BuildError;
    use evgen_runtime::rusqlite::params;

    fn titles(failing: &Arc<AtomicBool>) -> ProjectionEntry {
        let failing = Arc::clone(failing);
        ProjectionEntry {
            name: "titles",
            on: BOTH,
            delivery: Delivery::Durable,
            run: RunOptions::DEFAULT,
            store: ProjectionStore::Sqlite {
                prepare: Box::new(|tx| {
                    tx.execute(
                        "create table if not exists titles (id text, title text)",
                        [],
                    )?;
                    Ok(())
                }),
                apply: Box::new(move |tx, event, cx| {
                    let title = format!("{event:?}");
                    tx.execute(
                        "insert into titles values (?1, ?2)",
                        params![cx.aggregate_id(), title],
                    )?;
                    if failing.load(Ordering::SeqCst) && cx.version().0 == 1 {
                        return Err(HandlerError::message("not now"));
                    }
                    Ok(())
                }),
            },
        }
    }

    #[tokio::test]
    async fn effects_happen_exactly_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("app.db"))
            .await
            .unwrap();
        let failing = Arc::new(AtomicBool::new(true));
        let app = builder(store.clone())
            .add_projections(vec![titles(&failing)])
            .retry_pause(Duration::from_millis(1), Duration::from_millis(10))
            .attempts(10_000)
            .build()
            .await
            .unwrap();
        let todos = app.repository::<Todo>();
        let events = (
            created("a"),
            ChangedLabel { label: "b".into() },
            Completed {},
        );
        let done = todos.create("1", events).await.unwrap();
        app.wait_for("titles", Position(1)).await.unwrap();
        let late = app
            .wait_for("titles", done.position)
            .timeout(Duration::from_millis(50))
            .await;
        let late = late.unwrap_err().to_string();
        assert!(
            late.contains("failing: ") && late.contains("row 2"),
            "{late}"
        );
        failing.store(false, Ordering::SeqCst);
        app.wait_for("titles", done.position).await.unwrap();
        let count = store
            .read(|db| {
                db.query_row("select count(*) from titles", [], |row| {
                    row.get::<_, i64>(0)
                })
            })
            .await
            .unwrap();
        assert_eq!(count, 2);
        app.shutdown().await;
    }

    #[tokio::test]
    async fn a_read_model_in_another_store_is_refused() {
        let built = builder(MemoryStore::new())
            .add_projections(vec![titles(&Arc::default())])
            .build()
            .await;
        assert!(matches!(
            built.unwrap_err(),
            BuildError::OtherStore {
                projection: "titles",
                needs: "sqlite"
            }
        ));
    }
}

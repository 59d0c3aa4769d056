//! Read models in the store's SQLite file: parked events, part of the append, rebuilt beside the running one.
#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "these are tests")]

mod support;
mod todo;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use evgen_runtime::prelude::*;
use evgen_runtime::rusqlite::{self, ErrorCode, params};
use evgen_runtime::{
    AppBuilder, CreateError, Delivery, EventDescriptor, ProjectionEntry, ProjectionStore,
    RebuildError, Rebuilding, RunOptions, UpdateError,
};
use support::{builder, chain, created};
use todo::{ChangedLabel, Created, Event, Todo};

static BOTH: &[&EventDescriptor] = &[Created::DESCRIPTOR, ChangedLabel::DESCRIPTOR];

/// A table of labels, each at most once.
fn labels(
    delivery: Delivery,
    fails: impl Fn(&str) -> bool + Send + Sync + 'static,
) -> ProjectionEntry {
    ProjectionEntry {
        name: "labels",
        on: BOTH,
        delivery,
        run: RunOptions {
            workers: 1,
            attempts: (delivery == Delivery::Durable).then_some(2),
        },
        store: ProjectionStore::Sqlite {
            prepare: Box::new(|tx| {
                tx.execute_batch(
                    "create table if not exists labels (id text primary key, label text, seen integer);
                     create unique index if not exists labels_once on labels (label);",
                )?;
                Ok(())
            }),
            apply: Box::new(move |tx, event, cx| {
                let label = match event.get::<Event>() {
                    Some(Event::Created(event)) => &event.label,
                    Some(Event::ChangedLabel(event)) => &event.label,
                    _ => return Ok(()),
                };
                tx.execute(
                    "insert into labels values (?1, ?2, 1)
                     on conflict (id) do update set label = excluded.label, seen = seen + 1",
                    params![cx.aggregate_id(), label],
                )?;
                if fails(label) {
                    return Err(HandlerError::message("not this one"));
                }
                Ok(())
            }),
        },
    }
}

fn quick(store: &SqliteStore) -> AppBuilder {
    builder(store.clone()).retry_pause(Duration::from_millis(1), Duration::from_millis(2))
}

async fn open() -> (SqliteStore, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("a ?b#%.db"))
        .await
        .unwrap();
    (store, folder)
}

async fn table(store: &SqliteStore) -> String {
    let rows = store.read(|db| {
        let mut rows =
            db.prepare("select id || '=' || label || '*' || seen from labels order by id")?;
        let rows = rows.query_map([], |row| row.get::<_, String>(0))?;
        rows.collect::<Result<Vec<_>, _>>()
    });
    rows.await.unwrap().join(" ")
}

fn rename(label: &str) -> impl FnMut(&Loaded<Todo>) -> ChangedLabel + Send + use<> {
    let label = label.to_owned();
    move |_| ChangedLabel {
        label: label.clone(),
    }
}

#[tokio::test]
async fn a_poison_event_leaves_no_trace_and_holds_back_its_stream_alone() {
    let (store, _folder) = open().await;
    let poison = Arc::new(AtomicBool::new(true));
    let fails = Arc::clone(&poison);
    let app = quick(&store)
        .add_projections(vec![labels(Delivery::Durable, move |label| {
            label == "poison" && fails.load(Ordering::SeqCst)
        })])
        .build()
        .await
        .unwrap();
    let todos = app.repository::<Todo>();
    let _ = todos.create("a", created("one")).await.unwrap();
    let _ = todos.update("a", rename("poison")).await.unwrap();
    let _ = todos.update("a", rename("behind")).await.unwrap();
    let done = todos.create("b", created("two")).await.unwrap();
    app.wait_for("labels", done.position).await.unwrap();
    assert_eq!(table(&store).await, "a=one*1 b=two*1");
    let parked = app.parked("labels").list().await.unwrap();
    assert_eq!(parked.len(), 2);
    assert_eq!(parked[0].error.as_deref(), Some("not this one"));
    poison.store(false, Ordering::SeqCst);
    app.parked("labels").retry(Position(2)).await.unwrap();
    for _ in 0..500 {
        if app.parked("labels").list().await.unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(table(&store).await, "a=behind*3 b=two*1");
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transactional_projection_is_never_behind_and_may_refuse() {
    let (store, _folder) = open().await;
    let before = quick(&store).build().await.unwrap();
    let todos = before.repository::<Todo>();
    let _ = todos.create("a", created("one")).await.unwrap();
    drop((todos, before));
    let app = quick(&store)
        .add_projections(vec![labels(Delivery::Transactional, |_| false)])
        .build()
        .await
        .unwrap();
    // What was stored before it was there is in it.
    assert_eq!(table(&store).await, "a=one*1");
    let todos = app.repository::<Todo>();
    let done = todos.create("b", created("two")).await.unwrap();
    assert_eq!(table(&store).await, "a=one*1 b=two*1");
    app.wait_for("labels", done.position).await.unwrap();

    // Its unique index refuses the command, and nothing of it is stored.
    let Err(UpdateError::Refused(refusal)) = todos.update("b", rename("one")).await else {
        panic!("there are two of one label")
    };
    assert_eq!(
        refusal.to_string(),
        "projection `labels` refused the events of `Todo::b`"
    );
    let cause = refusal.source.downcast_ref::<rusqlite::Error>().unwrap();
    assert_eq!(
        cause.sqlite_error_code(),
        Some(ErrorCode::ConstraintViolation)
    );
    let taken = todos.create("c", created("two")).await.unwrap_err();
    assert!(matches!(taken, CreateError::Refused(_)));
    assert_eq!(evgen_runtime::Error::from(taken).status(), 409);
    assert!(!todos.exists("c").await.unwrap());
    assert_eq!(todos.get("b").await.unwrap().version(), 1.into());
    assert_eq!(table(&store).await, "a=one*1 b=two*1");

    // Its neighbours in a group are stored.
    let mut writers = Vec::new();
    for n in 0..16 {
        let todos = app.repository::<Todo>();
        writers.push(tokio::spawn(async move {
            // Half of them want the same label.
            let label = if n % 2 == 0 {
                "same".into()
            } else {
                n.to_string()
            };
            todos
                .create(format!("n{n:02}"), created(&label))
                .await
                .is_ok()
        }));
    }
    let mut stored = 0;
    for writer in writers {
        stored += usize::from(writer.await.unwrap());
    }
    assert_eq!(stored, 9);
    app.shutdown().await;
}

#[tokio::test]
async fn a_transactional_projection_that_cannot_take_the_past_is_refused() {
    let (store, _folder) = open().await;
    let before = quick(&store).build().await.unwrap();
    let todos = before.repository::<Todo>();
    for id in ["a", "b"] {
        let _ = todos.create(id, created("same")).await.unwrap();
    }
    let built = quick(&store)
        .add_projections(vec![labels(Delivery::Transactional, |_| false)])
        .build()
        .await;
    let error = chain(&built.unwrap_err());
    assert!(
        error.contains("`labels`") && error.contains("UNIQUE"),
        "{error}"
    );
    // Nobody else is kept from storing.
    let _ = todos.create("c", created("same")).await.unwrap();
}

#[tokio::test]
async fn a_read_model_is_made_anew_beside_the_running_one() {
    for delivery in [Delivery::Durable, Delivery::Transactional] {
        let (store, folder) = open().await;
        let generation = Arc::new(AtomicI64::new(0));
        let fails = Arc::clone(&generation);
        let app = quick(&store)
            .add_projections(vec![labels(delivery, move |label| {
                fails.load(Ordering::SeqCst) == 1 && label == "poison"
            })])
            .build()
            .await
            .unwrap();
        let todos = app.repository::<Todo>();
        let _ = todos.create("a", created("one")).await.unwrap();
        let _ = todos.update("a", rename("poison")).await.unwrap();
        let done = todos.create("b", created("two")).await.unwrap();
        app.wait_for("labels", done.position).await.unwrap();
        // Somebody has spoiled it, and an older build made it with another column.
        let db = rusqlite::Connection::open(store.path()).unwrap();
        db.execute_batch("delete from labels; alter table labels add column old integer")
            .unwrap();
        let rebuilt = app.rebuild("labels").await.unwrap();
        let Rebuilding::Done {
            position,
            events,
            parked,
            ..
        } = rebuilt
        else {
            panic!("{rebuilt:?}")
        };
        assert_eq!((position, events, parked), (Position(3), 3, 0));
        assert_eq!(table(&store).await, "a=poison*2 b=two*1");
        let left: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.contains("rebuild"))
            .collect();
        assert_eq!(left, [""; 0]);
        // It goes on from there.
        let done = todos.update("b", rename("three")).await.unwrap();
        app.wait_for("labels", done.position).await.unwrap();
        assert_eq!(table(&store).await, "a=poison*2 b=three*2");
        let same = todos.create("c", created("three")).await;
        assert_eq!(same.is_err(), delivery == Delivery::Transactional);

        // One that refuses what is stored.
        generation.store(1, Ordering::SeqCst);
        let again = app.rebuild("labels").await;
        if delivery == Delivery::Transactional {
            let error = chain(&again.unwrap_err());
            assert!(
                error.contains("row 2") && error.contains("not this one"),
                "{error}"
            );
            assert_eq!(table(&store).await, "a=poison*2 b=three*2");
        } else {
            assert!(matches!(again.unwrap(), Rebuilding::Done { parked: 2, .. }));
            assert_eq!(table(&store).await, "a=one*1 b=three*2");
            let parked = app.parked("labels").list().await.unwrap();
            assert_eq!(parked[0].position, Position(2));
        }
        let unknown = app.rebuild("lables").await.unwrap_err();
        assert!(matches!(unknown, RebuildError::Unknown { .. }));
        app.shutdown().await;
    }
}

/// Crashed at random: runtimes that are dropped in the middle, as a killed process leaves it.
#[test]
fn a_projection_that_crashes_at_random_ends_equal_to_a_fresh_fold() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let run = |part: &dyn Fn(SqliteStore) -> evgen_runtime::BoxFuture<'static, ()>| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            part(SqliteStore::open(&path).await.unwrap()).await;
        });
        runtime.shutdown_background();
    };
    let projected = |store: &SqliteStore| {
        let mut crashing = labels(Delivery::Durable, |_| {
            // The effect is there, and the transaction is not.
            assert_ne!(rand() % 40, 0, "crashed");
            false
        });
        crashing.run.attempts = None;
        quick(store).add_projections(vec![crashing])
    };
    run(&|store| {
        Box::pin(async move {
            let todos = quick(&store).build().await.unwrap().repository::<Todo>();
            for n in 0..20 {
                let _ = todos
                    .create(n.to_string(), created(&format!("{n}")))
                    .await
                    .unwrap();
                for m in 0..10 {
                    let label = format!("{n}.{m}");
                    let _ = todos.update(n.to_string(), rename(&label)).await.unwrap();
                }
            }
        })
    });
    for _ in 0..12 {
        run(&|store| {
            let app = projected(&store).attempts(1000).build();
            Box::pin(async move {
                let app = app.await.unwrap();
                tokio::time::sleep(Duration::from_millis(rand() % 8)).await;
                // Neither shut down nor dropped in order.
                std::mem::forget(app);
            })
        });
    }
    run(&|store| {
        Box::pin(async move {
            let fold = labels(Delivery::Durable, |_| false);
            let app = quick(&store)
                .add_projections(vec![fold])
                .build()
                .await
                .unwrap();
            app.wait_for("labels", Position(220))
                .timeout(Duration::from_secs(30))
                .await
                .unwrap();
            let crashed = table(&store).await;
            assert!(app.parked("labels").list().await.unwrap().is_empty());
            let _ = app.rebuild("labels").await.unwrap();
            assert_eq!(crashed, table(&store).await);
            assert!(crashed.contains("7=7.9*11"), "{crashed}");
            app.shutdown().await;
        })
    });
}

fn rand() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(0)
}

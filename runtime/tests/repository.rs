//! Repositories on a memory store: create, update, get, the past, discard, commands, snapshots.

mod support;
mod todo;

use evgen_runtime::prelude::*;
use evgen_runtime::store::{Batch, Snapshot, StreamAppend};
use evgen_runtime::{
    CreateError, ExpectedVersion, GetError, NewEvent, PayloadBuf, StreamId, UpdateError,
};
use support::{app, created, on};
use todo::{ChangedLabel, Completed, Discarded, Event, Refused, Todo, Touched};

#[tokio::test]
async fn creates_changes_and_gets() {
    let app = app().await;
    let todos = app.repository::<Todo>();
    let done = todos.create("1", created("milk")).await.unwrap();
    assert_eq!(
        (done.position, done.version),
        (Position(1), AggregateVersion(1))
    );
    let done = todos.update("1", |t| t.rename("bread")).await.unwrap();
    assert_eq!(
        (done.position, done.version),
        (Position(2), AggregateVersion(2))
    );
    let todo = todos.get("1").await.unwrap();
    assert_eq!(
        (todo.label.as_str(), todo.version(), todo.position()),
        ("bread", 2.into(), Position(2))
    );
    assert_eq!(todo.id(), &AggregateId::from("1"));
    assert!(todos.exists("1").await.unwrap() && !todos.exists("2").await.unwrap());
}

#[tokio::test]
async fn every_failure_keeps_its_kind() {
    let app = app().await;
    let todos = app.repository::<Todo>();
    let _ = todos.create("1", created("milk")).await.unwrap();
    assert!(matches!(
        todos.create("1", created("x")).await,
        Err(CreateError::AlreadyExists(_))
    ));
    assert!(matches!(todos.get("2").await, Err(GetError::NotFound(_))));
    let missing = todos.update("2", |_| Completed {}).await;
    assert!(matches!(missing, Err(UpdateError::NotFound(_))));
    let refused = todos.update("1", |t| t.rename("")).await;
    assert!(matches!(
        refused,
        Err(UpdateError::Rejected(Refused::Empty))
    ));
    let stale = todos.update("1", |t| t.rename("x")).expect_version(0).await;
    let Err(UpdateError::Conflict {
        expected, actual, ..
    }) = stale
    else {
        panic!("{stale:?}")
    };
    assert_eq!(
        (expected, actual),
        (ExpectedVersion::Exact(0.into()), Some(1.into()))
    );
    assert_eq!(todos.get("1").await.unwrap().version(), 1.into());
}

#[tokio::test]
async fn one_error_takes_all_and_knows_its_status() {
    let app = app().await;
    let todos = app.repository::<Todo>();
    async fn run(todos: &Repository<Todo>, what: u8) -> Result<(), Error> {
        match what {
            0 => drop(todos.get("2").await?),
            1 => drop(todos.update("1", |t| t.rename("")).await?),
            2 => drop(todos.create("1", created("x")).await?),
            3 => drop(todos.update("1", |_| Discarded {}).await?),
            _ => drop(todos.get("1").await?),
        }
        Ok(())
    }
    let _ = todos.create("1", created("milk")).await.unwrap();
    let mut statuses = Vec::new();
    for what in 0..5 {
        statuses.push(run(&todos, what).await.err().map(|error| error.status()));
    }
    assert_eq!(statuses, [Some(404), Some(422), Some(409), None, Some(410)]);
}

#[tokio::test]
async fn a_decision_may_be_several_events_or_none() {
    let app = app().await;
    let todos = app.repository::<Todo>();
    let _ = todos
        .create("1", (created("a"), ChangedLabel { label: "b".into() }))
        .await
        .unwrap();
    let _ = todos
        .update("1", |t| (t.complete(), Touched {}))
        .await
        .unwrap();
    let done = todos.update("1", |t| t.complete()).await.unwrap();
    assert_eq!(
        (done.position, done.version),
        (Position(4), AggregateVersion(4))
    );
    let _ = todos.update("1", |_| ()).await.unwrap();
    let _ = todos
        .update("1", |_| -> Result<Vec<Event>, Refused> {
            Ok(vec![Touched {}.into()])
        })
        .await
        .unwrap();
    assert_eq!(todos.get("1").await.unwrap().version(), 5.into());
}

#[tokio::test]
async fn decides_again_after_another_writer() {
    let (store, app) = on(MemoryStore::new()).await;
    let todos = app.repository::<Todo>();
    let _ = todos.create("1", created("milk")).await.unwrap();
    let mut seen = Vec::new();
    let done = todos
        .update("1", |t| {
            seen.push(t.label.clone());
            if seen.len() == 1 {
                // Another process: the memory store appends when called.
                let append = StreamAppend {
                    stream: StreamId::new("Todo", "1"),
                    expected: ExpectedVersion::Any,
                    events: vec![raw("todo_changed_label", r#"{"label":"faster"}"#)],
                    command_id: None,
                };
                drop(store.append(Batch {
                    streams: vec![append],
                }));
            }
            t.rename("mine")
        })
        .await
        .unwrap();
    assert_eq!(seen, ["milk", "faster"]);
    assert_eq!(done.version, 3.into());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_of_one_aggregate_queue_up() {
    let app = app().await;
    let _ = app
        .repository::<Todo>()
        .create("1", created("0"))
        .await
        .unwrap();
    let writers: Vec<_> = (0..32)
        .map(|n| {
            let todos = app.repository::<Todo>();
            tokio::spawn(async move {
                for m in 0..10 {
                    let decided = std::sync::atomic::AtomicU32::new(0);
                    let _ = todos
                        .update("1", |t| {
                            decided.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                            t.rename(&format!("{n}.{m}"))
                        })
                        .await
                        .unwrap();
                    assert_eq!(decided.into_inner(), 1);
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let todo = app.repository::<Todo>().get("1").await.unwrap();
    assert_eq!((todo.changes, todo.version()), (320, 321.into()));
}

#[tokio::test]
async fn a_repeated_command_answers_as_the_first_time() {
    let app = app().await;
    let todos = app.repository::<Todo>();
    let first = todos
        .create("1", created("milk"))
        .command_id("c1")
        .await
        .unwrap();
    let again = todos
        .create("1", created("milk"))
        .command_id("c1")
        .await
        .unwrap();
    assert_eq!(
        (first.position, first.version),
        (again.position, again.version)
    );
    let first = todos
        .update("1", |t| t.rename("a"))
        .command_id("c2")
        .await
        .unwrap();
    let _ = todos.update("1", |t| t.rename("b")).await.unwrap();
    let again = todos
        .update("1", |_| -> Completed { panic!("decided twice") })
        .command_id("c2")
        .await
        .unwrap();
    assert_eq!(
        (first.position, first.version),
        (again.position, again.version)
    );
    assert_eq!(todos.get("1").await.unwrap().version(), 3.into());
}

#[tokio::test]
async fn metadata_is_read_back_with_what_is_filled_in() {
    let app = app().await;
    let todos = app.repository::<Todo>();
    let _ = todos
        .create("1", created("milk"))
        .command_id("c1")
        .metadata(("channel", "web"))
        .metadata([("try", 2)])
        .await
        .unwrap();
    let _ = todos.update("1", |t| t.rename("bread")).await.unwrap();
    let events = todos.events("1").await.unwrap();
    let metadata = &events[0].metadata;
    assert_eq!(metadata.text("channel"), Some("web"));
    assert_eq!(metadata.get::<u8>("try"), Some(2));
    assert_eq!(metadata.command_id(), Some("c1"));
    assert_eq!(metadata.causation_id(), Some("c1"));
    assert_eq!(metadata.correlation_id(), Some("c1"));
    let second = &events[1];
    assert_eq!(
        second.metadata.correlation_id(),
        Some(second.event_id.as_str())
    );
    assert_eq!(second.metadata.causation_id(), None);
}

#[tokio::test]
async fn discarded_is_gone_but_for_get_any() {
    let app = app().await;
    let todos = app.repository::<Todo>();
    let _ = todos.create("1", created("milk")).await.unwrap();
    let _ = todos.update("1", |_| Discarded {}).await.unwrap();
    assert!(matches!(todos.get("1").await, Err(GetError::Discarded(_))));
    assert!(matches!(
        todos.update("1", |_| ()).await,
        Err(UpdateError::Discarded(_))
    ));
    assert!(matches!(
        todos.create("1", created("x")).await,
        Err(CreateError::AlreadyExists(_))
    ));
    assert!(!todos.exists("1").await.unwrap());
    let _ = app
        .store::<Todo>(
            "1",
            2,
            ChangedLabel {
                label: "late".into(),
            },
        )
        .await
        .unwrap();
    let todo = todos.get_any("1").await.unwrap();
    assert!(todo.discarded());
    assert_eq!(todo.label, "late");
    assert!(!todos.get("1").at_version(1).await.unwrap().discarded());
}

#[tokio::test]
async fn past_states_by_version_and_by_time() {
    let app = app().await;
    let todos = app.repository::<Todo>();
    let _ = todos.create("1", created("0")).await.unwrap();
    for n in 1..8 {
        let _ = todos
            .update("1", |t| t.rename(&n.to_string()))
            .await
            .unwrap();
    }
    for version in 1..=8 {
        let todo = todos.get("1").at_version(version).await.unwrap();
        assert_eq!(
            (todo.label.clone(), todo.version().0),
            ((version - 1).to_string(), version)
        );
    }
    assert!(matches!(
        todos.get("1").at_version(0).await,
        Err(GetError::NotFound(_))
    ));
    assert!(matches!(
        todos.get("1").at_version(9).await,
        Err(GetError::NoVersion { .. })
    ));
    let events = todos.events("1").await.unwrap();
    let time = events[3].create_date;
    let last = events
        .iter()
        .rev()
        .find(|event| event.create_date == time)
        .unwrap();
    assert_eq!(
        todos.get("1").at_time(time).await.unwrap().version().0,
        last.version.0 + 1
    );
    let before = events[0].create_date - jiff::SignedDuration::from_secs(1);
    assert!(matches!(
        todos.get("1").at_time(before).await,
        Err(GetError::NotFound(_))
    ));
}

#[tokio::test]
async fn events_by_version_limit_and_order() {
    let app = app().await;
    let todos = app.repository::<Todo>();
    let _ = todos.create("1", created("0")).await.unwrap();
    for n in 1..6 {
        let _ = todos
            .update("1", |t| t.rename(&n.to_string()))
            .await
            .unwrap();
    }
    let versions = |events: Vec<Envelope<Event>>| -> Vec<i64> {
        events.iter().map(|event| event.version.0).collect()
    };
    let all = todos.events("1").await.unwrap();
    assert_eq!(*all[0], Event::Created(created("0")));
    assert_eq!(versions(all), [0, 1, 2, 3, 4, 5]);
    assert_eq!(
        versions(todos.events("1").newest_first().limit(2).await.unwrap()),
        [5, 4]
    );
    let middle = todos
        .events("1")
        .from_version(2)
        .until_version(4)
        .await
        .unwrap();
    assert_eq!(versions(middle), [2, 3]);
    let next = todos
        .events("1")
        .after_position(Position(2))
        .limit(2)
        .await
        .unwrap();
    assert_eq!(versions(next), [2, 3]);
    assert_eq!(versions(todos.events("2").await.unwrap()), [0_i64; 0]);
}

#[tokio::test]
async fn snapshots_are_taken_used_and_dropped() {
    let (store, app) = on(MemoryStore::new()).await;
    let todos = app.repository::<Todo>();
    let _ = todos.create("1", created("0")).await.unwrap();
    for n in 1..7 {
        let _ = todos
            .update("1", |t| t.rename(&n.to_string()))
            .await
            .unwrap();
    }
    let stream = StreamId::new("Todo", "1");
    let key = support::snapshot_key(&store, &stream, 5).await;
    let taken = store.load_snapshot(&stream, key).await.unwrap().unwrap();
    assert!(taken.version.0 >= 5);

    let replaced = |state: &[u8]| Snapshot {
        state: state.into(),
        version: 7.into(),
        position: Position(7),
        ..taken.clone()
    };
    let other = br#"{"label":"from snapshot","done":false,"changes":0}"#;
    store.save_snapshot(&stream, replaced(other)).await.unwrap();
    let todo = todos.get("1").await.unwrap();
    assert_eq!(
        (todo.label.as_str(), todo.version()),
        ("from snapshot", 7.into())
    );
    assert_eq!(todos.get("1").at_version(6).await.unwrap().label, "5");

    store.save_snapshot(&stream, replaced(b"{}")).await.unwrap();
    assert_eq!(todos.get("1").await.unwrap().label, "6");
}

#[tokio::test]
async fn an_unreadable_event_stops_its_aggregate_alone() {
    let (store, app) = on(MemoryStore::new()).await;
    let todos = app.repository::<Todo>();
    let _ = todos.create("1", created("a")).await.unwrap();
    let _ = todos.create("2", created("b")).await.unwrap();
    for (id, event) in [
        ("1", raw("todo_changed_label", r#"{"label":7}"#)),
        ("2", raw("todo_forgotten", "{}")),
    ] {
        let append = StreamAppend {
            stream: StreamId::new("Todo", id),
            expected: ExpectedVersion::Any,
            events: vec![event],
            command_id: None,
        };
        store
            .append(Batch {
                streams: vec![append],
            })
            .await
            .unwrap();
    }
    let error = todos.get("1").await.unwrap_err();
    let chain = support::chain(&error);
    assert!(
        chain.contains("row 3") && chain.contains("/label"),
        "{chain}"
    );
    // The mutator takes this one unread.
    assert_eq!(todos.get("2").await.unwrap().version(), 2.into());
}

fn raw(event_type: &'static str, json: &str) -> NewEvent {
    NewEvent {
        event_id: evgen_runtime::EventId::new(),
        event_type: event_type.into(),
        event_version: Some(1),
        payload: PayloadBuf::Json(json.into()),
        create_date: None,
        metadata: None,
        version: None,
        django: None,
    }
}

#[test]
fn futures_are_send() {
    fn send<T: Send>(_: T) {}
    fn check(app: &App) {
        let todos = app.repository::<Todo>();
        send(todos.create("1", created("a")).into_future());
        send(todos.update("1", |t| t.rename("a")).into_future());
        send(todos.get("1").into_future());
        send(todos.exists("1"));
        send(todos.events("1").into_future());
        send(app.store::<Todo>("1", 0, created("a")).into_future());
        send(app.store_raw("todo_created", "1", 0, "{}").into_future());
        send(app.wait_for("x", Position(1)).into_future());
        send(app.shutdown());
        let mut work = app.unit_of_work();
        send(work.create::<Todo>("1", created("a")));
        send(work.update::<Todo, _, _>("1", |t| t.rename("a")));
        send(work.commit());
    }
    let _ = check;
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<App>();
    shared::<Repository<Todo>>();
}

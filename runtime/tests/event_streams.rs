//! `app.events()`: what is stored, then what comes, in order, nothing twice.
#![expect(clippy::unwrap_used, reason = "these are tests")]

mod support;
mod todo;

use std::time::Duration;

use evgen_runtime::prelude::*;
use evgen_runtime::store::{Batch, StreamAppend};
use evgen_runtime::{AnyEvent, ExpectedVersion, StreamId};
use support::{builder, created};
use todo::{ChangedLabel, Completed, Created, Event, Todo};

async fn some_todos(app: &App) {
    let todos = app.repository::<Todo>();
    for id in ["a", "b"] {
        let events = (created(id), ChangedLabel { label: "x".into() });
        let _ = todos.create(id, events).await.unwrap();
    }
    let _ = todos.update("a", |_| Completed {}).await.unwrap();
}

#[tokio::test]
async fn catches_up_then_goes_on_live() {
    let app = builder(MemoryStore::new()).build().await.unwrap();
    some_todos(&app).await;
    let mut events = app.events::<AnyEvent>();
    for position in 1..=5 {
        let event = events.next().await.unwrap().unwrap();
        assert_eq!(event.position, Position(position));
    }
    let waiting = tokio::time::timeout(Duration::from_millis(20), events.next()).await;
    assert!(waiting.is_err());
    let _ = app
        .repository::<Todo>()
        .create("c", created("c"))
        .await
        .unwrap();
    let event = events.next().await.unwrap().unwrap();
    assert_eq!(event.position, Position(6));
    assert_eq!(event.event.as_event::<Created>(), Some(created("c")));
    app.shutdown().await;
    assert!(events.next().await.is_none());
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn is_filtered_by_event_aggregate_id_and_position() {
    let app = builder(MemoryStore::new()).build().await.unwrap();
    some_todos(&app).await;
    let mut labels = app.events::<ChangedLabel>().until_now();
    let first = labels.next().await.unwrap().unwrap();
    assert_eq!((first.label.as_str(), first.position), ("x", Position(2)));
    assert_eq!(labels.next().await.unwrap().unwrap().position, Position(4));
    assert!(labels.next().await.is_none());

    let a = StreamId::new("Todo", "a");
    let mut of_a = app.events::<Event>().of_stream(a.clone()).until_now();
    let mut positions = Vec::new();
    while let Some(event) = of_a.next().await {
        positions.push(event.unwrap().position.0);
    }
    assert_eq!(positions, [1, 2, 5]);

    // A restart goes on behind the position that was kept.
    let mut rest = app.events::<(Created, ChangedLabel)>().after(Position(2));
    assert_eq!(rest.next().await.unwrap().unwrap().position, Position(3));

    let mut new = app.events::<Event>().from_now().await.unwrap();
    let _ = app
        .repository::<Todo>()
        .create("d", created("d"))
        .await
        .unwrap();
    assert_eq!(new.next().await.unwrap().unwrap().position, Position(6));
    let mut raw = app.raw_events().of_stream(a).until_now();
    let stored = raw.next().await.unwrap().unwrap();
    assert_eq!(stored.event().event_type, "todo_created");
}

#[tokio::test]
async fn what_cannot_be_read_is_told_and_not_skipped_in_silence() {
    let app = builder(MemoryStore::new()).build().await.unwrap();
    let broken = evgen_runtime::NewEvent {
        event_id: evgen_runtime::EventId::new(),
        event_type: "todo_created".into(),
        event_version: Some(1),
        payload: evgen_runtime::PayloadBuf::Json("{}".into()),
        create_date: None,
        metadata: None,
        version: None,
        django: None,
    };
    let batch = Batch {
        streams: vec![StreamAppend {
            stream: StreamId::new("Todo", "broken"),
            expected: ExpectedVersion::Any,
            events: vec![broken],
            command_id: None,
        }],
    };
    app.event_store().append(batch).await.unwrap();
    let _ = app
        .repository::<Todo>()
        .create("b", created("b"))
        .await
        .unwrap();
    let mut events = app.events::<Created>().until_now();
    let error = events.next().await.unwrap().unwrap_err();
    assert!(support::chain(&error).contains("row 1"), "{error}");
    assert_eq!(events.next().await.unwrap().unwrap().position, Position(2));
}

/// Writers that take turns with each other and with the runtime, beside a subscriber.
#[cfg(feature = "sqlite")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_skipped_beside_many_writers() {
    const WRITERS: usize = 12;
    const EACH: usize = 40;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    // Two stores on one file, as two processes have.
    let first = SqliteStore::open(&path).await.unwrap();
    let second = SqliteStore::open(&path).await.unwrap();
    let reading = builder(first.clone()).build().await.unwrap();
    let mut events = reading.events::<Event>();
    let mut writers = Vec::new();
    for n in 0..WRITERS {
        let store = [&first, &second][n % 2].clone();
        let app = builder(store).update_attempts(1000).build().await.unwrap();
        writers.push(tokio::spawn(async move {
            let todos = app.repository::<Todo>();
            let _ = todos.create(format!("{n}"), created("0")).await.unwrap();
            for m in 1..EACH {
                if m % 7 == 0 {
                    // Refused: nothing is stored, and no position is lost.
                    let stale = todos.update(format!("{n}"), |t| t.rename("stale"));
                    assert!(stale.expect_version(0).await.is_err());
                }
                let id = format!("{n}");
                let _ = todos
                    .update(id, |t| t.rename(&m.to_string()))
                    .await
                    .unwrap();
                tokio::task::yield_now().await;
            }
        }));
    }
    let mut next = [0; WRITERS];
    for position in 1..=(WRITERS * EACH) as i64 {
        let event = tokio::time::timeout(Duration::from_secs(60), events.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        assert_eq!(event.position, Position(position));
        let writer: usize = event.stream.aggregate_id.as_str().parse().unwrap();
        assert_eq!(event.version.0, next[writer]);
        next[writer] += 1;
    }
    assert!(next.iter().all(|n| *n == EACH as i64));
    for writer in writers {
        writer.await.unwrap();
    }
}

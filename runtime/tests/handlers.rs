//! Inline handlers: order, nesting, failure, causes, callers that hang up, shutdown.

mod support;
mod todo;

use std::sync::Arc;
use std::task::Poll;

use evgen_runtime::prelude::*;
use evgen_runtime::store::{
    Appended, Batch, JournalQuery, Note, NoteChange, NoteError, NoteQuery, Page, Snapshot,
    StoredSchema, StreamQuery,
};
use evgen_runtime::{
    AppendError, BoxFuture, CreateError, Delivery, EventDescriptor, HandlerEntry, ReadError,
    StoreError, StreamId,
};
use support::{Log, builder, created, handler};
use todo::{ChangedLabel, Completed, Created, Event, Todo, Touched};
use tokio::sync::{Notify, watch};

static CREATED: &[&EventDescriptor] = &[Created::DESCRIPTOR];
static BOTH: &[&EventDescriptor] = &[Created::DESCRIPTOR, ChangedLabel::DESCRIPTOR];

/// Logs what it is called for.
fn logs(log: &Log, name: &'static str, on: &'static [&'static EventDescriptor]) -> HandlerEntry {
    let log = log.clone();
    handler(name, on, Delivery::Inline, move |event, cx| {
        log.add(format!(
            "{name} {}@{} {}",
            label(&event),
            cx.version(),
            cx.position()
        ));
        async { Ok(()) }
    })
}

fn label(event: &Event) -> &str {
    match event {
        Event::Created(event) => &event.label,
        Event::ChangedLabel(event) => &event.label,
        _ => "",
    }
}

#[tokio::test]
async fn handlers_run_in_order_after_the_event_is_stored() {
    let log = Log::default();
    let app = builder(MemoryStore::new())
        .add_handlers(vec![
            logs(&log, "first", BOTH),
            logs(&log, "second", CREATED),
        ])
        .build()
        .await
        .unwrap();
    let todos = app.repository::<Todo>();
    let events = (created("a"), ChangedLabel { label: "b".into() }, Touched {});
    let done = todos.create("1", events).await.unwrap();
    assert!(done.handler_failures.is_empty());
    assert_eq!(log.take(), ["first a@0 1", "second a@0 1", "first b@1 2"]);
}

#[tokio::test]
async fn what_a_handler_stores_is_published_inside_it_with_its_cause() {
    let log = Log::default();
    let nesting = log.clone();
    let app = builder(MemoryStore::new())
        .add_handlers(vec![
            handler("renames", CREATED, Delivery::Inline, move |_, cx| {
                let log = nesting.clone();
                async move {
                    log.add("begins");
                    // The same aggregate: its turn has ended.
                    let todos = cx.app().repository::<Todo>();
                    let _ = todos
                        .update(cx.aggregate_id(), |t| t.rename("nested"))
                        .await?;
                    log.add("ends");
                    Ok(())
                }
            }),
            logs(&log, "logs", BOTH),
        ])
        .build()
        .await
        .unwrap();
    let todos = app.repository::<Todo>();
    let _ = todos
        .create("1", created("a"))
        .command_id("c1")
        .await
        .unwrap();
    assert_eq!(
        log.take(),
        ["begins", "logs nested@1 2", "ends", "logs a@0 1"]
    );
    let events = todos.events("1").await.unwrap();
    let nested = &events[1].metadata;
    assert_eq!(nested.causation_id(), Some(events[0].event_id.as_str()));
    assert_eq!(nested.correlation_id(), Some("c1"));
    assert_eq!(nested.command_id(), None);
}

fn fails(name: &'static str) -> HandlerEntry {
    handler(name, CREATED, Delivery::Inline, |event, _| async move {
        assert_ne!(label(&event), "panic", "this label");
        Err(std::io::Error::other("no mail today").into())
    })
}

#[tokio::test]
async fn a_failure_ends_the_round_and_is_told() {
    let log = Log::default();
    let told = log.clone();
    let app = builder(MemoryStore::new())
        .add_handlers(vec![fails("mail"), logs(&log, "later", BOTH)])
        .on_handler_failure(move |failure| told.add(failure.to_string()))
        .build()
        .await
        .unwrap();
    let todos = app.repository::<Todo>();
    let events = (created("a"), ChangedLabel { label: "b".into() });
    let done = todos.create("1", events).await.unwrap();
    let failure = &done.handler_failures[0];
    assert_eq!(
        (failure.handler, failure.error.to_string()),
        ("mail", "no mail today".into())
    );
    let told = "handler `mail` failed on `todo_created` at version 0 of `Todo::1`: no mail today";
    assert_eq!(log.take(), [told, "later b@1 2"]);

    let strict = todos.create("2", created("a")).strict().await;
    assert!(matches!(strict, Err(CreateError::HandlerFailed(_))));
    assert!(todos.exists("2").await.unwrap());

    let done = todos.create("3", created("panic")).await.unwrap();
    let text = done.handler_failures[0].error.to_string();
    assert!(
        text.starts_with("panicked: ") && text.contains("this label"),
        "{text}"
    );
}

#[tokio::test]
async fn raw_events_reach_handlers_typed() {
    let log = Log::default();
    let app = builder(MemoryStore::new())
        .add_handlers(vec![logs(&log, "logs", BOTH)])
        .build()
        .await
        .unwrap();
    let _ = app
        .store_raw("todo_created", "1", 0, r#"{"label":"raw"}"#)
        .await
        .unwrap();
    let _ = app
        .store::<Todo>(
            "1",
            1,
            ChangedLabel {
                label: "typed".into(),
            },
        )
        .await
        .unwrap();
    assert_eq!(log.take(), ["logs raw@0 1", "logs typed@1 2"]);
}

/// A store that gives way once before each of its answers, and holds appends back until it is let go.
#[derive(Clone)]
struct Slow {
    store: MemoryStore,
    gate: Arc<Notify>,
    gated: bool,
}

impl Slow {
    fn new(gated: bool) -> Self {
        Self {
            store: MemoryStore::new(),
            gate: Arc::default(),
            gated,
        }
    }

    fn later<'a, T: 'a + Send>(&'a self, answer: BoxFuture<'a, T>) -> BoxFuture<'a, T> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            answer.await
        })
    }
}

impl EventStore for Slow {
    fn append(&self, batch: Batch) -> BoxFuture<'_, Result<Appended, AppendError>> {
        Box::pin(async move {
            if self.gated {
                self.gate.notified().await;
            } else {
                tokio::task::yield_now().await;
            }
            self.store.append(batch).await
        })
    }
    fn read_stream(&self, query: StreamQuery) -> BoxFuture<'_, Result<Page, ReadError>> {
        self.later(self.store.read_stream(query))
    }
    fn read_all(&self, query: JournalQuery) -> BoxFuture<'_, Result<Page, ReadError>> {
        self.later(self.store.read_all(query))
    }
    fn find_command<'a>(
        &'a self,
        stream: &'a StreamId,
        command_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Appended>, ReadError>> {
        self.later(Box::pin(async move {
            self.store.find_command(stream, command_id).await
        }))
    }
    fn head(&self) -> BoxFuture<'_, Result<Position, ReadError>> {
        self.store.head()
    }
    fn changes(&self) -> watch::Receiver<Position> {
        self.store.changes()
    }
    fn load_snapshot<'a>(
        &'a self,
        stream: &'a StreamId,
        key: u64,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, ReadError>> {
        self.later(self.store.load_snapshot(stream, key))
    }
    fn save_snapshot<'a>(
        &'a self,
        stream: &'a StreamId,
        snapshot: Snapshot,
    ) -> BoxFuture<'a, Result<(), AppendError>> {
        self.store.save_snapshot(stream, snapshot)
    }
    fn load_notes(&self, query: NoteQuery) -> BoxFuture<'_, Result<Vec<Note>, ReadError>> {
        self.store.load_notes(query)
    }
    fn save_notes(&self, changes: Vec<NoteChange>) -> BoxFuture<'_, Result<(), NoteError>> {
        self.store.save_notes(changes)
    }
    fn save_schemas(&self, schemas: Vec<StoredSchema>) -> BoxFuture<'_, Result<(), AppendError>> {
        self.store.save_schemas(schemas)
    }
    fn load_schemas(&self) -> BoxFuture<'_, Result<Vec<StoredSchema>, ReadError>> {
        self.later(self.store.load_schemas())
    }
    fn close(&self) -> BoxFuture<'_, ()> {
        self.store.close()
    }
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// Polls a future `times` times, letting other tasks run between, and drops it; whether it ended.
async fn poll_and_drop<F: Future>(future: F, times: usize) -> bool {
    let mut future = Box::pin(future);
    for _ in 0..times {
        let polled = std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await;
        if polled.is_ready() {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

#[tokio::test]
async fn a_caller_who_hangs_up_cancels_all_or_nothing() {
    let mut ended = false;
    let (mut written, mut nothing) = (0, 0);
    for times in 0.. {
        if ended {
            break;
        }
        let log = Log::default();
        let app = builder(Slow::new(false))
            .add_handlers(vec![logs(&log, "logs", BOTH)])
            .build()
            .await
            .unwrap();
        let todos = app.repository::<Todo>();
        let _ = todos.create("1", created("a")).await.unwrap();
        log.take();
        let update = todos
            .update("1", |t| t.rename("b"))
            .command_id("c1")
            .into_future();
        ended = poll_and_drop(update, times).await;
        // Whoever comes next gets the turn, and sees the append that was under way.
        let todo = {
            let _ = todos.update("1", |_| ()).await.unwrap();
            todos.get("1").await.unwrap()
        };
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        match todo.label.as_str() {
            "a" => {
                nothing += 1;
                assert!(log.take().is_empty());
                assert_eq!(todos.get("1").await.unwrap().label, "a");
            }
            _ => {
                written += 1;
                assert_eq!(log.take(), ["logs b@1 2"]);
            }
        }
    }
    assert!(
        nothing >= 3 && written >= 3,
        "dropped at {nothing} points before and {written} after"
    );
}

#[tokio::test]
async fn shutdown_waits_for_appends_and_their_handlers() {
    let log = Log::default();
    let nested = log.clone();
    let store = Slow::new(true);
    let gate = Arc::clone(&store.gate);
    let app = builder(store.clone())
        .add_handlers(vec![handler(
            "nests",
            CREATED,
            Delivery::Inline,
            move |_, cx| {
                let log = nested.clone();
                async move {
                    let todos = cx.app().repository::<Todo>();
                    let _ = todos.update("1", |_| Completed {}).await?;
                    log.add("nested");
                    Ok(())
                }
            },
        )])
        .build()
        .await
        .unwrap();
    let todos = app.repository::<Todo>();
    assert!(!poll_and_drop(todos.create("1", created("a")).into_future(), 5).await);
    let mut shutdown = Box::pin(app.shutdown());
    for _ in 0..5 {
        let polled = std::future::poll_fn(|cx| Poll::Ready(shutdown.as_mut().poll(cx))).await;
        assert!(polled.is_pending());
        tokio::task::yield_now().await;
    }
    let late = app.store::<Todo>("2", 0, created("late")).await;
    assert!(matches!(late, Err(StoreError::Store(_))), "{late:?}");
    gate.notify_one();
    gate.notify_one();
    let letting_go = async {
        loop {
            gate.notify_one();
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = shutdown => {}
        () = letting_go => {}
    }
    assert_eq!(log.take(), ["nested"]);
    assert!(matches!(store.store.head().await, Err(ReadError::Closed)));
}

//! Apps on memory stores.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses its own part of this"
)]

use std::sync::Arc;

use evgen_runtime::prelude::*;
use evgen_runtime::{AppBuilder, Delivery, EventDescriptor, HandlerEntry, RunOptions, StreamId};

use crate::todo::{self, Created, Event};

pub async fn app() -> App {
    builder(MemoryStore::new()).build().await.unwrap()
}

/// The store, shared with an app.
pub async fn on<S: EventStore + Clone>(store: S) -> (S, App) {
    let app = builder(store.clone()).build().await.unwrap();
    (store, app)
}

pub fn builder(store: impl evgen_runtime::IntoStore) -> AppBuilder {
    todo::app(store)
}

pub fn created(label: &str) -> Created {
    Created {
        label: label.into(),
    }
}

/// An error with all its causes.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Waits until a snapshot is there, and says under which key.
pub async fn snapshot_key(store: &MemoryStore, stream: &StreamId, version: i64) -> u64 {
    let key = evgen_runtime::snapshot::key(todo::TODO.snapshot.unwrap());
    for _ in 0..1000 {
        if store
            .load_snapshot(stream, key)
            .await
            .unwrap()
            .is_some_and(|s| s.version.0 >= version)
        {
            return key;
        }
        tokio::task::yield_now().await;
    }
    panic!("no snapshot was taken");
}

/// What happened, in order, as handlers tell it.
#[derive(Clone, Default)]
pub struct Log(Arc<std::sync::Mutex<Vec<String>>>);

impl Log {
    pub fn add(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// A row of the table of handlers.
pub fn handler<F, R>(
    name: &'static str,
    on: &'static [&'static EventDescriptor],
    delivery: Delivery,
    handle: F,
) -> HandlerEntry
where
    F: Fn(Event, HandlerContext) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), HandlerError>> + Send + 'static,
{
    HandlerEntry {
        name,
        on,
        delivery,
        run: RunOptions::DEFAULT,
        call: Box::new(move |event, cx| {
            let event = event
                .get::<Event>()
                .expect("only events of Todo come here")
                .clone();
            Box::pin(handle(event, cx))
        }),
    }
}

//! evgen, through the app, on either store.

use evgen_runtime::prelude::*;
use evgen_runtime::store::{EventStore, JournalQuery, Pages};
use evgen_runtime::{AnyEvent, PayloadFormat};

use crate::events::{self, todo::Event};
use crate::orders::Peer;
use crate::{Todo, created, label_changed};

pub struct Ours {
    app: App,
    how: Scan,
}

/// How all events are read.
#[derive(Clone, Copy)]
pub enum Scan {
    /// Page by page, as projections do.
    Pages,
    /// As a `Stream`.
    Stream,
}

impl Ours {
    pub async fn on(store: impl EventStore + 'static, format: PayloadFormat, how: Scan) -> Self {
        let builder = events::app(store).configure(|builder| builder.payload(format));
        let app = builder.build().await.expect("it is built");
        Self { app, how }
    }

    async fn pages(&self) -> usize {
        let aggregate = self.app.aggregates()[0];
        let store = &**self.app.event_store();
        let mut pages = Pages::all(store, JournalQuery::default());
        let mut count = 0;
        while let Some(page) = pages.next().await.expect("it is read") {
            for raw in page.iter() {
                let found = aggregate.find(&raw).expect("it is known");
                let event = (aggregate.read)(found.index, &raw, &EventContext::new(raw));
                count += usize::from(event.is_ok());
            }
        }
        count
    }

    async fn stream(&self) -> usize {
        let mut events = self.app.events::<AnyEvent>().until_now();
        let mut count = 0;
        while let Some(event) = events.next().await {
            count += usize::from(event.is_ok());
        }
        count
    }
}

impl Peer for Ours {
    async fn append(&self, id: String, events: usize) {
        let more: Vec<Event> = (1..events).map(|n| label_changed(n).into()).collect();
        let decision = (created(&id), more);
        let done = self.app.repository::<Todo>().create(&id, decision).await;
        let _ = done.expect("it is stored");
    }

    async fn load(&self, id: &str) -> String {
        let todo = self
            .app
            .repository::<Todo>()
            .get(id)
            .await
            .expect("it is there");
        todo.label.clone()
    }

    async fn scan(&self) -> usize {
        match self.how {
            Scan::Pages => self.pages().await,
            Scan::Stream => self.stream().await,
        }
    }
}

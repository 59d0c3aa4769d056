//! esrs, with its PostgreSQL store.

use std::convert::Infallible;

use esrs::manager::AggregateManager;
use esrs::store::postgres::{PgStore, PgStoreBuilder};
use esrs::{Aggregate, AggregateState};
use futures::TryStreamExt;
use sqlx::PgPool;
use uuid::Uuid;

use crate::orders::Peer;
use crate::raw;
use crate::todo::{Event, uuid};

struct Todo;

struct Create {
    id: Uuid,
    events: usize,
}

impl Aggregate for Todo {
    const NAME: &'static str = "todo";
    type State = String;
    type Command = Create;
    type Event = Event;
    type Error = Infallible;

    fn handle_command(_: &String, command: Create) -> Result<Vec<Event>, Infallible> {
        Ok(Event::history(command.id, command.events).collect())
    }

    fn apply_event(_: String, event: Event) -> String {
        event.label()
    }
}

pub struct Esrs {
    store: PgStore<Todo>,
    manager: AggregateManager<PgStore<Todo>>,
    pool: PgPool,
}

impl Esrs {
    pub async fn open(url: &str) -> Self {
        let pool = raw::postgres(url).await;
        let store: PgStore<Todo> = PgStoreBuilder::new(pool.clone())
            .try_build()
            .await
            .expect("it is set up");
        Self {
            manager: AggregateManager::new(store.clone()),
            store,
            pool,
        }
    }
}

impl Peer for Esrs {
    async fn append(&self, id: String, events: usize) {
        let id = uuid(&id);
        let state = AggregateState::with_id(id);
        let done = self
            .manager
            .handle_command(state, Create { id, events })
            .await;
        let Ok(_) = done.expect("it is stored");
    }

    async fn load(&self, id: &str) -> String {
        let loaded = self.manager.load(uuid(id)).await.expect("it is read");
        loaded.expect("it is there").into_inner()
    }

    async fn scan(&self) -> usize {
        let mut events = self.store.stream_events(&self.pool);
        let mut count = 0;
        while let Some(event) = events.try_next().await.expect("it is read") {
            let _ = event.payload.label();
            count += 1;
        }
        count
    }
}

//! cqrs-es, with sqlite-es and postgres-es.

use std::convert::Infallible;

use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::{PersistedEventRepository, PersistedEventStore};
use cqrs_es::{Aggregate, AggregateContext, CqrsFramework, EventStore};
use postgres_es::{PostgresCqrs, PostgresEventRepository};
use serde::{Deserialize, Serialize};
use sqlite_es::{SqliteCqrs, SqliteEventRepository};
use sqlx::{PgPool, SqlitePool};
use uuid::Uuid;

use crate::orders::Peer;
use crate::raw;
use crate::todo::{Event, uuid};

#[derive(Default, Serialize, Deserialize)]
pub struct Todo {
    label: String,
}

pub struct Create {
    id: Uuid,
    events: usize,
}

impl Aggregate for Todo {
    const TYPE: &'static str = "todo";
    type Command = Create;
    type Event = Event;
    type Error = Infallible;
    type Services = ();

    async fn handle(
        &mut self,
        command: Create,
        _: &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Infallible> {
        for event in Event::history(command.id, command.events) {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        self.label = event.label();
    }
}

pub struct Sqlite {
    cqrs: SqliteCqrs<Todo>,
    pool: SqlitePool,
}

impl Sqlite {
    pub async fn open(path: &str) -> Self {
        let pool = raw::sqlite(path).await;
        let sql = "CREATE TABLE IF NOT EXISTS events (aggregate_type text NOT NULL, aggregate_id text NOT NULL,
            sequence integer CHECK (sequence >= 0) NOT NULL, event_type text NOT NULL, event_version text NOT NULL,
            payload text NOT NULL, metadata text NOT NULL, PRIMARY KEY (aggregate_type, aggregate_id, sequence)) STRICT";
        sqlx::query(sql)
            .execute(&pool)
            .await
            .expect("the table of its documentation");
        Self {
            cqrs: sqlite_es::sqlite_cqrs(pool.clone(), Vec::new(), ()),
            pool,
        }
    }
}

pub struct Postgres {
    cqrs: PostgresCqrs<Todo>,
    pool: PgPool,
}

impl Postgres {
    pub async fn open(url: &str) -> Self {
        let pool = raw::postgres(url).await;
        let sql = "CREATE TABLE IF NOT EXISTS events (aggregate_type text NOT NULL, aggregate_id text NOT NULL,
            sequence bigint CHECK (sequence >= 0) NOT NULL, event_type text NOT NULL, event_version text NOT NULL,
            payload json NOT NULL, metadata json NOT NULL, PRIMARY KEY (aggregate_type, aggregate_id, sequence))";
        sqlx::query(sql)
            .execute(&pool)
            .await
            .expect("the table of its documentation");
        Self {
            cqrs: postgres_es::postgres_cqrs(pool.clone(), Vec::new(), ()),
            pool,
        }
    }
}

impl Peer for Sqlite {
    async fn append(&self, id: String, events: usize) {
        execute(&self.cqrs, &id, events).await;
    }

    async fn load(&self, id: &str) -> String {
        let repository = SqliteEventRepository::new(self.pool.clone());
        load(PersistedEventStore::new_event_store(repository), id).await
    }

    async fn scan(&self) -> usize {
        scan(SqliteEventRepository::new(self.pool.clone())).await
    }
}

impl Peer for Postgres {
    async fn append(&self, id: String, events: usize) {
        execute(&self.cqrs, &id, events).await;
    }

    async fn load(&self, id: &str) -> String {
        let repository = PostgresEventRepository::new(self.pool.clone());
        load(PersistedEventStore::new_event_store(repository), id).await
    }

    async fn scan(&self) -> usize {
        scan(PostgresEventRepository::new(self.pool.clone())).await
    }
}

async fn execute<S: EventStore<Todo>>(cqrs: &CqrsFramework<Todo, S>, id: &str, events: usize)
where
    S::AC: Send,
{
    let done = cqrs
        .execute(
            id,
            Create {
                id: uuid(id),
                events,
            },
        )
        .await;
    done.expect("it is stored");
}

async fn load<R: PersistedEventRepository>(
    store: PersistedEventStore<R, Todo>,
    id: &str,
) -> String {
    let mut loaded = store.load_aggregate(id).await.expect("it is there");
    loaded.aggregate().label.clone()
}

async fn scan<R: PersistedEventRepository>(repository: R) -> usize {
    let mut stream = repository
        .stream_all_events::<Todo>()
        .await
        .expect("it is read");
    let mut count = 0;
    while let Some(event) = stream.next::<Todo>(&[]).await {
        let _ = event.expect("it is read").payload.label();
        count += 1;
    }
    count
}

//! PostgreSQL: what only this store promises.

mod cut;
pub(crate) mod djangoevents;
mod opening;
mod order;
mod plans;
mod projections;
mod rebuild;
mod tls;
mod transactional;
mod transactions;
mod workers;

use evgen_runtime::App;
use evgen_runtime::envelope::{EventId, NewEvent, PayloadBuf};
use evgen_runtime::store::postgres::PostgresStore;
use evgen_runtime::store::{Appended, Batch, EventStore, StreamAppend};
use evgen_runtime::stream::{ExpectedVersion, StreamId};
use evgen_tests::postgres::Database;
use tokio::task::JoinHandle;

/// A store in a new database, and the database; `None`: there is no server.
pub(super) async fn native() -> Option<(PostgresStore, Database)> {
    let database = Database::new().await?;
    let store = open(&database).await;
    Some((store, database))
}

/// A store whose appends fold read models; they do not take what the contract stores.
pub(super) async fn folding() -> Option<(PostgresStore, (App, Database))> {
    let (store, app, database) = transactional::native_with_app().await?;
    Some((store, (app, database)))
}

/// Another store of that database, as another process would have it.
async fn open(database: &Database) -> PostgresStore {
    PostgresStore::builder(&database.url)
        .migrate_at_start(true)
        .connect()
        .await
        .unwrap()
}

/// An append of `count` events to `Todo::id`.
fn batch(id: &str, expected: ExpectedVersion, count: usize) -> Batch {
    let event = || NewEvent {
        event_id: EventId::new(),
        event_type: "todo_created".into(),
        event_version: Some(1),
        payload: PayloadBuf::Json("{}".into()),
        create_date: None,
        metadata: None,
        version: None,
        django: None,
    };
    let append = StreamAppend {
        stream: StreamId::new("Todo", id),
        expected,
        events: (0..count).map(|_| event()).collect(),
        command_id: None,
    };
    Batch {
        streams: vec![append],
    }
}

fn any(id: &str) -> Batch {
    batch(id, ExpectedVersion::Any, 1)
}

/// Hands an append over; the answer is waited for later.
fn hand_over(store: &PostgresStore, batch: Batch) -> JoinHandle<Appended> {
    let store = store.clone();
    tokio::spawn(async move { store.append(batch).await.unwrap() })
}

//! Makes the events that the contract appends, and the shortest ways to append and read them.

use evgen_runtime::envelope::{EventId, NewEvent, PayloadBuf};
use evgen_runtime::error::{AppendError, ReadError};
use evgen_runtime::event::DjangoClass;
use evgen_runtime::position::Position;
use evgen_runtime::store::{
    Appended, Batch, EventStore, JournalQuery, Page, StreamAppend, StreamQuery,
};
use evgen_runtime::stream::{AggregateVersion, ExpectedVersion, StreamId};

/// No positions, no versions.
pub(super) const NONE: [i64; 0] = [];

/// An event whose data is `n`. It has a class, so that every layout takes it.
pub(super) fn event(n: usize) -> NewEvent {
    NewEvent {
        event_id: EventId::new(),
        event_type: "todo_renamed".into(),
        event_version: Some(1),
        payload: PayloadBuf::Json(format!("{{\"n\":{n}}}")),
        create_date: None,
        metadata: None,
        version: None,
        django: Some(DjangoClass {
            module: "todos.aggregates",
            class: "Todo.Renamed",
        }),
    }
}

pub(super) fn todo(id: &str) -> StreamId {
    StreamId::new("Todo", id)
}

pub(super) fn to(
    stream: &StreamId,
    expected: ExpectedVersion,
    events: Vec<NewEvent>,
) -> StreamAppend {
    StreamAppend {
        stream: stream.clone(),
        expected,
        events,
        command_id: None,
    }
}

pub(super) fn batch(streams: Vec<StreamAppend>) -> Batch {
    Batch { streams }
}

pub(super) fn one(stream: &StreamId, expected: ExpectedVersion, events: Vec<NewEvent>) -> Batch {
    batch(vec![to(stream, expected, events)])
}

/// Appends `count` events behind whatever is there.
pub(super) async fn append(store: &dyn EventStore, stream: &StreamId, count: usize) -> Appended {
    let events = (0..count).map(event).collect();
    store
        .append(one(stream, ExpectedVersion::Any, events))
        .await
        .unwrap()
}

pub(super) fn exact(version: i64) -> ExpectedVersion {
    ExpectedVersion::Exact(AggregateVersion(version))
}

/// All of a stream, page by page.
pub(super) async fn load(
    store: &dyn EventStore,
    mut query: StreamQuery,
) -> Result<Vec<Page>, ReadError> {
    let mut pages = Vec::new();
    loop {
        let page = store.read_stream(query.clone()).await?;
        query.after = page
            .iter()
            .next_back()
            .map(|event| event.position)
            .or(query.after);
        let last = page.is_last();
        pages.push(page);
        if last {
            return Ok(pages);
        }
    }
}

/// All of the journal, page by page.
pub(super) async fn scan(
    store: &dyn EventStore,
    mut query: JournalQuery,
) -> Result<Vec<Page>, ReadError> {
    let mut pages = Vec::new();
    loop {
        let page = store.read_all(query.clone()).await?;
        query.after = page
            .iter()
            .next_back()
            .map(|event| event.position)
            .or(query.after);
        let last = page.is_last();
        pages.push(page);
        if last {
            return Ok(pages);
        }
    }
}

pub(super) fn versions(pages: &[Page]) -> Vec<i64> {
    pages
        .iter()
        .flat_map(Page::iter)
        .map(|event| event.version.0)
        .collect()
}

pub(super) fn positions(pages: &[Page]) -> Vec<i64> {
    pages
        .iter()
        .flat_map(Page::iter)
        .map(|event| event.position.0)
        .collect()
}

pub(super) async fn versions_of(store: &dyn EventStore, stream: &StreamId) -> Vec<i64> {
    versions(&load(store, StreamQuery::new(stream.clone())).await.unwrap())
}

pub(super) async fn head(store: &dyn EventStore) -> Position {
    store.head().await.unwrap()
}

/// What was refused, and that nothing was stored.
pub(super) async fn refused(store: &dyn EventStore, batch: Batch) -> AppendError {
    let before = head(store).await;
    let error = store.append(batch).await.unwrap_err();
    assert_eq!(
        head(store).await,
        before,
        "a refused append stored something"
    );
    error
}

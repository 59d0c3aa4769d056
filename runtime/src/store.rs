//! The `EventStore` trait and its contract, in prose, with the types that cross it.
//! Implementations: `store/memory.rs` (the reference), `store/sqlite.rs`, `store/postgres.rs`. Loading and deciding are in `repository.rs`.

use std::any::Any;
use std::future::Future;
use std::ops::Bound;
use std::pin::Pin;

use jiff::Timestamp;
use tokio::sync::watch;

use crate::envelope::NewEvent;
use crate::error::{AppendError, ReadError};
use crate::position::Position;
use crate::stream::{AggregateVersion, ExpectedVersion, StreamId};

mod ahead;
pub(crate) mod blocking;
mod checksum;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod foreign;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod layout;
pub mod memory;
mod micros;
mod note;
mod page;
mod pages;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod project;
mod repeat;
mod source;
mod spare;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod transactional;

pub(crate) use ahead::Ahead;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use layout::Layout;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use note::keys;
pub use note::{ExpectedNote, Note, NoteChange, NoteError, NoteQuery};
#[cfg(feature = "sqlite")]
pub(crate) use page::Mark;
pub use page::{Page, PageBuilder};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use page::{Unchecked, UncheckedPayload};
pub use pages::Pages;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use project::ProjectError;
pub use source::{PageQuery, PageSource};

/// A boxed future that may cross threads; what a dyn-compatible trait returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Keeps events in order, for ever.
///
/// What every store promises (`tests/src/store_contract.rs` checks it for each):
///
/// - **Append is atomic**: all events of a batch are stored, over all its streams, or none. When the future answers `Ok`
///   they are durable.
/// - **Once handed over, an append is not cancelled** by dropping its future.
/// - **Expected versions** are checked against what is stored, in the same transaction.
/// - **Idempotent**: a batch whose event ids are all stored already, with the same content in the same streams, answers as
///   it did the first time and stores nothing. One stored id with other content is `EventIdTaken`.
/// - **Positions** increase over all streams and, in the native layout, have no gap; an event is visible only when all
///   before it are.
/// - **Reads** give events in position order (or its reverse), page by page, in bounded memory.
/// - **Notes** are small texts under keys, changed by compare-and-swap, several at once: all or none. Checkpoints, leases and
///   parked events rest on them; a store need not know what they mean.
pub trait EventStore: Send + Sync + 'static {
    /// Appends to one or several streams, atomically.
    fn append(&self, batch: Batch) -> BoxFuture<'_, Result<Appended, AppendError>>;

    /// Reads one page of one stream. Loop with `after` = the last event's position until [`Page::is_last`].
    fn read_stream(&self, query: StreamQuery) -> BoxFuture<'_, Result<Page, ReadError>>;

    /// Reads one page of the whole journal. [`Pages`] reads all of them.
    fn read_all(&self, query: JournalQuery) -> BoxFuture<'_, Result<Page, ReadError>>;

    /// The pages of a query, in turn, where the store can go on reading while they are used; `None`: it is asked for each
    /// page. [`Pages`] does either.
    fn page_source(&self, query: &PageQuery) -> Option<Box<dyn PageSource>> {
        let _ = query;
        None
    }

    /// What command `command_id` appended to `stream`, if it was carried out before.
    fn find_command<'a>(
        &'a self,
        stream: &'a StreamId,
        command_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Appended>, ReadError>>;

    /// Position of the last event, [`Position::START`] where there is none.
    fn head(&self) -> BoxFuture<'_, Result<Position, ReadError>>;

    /// Tells of appends: the value is the highest position known to be stored. Writers in other processes may be told
    /// late, by polling. When the store is closed, waiting for a change ends with an error.
    fn changes(&self) -> watch::Receiver<Position>;

    /// The newest snapshot of a stream that was taken under `key`.
    fn load_snapshot<'a>(
        &'a self,
        stream: &'a StreamId,
        key: u64,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, ReadError>>;

    /// Keeps a snapshot in place of the stream's older one. One that is older than what is kept under the same key
    /// changes nothing.
    fn save_snapshot<'a>(
        &'a self,
        stream: &'a StreamId,
        snapshot: Snapshot,
    ) -> BoxFuture<'a, Result<(), AppendError>>;

    /// Reads notes, in the order of their keys' bytes.
    fn load_notes(&self, query: NoteQuery) -> BoxFuture<'_, Result<Vec<Note>, ReadError>>;

    /// Changes notes, atomically: each is checked against what its writer believes in the transaction that changes all of
    /// them; where one is not that, nothing is changed. What is answered `Ok` is durable.
    ///
    /// A key stands at most once in `changes`.
    fn save_notes(&self, changes: Vec<NoteChange>) -> BoxFuture<'_, Result<(), NoteError>>;

    /// Keeps the schemas of event versions that are about to be written, so that the journal explains itself. The same
    /// again changes nothing; one that differs takes the place of the older (a draft was edited).
    fn save_schemas(&self, schemas: Vec<StoredSchema>) -> BoxFuture<'_, Result<(), AppendError>>;

    /// Every schema that was saved, by event type and version.
    fn load_schemas(&self) -> BoxFuture<'_, Result<Vec<StoredSchema>, ReadError>>;

    /// Finishes what was handed over and closes the store; afterwards every call answers `Closed`.
    fn close(&self) -> BoxFuture<'_, ()>;

    /// Whether the journal has djangoevents' layout: new ids are UUIDv1 then, whose time is the event's, and metadata is
    /// filled in only where the app was built to.
    fn is_djangoevents(&self) -> bool {
        false
    }

    /// The store itself, for what only one backend can do (a projection in its transaction).
    fn as_any(&self) -> &dyn Any;
}

/// What one append writes, atomically.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// One entry per stream; a stream named twice is two appends in turn.
    pub streams: Vec<StreamAppend>,
}

impl Batch {
    /// All its events with their streams, in order.
    pub fn events(&self) -> impl Iterator<Item = (&StreamId, &NewEvent)> {
        self.streams.iter().flat_map(|append| {
            append
                .events
                .iter()
                .map(move |event| (&append.stream, event))
        })
    }

    /// The error of an append that the backend did not do.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn failed(&self, source: crate::error::BoxError) -> AppendError {
        match self.streams.first() {
            Some(append) => AppendError::Backend {
                stream: append.stream.clone(),
                source,
            },
            None => AppendError::Save {
                what: "an empty batch".to_owned(),
                source,
            },
        }
    }
}

/// The events for one stream.
#[derive(Clone, Debug)]
pub struct StreamAppend {
    /// The stream.
    pub stream: StreamId,
    /// What the writer believes of it.
    pub expected: ExpectedVersion,
    /// The events, in order. None is allowed: then only `expected` is checked.
    pub events: Vec<NewEvent>,
    /// The command that decided them; a repeated one is found by [`EventStore::find_command`].
    pub command_id: Option<String>,
}

/// Where an append ended up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Appended {
    /// Position of the last event of the batch; for a batch without events, the head.
    pub position: Position,
    /// For every entry of the batch: versions of its first and past its last event.
    pub streams: Vec<StreamVersions>,
}

/// Versions that an append gave to the events of one stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StreamVersions {
    /// Version of the first event.
    pub first: AggregateVersion,
    /// What the stream's next event will carry.
    pub next: AggregateVersion,
    /// Position of the first event; [`Position::START`] where the append had none.
    pub first_position: Position,
}

/// Which way a read goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Direction {
    /// From the oldest.
    #[default]
    Forward,
    /// From the newest.
    Backward,
}

/// Which events of one stream to read.
#[derive(Clone, Debug)]
pub struct StreamQuery {
    /// The stream.
    pub stream: StreamId,
    /// Only those past this position in the direction of the read; `None`: from its beginning.
    pub after: Option<Position>,
    /// Only versions from here (a snapshot's).
    pub from_version: Option<AggregateVersion>,
    /// Only versions before this one.
    pub until_version: Option<AggregateVersion>,
    /// Only those made within these bounds (`create_date`).
    pub time: (Bound<Timestamp>, Bound<Timestamp>),
    /// At most so many in this page; the store may give fewer.
    pub limit: Option<usize>,
    /// Which way.
    pub direction: Direction,
    /// With their checksums, for [`RecordedEvent::is_intact`](crate::RecordedEvent::is_intact). Without, a store may leave
    /// them out.
    pub checksums: bool,
}

impl StreamQuery {
    /// The whole stream, from its first event.
    #[must_use]
    pub fn new(stream: StreamId) -> Self {
        Self {
            stream,
            after: None,
            from_version: None,
            until_version: None,
            time: (Bound::Unbounded, Bound::Unbounded),
            limit: None,
            direction: Direction::Forward,
            checksums: false,
        }
    }
}

/// Which events of the journal to read.
#[derive(Clone, Debug, Default)]
pub struct JournalQuery {
    /// Only those past this position in the direction of the read; `None`: from its beginning.
    pub after: Option<Position>,
    /// Only events of these (aggregate type, event type) pairs; an event type of `None` is any. Empty: all.
    pub only: Vec<(String, Option<String>)>,
    /// At most so many in this page; the store may give fewer.
    pub limit: Option<usize>,
    /// Which way.
    pub direction: Direction,
    /// With their checksums, for [`RecordedEvent::is_intact`](crate::RecordedEvent::is_intact). Without, a store may leave
    /// them out.
    pub checksums: bool,
}

impl JournalQuery {
    /// Whether `only` lets an event through.
    #[must_use]
    pub fn takes(&self, aggregate_type: &str, event_type: &str) -> bool {
        takes(&self.only, aggregate_type, event_type)
    }
}

/// Whether these (aggregate type, event type) pairs let an event through.
fn takes(only: &[(String, Option<String>)], aggregate_type: &str, event_type: &str) -> bool {
    only.is_empty()
        || only.iter().any(|(aggregate, event)| {
            aggregate == aggregate_type && event.as_deref().is_none_or(|event| event == event_type)
        })
}

/// The schema of an event version, as a store keeps it beside the events that were written by it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredSchema {
    /// The stored `event_type` (`todo_created`).
    pub event_type: String,
    /// Number of the schema file, from 1.
    pub event_version: i32,
    /// CRC-64-AVRO fingerprint of the payload schema: what the version's Avro rows begin with.
    pub fingerprint: u64,
    /// The file's schema as JSON, envelope fields included.
    pub schema: String,
    /// The payload's type with all names resolved ([`types::table`](crate::types::table)).
    pub types: String,
}

/// Stored state of an aggregate. May be deleted at any time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snapshot {
    /// The state holds all events before this version.
    pub version: AggregateVersion,
    /// Position of the last event in it.
    pub position: Position,
    /// What it was taken under: events, state and `snapshot.version`.
    pub key: u64,
    /// The state, in its own encoding (JSON).
    pub state: Vec<u8>,
    /// Whether the aggregate was discarded.
    pub discarded: bool,
}

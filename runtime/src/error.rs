//! Errors of appends, reads and decoding, one enum per operation, the same for every store.
//! Errors of the repository's operations are in `repository.rs`.

use std::fmt;

use crate::envelope::EventId;
use crate::position::Position;
use crate::stream::{AggregateVersion, ExpectedVersion, StreamId};

/// Any error, boxed: the cause behind an error of ours.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Shows an error and what caused it, on one line: `could not read: disk I/O error`.
#[derive(Debug, Clone, Copy)]
pub struct Causes<'a>(pub &'a dyn std::error::Error);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

/// Why an append did not happen. Nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// Another writer appended first. Reload, decide again, append again.
    #[error("stream `{stream}` is not at the expected version ({expected})")]
    Conflict {
        /// The stream that was to be appended to.
        stream: StreamId,
        /// What the writer believed.
        expected: ExpectedVersion,
        /// The version that the next event will carry, or `None` when the stream has no event.
        actual: Option<AggregateVersion>,
    },
    /// The version that the event would carry is taken by another row, and reloading does not change that: the stream
    /// has a gap or versions out of order.
    #[error("version {version} of stream `{stream}` is taken by row {row}")]
    VersionTaken {
        /// The stream that was to be appended to.
        stream: StreamId,
        /// The version that the event would carry.
        version: AggregateVersion,
        /// The row that holds it.
        row: Position,
    },
    /// `event_id` is stored already, with other content.
    #[error("event id `{event_id}` is taken")]
    EventIdTaken {
        /// The id that was given twice.
        event_id: EventId,
    },
    /// A projection that is part of the append (`delivery: transactional`) refused it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store is closed: the app was shut down.
    #[error("the store is closed")]
    Closed,
    /// The task that appends ended before it could answer: its runtime was shut down. The events may be stored.
    #[error("the append was interrupted, its events may be stored")]
    Interrupted {
        /// How the task ended.
        source: BoxError,
    },
    /// The backend refused or could not be reached.
    #[error("could not append to stream `{stream}`")]
    Backend {
        /// The stream that was to be appended to.
        stream: StreamId,
        /// What the backend said.
        source: BoxError,
    },
    /// The backend refused or could not be reached, and it was not for events.
    #[error("could not save {what}")]
    Save {
        /// A checkpoint or a snapshot, and whose.
        what: String,
        /// What the backend said.
        source: BoxError,
    },
}

/// A projection that is part of every append (`delivery: transactional`) refused events: a unique index of its read model, say.
/// Nothing was written.
#[derive(Debug, thiserror::Error)]
#[error("projection `{projection}` refused the events of `{stream}`")]
pub struct Refusal {
    /// The stream that was to be appended to.
    pub stream: StreamId,
    /// The projection.
    pub projection: &'static str,
    /// What it said: its own error, to be downcast.
    pub source: BoxError,
}

/// Why reading did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// A row cannot be an event: a column holds what it never should.
    #[error("row {row} of the journal is not an event: {problem}")]
    Row {
        /// The row's position.
        row: Position,
        /// Which column, and what is wrong with it.
        problem: String,
    },
    /// The store is closed: the app was shut down.
    #[error("the store is closed")]
    Closed,
    /// The backend refused or could not be reached.
    #[error("could not read from the store")]
    Backend {
        /// What the backend said.
        source: BoxError,
    },
}

/// Why a stored event could not become its type.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// This build knows no event of that name.
    #[error("aggregate `{aggregate_type}` has no event of type `{event_type}` in this build")]
    UnknownEvent {
        /// The row's aggregate type.
        aggregate_type: String,
        /// The row's event type.
        event_type: String,
    },
    /// This build knows the event, but not the version.
    #[error(
        "`{aggregate_type}.{event}` is stored in version {version}, this build knows up to {latest}: deploy the build \
         that wrote it, or a later one; where the manifest says `forward: read`, later versions are read as the latest \
         known one"
    )]
    UnknownVersion {
        /// The aggregate.
        aggregate_type: &'static str,
        /// The event.
        event: &'static str,
        /// The row's version.
        version: i32,
        /// The highest version that this build knows.
        latest: i32,
    },
    /// The row is Avro of a later version than this build knows, and the store has no schema of that fingerprint.
    #[error(
        "the data is Avro of a later version, and the store keeps no schema with the fingerprint {fingerprint:016x}: \
         deploy the build that wrote it, or a later one"
    )]
    UnknownSchema {
        /// Fingerprint in the data.
        fingerprint: u64,
    },
    /// The data does not fit the schema.
    #[error("the data does not fit its schema")]
    Data(#[source] crate::codec::DataError),
    /// The row's data is Avro, of another schema than the version that the row names.
    #[error(
        "the row says version {version}, whose schema has the fingerprint {expected:016x}, its data has {found:016x}: \
         the schema was changed after it was released, or the row was"
    )]
    Fingerprint {
        /// The row's version.
        version: i32,
        /// Fingerprint of that version's payload schema.
        expected: u64,
        /// Fingerprint in the data.
        found: u64,
    },
    /// An upcaster refused the event.
    #[error("the step from version {from} refused the event")]
    Upcast {
        /// Version that the step starts from.
        from: i32,
        /// What the step said.
        source: BoxError,
    },
}

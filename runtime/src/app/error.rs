//! Errors of the app's own operations: building it, storing without a repository, waiting for a projection.

use std::time::Duration;

use crate::committed::Committed;
use crate::error::{AppendError, BoxError, Refusal};
use crate::failure::{InvalidEvent, StoreFailure};
use crate::position::Position;
use crate::stream::{AggregateVersion, ExpectedVersion, StreamId};

/// Why an app could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Two handlers or projections share a name, and so would a checkpoint.
    #[error("`{name}` names two handlers or projections: rename one in aggregates.yaml")]
    NameTwice {
        /// The name.
        name: &'static str,
    },
    /// A projection writes to the journal's own database, and the app's store is another.
    #[error(
        "projection `{projection}` has `store: {needs}`, but the app stands on another store: give it one, or write \
         `store: own`"
    )]
    OtherStore {
        /// The projection.
        projection: &'static str,
        /// The kind of store that it needs, as the manifest names it.
        needs: &'static str,
    },
    /// A projection is to be part of every append, and its read model is not in the journal's database.
    #[error(
        "projection `{projection}` has `delivery: transactional`, and keeps no read model in the journal's database: give it \
         `store: sqlite` or `store: postgres`"
    )]
    NotTransactional {
        /// The projection.
        projection: &'static str,
    },
    /// A projection is to be part of every append, in a journal whose appends cannot take one.
    #[error(
        "projection `{projection}` has `delivery: transactional`, which a djangoevents journal in PostgreSQL cannot do: write \
         `delivery: durable`"
    )]
    NotInDjangoevents {
        /// The projection.
        projection: &'static str,
    },
    /// A transactional projection cannot take an event that is stored already.
    #[error(
        "projection `{projection}` is to be part of every append, and cannot take what is stored already"
    )]
    Behind {
        /// The projection.
        projection: &'static str,
        /// What it said, or the store.
        source: AppendError,
    },
    /// New events were to be written as Avro into a djangoevents journal.
    #[error(
        "a djangoevents journal holds JSON only: leave out `.payload(…)`, or give it `PayloadFormat::Json`"
    )]
    JsonOnly,
    /// The tables of a projection could not be made.
    #[error("the tables of projection `{projection}` could not be made")]
    Prepare {
        /// The projection.
        projection: &'static str,
        /// What its `prepare` method or the database said.
        source: BoxError,
    },
}

/// Why events were not stored by `store`, `store_raw` or a unit of work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is an aggregate of that id.
    #[error("`{0}` already exists")]
    AlreadyExists(StreamId),
    /// A stream is not where the writer believed it.
    #[error("`{stream}` is not at the expected version ({expected})")]
    Conflict {
        /// The stream.
        stream: StreamId,
        /// What the writer believed.
        expected: ExpectedVersion,
        /// The version that the next event will carry; `None`: the stream has no event.
        actual: Option<AggregateVersion>,
    },
    /// An event must not be stored.
    #[error(transparent)]
    Invalid(#[from] InvalidEvent),
    /// A projection that is part of every append refused. Nothing was written.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// With `.strict()`: an inline handler failed. The events are stored.
    #[error("events are stored, but a handler failed")]
    HandlerFailed(Committed),
    /// The store failed, or holds what this build cannot read.
    #[error(transparent)]
    Store(#[from] StoreFailure),
}

impl From<AppendError> for StoreError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Conflict {
                stream,
                expected: ExpectedVersion::NoStream,
                ..
            } => Self::AlreadyExists(stream),
            AppendError::Conflict {
                stream,
                expected,
                actual,
            } => Self::Conflict {
                stream,
                expected,
                actual,
            },
            AppendError::Refused(refusal) => Self::Refused(refusal),
            other => Self::Store(other.into()),
        }
    }
}

/// Why a projection has not reached a position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WaitError {
    /// There is none of that name.
    #[error("the app has no projection or durable handler `{name}`, it has: {}", known.join(", "))]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// Those that there are.
        known: Vec<&'static str>,
    },
    /// It has not got there in time.
    #[error(
        "`{name}` has not reached position {position} within {waited:?}, it is at {reached}{}",
        failing.as_ref().map(|error| format!(" and failing: {error}")).unwrap_or_default()
    )]
    TimedOut {
        /// The projection or handler.
        name: String,
        /// The position that was waited for.
        position: Position,
        /// What it has finished.
        reached: Position,
        /// How long was waited.
        waited: Duration,
        /// Its last error, where it is trying an event again.
        failing: Option<String>,
    },
    /// It was stopped: the app was shut down.
    #[error("`{name}` has stopped at position {reached}: the app was shut down")]
    Stopped {
        /// The projection or handler.
        name: String,
        /// What it has finished.
        reached: Position,
    },
}

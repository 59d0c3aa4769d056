//! Errors of the repository's operations, one enum each. `problem.rs` has the one that takes them all.

use crate::committed::Committed;
use crate::error::Refusal;
use crate::failure::{InvalidEvent, StoreFailure};
use crate::load::LoadError;
use crate::stream::{AggregateVersion, ExpectedVersion, StreamId};

/// Why an aggregate could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GetError {
    /// There is no such aggregate, or was none then.
    #[error("`{0}` does not exist")]
    NotFound(StreamId),
    /// It was discarded; `get_any` gives it all the same.
    #[error("`{0}` is discarded")]
    Discarded(StreamId),
    /// The aggregate has not come to the version that was asked for.
    #[error("`{stream}` has no version {version} yet, it is at {latest}")]
    NoVersion {
        /// The aggregate's stream.
        stream: StreamId,
        /// The version that was asked for.
        version: AggregateVersion,
        /// Its next version.
        latest: AggregateVersion,
    },
    /// The store failed, or holds what this build cannot read.
    #[error(transparent)]
    Store(#[from] StoreFailure),
}

impl From<LoadError> for GetError {
    fn from(error: LoadError) -> Self {
        Self::Store(error.into())
    }
}

/// Why an aggregate was not created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// There is one of that id, discarded perhaps.
    #[error("`{0}` already exists")]
    AlreadyExists(StreamId),
    /// The event must not be stored.
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

/// Why an update did not happen. `E` is the command's refusal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpdateError<E> {
    /// The command refused.
    #[error(transparent)]
    Rejected(E),
    /// There is no such aggregate.
    #[error("`{0}` does not exist")]
    NotFound(StreamId),
    /// It was discarded.
    #[error("`{0}` is discarded")]
    Discarded(StreamId),
    /// With `.expect_version(v)`: it is at another. Without: other writers were faster each time.
    #[error("`{stream}` is not at the expected version ({expected})")]
    Conflict {
        /// The aggregate's stream.
        stream: StreamId,
        /// What the writer believed.
        expected: ExpectedVersion,
        /// The version that the next event will carry; `None`: the stream has no event.
        actual: Option<AggregateVersion>,
    },
    /// An event that was decided must not be stored.
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

impl<E> From<LoadError> for UpdateError<E> {
    fn from(error: LoadError) -> Self {
        Self::Store(error.into())
    }
}

//! `Error`: one type that takes the error of every operation by `?`, and says which HTTP status answers it.
//! The HTTP response itself is in `http.rs`.

use crate::app::{BuildError, StoreError, WaitError};
use crate::committed::Committed;
use crate::error::{AppendError, BoxError, ReadError, Refusal};
use crate::failure::{InvalidEvent, StoreFailure};
use crate::repository::{CreateError, GetError, UpdateError};
use crate::stream::{AggregateVersion, ExpectedVersion, StreamId};

/// Any error of an app or repository. `?` makes one of each operation's own.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such aggregate, or was none then. 404
    #[error("`{0}` does not exist")]
    NotFound(StreamId),
    /// The aggregate has not come to the version that was asked for. 404
    #[error("`{stream}` has no version {version} yet, it is at {latest}")]
    NoVersion {
        /// The aggregate's stream.
        stream: StreamId,
        /// The version that was asked for.
        version: AggregateVersion,
        /// Its next version.
        latest: AggregateVersion,
    },
    /// It was discarded. 410
    #[error("`{0}` is discarded")]
    Discarded(StreamId),
    /// There is one of that id. 409
    #[error("`{0}` already exists")]
    AlreadyExists(StreamId),
    /// The aggregate is not at the version that the writer believed. 409
    #[error("`{stream}` is not at the expected version ({expected})")]
    Conflict {
        /// The aggregate's stream.
        stream: StreamId,
        /// What the writer believed.
        expected: ExpectedVersion,
        /// The version that the next event will carry; `None`: the stream has no event.
        actual: Option<AggregateVersion>,
    },
    /// A command refused. 422
    #[error(transparent)]
    Rejected(BoxError),
    /// An event must not be stored. 422
    #[error(transparent)]
    Invalid(#[from] InvalidEvent),
    /// A projection that is part of every append refused: one account has that address already, say. 409
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// An inline handler of a strict call failed; the events are stored. 500
    #[error("events are stored, but a handler failed")]
    HandlerFailed(Committed),
    /// The store failed, or holds what this build cannot read. 500
    #[error(transparent)]
    Store(#[from] StoreFailure),
    /// Anything else. 500
    #[error(transparent)]
    Other(BoxError),
}

impl Error {
    /// The HTTP status that answers it.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::NotFound(_) | Self::NoVersion { .. } => 404,
            Self::AlreadyExists(_)
            | Self::Conflict { .. }
            | Self::Refused(_)
            | Self::Store(StoreFailure::Append(
                AppendError::Conflict { .. }
                | AppendError::VersionTaken { .. }
                | AppendError::EventIdTaken { .. },
            )) => 409,
            Self::Discarded(_) => 410,
            Self::Rejected(_) | Self::Invalid(_) => 422,
            Self::HandlerFailed(_) | Self::Store(_) | Self::Other(_) => 500,
        }
    }
}

impl From<GetError> for Error {
    fn from(error: GetError) -> Self {
        match error {
            GetError::NotFound(stream) => Self::NotFound(stream),
            GetError::Discarded(stream) => Self::Discarded(stream),
            GetError::NoVersion {
                stream,
                version,
                latest,
            } => Self::NoVersion {
                stream,
                version,
                latest,
            },
            GetError::Store(failure) => Self::Store(failure),
        }
    }
}

impl From<CreateError> for Error {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::AlreadyExists(stream) => Self::AlreadyExists(stream),
            CreateError::Invalid(invalid) => Self::Invalid(invalid),
            CreateError::Refused(refusal) => Self::Refused(refusal),
            CreateError::HandlerFailed(committed) => Self::HandlerFailed(committed),
            CreateError::Store(failure) => Self::Store(failure),
        }
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<UpdateError<E>> for Error {
    fn from(error: UpdateError<E>) -> Self {
        match error {
            UpdateError::Rejected(refusal) => Self::Rejected(Box::new(refusal)),
            UpdateError::NotFound(stream) => Self::NotFound(stream),
            UpdateError::Discarded(stream) => Self::Discarded(stream),
            UpdateError::Conflict {
                stream,
                expected,
                actual,
            } => Self::Conflict {
                stream,
                expected,
                actual,
            },
            UpdateError::Invalid(invalid) => Self::Invalid(invalid),
            UpdateError::Refused(refusal) => Self::Refused(refusal),
            UpdateError::HandlerFailed(committed) => Self::HandlerFailed(committed),
            UpdateError::Store(failure) => Self::Store(failure),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::AlreadyExists(stream) => Self::AlreadyExists(stream),
            StoreError::Conflict {
                stream,
                expected,
                actual,
            } => Self::Conflict {
                stream,
                expected,
                actual,
            },
            StoreError::Invalid(invalid) => Self::Invalid(invalid),
            StoreError::Refused(refusal) => Self::Refused(refusal),
            StoreError::HandlerFailed(committed) => Self::HandlerFailed(committed),
            StoreError::Store(failure) => Self::Store(failure),
        }
    }
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        Self::Store(error.into())
    }
}

impl From<AppendError> for Error {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Refused(refusal) => Self::Refused(refusal),
            other => Self::Store(other.into()),
        }
    }
}

impl From<BuildError> for Error {
    fn from(error: BuildError) -> Self {
        Self::Other(Box::new(error))
    }
}

impl From<WaitError> for Error {
    fn from(error: WaitError) -> Self {
        Self::Other(Box::new(error))
    }
}

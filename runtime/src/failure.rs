//! What may go wrong in every operation above the store: an event that must not be stored, and a store that fails or holds
//! what cannot be read. Each operation's own enum is beside it; `problem.rs` has the one that takes them all.

use crate::codec::DataError;
use crate::envelope::InvalidEventId;
use crate::error::{AppendError, ReadError};
use crate::load::{LoadError, ReplayError};
use crate::metadata::MetadataError;
use crate::validate::ValidationErrors;

/// The store failed, or holds what this build cannot read. Not the caller's mistake.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreFailure {
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The store did not take the events; nothing was written.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// A stored event stops the replay of its aggregate.
    #[error(transparent)]
    Replay(#[from] Box<ReplayError>),
}

impl From<LoadError> for StoreFailure {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Replay(error) => Self::Replay(error),
            LoadError::Read(error) => Self::Read(error),
        }
    }
}

/// An event that must not be stored. Nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidEvent {
    /// The data does not fit the event's schema.
    #[error("the data of `{event_type}` does not fit its schema (version {version})")]
    Data {
        /// The event's stored type.
        event_type: String,
        /// The schema version that it was held against.
        version: i32,
        /// Every mistake, with its path.
        #[source]
        errors: ValidationErrors,
    },
    /// The data is no JSON object.
    #[error("the data of `{event_type}` is not a JSON object")]
    NotAnObject {
        /// The event's stored type.
        event_type: String,
        /// What stands there.
        source: DataError,
    },
    /// The event has no schema of the version that was asked for.
    #[error("`{event_type}` has no version {version} in this build, its highest is {latest}")]
    UnknownVersion {
        /// The event's stored type.
        event_type: String,
        /// The version that was asked for.
        version: i32,
        /// The highest version.
        latest: i32,
    },
    /// The data was to be held against a schema, and the event has none.
    #[error("`{event_type}` has no schema to hold its data against")]
    NoSchema {
        /// The event's stored type.
        event_type: String,
    },
    /// No aggregate of the app has an event of that type.
    #[error("no event of this build has the type `{event_type}`")]
    UnknownEvent {
        /// The type that was asked for.
        event_type: String,
    },
    /// Events of that type are no longer written: it was renamed, split, or dropped.
    #[error("events of type `{event_type}` are no longer written{}", instead(*.now))]
    FormerEvent {
        /// The type that was asked for.
        event_type: String,
        /// The type that is written instead; `None`: the event was split or dropped.
        now: Option<&'static str>,
    },
    /// Rows of that version are read as several events, and none is written any more.
    #[error(
        "version {version} of event type `{event_type}` is split into several events: store those"
    )]
    SplitVersion {
        /// The type that was asked for.
        event_type: String,
        /// The version that was asked for.
        version: i32,
    },
    /// A metadata value cannot be written as JSON.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// The event id is not a UUID.
    #[error(transparent)]
    EventId(#[from] InvalidEventId),
}

fn instead(now: Option<&'static str>) -> String {
    now.map_or_else(String::new, |now| format!(": store `{now}`"))
}

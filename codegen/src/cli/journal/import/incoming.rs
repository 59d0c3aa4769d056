//! One event of an export, before it is stored.

use std::fmt;
use std::io;

use evgen_runtime::{AggregateVersion, PayloadBuf, Position, RecordedEvent, Timestamp};

/// An event of an export.
#[derive(Debug, Clone)]
pub(super) struct Incoming {
    /// `journal.jsonl:17`
    pub(super) at: String,
    pub(super) position: i64,
    pub(super) event_id: String,
    pub(super) event_type: String,
    pub(super) event_version: Option<i32>,
    pub(super) aggregate_type: String,
    pub(super) aggregate_id: String,
    pub(super) version: i64,
    pub(super) create_date: Timestamp,
    pub(super) metadata: Option<String>,
    /// djangoevents' module and class.
    pub(super) class: Option<(String, String)>,
    pub(super) payload: PayloadBuf,
}

/// Why there is no event.
#[derive(Debug)]
pub(super) enum Problem {
    /// The file cannot be read.
    Io(io::Error),
    /// What is there is none; others may follow.
    Event { at: String, problem: String },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Event { at, problem } => write!(f, "{at}: {problem}"),
        }
    }
}

impl Incoming {
    /// As a store would give it back.
    pub(super) fn recorded(&self) -> RecordedEvent<'_> {
        RecordedEvent {
            position: Position(self.position),
            event_id: &self.event_id,
            event_type: &self.event_type,
            event_version: self.event_version,
            payload: self.payload.as_payload(),
            aggregate_type: &self.aggregate_type,
            aggregate_id: &self.aggregate_id,
            version: AggregateVersion(self.version),
            create_date: self.create_date,
            metadata: self.metadata.as_deref(),
            checksum: None,
            django_class: self
                .class
                .as_ref()
                .map(|(module, class)| (module.as_str(), class.as_str())),
        }
    }
}

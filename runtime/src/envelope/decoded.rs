//! `Envelope`: a stored event whose data was read, with everything that stands beside it.

use std::borrow::Cow;
use std::ops::Deref;

use jiff::Timestamp;

use super::{EventId, RecordedEvent};
use crate::event::EventDescriptor;
use crate::metadata::Metadata;
use crate::part::Part;
use crate::position::Position;
use crate::stream::{AggregateVersion, StreamId};

/// An event with its stream, version, position, time and metadata. Derefs to the event.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Envelope<E> {
    /// The event, as its latest version.
    pub event: E,
    /// Its id.
    pub event_id: EventId,
    /// `todo_created`.
    pub event_type: Cow<'static, str>,
    /// The schema version that its row names.
    pub event_version: Option<i32>,
    /// Its stream.
    pub stream: StreamId,
    /// Its place in its stream.
    pub version: AggregateVersion,
    /// Its place in the journal.
    pub position: Position,
    /// When it was made.
    pub create_date: Timestamp,
    /// What was stored beside its data.
    pub metadata: Metadata,
    /// Which of the events it is that its row is read as: the only one, unless the manifest splits it. All of them have the
    /// row's id, version and position.
    pub part: Part,
}

impl<E> Envelope<E> {
    /// `stored`: what the row was found to hold.
    pub(crate) fn new(
        event: E,
        stored: &'static EventDescriptor,
        raw: &RecordedEvent<'_>,
        part: Part,
        stream: StreamId,
    ) -> Self {
        // A row of djangoevents may be found by its class.
        let event_type = if stored.event_type == raw.event_type {
            Cow::Borrowed(stored.event_type)
        } else {
            Cow::Owned(raw.event_type.to_owned())
        };
        Self {
            event,
            event_id: EventId::stored(raw.event_id),
            event_type,
            event_version: raw.event_version,
            stream,
            version: raw.version,
            position: raw.position,
            create_date: raw.create_date,
            metadata: Metadata::from_stored(raw.metadata),
            part,
        }
    }
}

impl<E> Deref for Envelope<E> {
    type Target = E;

    fn deref(&self) -> &E {
        &self.event
    }
}

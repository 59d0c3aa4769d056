//! An event with its stream, version, position, time and metadata: `NewEvent` before it is stored, `RecordedEvent` as a
//! store gives it back, `EventContext` as mutators and upcasters see it. How the payload is read is in `codec.rs`.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

use crate::event::DjangoClass;
use crate::part::Part;
use crate::position::Position;
use crate::stream::AggregateVersion;
use crate::validate::Validation;

mod decoded;

pub use decoded::Envelope;

/// Identifies an event for ever: a UUID, in the form in which it was given.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(Box<str>);

impl EventId {
    /// A new UUIDv7.
    #[must_use]
    pub fn new() -> Self {
        Self::from(Uuid::now_v7())
    }

    /// An id in any form that a UUID is written in (hyphenated, 32 digits, braced, URN), kept as it is.
    ///
    /// # Errors
    /// `text` is not a UUID.
    pub fn parse(text: &str) -> Result<Self, InvalidEventId> {
        match Uuid::try_parse(text) {
            Ok(_) => Ok(Self(text.into())),
            Err(_) => Err(InvalidEventId { text: text.into() }),
        }
    }

    /// An id as a store holds it, unchecked.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        Self(text.into())
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for EventId {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Uuid> for EventId {
    fn from(id: Uuid) -> Self {
        Self(id.hyphenated().to_string().into())
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// A given event id is not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event id `{text}` is not a UUID")]
pub struct InvalidEventId {
    /// What was given.
    pub text: String,
}

/// An event's data as bytes, with the encoding that its row names.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Payload<'a> {
    /// JSON text, kept byte for byte.
    Json(&'a str),
    /// Avro single-object encoding.
    Avro(&'a [u8]),
}

impl fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(text) => write!(f, "Json({text})"),
            Self::Avro(bytes) => write!(f, "Avro({} bytes)", bytes.len()),
        }
    }
}

/// How the data of new events is written. Rows say which they have, so a journal may mix them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum PayloadFormat {
    /// JSON text: readable, and open to queries.
    #[default]
    Json,
    /// Avro single-object encoding: small and fast. Events without schema stay JSON, and so does what is stored as JSON
    /// text (`store_raw`).
    Avro,
}

/// [`Payload`], owned.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum PayloadBuf {
    /// JSON text, kept byte for byte.
    Json(String),
    /// Avro single-object encoding.
    Avro(Vec<u8>),
}

impl PayloadBuf {
    /// Borrows it.
    #[must_use]
    pub fn as_payload(&self) -> Payload<'_> {
        match self {
            Self::Json(text) => Payload::Json(text),
            Self::Avro(bytes) => Payload::Avro(bytes),
        }
    }
}

/// An event that is to be appended. Its stream and version come from the append.
#[derive(Clone, PartialEq, Debug)]
pub struct NewEvent {
    /// Its id; a store of the native layout takes each only once.
    pub event_id: EventId,
    /// `todo_created`.
    pub event_type: Cow<'static, str>,
    /// Schema version that the payload was written by; `None` is stored as NULL.
    pub event_version: Option<i32>,
    /// The data.
    pub payload: PayloadBuf,
    /// When it happened; `None`: the store's clock at the append (in a djangoevents journal, the time in a UUIDv1 id).
    pub create_date: Option<Timestamp>,
    /// A JSON text; `None` is none at all (`null` in a djangoevents journal).
    pub metadata: Option<String>,
    /// A version other than the next one (djangoevents lets a writer name it); `None`: the next.
    pub version: Option<AggregateVersion>,
    /// Module and class for the djangoevents layout.
    pub django: Option<DjangoClass>,
}

/// An event as a store gives it back. Borrows from the page that it was read in.
#[derive(Clone, Copy, Debug)]
pub struct RecordedEvent<'a> {
    /// Its place in the whole journal; in a djangoevents journal the row's `id`. [`Position::START`]: not stored yet.
    pub position: Position,
    /// Its id, in the form in which it was given.
    pub event_id: &'a str,
    /// `todo_created`.
    pub event_type: &'a str,
    /// Schema version that it was written by; `None` for rows older than that column.
    pub event_version: Option<i32>,
    /// The data.
    pub payload: Payload<'a>,
    /// Stored name of its aggregate.
    pub aggregate_type: &'a str,
    /// Id of its aggregate.
    pub aggregate_id: &'a str,
    /// Its place in its stream.
    pub version: AggregateVersion,
    /// When it was made.
    pub create_date: Timestamp,
    /// Metadata as JSON text; `None` where there is none (or `null`).
    pub metadata: Option<&'a str>,
    /// `_module_name` and `_class_name` of a djangoevents row.
    pub django_class: Option<(&'a str, &'a str)>,
    /// What the store noted when the event was stored, where it keeps checksums and the query asked for them; see
    /// [`RecordedEvent::is_intact`].
    pub checksum: Option<i64>,
}

impl<'a> RecordedEvent<'a> {
    /// What it has for an envelope field of a schema file, as JSON text.
    pub(crate) fn envelope_field(
        &self,
        validation: Validation,
        name: &str,
    ) -> Option<Cow<'a, str>> {
        let quoted = |text: &str| Cow::Owned(serde_json::Value::from(text).to_string());
        match name {
            "entity_id" => Some(quoted(self.aggregate_id)),
            "entity_version" => Some(Cow::Owned(self.version.to_string())),
            "domain_event_id" => Some(quoted(self.event_id)),
            // In djangoevents an attribute, there only when it was asked for or given.
            "schema_version" if validation == Validation::Strict => self
                .event_version
                .map(|version| Cow::Owned(version.to_string())),
            "metadata" => self.metadata.map(Cow::Borrowed),
            _ => None,
        }
    }
}

/// What a mutator, an upcaster or a projection may know of an event beside its data.
#[derive(Clone, Copy, Debug)]
pub struct EventContext<'a> {
    event: RecordedEvent<'a>,
    part: Part,
}

impl<'a> EventContext<'a> {
    /// The context of a stored event.
    #[must_use]
    pub fn new(event: RecordedEvent<'a>) -> Self {
        Self {
            event,
            part: Part::WHOLE,
        }
    }

    /// As [`Self::new`], of one of the events that a row is read as.
    pub(crate) fn of_part(event: RecordedEvent<'a>, part: Part) -> Self {
        Self { event, part }
    }

    /// Which of the events it is that its row is read as: the only one, unless the manifest splits it. A part has its row's
    /// id, version and position.
    #[must_use]
    pub fn part(&self) -> Part {
        self.part
    }

    /// Id of the aggregate.
    #[must_use]
    pub fn aggregate_id(&self) -> &'a str {
        self.event.aggregate_id
    }

    /// Stored name of the aggregate.
    #[must_use]
    pub fn aggregate_type(&self) -> &'a str {
        self.event.aggregate_type
    }

    /// The event's place in its stream: the aggregate's version before it.
    #[must_use]
    pub fn version(&self) -> AggregateVersion {
        self.event.version
    }

    /// The event's place in the whole journal; [`Position::START`] while it is not stored.
    #[must_use]
    pub fn position(&self) -> Position {
        self.event.position
    }

    /// The event's id, as stored.
    #[must_use]
    pub fn event_id(&self) -> &'a str {
        self.event.event_id
    }

    /// The stored event type.
    #[must_use]
    pub fn event_type(&self) -> &'a str {
        self.event.event_type
    }

    /// When the event was made.
    #[must_use]
    pub fn create_date(&self) -> Timestamp {
        self.event.create_date
    }

    /// The metadata's JSON text, if there is any.
    #[must_use]
    pub fn metadata(&self) -> Option<&'a str> {
        self.event.metadata
    }

    /// The stored event itself.
    #[must_use]
    pub fn recorded(&self) -> &RecordedEvent<'a> {
        &self.event
    }
}

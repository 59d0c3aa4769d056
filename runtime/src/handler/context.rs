//! `HandlerContext`: what a handler or projection knows of the event that it is called for.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::app::{App, Cause};
use crate::codec::DataError;
use crate::codec::avro::{self, Avro};
use crate::envelope::{EventId, Payload, RecordedEvent};
use crate::event::Event;
use crate::metadata::Metadata;
use crate::part::Part;
use crate::position::Position;
use crate::stream::{AggregateId, AggregateVersion, StreamId};
use crate::validate::Validation;

/// What a handler knows of the event that it is called for, and the app to store through.
#[derive(Debug, Clone)]
pub struct HandlerContext {
    pub(crate) app: App,
    pub(crate) stream: StreamId,
    pub(crate) version: AggregateVersion,
    pub(crate) position: Position,
    pub(crate) event_id: EventId,
    pub(crate) create_date: Timestamp,
    pub(crate) metadata: Metadata,
    pub(crate) part: Part,
}

impl HandlerContext {
    /// The context of a stored event, or of one of those that its row is read as.
    pub(crate) fn of_recorded(app: &App, event: &RecordedEvent<'_>, part: Part) -> Self {
        let whole = Self::new(
            app,
            StreamId::new(event.aggregate_type, event.aggregate_id),
            event.version,
            event.position,
            EventId::stored(event.event_id),
            event.create_date,
            Metadata::from_stored(event.metadata),
        );
        Self { part, ..whole }
    }

    /// The context of an event, with an app that names the event as the cause of what is stored through it.
    pub(crate) fn new(
        app: &App,
        stream: StreamId,
        version: AggregateVersion,
        position: Position,
        event_id: EventId,
        create_date: Timestamp,
        metadata: Metadata,
    ) -> Self {
        let cause = Cause::of_event(&event_id, &metadata);
        let app = app.caused_by(cause);
        Self {
            app,
            stream,
            version,
            position,
            event_id,
            create_date,
            metadata,
            part: Part::WHOLE,
        }
    }

    /// The app. What is stored through it carries this event as its cause, in its metadata.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Id of the aggregate.
    #[must_use]
    pub fn aggregate_id(&self) -> &AggregateId {
        &self.stream.aggregate_id
    }

    /// Stored name of the aggregate.
    #[must_use]
    pub fn aggregate_type(&self) -> &str {
        &self.stream.aggregate_type
    }

    /// The event's stream.
    #[must_use]
    pub fn stream(&self) -> &StreamId {
        &self.stream
    }

    /// The event's place in its stream.
    #[must_use]
    pub fn version(&self) -> AggregateVersion {
        self.version
    }

    /// The event's place in the whole journal.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// The event's id: the key for effects that must happen once. Events of one row, which the manifest splits, share it:
    /// their key is the id with [`Part::index`].
    #[must_use]
    pub fn event_id(&self) -> &EventId {
        &self.event_id
    }

    /// Which of the events it is that its row is read as: the only one, unless the manifest splits it.
    #[must_use]
    pub fn part(&self) -> Part {
        self.part
    }

    /// The event in Avro's binary form by the schema of its file, with the envelope fields that the file has filled in: what
    /// is published, for consumers that know the file. (What is stored has no envelope fields.)
    ///
    /// A field that the envelope has nothing for takes its default, or null.
    ///
    /// ```
    /// # use evgen_runtime::{Event, HandlerContext, HandlerError, codec::avro};
    /// # struct Broker;
    /// # impl Broker { fn send(&self, key: &str, message: Vec<u8>) {} }
    /// /// `schema_id`: what the registry gave `E::DESCRIPTOR.latest()`'s schema.
    /// fn publish<E: Event + avro::Avro>(
    ///     broker: &Broker,
    ///     schema_id: u32,
    ///     event: &E,
    ///     cx: &HandlerContext,
    /// ) -> Result<(), HandlerError> {
    ///     let message = avro::confluent(schema_id, &cx.published(event)?);
    ///     broker.send(cx.aggregate_id().as_str(), message);
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// The envelope has nothing that a field of the file takes, or the event has no schema, or a value that its type does
    /// not have.
    pub fn published<E: Event + Avro>(&self, event: &E) -> Result<Vec<u8>, DataError> {
        let descriptor = E::DESCRIPTOR;
        let version = descriptor
            .latest()
            .ok_or_else(|| DataError::new("an event with a schema", descriptor.name))?;
        let metadata = self.metadata.to_stored();
        let raw = RecordedEvent {
            position: self.position,
            event_id: self.event_id.as_str(),
            event_type: descriptor.event_type,
            // What is published is the latest version, whatever was stored.
            event_version: Some(version.version),
            payload: Payload::Json(""),
            aggregate_type: &self.stream.aggregate_type,
            aggregate_id: self.stream.aggregate_id.as_str(),
            version: self.version,
            create_date: self.create_date,
            metadata: metadata.as_deref(),
            django_class: None,
            checksum: None,
        };
        avro::published(version, event, |field| {
            raw.envelope_field(Validation::Strict, field.name)
                .map(Cow::into_owned)
        })
    }

    /// When the event was made.
    #[must_use]
    pub fn create_date(&self) -> Timestamp {
        self.create_date
    }

    /// The event's metadata.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }
}

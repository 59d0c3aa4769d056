//! Storing an event whose data is JSON text (imports, HTTP), held against its schema first.

use std::future::IntoFuture;

use jiff::Timestamp;

use super::encode::envelope;
use super::store_event::expected;
use super::{App, Encoder, StoreError, StreamCommit, WriteOptions, write_options};
use crate::committed::Committed;
use crate::envelope::{EventContext, EventId, PayloadBuf, PayloadFormat};
use crate::failure::InvalidEvent;
use crate::json_object::JsonObject;
use crate::store::{BoxFuture, StreamAppend};
use crate::stream::{AggregateId, AggregateVersion, ExpectedVersion, StreamId};
use crate::validate::Validation;

mod schema;

impl App {
    /// Stores an event given as JSON text, at `version`.
    ///
    /// The text is held against the event's schema (all mistakes are told at once), unless the app validates nothing.
    /// What must hold of the stream is as with [`App::store`].
    pub fn store_raw(
        &self,
        event_type: impl Into<String>,
        id: impl Into<AggregateId>,
        version: impl Into<AggregateVersion>,
        json: impl Into<String>,
    ) -> StoreRaw<'_> {
        StoreRaw {
            app: self,
            event_type: event_type.into(),
            aggregate_type: None,
            id: id.into(),
            version: version.into(),
            json: json.into(),
            event_version: None,
            event_id: None,
            create_date: None,
            expected: None,
            force_validate: false,
            options: WriteOptions::default(),
        }
    }
}

/// Stores one raw event; made by [`App::store_raw`].
#[derive(Debug)]
#[must_use = "nothing is stored until it is awaited"]
pub struct StoreRaw<'a> {
    app: &'a App,
    event_type: String,
    aggregate_type: Option<String>,
    id: AggregateId,
    version: AggregateVersion,
    json: String,
    event_version: Option<i32>,
    event_id: Option<EventId>,
    create_date: Option<Timestamp>,
    expected: Option<ExpectedVersion>,
    force_validate: bool,
    options: WriteOptions,
}

impl StoreRaw<'_> {
    write_options!();

    /// Names the aggregate by its stored type, where several have an event of that type.
    pub fn of(mut self, aggregate_type: impl Into<String>) -> Self {
        self.aggregate_type = Some(aggregate_type.into());
        self
    }

    /// The schema version that the data was written by. Left out, it is the data's own `schema_version` where that is
    /// not a field of the event, else the highest.
    pub fn event_version(mut self, version: i32) -> Self {
        self.event_version = Some(version);
        self
    }

    /// The event's id, kept in the form in which it is given; a new one, by default.
    pub fn event_id(mut self, id: EventId) -> Self {
        self.event_id = Some(id);
        self
    }

    /// When the event was made; now, by default.
    pub fn create_date(mut self, time: Timestamp) -> Self {
        self.create_date = Some(time);
        self
    }

    /// What must hold of the stream. With `Any`, only the version must be free: djangoevents' own rule.
    pub fn expect(mut self, expected: ExpectedVersion) -> Self {
        self.expected = Some(expected);
        self
    }

    /// Holds the data against its schema even where the app validates nothing. An event without a schema is refused.
    pub fn force_validate(mut self) -> Self {
        self.force_validate = true;
        self
    }

    async fn run(self) -> Result<Committed, StoreError> {
        let Self {
            app,
            json,
            id,
            version,
            mut options,
            ..
        } = self;
        let metadata = options.take_metadata().map_err(InvalidEvent::from)?;
        let (aggregate, event) =
            schema::find(app, &self.event_type, self.aggregate_type.as_deref())?;
        let data = JsonObject::parse(&json).map_err(|source| InvalidEvent::NotAnObject {
            event_type: self.event_type.clone(),
            source,
        })?;
        let named = data
            .get("schema_version")
            .and_then(|version| version.parse().ok());
        let event_version = self
            .event_version
            .or_else(|| named.filter(|_| !schema::has_own_version(event)))
            .unwrap_or(event.version);
        if event
            .split
            .is_some_and(|split| event_version <= split.until)
        {
            return Err(StoreError::Invalid(InvalidEvent::SplitVersion {
                event_type: self.event_type,
                version: event_version,
            }));
        }
        let stream = StreamId::new(aggregate.aggregate_type, id);
        let encoder = Encoder::new(app, &stream, options.command_id.as_deref(), metadata);
        let text = encoder.with_version(json, event_version);
        let mut new = encoder.raw(event, event_version, self.event_id, text);
        new.create_date = self.create_date.or(new.create_date);
        new.version = Some(version);

        let validate = app.options().settings.validate || self.force_validate;
        let validation = app.options().settings.validation;
        match event.version(event_version) {
            Some(schema) if validate => {
                let raw = envelope(&new, &stream, version);
                // What is stored: with the schema_version that the settings add.
                let stored = match &new.payload {
                    PayloadBuf::Json(text) => JsonObject::parse(text).unwrap_or(data),
                    PayloadBuf::Avro(_) => data,
                };
                schema::check(validation, schema, &stored, &raw).map_err(|errors| {
                    InvalidEvent::Data {
                        event_type: self.event_type,
                        version: event_version,
                        errors,
                    }
                })?;
            }
            None if !event.versions.is_empty() => {
                return Err(StoreError::Invalid(InvalidEvent::UnknownVersion {
                    event_type: self.event_type,
                    version: event_version,
                    latest: event.version,
                }));
            }
            // As in djangoevents: whoever asks for a verdict does not get silence.
            None if self.force_validate || validate && validation == Validation::Djangoevents => {
                return Err(StoreError::Invalid(InvalidEvent::NoSchema {
                    event_type: self.event_type,
                }));
            }
            _ => {}
        }

        let schema = event.version(event_version).filter(|_| event.typed);
        let mut other = schema::as_avro(schema, &new.payload);
        if let (PayloadFormat::Avro, Some(avro)) = (app.options().payload, &mut other) {
            std::mem::swap(&mut new.payload, avro);
        }

        let turn = app.turns().next(&stream).await;
        if let Some(done) = app.repeated(&stream, &options).await? {
            return Ok(done);
        }
        let mut part = StreamCommit::new(StreamAppend {
            stream: stream.clone(),
            expected: self
                .expected
                .unwrap_or_else(|| expected(event.effect, version)),
            events: Vec::new(),
            command_id: options.command_id.clone(),
        });
        if app.listens(event) {
            let raw = envelope(&new, &stream, version);
            let index = aggregate
                .events
                .iter()
                .position(|other| std::ptr::eq(*other, event));
            match (aggregate.read)(index.unwrap_or_default(), &raw, &EventContext::new(raw)) {
                Ok(typed) => part.typed.push(typed),
                // Stored unvalidated, as was asked for; no handler can be given it.
                Err(error) => {
                    tracing::warn!(event = event.event_type, %error, "handlers cannot read a raw event");
                }
            }
        }
        part.append.events.push(new);
        // The same event may be there already, from before the app stored another format.
        part.other = other.filter(|_| self.create_date.is_some());
        app.commit_one(part, Some(turn), options.strict).await
    }
}

impl<'a> IntoFuture for StoreRaw<'a> {
    type Output = Result<Committed, StoreError>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

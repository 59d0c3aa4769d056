//! `Encoder`: decided events become what a store takes: id, data as JSON text or Avro, metadata, time.

use jiff::Timestamp;

use super::{App, origin};
use crate::codec;
use crate::command;
use crate::django;
use crate::envelope::{EventId, NewEvent, Payload, PayloadBuf, PayloadFormat, RecordedEvent};
use crate::event::{AggregateEvent, EventDescriptor};
use crate::failure::InvalidEvent;
use crate::json_object::JsonObject;
use crate::metadata::Metadata;
use crate::position::Position;
use crate::stream::{AggregateVersion, StreamId};

/// Encodes the events of one append to one stream.
pub(crate) struct Encoder<'a> {
    app: &'a App,
    stream: &'a StreamId,
    command_id: Option<&'a str>,
    metadata: Metadata,
    now: Timestamp,
    /// The journal has djangoevents' layout.
    django: bool,
}

impl<'a> Encoder<'a> {
    pub(crate) fn new(
        app: &'a App,
        stream: &'a StreamId,
        command_id: Option<&'a str>,
        metadata: Metadata,
    ) -> Self {
        Self {
            app,
            stream,
            command_id,
            metadata,
            now: now(),
            django: app.event_store().is_djangoevents(),
        }
    }

    /// Encodes typed events; `before` were encoded for the stream in the same append.
    ///
    /// # Errors
    /// Data that no schema types in Rust does not fit the one that it has.
    pub(crate) fn events<E: AggregateEvent>(
        &self,
        events: &[E],
        before: usize,
    ) -> Result<Vec<NewEvent>, InvalidEvent> {
        let ids: Vec<_> = (before..before + events.len())
            .map(|n| self.id(n))
            .collect();
        let metadata = ids.first().and_then(|first| self.stored_metadata(first));
        events
            .iter()
            .zip(ids)
            .map(|(event, id)| {
                let descriptor = event.descriptor();
                let data = self.data(event)?;
                Ok(self.new_event(descriptor, descriptor.version, id, data, metadata.clone()))
            })
            .collect()
    }

    /// One event whose data is text already.
    pub(crate) fn raw(
        &self,
        descriptor: &'static EventDescriptor,
        version: i32,
        id: Option<EventId>,
        json: String,
    ) -> NewEvent {
        let id = id.unwrap_or_else(|| self.id(0));
        let metadata = self.stored_metadata(&id);
        let data = PayloadBuf::Json(json);
        self.new_event(descriptor, version, id, data, metadata)
    }

    fn id(&self, n: usize) -> EventId {
        let id = match self.command_id {
            Some(command_id) => command::event_id(command_id, self.stream, n),
            None => EventId::new(),
        };
        // As the store will keep it, so that handlers are told the same.
        if self.django {
            django::event_id(&id, self.now)
        } else {
            id
        }
    }

    fn stored_metadata(&self, first_event: &EventId) -> Option<String> {
        let fill = self.app.options().fill_metadata.unwrap_or(!self.django);
        let (cause, command_id) = (self.app.cause(), self.command_id);
        if fill && cause.is_none() && command_id.is_none() && self.metadata == Metadata::new() {
            return Some(origin::of_first(first_event));
        }
        let mut metadata = self.metadata.clone();
        if fill {
            origin::fill(&mut metadata, cause, command_id, first_event);
        }
        metadata.to_stored()
    }

    fn data<E: AggregateEvent>(&self, event: &E) -> Result<PayloadBuf, InvalidEvent> {
        if self.app.options().payload == PayloadFormat::Avro
            && let Some(avro) = event.avro()
            // An event that an abstract aggregate derives from its children's has no schema, hence no fingerprint.
            && let Some(latest) = event.descriptor().latest()
            && latest.fingerprint != 0
        {
            return codec::avro::single_object(avro, latest.fingerprint)
                .map(PayloadBuf::Avro)
                .map_err(|error| invalid(event.descriptor(), error));
        }
        self.json(event).map(PayloadBuf::Json)
    }

    fn json<E: AggregateEvent>(&self, event: &E) -> Result<String, InvalidEvent> {
        let descriptor = event.descriptor();
        let value = event.value();
        let latest = descriptor.latest();
        let json = codec::encode(
            value,
            latest.map_or(value.shape().node, |latest| latest.node),
        )
        .map_err(|error| invalid(descriptor, error))?;
        // Typed events fit by construction.
        if let (false, Some(latest)) = (descriptor.typed, latest) {
            let validation = self.app.options().settings.validation;
            validation
                .validate(latest.node, &json)
                .map_err(|errors| InvalidEvent::Data {
                    event_type: descriptor.event_type.to_owned(),
                    version: latest.version,
                    errors,
                })?;
        }
        Ok(self.with_version(json, descriptor.version))
    }

    /// The data with its `schema_version`, where the settings ask for it and it has none.
    pub(crate) fn with_version(&self, json: String, version: i32) -> String {
        if self.app.options().settings.schema_version_in_data {
            add_version(json, version)
        } else {
            json
        }
    }

    fn new_event(
        &self,
        descriptor: &'static EventDescriptor,
        version: i32,
        event_id: EventId,
        payload: PayloadBuf,
        metadata: Option<String>,
    ) -> NewEvent {
        let of_id = self.django.then(|| django::time_of(&event_id)).flatten();
        let create_date = of_id.unwrap_or(self.now);
        NewEvent {
            event_id,
            event_type: descriptor.event_type.into(),
            event_version: Some(version),
            payload,
            create_date: Some(create_date),
            metadata,
            version: None,
            django: descriptor.django,
        }
    }
}

/// The error for a value that its type does not have.
fn invalid(descriptor: &EventDescriptor, error: codec::DataError) -> InvalidEvent {
    InvalidEvent::Data {
        event_type: descriptor.event_type.to_owned(),
        version: descriptor.version,
        errors: error.into(),
    }
}

/// The envelope of an event that is not stored yet, for mutators.
pub(crate) fn envelope<'a>(
    event: &'a NewEvent,
    stream: &'a StreamId,
    version: AggregateVersion,
) -> RecordedEvent<'a> {
    RecordedEvent {
        position: Position::START,
        event_id: event.event_id.as_str(),
        event_type: &event.event_type,
        event_version: event.event_version,
        payload: match &event.payload {
            PayloadBuf::Json(text) => Payload::Json(text),
            PayloadBuf::Avro(bytes) => Payload::Avro(bytes),
        },
        aggregate_type: &stream.aggregate_type,
        aggregate_id: stream.aggregate_id.as_str(),
        version,
        create_date: event.create_date.unwrap_or(Timestamp::UNIX_EPOCH),
        metadata: event.metadata.as_deref(),
        django_class: event.django.map(|django| (django.module, django.class)),
        checksum: None,
    }
}

/// The time, as exact as stores keep it: a handler sees what a later reader sees.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}

/// Adds `schema_version` behind the other keys of an object that has none; other text stays as it is.
fn add_version(json: String, version: i32) -> String {
    let Ok(object) = JsonObject::parse(&json) else {
        return json;
    };
    let open = object.as_str().trim_ascii().strip_suffix('}');
    match open
        .map(str::trim_ascii_end)
        .filter(|_| object.get("schema_version").is_none())
    {
        Some(open) => {
            let comma = if open == "{" { "" } else { "," };
            format!("{open}{comma}\"schema_version\":{version}}}")
        }
        None => json,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_added_behind_the_other_keys() {
        assert_eq!(add_version("{}".into(), 2), r#"{"schema_version":2}"#);
        assert_eq!(add_version("{ } ".into(), 2), r#"{"schema_version":2}"#);
        assert_eq!(
            add_version(r#"{"a": 1e400}"#.into(), 2),
            r#"{"a": 1e400,"schema_version":2}"#
        );
    }

    #[test]
    fn a_given_version_stays() {
        let given = r#"{"schema_version": 1, "a": {}}"#;
        assert_eq!(add_version(given.into(), 2), given);
    }
}

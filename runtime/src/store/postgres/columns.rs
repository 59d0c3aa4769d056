//! Events of an append as the statements take them: the values of one, or arrays, one per column.

use super::types::Time;
use crate::envelope::Payload;
use crate::store::{NewEvent, checksum, micros};
use crate::stream::StreamId;

#[derive(Default)]
pub(super) struct Columns<'a> {
    pub(super) dates: Vec<Time>,
    /// Of the content; the version joins in the database.
    pub(super) checksums: Vec<i64>,
    pub(super) versions: Vec<Option<i32>>,
    pub(super) ids: Vec<&'a str>,
    pub(super) types: Vec<&'a str>,
    pub(super) json: Vec<Option<&'a str>>,
    pub(super) avro: Vec<Option<&'a [u8]>>,
    pub(super) metadata: Vec<Option<&'a str>>,
}

/// One event's.
pub(super) struct Values<'a> {
    pub(super) date: Time,
    /// Of the content; the version joins in the database.
    pub(super) checksum: i64,
    pub(super) version: Option<i32>,
    pub(super) id: &'a str,
    pub(super) event_type: &'a str,
    pub(super) json: Option<&'a str>,
    pub(super) avro: Option<&'a [u8]>,
    pub(super) metadata: Option<&'a str>,
}

impl<'a> Values<'a> {
    /// `now`: the time of an event that names none, in microseconds since 1970.
    pub(super) fn of(stream: &StreamId, event: &'a NewEvent, now: i64) -> Self {
        let micros = event.create_date.map_or(now, micros::floor);
        let (json, avro) = match event.payload.as_payload() {
            Payload::Json(text) => (Some(text), None),
            Payload::Avro(bytes) => (None, Some(bytes)),
        };
        Self {
            date: Time::bound(micros),
            checksum: checksum::of_content(stream, event, micros),
            version: event.event_version,
            id: event.event_id.as_str(),
            event_type: &event.event_type,
            json,
            avro,
            metadata: event.metadata.as_deref(),
        }
    }
}

impl<'a> Columns<'a> {
    /// `now`: the time of an event that names none, in microseconds since 1970.
    pub(super) fn push(&mut self, stream: &StreamId, event: &'a NewEvent, now: i64) {
        let values = Values::of(stream, event, now);
        self.dates.push(values.date);
        self.checksums.push(values.checksum);
        self.versions.push(values.version);
        self.ids.push(values.id);
        self.types.push(values.event_type);
        self.json.push(values.json);
        self.avro.push(values.avro);
        self.metadata.push(values.metadata);
    }
}

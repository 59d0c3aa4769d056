//! Events of an append as the arrays that the functions in the database take: one per column.

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

impl<'a> Columns<'a> {
    /// `now`: the time of an event that names none, in microseconds since 1970.
    pub(super) fn push(&mut self, stream: &StreamId, event: &'a NewEvent, now: i64) {
        let micros = event.create_date.map_or(now, micros::floor);
        self.dates.push(Time::bound(micros));
        self.checksums
            .push(checksum::of_content(stream, event, micros));
        self.versions.push(event.event_version);
        self.ids.push(event.event_id.as_str());
        self.types.push(&event.event_type);
        let (json, avro) = match event.payload.as_payload() {
            Payload::Json(text) => (Some(text), None),
            Payload::Avro(bytes) => (None, Some(bytes)),
        };
        self.json.push(json);
        self.avro.push(avro);
        self.metadata.push(event.metadata.as_deref());
    }
}

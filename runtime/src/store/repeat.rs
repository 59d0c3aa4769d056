//! What makes an append the repetition of an earlier one: the same event ids with the same content.

use super::micros;
use crate::envelope::{NewEvent, RecordedEvent};
use crate::stream::StreamId;

/// Whether `stored` is what appending `event` to `stream` would have stored. What the writer left open (version, time)
/// is not compared.
pub(crate) fn is_same(event: &NewEvent, stream: &StreamId, stored: &RecordedEvent<'_>) -> bool {
    stored.aggregate_id == stream.aggregate_id.as_str()
        && stored.aggregate_type == &*stream.aggregate_type
        && stored.event_type == event.event_type
        && stored.event_version == event.event_version
        && stored.payload == event.payload.as_payload()
        && stored.metadata == metadata(event.metadata.as_deref())
        && event
            .version
            .is_none_or(|version| version == stored.version)
        && event
            .create_date
            .is_none_or(|time| micros::floor(time) == micros::floor(stored.create_date))
}

/// Metadata as a store gives it back: `null` is none.
pub(crate) fn metadata(text: Option<&str>) -> Option<&str> {
    text.filter(|text| *text != "null")
}

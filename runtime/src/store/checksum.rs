//! The checksum that the native layouts keep per event, against rows that were changed or damaged behind the store's back.
//! Reading does not verify it: [`RecordedEvent::is_intact`] does.
//!
//! It is the CRC-32 (that of zlib) of the content, combined by exclusive or with the aggregate version, which some stores
//! give only where the event is stored. What is stored of the content never changes: another sum would be another column.

use crc32fast::Hasher;

use super::micros;
use crate::envelope::{Payload, RecordedEvent};

/// The sum of what is known of an event before its version is; `micros` is its time.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn of_content(
    stream: &crate::stream::StreamId,
    event: &crate::envelope::NewEvent,
    micros: i64,
) -> i64 {
    sum(
        &stream.aggregate_type,
        stream.aggregate_id.as_str(),
        event.event_id.as_str(),
        &event.event_type,
        event.event_version,
        event.payload.as_payload(),
        super::repeat::metadata(event.metadata.as_deref()),
        micros,
    )
}

/// The checksum of an event whose content has the sum `content`.
pub(crate) fn with_version(content: i64, version: i64) -> i64 {
    content ^ version
}

impl RecordedEvent<'_> {
    /// Whether the event is as it was stored; `None` where its store keeps no checksums, or was not asked for them.
    #[must_use]
    pub fn is_intact(&self) -> Option<bool> {
        let content = || {
            sum(
                self.aggregate_type,
                self.aggregate_id,
                self.event_id,
                self.event_type,
                self.event_version,
                self.payload,
                self.metadata,
                micros::floor(self.create_date),
            )
        };
        self.checksum
            .map(|checksum| checksum == with_version(content(), self.version.0))
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "they are the content, part by part"
)]
fn sum(
    aggregate_type: &str,
    aggregate_id: &str,
    event_id: &str,
    event_type: &str,
    event_version: Option<i32>,
    payload: Payload<'_>,
    metadata: Option<&str>,
    micros: i64,
) -> i64 {
    let mut hasher = Hasher::new();
    let (kind, payload) = match payload {
        Payload::Json(text) => (0, text.as_bytes()),
        Payload::Avro(bytes) => (1, bytes),
    };
    // Lengths too, so that nothing can move from one part to the next.
    let texts = [
        aggregate_type.as_bytes(),
        aggregate_id.as_bytes(),
        event_id.as_bytes(),
        event_type.as_bytes(),
        payload,
        metadata.unwrap_or_default().as_bytes(),
    ];
    let mut fixed = [0; 64];
    for (place, text) in fixed.chunks_exact_mut(8).zip(texts) {
        place.copy_from_slice(&(text.len() as u64).to_le_bytes());
    }
    fixed[48..56].copy_from_slice(&micros.to_le_bytes());
    fixed[56..60].copy_from_slice(&event_version.unwrap_or_default().to_le_bytes());
    fixed[60..63].copy_from_slice(&[
        kind,
        u8::from(event_version.is_some()),
        u8::from(metadata.is_some()),
    ]);
    hasher.update(&fixed);
    for text in texts {
        hasher.update(text);
    }
    i64::from(hasher.finalize())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::envelope::{EventId, NewEvent, PayloadBuf};
    use crate::position::Position;
    use crate::stream::{AggregateVersion, StreamId};

    fn event() -> NewEvent {
        NewEvent {
            event_id: EventId::stored("0190-1"),
            event_type: "todo_created".into(),
            event_version: Some(2),
            payload: PayloadBuf::Json("{\"label\":\"milk\"}".into()),
            create_date: None,
            metadata: Some("{}".into()),
            version: None,
            django: None,
        }
    }

    fn recorded(event: &NewEvent) -> RecordedEvent<'_> {
        let stream = StreamId::new("Todo", "1");
        RecordedEvent {
            position: Position(9),
            event_id: event.event_id.as_str(),
            event_type: &event.event_type,
            event_version: event.event_version,
            payload: event.payload.as_payload(),
            aggregate_type: "Todo",
            aggregate_id: "1",
            version: AggregateVersion(7),
            create_date: Timestamp::UNIX_EPOCH,
            metadata: event.metadata.as_deref(),
            django_class: None,
            checksum: Some(with_version(of_content(&stream, event, 0), 7)),
        }
    }

    #[test]
    fn a_change_of_any_part_shows() {
        let event = event();
        let intact = recorded(&event);
        assert_eq!(intact.is_intact(), Some(true));
        let none = RecordedEvent {
            checksum: None,
            ..intact
        };
        assert_eq!(none.is_intact(), None);
        let changed = [
            RecordedEvent {
                event_id: "0190-2",
                ..intact
            },
            RecordedEvent {
                event_type: "todo_create",
                ..intact
            },
            RecordedEvent {
                event_version: Some(1),
                ..intact
            },
            RecordedEvent {
                event_version: None,
                ..intact
            },
            RecordedEvent {
                payload: Payload::Json("{\"label\":\"mild\"}"),
                ..intact
            },
            RecordedEvent {
                payload: Payload::Avro(b"{\"label\":\"milk\"}"),
                ..intact
            },
            RecordedEvent {
                aggregate_type: "Tod",
                aggregate_id: "o1",
                ..intact
            },
            RecordedEvent {
                aggregate_id: "2",
                ..intact
            },
            RecordedEvent {
                version: AggregateVersion(8),
                ..intact
            },
            RecordedEvent {
                create_date: Timestamp::from_microsecond(1).unwrap(),
                ..intact
            },
            RecordedEvent {
                metadata: None,
                ..intact
            },
        ];
        for changed in changed {
            assert_eq!(changed.is_intact(), Some(false), "{changed:?}");
        }
        // Where it stands in the journal is not content: an import may give it another position.
        assert_eq!(
            RecordedEvent {
                position: Position(1),
                ..intact
            }
            .is_intact(),
            Some(true)
        );
    }

    #[test]
    fn the_sum_never_changes() {
        assert_eq!(
            of_content(&StreamId::new("Todo", "1"), &event(), 1_500_000_000_000_000),
            0xdb2b635c
        );
    }
}

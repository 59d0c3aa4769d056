//! `Page`: events of one read that share two buffers, which pages before it have used: a replay allocates nothing per event.
//! What fills it is in `page/builder.rs`.

use jiff::Timestamp;

use super::spare;
use crate::envelope::{Payload, RecordedEvent};
use crate::position::Position;
use crate::stream::AggregateVersion;

mod builder;

#[cfg(feature = "sqlite")]
pub(crate) use builder::Mark;
pub use builder::PageBuilder;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use builder::{Unchecked, UncheckedPayload};

/// Events as one read gave them. Text and bytes of all of them lie in two buffers, which pages to come use again.
#[derive(Debug, Clone)]
pub struct Page {
    text: String,
    /// Without the text.
    held: Buffers,
    last: bool,
}

/// What a page is made of.
#[derive(Debug, Clone, Default)]
pub(super) struct Buffers {
    text: Vec<u8>,
    bytes: Vec<u8>,
    rows: Vec<Row>,
    streams: Vec<(Slice, Slice)>,
    /// Module and class of events in a djangoevents journal; shorter than `rows` where the last have none.
    classes: Vec<Option<(Slice, Slice)>>,
    /// Shorter than `rows` where the last have none: mostly nobody asks for them.
    checksums: Vec<Option<i64>>,
}

/// An event. Its own texts follow each other: event id, JSON payload, metadata.
#[derive(Debug, Clone)]
struct Row {
    position: Position,
    version: AggregateVersion,
    create_date: Timestamp,
    event_version: Option<i32>,
    has_metadata: bool,
    /// Index of its aggregate's type and id.
    stream: usize,
    event_type: Slice,
    event_id: Slice,
    payload: PayloadSlice,
    /// Where its texts end.
    end: usize,
}

#[derive(Debug, Clone, Copy)]
struct Slice {
    start: usize,
    end: usize,
}

#[derive(Debug, Clone, Copy)]
enum PayloadSlice {
    /// From the end of the event id.
    Json {
        end: usize,
    },
    Avro(Slice),
}

impl Page {
    /// Number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.rows.is_empty()
    }

    /// Whether nothing lay behind this page when it was read.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.last
    }

    /// Position of the last event, in the order of the read.
    pub(crate) fn last_position(&self) -> Option<Position> {
        self.held.rows.last().map(|row| row.position)
    }

    /// Position of the event at `index`.
    pub(crate) fn position(&self, index: usize) -> Option<Position> {
        Some(self.held.rows.get(index)?.position)
    }

    /// The event at `index`, in the order of the read.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<RecordedEvent<'_>> {
        let row = self.held.rows.get(index)?;
        Some(self.event(index, row, self.names(row)))
    }

    /// The events, in the order of the read.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = RecordedEvent<'_>> + ExactSizeIterator {
        // Neighbours are mostly of one stream.
        let mut last = (usize::MAX, ("", ""));
        let rows = self.held.rows.iter().enumerate();
        rows.map(move |(index, row)| {
            if row.stream != last.0 {
                last = (row.stream, self.names(row));
            }
            self.event(index, row, last.1)
        })
    }

    /// Its aggregate's type and id.
    fn names(&self, row: &Row) -> (&str, &str) {
        let (aggregate_type, aggregate_id) = self.held.streams[row.stream];
        (self.text(aggregate_type), self.text(aggregate_id))
    }

    fn event<'a>(
        &'a self,
        index: usize,
        row: &Row,
        (aggregate_type, aggregate_id): (&'a str, &'a str),
    ) -> RecordedEvent<'a> {
        let (payload, own_end) = match row.payload {
            PayloadSlice::Json { end } => (Payload::Json(&self.text[row.event_id.end..end]), end),
            PayloadSlice::Avro(slice) => (
                Payload::Avro(&self.held.bytes[slice.start..slice.end]),
                row.event_id.end,
            ),
        };
        RecordedEvent {
            position: row.position,
            event_id: self.text(row.event_id),
            event_type: self.text(row.event_type),
            event_version: row.event_version,
            payload,
            aggregate_type,
            aggregate_id,
            version: row.version,
            create_date: row.create_date,
            metadata: row.has_metadata.then(|| &self.text[own_end..row.end]),
            django_class: self
                .held
                .classes
                .get(index)
                .copied()
                .flatten()
                .map(|(module, class)| (self.text(module), self.text(class))),
            checksum: self.held.checksums.get(index).copied().flatten(),
        }
    }

    fn text(&self, slice: Slice) -> &str {
        &self.text[slice.start..slice.end]
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.held.text = std::mem::take(&mut self.text).into_bytes();
        spare::put(std::mem::take(&mut self.held));
    }
}

impl Buffers {
    /// How many bytes they have room for.
    pub(super) fn room(&self) -> usize {
        self.text.capacity() + self.bytes.capacity() + self.rows.capacity() * size_of::<Row>()
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.bytes.clear();
        self.rows.clear();
        self.streams.clear();
        self.classes.clear();
        self.checksums.clear();
    }

    #[cfg(test)]
    pub(super) fn reserve_bytes(&mut self, size: usize) {
        self.bytes.reserve_exact(size);
    }
}

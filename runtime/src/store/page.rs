//! `Page`: events of one read that share one buffer, so that a replay allocates per page and not per event.

use jiff::Timestamp;

use crate::envelope::{Payload, RecordedEvent};
use crate::position::Position;
use crate::stream::AggregateVersion;

/// Events as one read gave them. Text and bytes of all of them lie in two buffers.
#[derive(Debug, Clone)]
pub struct Page {
    text: String,
    bytes: Vec<u8>,
    rows: Vec<Row>,
    last: bool,
}

#[derive(Debug, Clone)]
struct Row {
    position: Position,
    version: AggregateVersion,
    event_version: Option<i32>,
    create_date: Timestamp,
    event_id: Slice,
    event_type: Slice,
    aggregate_type: Slice,
    aggregate_id: Slice,
    payload: PayloadSlice,
    metadata: Option<Slice>,
    django_class: Option<(Slice, Slice)>,
    checksum: Option<i64>,
}

#[derive(Debug, Clone, Copy)]
struct Slice {
    start: usize,
    end: usize,
}

#[derive(Debug, Clone, Copy)]
enum PayloadSlice {
    Json(Slice),
    Avro(Slice),
}

impl Page {
    /// Number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether nothing lay behind this page when it was read.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.last
    }

    /// The event at `index`, in the order of the read.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<RecordedEvent<'_>> {
        self.rows.get(index).map(|row| self.event(row))
    }

    /// The events, in the order of the read.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = RecordedEvent<'_>> + ExactSizeIterator {
        self.rows.iter().map(|row| self.event(row))
    }

    fn event(&self, row: &Row) -> RecordedEvent<'_> {
        RecordedEvent {
            position: row.position,
            event_id: self.text(row.event_id),
            event_type: self.text(row.event_type),
            event_version: row.event_version,
            payload: match row.payload {
                PayloadSlice::Json(slice) => Payload::Json(self.text(slice)),
                PayloadSlice::Avro(slice) => Payload::Avro(&self.bytes[slice.start..slice.end]),
            },
            aggregate_type: self.text(row.aggregate_type),
            aggregate_id: self.text(row.aggregate_id),
            version: row.version,
            create_date: row.create_date,
            metadata: row.metadata.map(|slice| self.text(slice)),
            django_class: row
                .django_class
                .map(|(module, class)| (self.text(module), self.text(class))),
            checksum: row.checksum,
        }
    }

    fn text(&self, slice: Slice) -> &str {
        &self.text[slice.start..slice.end]
    }
}

/// Fills a [`Page`].
#[derive(Debug, Default)]
pub struct PageBuilder {
    text: String,
    bytes: Vec<u8>,
    rows: Vec<Row>,
}

impl PageBuilder {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Copies an event behind the others.
    pub fn push(&mut self, event: &RecordedEvent<'_>) {
        // Neighbours of one stream share its names.
        let aggregate_type = self.repeated(event.aggregate_type, |row| row.aggregate_type);
        let aggregate_id = self.repeated(event.aggregate_id, |row| row.aggregate_id);
        self.put(event, aggregate_type, aggregate_id);
    }

    /// Copies an event of the same stream as the last one, whose own names of the stream are not looked at.
    #[cfg(feature = "sqlite")]
    pub(crate) fn push_to_same_stream(&mut self, event: &RecordedEvent<'_>) {
        match self.rows.last() {
            Some(last) => self.put(event, last.aggregate_type, last.aggregate_id),
            None => self.push(event),
        }
    }

    /// Makes room for so many events like those so far, but not for more text or bytes than a page is to have.
    #[cfg(feature = "sqlite")]
    pub(crate) fn reserve_like(&mut self, events: usize, max: usize) {
        let so_far = self.rows.len().max(1);
        let more = events.saturating_sub(so_far);
        // An event that is longer than those before may still be put behind a page that is nearly full.
        let room = |len: usize| (len / so_far * (more + 1)).min(max);
        self.rows.reserve(more);
        self.text.reserve(room(self.text.len()));
        self.bytes.reserve(room(self.bytes.len()));
    }

    fn put(&mut self, event: &RecordedEvent<'_>, aggregate_type: Slice, aggregate_id: Slice) {
        let row = Row {
            position: event.position,
            version: event.version,
            event_version: event.event_version,
            create_date: event.create_date,
            event_id: self.text(event.event_id),
            event_type: self.repeated(event.event_type, |row| row.event_type),
            aggregate_type,
            aggregate_id,
            payload: match event.payload {
                Payload::Json(text) => PayloadSlice::Json(self.text(text)),
                Payload::Avro(bytes) => {
                    let start = self.bytes.len();
                    self.bytes.extend_from_slice(bytes);
                    PayloadSlice::Avro(Slice {
                        start,
                        end: self.bytes.len(),
                    })
                }
            },
            metadata: event.metadata.map(|metadata| self.text(metadata)),
            django_class: event
                .django_class
                .map(|(module, class)| (self.text(module), self.text(class))),
            checksum: event.checksum,
        };
        self.rows.push(row);
    }

    /// Number of events so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Size of their text and bytes so far: stores end a page on it.
    #[must_use]
    pub fn size(&self) -> usize {
        self.text.len() + self.bytes.len()
    }

    /// The page; `last`: nothing lies behind it.
    #[must_use]
    pub fn finish(self, last: bool) -> Page {
        Page {
            text: self.text,
            bytes: self.bytes,
            rows: self.rows,
            last,
        }
    }

    fn text(&mut self, text: &str) -> Slice {
        let start = self.text.len();
        self.text.push_str(text);
        Slice {
            start,
            end: self.text.len(),
        }
    }

    /// The last event's text, where it is the same.
    fn repeated(&mut self, text: &str, of: impl Fn(&Row) -> Slice) -> Slice {
        match self.rows.last().map(of) {
            Some(slice) if &self.text[slice.start..slice.end] == text => slice,
            _ => self.text(text),
        }
    }
}

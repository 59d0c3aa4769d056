//! `PageBuilder`: copies events into a page, and finds out whether their texts are text.

use jiff::Timestamp;

use super::{Buffers, Page, PayloadSlice, Row, Slice};
use crate::envelope::{Payload, RecordedEvent};
use crate::position::Position;
use crate::store::spare;
use crate::stream::AggregateVersion;

/// Fills a [`Page`].
#[derive(Debug)]
pub struct PageBuilder {
    held: Buffers,
}

/// An event as a driver has it: its texts are not known to be UTF-8 yet, and its stream is named apart from it.
pub(crate) struct Unchecked<'a> {
    pub(crate) position: i64,
    pub(crate) version: i64,
    pub(crate) create_date: Timestamp,
    pub(crate) checksum: Option<i64>,
    pub(crate) event_version: Option<i32>,
    pub(crate) event_type: &'a [u8],
    pub(crate) event_id: &'a [u8],
    pub(crate) payload: UncheckedPayload<'a>,
    pub(crate) metadata: Option<&'a [u8]>,
}

#[derive(Clone, Copy)]
pub(crate) enum UncheckedPayload<'a> {
    Json(&'a [u8]),
    Avro(&'a [u8]),
}

/// An end of a page.
#[cfg(feature = "sqlite")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    text: usize,
    bytes: usize,
    rows: usize,
}

/// A text of an event is not UTF-8.
#[derive(Debug)]
#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres")),
    expect(dead_code, reason = "only databases have texts that are none")
)]
pub(crate) struct NotText {
    pub(crate) position: Position,
    pub(crate) part: &'static str,
}

impl Default for PageBuilder {
    fn default() -> Self {
        Self {
            held: spare::take(),
        }
    }
}

impl PageBuilder {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Copies an event behind the others.
    pub fn push(&mut self, event: &RecordedEvent<'_>) {
        let stream = self.stream(
            event.aggregate_type.as_bytes(),
            event.aggregate_id.as_bytes(),
        );
        if let Some((module, class)) = event.django_class {
            let class = (self.text(module.as_bytes()), self.text(class.as_bytes()));
            self.held.classes.resize(self.held.rows.len(), None);
            self.held.classes.push(Some(class));
        }
        let unchecked = Unchecked {
            position: event.position.0,
            version: event.version.0,
            create_date: event.create_date,
            checksum: event.checksum,
            event_version: event.event_version,
            event_type: event.event_type.as_bytes(),
            event_id: event.event_id.as_bytes(),
            payload: match event.payload {
                Payload::Json(text) => UncheckedPayload::Json(text.as_bytes()),
                Payload::Avro(bytes) => UncheckedPayload::Avro(bytes),
            },
            metadata: event.metadata.map(str::as_bytes),
        };
        self.put(&unchecked, stream);
    }

    /// Copies a stream's names, unless they are the last one's; gives its index.
    pub(crate) fn stream(&mut self, aggregate_type: &[u8], aggregate_id: &[u8]) -> usize {
        let last = self.held.streams.last().copied();
        if let Some((last_type, last_id)) = last
            && self.is(last_id, aggregate_id)
            && self.is(last_type, aggregate_type)
        {
            return self.held.streams.len() - 1;
        }
        // Neighbours are mostly of one type.
        let aggregate_type = match last {
            Some((last_type, _)) if self.is(last_type, aggregate_type) => last_type,
            _ => self.text(aggregate_type),
        };
        let aggregate_id = self.text(aggregate_id);
        self.held.streams.push((aggregate_type, aggregate_id));
        self.held.streams.len() - 1
    }

    /// Copies an event behind the others; `stream` is what [`Self::stream`] gave.
    #[inline]
    pub(crate) fn put(&mut self, event: &Unchecked<'_>, stream: usize) {
        let event_type = match self.held.rows.last().map(|row| row.event_type) {
            Some(last) if self.is(last, event.event_type) => last,
            _ => self.text(event.event_type),
        };
        let event_id = self.text(event.event_id);
        let payload = match event.payload {
            UncheckedPayload::Json(text) => {
                let end = self.text(text).end;
                PayloadSlice::Json { end }
            }
            UncheckedPayload::Avro(bytes) => {
                let start = self.held.bytes.len();
                self.held.bytes.extend_from_slice(bytes);
                let end = self.held.bytes.len();
                PayloadSlice::Avro(Slice { start, end })
            }
        };
        if let Some(metadata) = event.metadata {
            self.held.text.extend_from_slice(metadata);
        }
        if event.checksum.is_some() {
            self.held.checksums.resize(self.held.rows.len(), None);
            self.held.checksums.push(event.checksum);
        }
        self.held.rows.push(Row {
            position: Position(event.position),
            version: AggregateVersion(event.version),
            create_date: event.create_date,
            event_version: event.event_version,
            has_metadata: event.metadata.is_some(),
            stream,
            event_type,
            event_id,
            payload,
            end: self.held.text.len(),
        });
    }

    /// Where the page ends, for [`Self::undo`].
    #[cfg(feature = "sqlite")]
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            text: self.held.text.len(),
            bytes: self.held.bytes.len(),
            rows: self.held.rows.len(),
        }
    }

    /// Takes back the events that were put since.
    #[cfg(feature = "sqlite")]
    pub(crate) fn undo(&mut self, to: Mark) {
        self.held.text.truncate(to.text);
        self.held.bytes.truncate(to.bytes);
        self.held.rows.truncate(to.rows);
        self.held.checksums.truncate(to.rows);
    }

    /// Says whose the last event is; `stream` is what [`Self::stream`] gave.
    #[cfg(feature = "sqlite")]
    pub(crate) fn name_last(&mut self, stream: usize) {
        if let Some(row) = self.held.rows.last_mut() {
            row.stream = stream;
        }
    }

    /// The type of a stream's aggregate, as bytes.
    #[cfg(feature = "sqlite")]
    pub(crate) fn aggregate_type(&self, stream: usize) -> &[u8] {
        let (aggregate_type, _) = self.held.streams[stream];
        &self.held.text[aggregate_type.start..aggregate_type.end]
    }

    /// The type of the last event, as bytes.
    #[cfg(feature = "sqlite")]
    pub(crate) fn last_event_type(&self) -> &[u8] {
        match self.held.rows.last() {
            Some(Row { event_type, .. }) => &self.held.text[event_type.start..event_type.end],
            None => &[],
        }
    }

    /// Makes room for so many events like those so far, but not for more text or bytes than a page is to have.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn reserve_like(&mut self, events: usize, max: usize) {
        let so_far = self.held.rows.len().max(1);
        let more = events.saturating_sub(so_far);
        // An event that is longer than those before may still be put behind a page that is nearly full.
        let room = |len: usize| (len / so_far * (more + 1)).min(max);
        self.held.rows.reserve(more);
        self.held.text.reserve(room(self.held.text.len()));
        self.held.bytes.reserve(room(self.held.bytes.len()));
    }

    /// Number of events so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.rows.len()
    }

    /// Whether there is none so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.rows.is_empty()
    }

    /// Size of their text and bytes so far: stores end a page on it.
    #[must_use]
    pub fn size(&self) -> usize {
        self.held.text.len() + self.held.bytes.len()
    }

    /// The page; `last`: nothing lies behind it.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "it never does")]
    pub fn finish(self, last: bool) -> Page {
        self.checked(last).expect("what was pushed as text is text")
    }

    /// The page, once its texts are known to be UTF-8: all at once, which costs less than one by one.
    pub(crate) fn checked(self, last: bool) -> Result<Page, NotText> {
        let Self { mut held } = self;
        let text = match String::from_utf8(std::mem::take(&mut held.text)) {
            Ok(text) => text,
            Err(error) => {
                let text = error.as_bytes();
                return Err(culprit(&held, |slice| {
                    std::str::from_utf8(&text[slice.start..slice.end]).is_ok()
                }));
            }
        };
        // Halves of a character in two texts make a whole one.
        let is_text =
            |slice: Slice| text.is_char_boundary(slice.start) && text.is_char_boundary(slice.end);
        let all_are = || {
            let mut rows = held.rows.iter();
            let mut streams = held.streams.iter();
            rows.all(|row| row.parts().iter().all(|(_, part)| is_text(*part)))
                && streams.all(|(of, id)| is_text(*of) && is_text(*id))
        };
        if !text.is_ascii() && !all_are() {
            return Err(culprit(&held, is_text));
        }
        Ok(Page { text, held, last })
    }

    fn text(&mut self, text: &[u8]) -> Slice {
        let start = self.held.text.len();
        self.held.text.extend_from_slice(text);
        Slice {
            start,
            end: self.held.text.len(),
        }
    }

    fn is(&self, slice: Slice, text: &[u8]) -> bool {
        &self.held.text[slice.start..slice.end] == text
    }
}

impl Row {
    /// Its own texts, with the names of their columns.
    fn parts(&self) -> [(&'static str, Slice); 4] {
        let own = self.event_id.end;
        let payload_end = match self.payload {
            PayloadSlice::Json { end } => end,
            PayloadSlice::Avro(_) => own,
        };
        let payload = Slice {
            start: own,
            end: payload_end,
        };
        let metadata = Slice {
            start: payload_end,
            end: self.end,
        };
        [
            ("event_type", self.event_type),
            ("event_id", self.event_id),
            ("payload", payload),
            ("metadata", metadata),
        ]
    }
}

/// The first event with a text that is none.
#[cold]
fn culprit(held: &Buffers, is_text: impl Fn(Slice) -> bool) -> NotText {
    let first = held.rows.iter().find_map(|row| {
        let names = held
            .streams
            .get(row.stream)
            .map(|(aggregate_type, aggregate_id)| {
                [
                    ("aggregate_type", *aggregate_type),
                    ("aggregate_id", *aggregate_id),
                ]
            });
        let mut parts = row.parts().into_iter().chain(names.into_iter().flatten());
        let (part, _) = parts.find(|(_, part)| !is_text(*part))?;
        Some((row.position, part))
    });
    let (position, part) = first.unwrap_or((Position::START, "text"));
    NotText { position, part }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(event_id: &[u8], metadata: &[u8]) -> Result<Page, NotText> {
        let mut page = PageBuilder::new();
        let stream = page.stream(b"Todo", b"1");
        for position in 1..3 {
            let event = Unchecked {
                position,
                version: 0,
                create_date: Timestamp::UNIX_EPOCH,
                checksum: None,
                event_version: None,
                event_type: b"todo_created",
                event_id: if position == 2 { event_id } else { b"0" },
                payload: UncheckedPayload::Avro(&[0xff]),
                metadata: Some(metadata),
            };
            page.put(&event, stream);
        }
        page.checked(true)
    }

    #[test]
    fn a_text_that_is_none_is_named_with_its_row() {
        let bad = of(b"\xff", b"{}").unwrap_err();
        assert_eq!((bad.position, bad.part), (Position(2), "event_id"));
        // Two halves of a character are no text, though both together are.
        let bad = of(b"\xc3", b"\xa9").unwrap_err();
        assert_eq!((bad.position, bad.part), (Position(1), "metadata"));
        let page = of("é".as_bytes(), "{\"by\":\"zoë\"}".as_bytes()).unwrap();
        let event = page.get(1).unwrap();
        assert_eq!((event.event_id, event.event_type), ("é", "todo_created"));
        assert_eq!(event.metadata, Some("{\"by\":\"zoë\"}"));
        assert_eq!(event.payload, Payload::Avro(&[0xff]));
        assert_eq!((event.aggregate_type, event.aggregate_id), ("Todo", "1"));
    }
}

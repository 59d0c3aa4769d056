//! What the memory store holds, and what each call does to it.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use tokio::sync::watch;

use crate::command;
use crate::envelope::{EventId, NewEvent, RecordedEvent};
use crate::error::AppendError;
use crate::position::Position;
use crate::store::{
    Appended, Batch, Direction, JournalQuery, Note, NoteChange, NoteError, NoteQuery, Page,
    PageBuilder, Snapshot, StoredSchema, StreamQuery, StreamVersions, micros, repeat,
};
use crate::stream::{AggregateVersion, ExpectedVersion, StreamId};

/// A page ends at this many events or bytes.
const PAGE: (usize, usize) = (512, 1 << 20);

#[derive(Debug, Default)]
pub(super) struct State {
    events: Vec<Stored>,
    ids: HashMap<EventId, usize>,
    streams: HashMap<StreamId, Stream>,
    pub(super) snapshots: HashMap<StreamId, Snapshot>,
    notes: BTreeMap<String, String>,
    /// By event type and version.
    pub(super) schemas: BTreeMap<(String, i32), StoredSchema>,
    /// Gone once the store is closed; receivers then learn that nothing more will come.
    pub(super) changes: Option<watch::Sender<Position>>,
}

#[derive(Clone, Debug, Default)]
struct Stream {
    next: i64,
    /// Indices into `events`, in order, by version.
    events: Vec<(i64, usize)>,
}

#[derive(Debug)]
struct Stored {
    stream: StreamId,
    version: i64,
    create_date: Timestamp,
    event: NewEvent,
}

impl State {
    pub(super) fn new(changes: watch::Sender<Position>) -> Self {
        Self {
            changes: Some(changes),
            ..Self::default()
        }
    }

    pub(super) fn append(&mut self, batch: Batch) -> Result<Appended, AppendError> {
        if let Some(first_time) = self.find_repeated(&batch)? {
            return Ok(first_time);
        }
        let now = Timestamp::now();
        let mut stored = Vec::new();
        let mut streams: HashMap<StreamId, Stream> = HashMap::new();
        let mut versions = Vec::new();
        for append in batch.streams {
            let stream = streams.entry(append.stream.clone()).or_insert_with(|| {
                self.streams
                    .get(&append.stream)
                    .cloned()
                    .unwrap_or_default()
            });
            check(&append.stream, append.expected, stream)?;
            let at = self.events.len() + stored.len();
            let mut first = None;
            for event in append.events {
                let version = event.version.map_or(stream.next, |version| version.0);
                if let Some((_, taken)) = stream.events.iter().find(|(taken, _)| *taken == version)
                {
                    return Err(AppendError::VersionTaken {
                        stream: append.stream,
                        version: AggregateVersion(version),
                        row: position(*taken),
                    });
                }
                stream.next = stream.next_after(version);
                stream
                    .events
                    .push((version, self.events.len() + stored.len()));
                first.get_or_insert(version);
                stored.push(Stored {
                    stream: append.stream.clone(),
                    version,
                    create_date: micros::rounded(event.create_date.unwrap_or(now)),
                    event,
                });
            }
            versions.push(StreamVersions {
                first: AggregateVersion(first.unwrap_or(stream.next)),
                next: AggregateVersion(stream.next),
                first_position: first.map_or(Position::START, |_| position(at)),
            });
        }
        for event in stored {
            self.ids
                .insert(event.event.event_id.clone(), self.events.len());
            self.events.push(event);
        }
        self.streams.extend(
            streams
                .into_iter()
                .filter(|(_, stream)| !stream.events.is_empty()),
        );
        let head = self.head();
        if let Some(changes) = &self.changes {
            changes.send_replace(head);
        }
        Ok(Appended {
            position: head,
            streams: versions,
        })
    }

    pub(super) fn find_command(&self, stream: &StreamId, command_id: &str) -> Option<Appended> {
        let indices: Vec<usize> = (0..)
            .map_while(|n| {
                self.ids
                    .get(&command::event_id(command_id, stream, n))
                    .copied()
            })
            .collect();
        indices.last().map(|&last| Appended {
            position: position(last),
            streams: vec![self.versions(stream, &indices, last)],
        })
    }

    /// What the batch answered the first time, if all of it is stored.
    fn find_repeated(&self, batch: &Batch) -> Result<Option<Appended>, AppendError> {
        let events: Vec<_> = batch.events().collect();
        let found: Vec<usize> = events
            .iter()
            .filter_map(|(_, event)| self.ids.get(&event.event_id).copied())
            .collect();
        let taken = |event: &NewEvent| AppendError::EventIdTaken {
            event_id: event.event_id.clone(),
        };
        for (index, (stream, event)) in events.iter().enumerate() {
            let stored = self.ids.get(&event.event_id);
            let differs = stored.is_some_and(|&stored| {
                found.len() < events.len()
                    || !repeat::is_same(event, stream, &self.recorded(stored))
            });
            if differs
                || events[..index]
                    .iter()
                    .any(|(_, other)| other.event_id == event.event_id)
            {
                return Err(taken(event));
            }
        }
        let Some(&last) = found.last() else {
            return Ok(None);
        };
        let mut rest = found.as_slice();
        let streams = batch.streams.iter().map(|append| {
            let (indices, behind) = rest.split_at(append.events.len());
            rest = behind;
            self.versions(
                &append.stream,
                indices,
                indices.last().copied().unwrap_or(last),
            )
        });
        Ok(Some(Appended {
            streams: streams.collect(),
            position: position(last),
        }))
    }

    /// What an append of the events at `indices` answered, when the event at `last` was the store's last.
    fn versions(&self, stream: &StreamId, indices: &[usize], last: usize) -> StreamVersions {
        let mut then = Stream::default();
        let stored = self
            .streams
            .get(stream)
            .map_or(&[][..], |stream| &stream.events);
        for &(version, index) in stored.iter().filter(|(_, index)| *index <= last) {
            then.next = then.next_after(version);
            then.events.push((version, index));
        }
        StreamVersions {
            first: AggregateVersion(
                indices
                    .first()
                    .map_or(then.next, |&index| self.events[index].version),
            ),
            next: AggregateVersion(then.next),
            first_position: indices
                .first()
                .map_or(Position::START, |&index| position(index)),
        }
    }

    pub(super) fn head(&self) -> Position {
        Position(self.events.len() as i64)
    }

    pub(super) fn read_stream(&self, query: &StreamQuery) -> Page {
        let indices = self
            .streams
            .get(&query.stream)
            .map_or(&[][..], |stream| &stream.events);
        let (first, last) = micros::range(query.time);
        let events = indices
            .iter()
            .map(|(_, index)| self.recorded(*index))
            .filter(|event| {
                let time = micros::floor(event.create_date);
                query.from_version.is_none_or(|from| event.version >= from)
                    && query
                        .until_version
                        .is_none_or(|until| event.version < until)
                    && (first..=last).contains(&time)
            });
        page(events, query.after, query.limit, query.direction)
    }

    pub(super) fn read_all(&self, query: &JournalQuery) -> Page {
        let events = (0..self.events.len())
            .map(|index| self.recorded(index))
            .filter(|event| query.takes(event.aggregate_type, event.event_type));
        page(events, query.after, query.limit, query.direction)
    }

    pub(super) fn load_notes(&self, query: &NoteQuery) -> Vec<Note> {
        let notes = self.notes.range(query.prefix.clone()..query.end());
        notes
            .filter(|(key, _)| query.after.as_ref().is_none_or(|after| *key > after))
            .take(query.limit)
            .map(|(key, value)| Note {
                key: key.clone(),
                value: value.clone(),
            })
            .collect()
    }

    pub(super) fn save_notes(&mut self, changes: Vec<NoteChange>) -> Result<(), NoteError> {
        for change in &changes {
            let actual = self.notes.get(&change.key);
            if !change.expected.is_met_by(actual.map(String::as_str)) {
                return Err(NoteError::Changed {
                    key: change.key.clone(),
                    actual: actual.cloned(),
                });
            }
        }
        for change in changes {
            match change.value {
                Some(value) => self.notes.insert(change.key, value),
                None => self.notes.remove(&change.key),
            };
        }
        Ok(())
    }

    fn recorded(&self, index: usize) -> RecordedEvent<'_> {
        let Stored {
            stream,
            version,
            create_date,
            event,
        } = &self.events[index];
        RecordedEvent {
            position: position(index),
            event_id: event.event_id.as_str(),
            event_type: &event.event_type,
            event_version: event.event_version,
            payload: event.payload.as_payload(),
            aggregate_type: &stream.aggregate_type,
            aggregate_id: stream.aggregate_id.as_str(),
            version: AggregateVersion(*version),
            create_date: *create_date,
            metadata: repeat::metadata(event.metadata.as_deref()),
            django_class: None,
            checksum: None,
        }
    }
}

impl Stream {
    /// The next version, after an event of `version` behind the others.
    fn next_after(&self, version: i64) -> i64 {
        if self.events.is_empty() {
            version
        } else {
            self.next
        }
        .saturating_add(1)
    }
}

fn check(id: &StreamId, expected: ExpectedVersion, stream: &Stream) -> Result<(), AppendError> {
    let actual = (!stream.events.is_empty()).then_some(AggregateVersion(stream.next));
    if expected.is_met_by(actual) {
        return Ok(());
    }
    Err(AppendError::Conflict {
        stream: id.clone(),
        expected,
        actual,
    })
}

fn page<'a>(
    events: impl DoubleEndedIterator<Item = RecordedEvent<'a>>,
    after: Option<Position>,
    limit: Option<usize>,
    direction: Direction,
) -> Page {
    let mut events: Box<dyn Iterator<Item = RecordedEvent<'a>>> = match direction {
        Direction::Forward => Box::new(
            events.skip_while(move |event| after.is_some_and(|after| event.position <= after)),
        ),
        Direction::Backward => Box::new(
            events
                .rev()
                .skip_while(move |event| after.is_some_and(|after| event.position >= after)),
        ),
    };
    let mut page = PageBuilder::new();
    while page.len() < limit.map_or(PAGE.0, |limit| limit.min(PAGE.0)) && page.size() < PAGE.1 {
        match events.next() {
            Some(event) => page.push(&event),
            None => return page.finish(true),
        }
    }
    page.finish(events.next().is_none())
}

fn position(index: usize) -> Position {
    Position(index as i64 + 1)
}

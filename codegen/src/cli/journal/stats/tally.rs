//! What is counted while a journal is read once: a little per kind of event, 40 bytes per stream.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use evgen_runtime::store::JournalQuery;
use evgen_runtime::{Payload, Position, RecordedEvent, Timestamp};
use serde_json::{Value, json};

use super::super::super::stop::Stop;
use super::super::store_url::Journal;

/// Events, and the bytes of their data and metadata.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Count {
    pub(super) events: u64,
    pub(super) bytes: u64,
}

/// What a journal holds.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) total: Count,
    /// The first and the last time of an event.
    pub(super) times: Option<(Timestamp, Timestamp)>,
    kinds: HashMap<String, HashMap<String, BTreeMap<Option<i32>, Count>>>,
    /// By a hash of the name; with the position of its first event.
    streams: HashMap<u64, (Count, Position)>,
}

/// A stream by its name.
pub(super) struct Stream {
    aggregate_type: String,
    aggregate_id: String,
    pub(super) count: Count,
}

impl Stream {
    pub(super) fn name(&self) -> String {
        format!("{}::{}", self.aggregate_type, self.aggregate_id)
    }
}

impl Count {
    fn add(&mut self, bytes: u64) {
        self.events += 1;
        self.bytes += bytes;
    }
}

impl Tally {
    pub(super) fn add(&mut self, event: &RecordedEvent<'_>) {
        let payload = match event.payload {
            Payload::Json(text) => text.len(),
            Payload::Avro(bytes) => bytes.len(),
            _ => 0,
        };
        let bytes = (payload + event.metadata.map_or(0, str::len)) as u64;
        self.total.add(bytes);
        let time = event.create_date;
        let (first, last) = self.times.unwrap_or((time, time));
        self.times = Some((first.min(time), last.max(time)));
        let events = entry(&mut self.kinds, event.aggregate_type);
        let versions = entry(events, event.event_type);
        versions.entry(event.event_version).or_default().add(bytes);
        let mut hasher = DefaultHasher::new();
        (event.aggregate_type, event.aggregate_id).hash(&mut hasher);
        let stream = self.streams.entry(hasher.finish());
        stream
            .or_insert((Count::default(), event.position))
            .0
            .add(bytes);
    }

    pub(super) fn streams(&self) -> u64 {
        self.streams.len() as u64
    }

    /// By aggregate, event and version.
    pub(super) fn kinds(&self) -> impl Iterator<Item = ((&str, &str, Option<i32>), Count)> {
        let mut kinds: Vec<_> = Vec::new();
        for (aggregate, events) in &self.kinds {
            for (event, versions) in events {
                let versions = versions.iter();
                kinds.extend(versions.map(|(version, count)| {
                    ((aggregate.as_str(), event.as_str(), *version), *count)
                }));
            }
        }
        kinds.sort_by_key(|(key, _)| *key);
        kinds.into_iter()
    }

    /// The streams with the most events, and their names.
    pub(super) fn biggest(&self, most: usize, journal: &Journal) -> Result<Vec<Stream>, Stop> {
        let mut streams: Vec<_> = self.streams.values().collect();
        streams.sort_by_key(|(count, first)| (std::cmp::Reverse(count.events), *first));
        let named = streams.into_iter().take(most).map(|(count, first)| {
            let query = JournalQuery {
                after: Some(Position(first.0 - 1)),
                limit: Some(1),
                ..JournalQuery::default()
            };
            let page = journal.wait(journal.store.read_all(query));
            let page = page.map_err(|error| journal.failed(error))?;
            Ok(page.get(0).map(|event| Stream {
                aggregate_type: event.aggregate_type.to_owned(),
                aggregate_id: event.aggregate_id.to_owned(),
                count: *count,
            }))
        });
        named.filter_map(Result::transpose).collect()
    }

    pub(super) fn as_json(&self, layout: &str, wrong: u64, biggest: &[Stream]) -> Value {
        let kinds = self.kinds().map(|((aggregate, event, version), count)| {
            json!({
                "aggregate_type": aggregate, "event_type": event, "event_version": version,
                "events": count.events, "bytes": count.bytes,
            })
        });
        let biggest = biggest.iter().map(|stream| {
            json!({
                "aggregate_type": stream.aggregate_type, "aggregate_id": stream.aggregate_id,
                "events": stream.count.events, "bytes": stream.count.bytes,
            })
        });
        json!({
            "layout": layout,
            "events": self.total.events,
            "bytes": self.total.bytes,
            "streams": self.streams(),
            "rows_that_are_no_events": wrong,
            "first": self.times.map(|(first, _)| first.to_string()),
            "last": self.times.map(|(_, last)| last.to_string()),
            "kinds": kinds.collect::<Vec<_>>(),
            "biggest_streams": biggest.collect::<Vec<_>>(),
        })
    }
}

/// The entry of a key that is copied only when it is new.
fn entry<'m, T: Default>(map: &'m mut HashMap<String, T>, key: &str) -> &'m mut T {
    if !map.contains_key(key) {
        map.insert(key.to_owned(), T::default());
    }
    map.get_mut(key).expect("it was inserted if it was missing")
}

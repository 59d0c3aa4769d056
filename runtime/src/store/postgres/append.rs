//! Appending a group of batches by one statement, and the answer to each. Which batches make a group, and what becomes of
//! those that are refused, is in `writer.rs`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sqlx::{PgConnection, Row};

use super::append_group::Group;
use super::append_one::One;
use super::columns::Columns;
use super::failure::is_taken;
use super::sql::Sql;
use super::types::Time;
use crate::error::AppendError;
use crate::position::Position;
use crate::store::{Appended, Batch, StreamVersions, micros};
use crate::stream::{AggregateVersion, ExpectedVersion, StreamId};

/// How an append goes about streams that other transactions hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// It is left out.
    LeaveOut,
    /// It waits until they are free.
    Wait,
}

/// When events get their positions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Positions {
    /// At once: the statement is the transaction.
    Now,
    /// When the caller's transaction ends.
    Later,
}

/// What became of one batch.
#[derive(Debug)]
pub(super) enum Outcome {
    Stored(Appended),
    /// It may be the repetition of an earlier one.
    Conflict(AppendError),
    /// Another transaction holds this stream.
    Held(StreamId),
}

/// The answer to a group.
pub(super) struct Answer {
    pub(super) head: i64,
    pub(super) outcomes: Vec<Outcome>,
    /// Row of `pending`, where positions come later and there is an event.
    pub(super) pending: Option<i64>,
}

/// The arguments of `append_1`, as arrays.
#[derive(Default)]
struct Arrays<'a> {
    stream_types: Vec<&'a str>,
    stream_ids: Vec<&'a str>,
    entry_append: Vec<i32>,
    entry_stream: Vec<i32>,
    entry_kind: Vec<i32>,
    entry_expected: Vec<i64>,
    entry_start: Vec<Option<i64>>,
    entry_count: Vec<i32>,
    event_entry: Vec<i32>,
    event_offset: Vec<i32>,
    event_named: Vec<Option<i64>>,
    events: Columns<'a>,
}

/// As [`append`], on a connection whose statements are planned well, where the streams of the batches are not waited for: what is
/// simple takes a simpler statement.
pub(super) async fn append_at_once(
    connection: &mut PgConnection,
    sql: &Sql,
    batches: &[&Batch],
) -> Result<Answer, sqlx::Error> {
    let stored = match (batches, Group::of(batches)) {
        ([batch], _) if let Some(one) = One::of(batch) => {
            one.append(connection, sql).await.map(|stored| vec![stored])
        }
        (_, Some(group)) => group.append(connection, sql).await,
        _ => Ok(Vec::new()),
    };
    let stored = match stored {
        Ok(stored) => stored,
        // Another process was faster, or an event is stored already: append_1 tells.
        Err(error) if is_taken(&error) => Vec::new(),
        Err(error) => return Err(error),
    };
    let mut stored: Vec<_> = stored.into_iter().map(Some).collect();
    stored.resize_with(batches.len(), || None);
    let stored = stored.into_iter().map(Option::flatten);
    let mut outcomes: Vec<_> = stored.map(|stored| stored.map(Outcome::Stored)).collect();
    let left: Vec<&Batch> = (outcomes.iter().zip(batches))
        .filter_map(|(outcome, batch)| outcome.is_none().then_some(*batch))
        .collect();
    let mut head = 0;
    if !left.is_empty() {
        let rest = append(connection, sql, &left, Held::LeaveOut, Positions::Now).await?;
        head = rest.head;
        let none = outcomes.iter_mut().filter(|outcome| outcome.is_none());
        for (outcome, found) in none.zip(rest.outcomes) {
            *outcome = Some(found);
        }
    }
    let outcomes: Vec<_> = outcomes.into_iter().flatten().collect();
    let positions = outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::Stored(appended) => Some(appended.position.0),
        _ => None,
    });
    Ok(Answer {
        head: positions.fold(head, i64::max),
        outcomes,
        pending: None,
    })
}

/// Appends the batches, each whole or not at all, in one transaction.
pub(super) async fn append(
    connection: &mut PgConnection,
    sql: &Sql,
    batches: &[&Batch],
    held: Held,
    positions: Positions,
) -> Result<Answer, sqlx::Error> {
    let arrays = Arrays::new(batches);
    let row = sqlx::query(sql.append.get())
        .bind(held == Held::Wait)
        .bind(positions == Positions::Later)
        .bind(&arrays.stream_types)
        .bind(&arrays.stream_ids)
        .bind(&arrays.entry_append)
        .bind(&arrays.entry_stream)
        .bind(&arrays.entry_kind)
        .bind(&arrays.entry_expected)
        .bind(&arrays.entry_start)
        .bind(&arrays.entry_count)
        .bind(&arrays.event_entry)
        .bind(&arrays.event_offset)
        .bind(&arrays.event_named)
        .bind(&arrays.events.dates)
        .bind(&arrays.events.checksums)
        .bind(&arrays.events.versions)
        .bind(&arrays.events.ids)
        .bind(&arrays.events.types)
        .bind(&arrays.events.json)
        .bind(&arrays.events.avro)
        .bind(&arrays.events.metadata)
        .fetch_one(connection)
        .await?;
    let head: i64 = row.try_get(0)?;
    let placed = Placed {
        status: row.try_get::<Option<_>, _>(1)?.unwrap_or_default(),
        at_entry: row.try_get::<Option<_>, _>(2)?.unwrap_or_default(),
        actual: row.try_get::<Option<_>, _>(3)?.unwrap_or_default(),
        first: row.try_get::<Option<_>, _>(4)?.unwrap_or_default(),
        next: row.try_get::<Option<_>, _>(5)?.unwrap_or_default(),
        first_position: row.try_get::<Option<_>, _>(6)?.unwrap_or_default(),
    };
    let mut entry = 0;
    let mut outcomes = Vec::with_capacity(batches.len());
    for (n, batch) in batches.iter().enumerate() {
        let outcome = placed.outcome(batch, n, entry, head);
        outcomes
            .push(outcome.ok_or_else(|| {
                sqlx::Error::Protocol("append_1 gave too few answers".to_owned())
            })?);
        entry += batch.streams.len();
    }
    Ok(Answer {
        head,
        outcomes,
        pending: row.try_get(7)?,
    })
}

/// What `append_1` answers, per batch and per entry.
struct Placed {
    status: Vec<i32>,
    at_entry: Vec<i32>,
    actual: Vec<Option<i64>>,
    first: Vec<i64>,
    next: Vec<i64>,
    first_position: Vec<i64>,
}

impl Placed {
    /// Of the `n`th batch, whose first entry is `entry`.
    fn outcome(&self, batch: &Batch, n: usize, entry: usize, head: i64) -> Option<Outcome> {
        if batch.streams.is_empty() {
            return Some(Outcome::Stored(Appended {
                position: Position(head),
                streams: Vec::new(),
            }));
        }
        let at = usize::try_from(*self.at_entry.get(n)?)
            .ok()?
            .checked_sub(1 + entry);
        match self.status.get(n)? {
            0 => {}
            1 => {
                let append = batch.streams.get(at?)?;
                return Some(Outcome::Conflict(AppendError::Conflict {
                    stream: append.stream.clone(),
                    expected: append.expected,
                    actual: self.actual.get(n)?.map(AggregateVersion),
                }));
            }
            _ => return Some(Outcome::Held(batch.streams.get(at?)?.stream.clone())),
        }
        let mut last = None;
        let mut streams = Vec::with_capacity(batch.streams.len());
        for (append, entry) in batch.streams.iter().zip(entry..) {
            let first_position = *self.first_position.get(entry)?;
            if !append.events.is_empty() {
                last = Some(first_position + append.events.len() as i64 - 1);
            }
            streams.push(StreamVersions {
                first: AggregateVersion(*self.first.get(entry)?),
                next: AggregateVersion(*self.next.get(entry)?),
                first_position: Position(first_position),
            });
        }
        Some(Outcome::Stored(Appended {
            position: Position(last.unwrap_or(head)),
            streams,
        }))
    }
}

impl<'a> Arrays<'a> {
    fn new(batches: &[&'a Batch]) -> Self {
        let now = micros::floor(Timestamp::now());
        let mut arrays = Self::default();
        // Sorted: everybody locks them in this order.
        let mut streams: BTreeMap<(&str, &str), i32> = BTreeMap::new();
        for append in batches.iter().flat_map(|batch| &batch.streams) {
            streams.insert(key(&append.stream), 0);
        }
        for (n, ((aggregate_type, id), place)) in (1..).zip(&mut streams) {
            *place = n;
            arrays.stream_types.push(aggregate_type);
            arrays.stream_ids.push(id);
        }
        let mut entry = 0;
        for (n, batch) in (1..).zip(batches) {
            for append in &batch.streams {
                entry += 1;
                let (kind, expected) = match append.expected {
                    ExpectedVersion::Any => (0, 0),
                    ExpectedVersion::NoStream => (1, 0),
                    ExpectedVersion::Exact(version) => (2, version.0),
                };
                arrays.entry_append.push(n);
                arrays.entry_stream.push(
                    streams
                        .get(&key(&append.stream))
                        .copied()
                        .unwrap_or_default(),
                );
                arrays.entry_kind.push(kind);
                arrays.entry_expected.push(expected);
                let first = append.events.first();
                let start = first.and_then(|event| event.version);
                arrays.entry_start.push(start.map(|version| version.0));
                arrays.entry_count.push(append.events.len() as i32);
                for (offset, event) in (0..).zip(&append.events) {
                    arrays.event_entry.push(entry);
                    arrays.event_offset.push(offset);
                    arrays
                        .event_named
                        .push(event.version.map(|version| version.0));
                    arrays.events.push(&append.stream, event, now);
                }
            }
        }
        arrays
    }
}

fn key(stream: &StreamId) -> (&str, &str) {
    (&stream.aggregate_type, stream.aggregate_id.as_str())
}

/// Whether PostgreSQL can keep the batch at all: what it cannot would fail a whole group.
pub(super) fn check(batch: &Batch) -> Result<(), AppendError> {
    for append in &batch.streams {
        let stream = &append.stream;
        let refused = |problem: &str| AppendError::Backend {
            stream: stream.clone(),
            source: problem.to_owned().into(),
        };
        let (aggregate_type, id) = key(stream);
        for event in &append.events {
            let payload = match event.payload.as_payload() {
                crate::envelope::Payload::Json(text) => text,
                crate::envelope::Payload::Avro(_) => "",
            };
            let metadata = event.metadata.as_deref().unwrap_or_default();
            let names = [
                aggregate_type,
                id,
                event.event_id.as_str(),
                &event.event_type,
            ];
            if names
                .into_iter()
                .chain([payload, metadata])
                .any(|text| text.contains('\0'))
            {
                return Err(refused(
                    "PostgreSQL keeps no text with the character U+0000",
                ));
            }
            let micros = event.create_date.map_or(0, micros::floor);
            if Time::from_micros(micros).is_none() {
                return Err(refused("PostgreSQL keeps no time before the year 4714 BC"));
            }
        }
        if append.events.is_empty() && [aggregate_type, id].iter().any(|text| text.contains('\0')) {
            return Err(refused(
                "PostgreSQL keeps no text with the character U+0000",
            ));
        }
    }
    Ok(())
}

//! The notes of runners: their keys, and what stands in them. A runner's key is its name, a durable handler's with `handler:`
//! before it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::ParkedEvent;
use crate::envelope::{EventId, RecordedEvent};
use crate::error::ReadError;
use crate::position::Position;
use crate::store::{EventStore, Note, NoteChange, NoteQuery};
use crate::stream::{AggregateVersion, StreamId};

/// The position up to which everything is finished, or parked.
pub(crate) fn checkpoint_key(key: &str) -> String {
    format!("{key}/checkpoint")
}

pub(super) fn lease_prefix(key: &str) -> String {
    format!("{key}/lease/")
}

pub(super) fn owner_key(key: &str) -> String {
    format!("{key}/lease/owner")
}

pub(super) fn beat_key(key: &str) -> String {
    format!("{key}/lease/beat")
}

/// Changed whenever somebody wants parked events to be looked at.
pub(crate) fn signal_key(key: &str) -> String {
    format!("{key}/signal")
}

pub(super) fn parked_prefix(key: &str) -> String {
    format!("{key}/parked/")
}

/// Parked events of one stream, in the order of the journal. A stream whose id goes on behind a `/` shares the prefix.
pub(super) fn stream_prefix(key: &str, stream: &StreamId) -> String {
    format!(
        "{key}/parked/{}/{}/",
        stream.aggregate_type, stream.aggregate_id
    )
}

/// How far a runner has come, with the note itself for the next change.
pub(crate) async fn load_checkpoint(
    store: &dyn EventStore,
    key: &str,
) -> Result<(Position, Option<String>), ReadError> {
    let key = checkpoint_key(key);
    let notes = store.load_notes(NoteQuery::of(key.clone())).await?;
    let text = NoteQuery::value(&key, notes);
    match text.as_deref().map(str::parse) {
        None => Ok((Position::START, None)),
        Some(Ok(position)) => Ok((Position(position), text)),
        Some(Err(_)) => Err(damaged(&key, text.as_deref().unwrap_or_default())),
    }
}

/// The last parked stream signal; `None`: there was none.
pub(super) async fn load_signal(
    store: &dyn EventStore,
    key: &str,
) -> Result<Option<String>, ReadError> {
    let key = signal_key(key);
    let notes = store.load_notes(NoteQuery::of(key.clone())).await?;
    Ok(NoteQuery::value(&key, notes))
}

/// Notes in one read.
const PAGE: usize = 500;

/// Gives every parked event to `take`, stream by stream, each in the order of the journal.
pub(crate) async fn load_parked(
    store: &dyn EventStore,
    key: &str,
    mut take: impl FnMut(ParkedNote),
) -> Result<(), ReadError> {
    let mut query = NoteQuery {
        limit: PAGE,
        ..NoteQuery::all(parked_prefix(key))
    };
    loop {
        let notes = store.load_notes(query.clone()).await?;
        query.after = notes.last().map(|note| note.key.clone());
        let more = notes.len() == PAGE;
        for note in notes {
            take(ParkedNote::read(note)?);
        }
        if !more {
            return Ok(());
        }
    }
}

/// The first parked events of a stream.
pub(super) async fn load_parked_of(
    store: &dyn EventStore,
    key: &str,
    stream: &StreamId,
    limit: usize,
) -> Result<Vec<ParkedNote>, ReadError> {
    let query = NoteQuery::all(stream_prefix(key, stream));
    let mut found = Vec::new();
    for note in store.load_notes(query).await? {
        let parked = ParkedNote::read(note)?;
        if parked.event.stream == *stream {
            found.push(parked);
            if found.len() == limit {
                break;
            }
        }
    }
    Ok(found)
}

/// A parked event, with its note as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct ParkedNote {
    pub(crate) event: ParkedEvent,
    pub(crate) note: Note,
}

impl ParkedNote {
    fn read(note: Note) -> Result<Self, ReadError> {
        match serde_json::from_str(&note.value)
            .ok()
            .and_then(|value| parse(&value))
        {
            Some(event) => Ok(Self { event, note }),
            None => Err(damaged(&note.key, &note.value)),
        }
    }

    /// Puts `event` in its place.
    pub(crate) fn replaced(&self, event: &ParkedEvent) -> NoteChange {
        NoteChange::set(self.note.key.clone(), text(event)).expecting(Some(self.note.value.clone()))
    }

    pub(crate) fn removed(&self) -> NoteChange {
        NoteChange::remove(self.note.key.clone()).expecting(Some(self.note.value.clone()))
    }
}

/// Parks an event.
pub(super) fn park(key: &str, event: &ParkedEvent) -> NoteChange {
    // Positions are of one length, so that their texts are in their order.
    let prefix = stream_prefix(key, &event.stream);
    NoteChange::set(format!("{prefix}{:019}", event.position.0), text(event))
}

/// An event that is to be parked: it failed, or stands behind one of its stream that did.
pub(super) fn parked(raw: &RecordedEvent<'_>, failed: Option<(u32, String)>) -> ParkedEvent {
    let (attempts, error) = match failed {
        Some((attempts, error)) => (attempts, Some(error)),
        None => (0, None),
    };
    ParkedEvent {
        position: raw.position,
        stream: StreamId::new(raw.aggregate_type, raw.aggregate_id),
        version: raw.version,
        event_type: raw.event_type.to_owned(),
        event_id: EventId::stored(raw.event_id),
        parked_at: Timestamp::now(),
        attempts,
        error,
        retrying: false,
    }
}

fn text(event: &ParkedEvent) -> String {
    json!({
        "position": event.position.0,
        "aggregate_type": &*event.stream.aggregate_type,
        "aggregate_id": event.stream.aggregate_id.as_str(),
        "version": event.version.0,
        "event_type": event.event_type,
        "event_id": event.event_id.as_str(),
        "parked_at": event.parked_at.to_string(),
        "attempts": event.attempts,
        "error": event.error,
        "retrying": event.retrying,
    })
    .to_string()
}

fn parse(value: &Value) -> Option<ParkedEvent> {
    let text = |key: &str| value.get(key)?.as_str();
    let stream = StreamId::new(text("aggregate_type")?, text("aggregate_id")?);
    Some(ParkedEvent {
        position: Position(value.get("position")?.as_i64()?),
        stream,
        version: AggregateVersion(value.get("version")?.as_i64()?),
        event_type: text("event_type")?.to_owned(),
        event_id: EventId::stored(text("event_id")?),
        parked_at: text("parked_at")?.parse().ok()?,
        attempts: u32::try_from(value.get("attempts")?.as_u64()?).ok()?,
        error: text("error").map(str::to_owned),
        retrying: value.get("retrying")?.as_bool()?,
    })
}

fn damaged(key: &str, value: &str) -> ReadError {
    ReadError::Backend {
        source: format!("note `{key}` holds what it never should: {value}").into(),
    }
}

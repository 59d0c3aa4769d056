//! What makes an append the repetition of an earlier one: the same event ids with the same content; and what it is answered.

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use std::collections::HashSet;

use super::micros;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use super::{Appended, Batch, StreamVersions};
use crate::envelope::{NewEvent, RecordedEvent};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::error::AppendError;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::position::Position;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::stream::AggregateVersion;
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

/// The error for an id that stands for something else.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn taken(event: &NewEvent) -> AppendError {
    AppendError::EventIdTaken {
        event_id: event.event_id.clone(),
    }
}

/// Refuses a batch that has an event id twice.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn ids_differ(batch: &Batch) -> Result<(), AppendError> {
    let mut ids = HashSet::new();
    match batch
        .events()
        .find(|(_, event)| !ids.insert(event.event_id.as_str()))
    {
        Some((_, event)) => Err(taken(event)),
        None => Ok(()),
    }
}

/// A batch all of whose events are stored: where they are.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) struct Repeated<'b> {
    batch: &'b Batch,
    found: Vec<(AggregateVersion, Position)>,
    last: Position,
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl<'b> Repeated<'b> {
    /// `None`: none of its events is stored. `stored` says what is, under the id of an event.
    ///
    /// # Errors
    /// An id is taken: by another event, or by this one without the others.
    pub(crate) fn find<'s>(
        batch: &'b Batch,
        stored: impl Fn(&str) -> Option<RecordedEvent<'s>>,
    ) -> Result<Option<Self>, AppendError> {
        let mut found = Vec::new();
        let (mut last, mut missing) = (None, false);
        for (stream, event) in batch.events() {
            match stored(event.event_id.as_str()) {
                None => missing = true,
                Some(stored) if is_same(event, stream, &stored) => {
                    found.push((stored.version, stored.position));
                    last = Some((event, stored.position));
                }
                Some(_) => return Err(taken(event)),
            }
        }
        match last {
            None => Ok(None),
            Some((event, _)) if missing => Err(taken(event)),
            Some((_, last)) => Ok(Some(Self { batch, found, last })),
        }
    }

    /// The batch's streams, each with the position of the last event that it had then.
    pub(crate) fn streams(&self) -> impl Iterator<Item = (&'b StreamId, Position)> {
        self.parts().map(|(stream, events)| {
            let until = events.last().map_or(self.last, |(_, position)| *position);
            (stream, until)
        })
    }

    /// What it answered; `next`: what each of [`Self::streams`] was to carry next.
    pub(crate) fn answer(&self, next: &[i64]) -> Appended {
        let streams = self.parts().zip(next).map(|((_, events), next)| {
            let next = AggregateVersion(*next);
            let (first, first_position) =
                events.first().copied().unwrap_or((next, Position::START));
            StreamVersions {
                first,
                next,
                first_position,
            }
        });
        Appended {
            position: self.last,
            streams: streams.collect(),
        }
    }

    fn parts(&self) -> impl Iterator<Item = (&'b StreamId, &[(AggregateVersion, Position)])> {
        let mut rest = self.found.as_slice();
        self.batch.streams.iter().map(move |append| {
            let (events, behind) = rest.split_at(append.events.len());
            rest = behind;
            (&append.stream, events)
        })
    }
}

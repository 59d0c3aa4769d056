//! The events of one aggregate, with their envelopes (djangoevents' `get_entity_events`).

use std::future::IntoFuture;
use std::marker::PhantomData;
use std::ops::Bound;

use jiff::Timestamp;

use super::{GetError, Repository};
use crate::aggregate::Aggregate;
use crate::envelope::{Envelope, EventContext, RecordedEvent};
use crate::event::{self, AggregateEvent, EventDescriptor};
use crate::failure::StoreFailure;
use crate::load::ReplayError;
use crate::part::Parts;
use crate::position::Position;
use crate::schemas;
use crate::store::{BoxFuture, Direction, StreamQuery};
use crate::stream::{AggregateVersion, StreamId};

/// Reads events of one aggregate; made by [`Repository::events`]. All of them, oldest first, unless said otherwise.
#[derive(Debug)]
#[must_use = "nothing is read until it is awaited"]
pub struct Events<'a, A> {
    repository: &'a Repository<A>,
    query: StreamQuery,
    after: Option<Timestamp>,
    until: Option<Timestamp>,
    limit: Option<usize>,
    aggregate: PhantomData<fn() -> A>,
}

impl<'a, A: Aggregate> Events<'a, A> {
    pub(super) fn new(repository: &'a Repository<A>, stream: StreamId) -> Self {
        Self {
            repository,
            query: StreamQuery::new(stream),
            after: None,
            until: None,
            limit: None,
            aggregate: PhantomData,
        }
    }

    /// Only events made after this time; newest first: at it, too (djangoevents' bounds).
    pub fn after(mut self, time: Timestamp) -> Self {
        self.after = Some(time);
        self
    }

    /// Only events made up to this time; newest first: before it (djangoevents' bounds).
    pub fn until(mut self, time: Timestamp) -> Self {
        self.until = Some(time);
        self
    }

    /// Only events past this position in the order of the read: the next page.
    pub fn after_position(mut self, position: Position) -> Self {
        self.query.after = Some(position);
        self
    }

    /// Only versions from here.
    pub fn from_version(mut self, version: impl Into<AggregateVersion>) -> Self {
        self.query.from_version = Some(version.into());
        self
    }

    /// Only versions before this one.
    pub fn until_version(mut self, version: impl Into<AggregateVersion>) -> Self {
        self.query.until_version = Some(version.into());
        self
    }

    /// At most so many, counted from the end at which the read begins. A row that is several events is given whole, so that
    /// the last one's position is where the next page begins: there may be more then.
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    /// From the newest to the oldest.
    pub fn newest_first(mut self) -> Self {
        self.query.direction = Direction::Backward;
        self
    }

    async fn run(self) -> Result<Vec<Envelope<A::Event>>, GetError> {
        let Self {
            repository,
            mut query,
            after,
            until,
            limit,
            ..
        } = self;
        query.time = match query.direction {
            Direction::Forward => (
                after.map_or(Bound::Unbounded, Bound::Excluded),
                until.map_or(Bound::Unbounded, Bound::Included),
            ),
            Direction::Backward => (
                after.map_or(Bound::Unbounded, Bound::Included),
                until.map_or(Bound::Unbounded, Bound::Excluded),
            ),
        };
        let mut events = Vec::new();
        loop {
            query.limit = limit.map(|limit| limit.saturating_sub(events.len()));
            if query.limit == Some(0) {
                return Ok(events);
            }
            let store = repository.app.event_store();
            let page = store
                .read_stream(query.clone())
                .await
                .map_err(StoreFailure::from)?;
            schemas::learn(&**store, &[A::Event::AGGREGATE], &page)
                .await
                .map_err(StoreFailure::from)?;
            let mut is_whole = true;
            for raw in page.iter() {
                if limit.is_some_and(|limit| events.len() >= limit) {
                    return Ok(events);
                }
                let (stored, parts) = parts::<A::Event>(&raw).map_err(StoreFailure::from)?;
                is_whole &= !parts.is_empty();
                let parts = match query.direction {
                    Direction::Forward => parts,
                    Direction::Backward => parts.reversed(),
                };
                let stream = || query.stream.clone();
                events.extend(
                    parts
                        .into_iter()
                        .map(|(part, event)| Envelope::new(event, stored, &raw, part, stream())),
                );
                query.after = Some(raw.position);
            }
            // Dropped events were read, too: the page may be the last of as many as were asked for, not of all.
            if page.is_last() && is_whole || page.is_empty() {
                return Ok(events);
            }
        }
    }
}

/// What a row holds, and what it is read as; nothing: it was dropped.
fn parts<E: AggregateEvent>(
    raw: &RecordedEvent<'_>,
) -> Result<(&'static EventDescriptor, Parts<E>), Box<ReplayError>> {
    let read = match E::AGGREGATE.find(raw) {
        Some(found) => found
            .read(raw, &EventContext::new(*raw))
            .map(|parts| (found.stored, parts)),
        None => Err(event::unknown(raw)),
    };
    read.map_err(|error| ReplayError::new(raw, error))
}

impl<'a, A: Aggregate> IntoFuture for Events<'a, A> {
    type Output = Result<Vec<Envelope<A::Event>>, GetError>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

//! Reading a stream and folding it into state, page by page, from a snapshot where there is one. What a missing or
//! discarded aggregate means to the caller is decided in `repository.rs`.

use std::ops::Bound;

use jiff::Timestamp;
use tracing::Instrument as _;

use crate::aggregate::{Aggregate, RawEvent, ReplayProblem};
use crate::envelope::{EventContext, RecordedEvent};
use crate::error::{DecodeError, ReadError};
use crate::event::{AggregateEvent, Effect, Found, OnDiscard};
use crate::loaded::Loaded;
use crate::position::Position;
use crate::schemas;
use crate::snapshot;
use crate::store::{EventStore, Pages, StreamQuery};
use crate::stream::{AggregateVersion, StreamId};

/// An event that stops the replay of its aggregate. Other aggregates are not affected.
#[derive(Debug, thiserror::Error)]
#[error(
    "row {row} of the journal (`{event_type}` at version {version} of `{stream}`) stops the replay"
)]
pub struct ReplayError {
    /// The aggregate that cannot be rebuilt.
    pub stream: StreamId,
    /// The row's position.
    pub row: Position,
    /// The row's aggregate version.
    pub version: AggregateVersion,
    /// The row's event type.
    pub event_type: String,
    /// What is wrong with it; data that does not fit names the path.
    #[source]
    pub cause: ReplayCause,
}

impl ReplayError {
    pub(crate) fn new(event: &RecordedEvent<'_>, cause: impl Into<ReplayCause>) -> Box<Self> {
        Box::new(Self {
            stream: StreamId::new(event.aggregate_type, event.aggregate_id),
            row: event.position,
            version: event.version,
            event_type: event.event_type.to_owned(),
            cause: cause.into(),
        })
    }
}

/// What is wrong with an event that stops a replay.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayCause {
    /// It cannot be read as its type, and the mutator does not take it unread.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It cannot stand where it stands.
    #[error(transparent)]
    Problem(#[from] ReplayProblem),
}

/// Why state could not be loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error(transparent)]
    Replay(#[from] Box<ReplayError>),
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Which past state is asked for; nothing set: the present one.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Past {
    /// Only events before this version.
    pub(crate) version: Option<AggregateVersion>,
    /// Only events made up to this time.
    pub(crate) time: Option<Timestamp>,
}

/// A stream folded so far.
#[derive(Debug, Clone)]
pub(crate) struct Folded<A> {
    pub(crate) state: Option<A>,
    pub(crate) discarded: bool,
    /// The next version; `None` while there is no event.
    pub(crate) next: Option<AggregateVersion>,
    pub(crate) position: Position,
}

/// Loads the aggregate of a stream.
pub(crate) async fn load<A: Aggregate>(
    store: &dyn EventStore,
    stream: &StreamId,
    past: Past,
) -> Result<Folded<A>, LoadError> {
    let span = tracing::debug_span!("load", %stream, version = tracing::field::Empty);
    let fold = async {
        let mut folded = start(store, stream, past).await?;
        let mut query = StreamQuery::new(stream.clone());
        query.until_version = past.version;
        query.time.1 = past.time.map_or(Bound::Unbounded, Bound::Included);
        if folded.next.is_some() {
            query.after = Some(folded.position);
        }
        let mut pages = Pages::stream(store, query);
        while let Some(page) = pages.next().await? {
            schemas::learn(store, &[A::Event::AGGREGATE], &page).await?;
            for event in page.iter() {
                folded.absorb(&event)?;
            }
        }
        if let Some(next) = folded.next {
            tracing::Span::current().record("version", next.0);
        }
        Ok(folded)
    };
    fold.instrument(span).await
}

/// The snapshot, if one is good and not past what is asked for; else nothing.
async fn start<A: Aggregate>(
    store: &dyn EventStore,
    stream: &StreamId,
    past: Past,
) -> Result<Folded<A>, ReadError> {
    let Some(policy) = A::Event::AGGREGATE.snapshot else {
        return Ok(Folded::empty());
    };
    if past.time.is_some() {
        return Ok(Folded::empty());
    }
    let Some(found) = store.load_snapshot(stream, snapshot::key(policy)).await? else {
        return Ok(Folded::empty());
    };
    if past.version.is_some_and(|version| found.version > version) {
        return Ok(Folded::empty());
    }
    let Some(state) = A::snapshot_decode(&found.state) else {
        tracing::warn!(%stream, version = %found.version, "dropped a snapshot that does not decode");
        return Ok(Folded::empty());
    };
    Ok(Folded {
        state: Some(state),
        discarded: found.discarded,
        next: Some(found.version),
        position: found.position,
    })
}

impl<A: Aggregate> Folded<A> {
    pub(crate) fn empty() -> Self {
        Self {
            state: None,
            discarded: false,
            next: None,
            position: Position::START,
        }
    }

    /// What [`Folded::loaded`] took.
    pub(crate) fn of(loaded: Loaded<A>) -> Self {
        let Loaded {
            state,
            version,
            position,
            discarded,
            ..
        } = loaded;
        Self {
            state: Some(state),
            discarded,
            next: Some(version),
            position,
        }
    }

    /// Folds a stored event.
    pub(crate) fn absorb(&mut self, raw: &RecordedEvent<'_>) -> Result<(), Box<ReplayError>> {
        let aggregate = A::Event::AGGREGATE;
        let cx = EventContext::new(*raw);
        let found = aggregate.find(raw);
        if let Some(found) = found.filter(|found| found.splits.is_some()) {
            return self.absorb_parts(&found, raw, &cx);
        }
        let effect = found.map_or(Effect::Changes, |found| match found.event {
            Some(event) => event.effect,
            // Dropped: it counts, and does nothing.
            None => Effect::StoredOnly,
        });
        if effect != Effect::StoredOnly {
            let read = match found {
                Some(found) => A::Event::read(found.index, raw, &cx),
                None => Err(DecodeError::UnknownEvent {
                    aggregate_type: raw.aggregate_type.to_owned(),
                    event_type: raw.event_type.to_owned(),
                }),
            };
            match read {
                Ok(event) => A::apply(&mut self.state, &event, &cx)
                    .map_err(|problem| ReplayError::new(raw, problem))?,
                Err(error) => {
                    let unread = RawEvent::new(*raw, &error);
                    if A::unreadable(&mut self.state, &unread, &cx).is_err() {
                        return Err(ReplayError::new(raw, error));
                    }
                }
            }
        }
        self.note(effect, raw);
        Ok(())
    }

    /// Folds a row that is several events: one after the other, with one place in the stream.
    #[cold]
    fn absorb_parts(
        &mut self,
        found: &Found,
        raw: &RecordedEvent<'_>,
        cx: &EventContext<'_>,
    ) -> Result<(), Box<ReplayError>> {
        match found.read::<A::Event>(raw, cx) {
            Ok(parts) => {
                for (part, event) in parts {
                    let cx = EventContext::of_part(*raw, part);
                    let effect = event.descriptor().effect;
                    if effect != Effect::StoredOnly {
                        A::apply(&mut self.state, &event, &cx)
                            .map_err(|problem| ReplayError::new(raw, problem))?;
                    }
                    self.affect(effect);
                }
            }
            Err(error) => {
                let unread = RawEvent::new(*raw, &error);
                if A::unreadable(&mut self.state, &unread, cx).is_err() {
                    return Err(ReplayError::new(raw, error));
                }
            }
        }
        self.count(raw);
        Ok(())
    }

    /// Folds an event that was decided just now; `raw` is its envelope.
    pub(crate) fn take(
        &mut self,
        event: &A::Event,
        raw: &RecordedEvent<'_>,
    ) -> Result<(), Box<ReplayError>> {
        let effect = event.descriptor().effect;
        if effect != Effect::StoredOnly {
            A::apply(&mut self.state, event, &EventContext::new(*raw))
                .map_err(|problem| ReplayError::new(raw, problem))?;
        }
        self.note(effect, raw);
        Ok(())
    }

    fn note(&mut self, effect: Effect, raw: &RecordedEvent<'_>) {
        self.affect(effect);
        self.count(raw);
    }

    fn affect(&mut self, effect: Effect) {
        match effect {
            Effect::Creates => self.discarded = false,
            Effect::Discards => {
                self.discarded = true;
                if A::Event::AGGREGATE.on_discard == OnDiscard::Remove {
                    self.state = None;
                }
            }
            Effect::Changes | Effect::StoredOnly => {}
        }
    }

    fn count(&mut self, raw: &RecordedEvent<'_>) {
        // Counted, not taken from the row: journals of djangoevents hold gaps, and djangoevents counts.
        let before = self.next.unwrap_or(raw.version);
        self.next = Some(AggregateVersion(before.0.saturating_add(1)));
        self.position = raw.position;
    }

    /// The aggregate, discarded or not; `None`: it is missing.
    pub(crate) fn loaded(self, stream: &StreamId) -> Option<Loaded<A>> {
        Some(Loaded {
            state: self.state?,
            id: stream.aggregate_id.clone(),
            version: self.next?,
            position: self.position,
            discarded: self.discarded,
        })
    }
}

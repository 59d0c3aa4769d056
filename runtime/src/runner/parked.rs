//! Parked events: set aside with their stream, so that others go on. Taken up again when somebody asks for it, in order; what
//! stands behind one that was taken or skipped follows by itself.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use super::Runner;
use super::lanes::Attempt;
use super::notes::{self, ParkedNote};
use super::work::{LOOK, Round, Tenure};
use crate::envelope::EventId;
use crate::error::Causes;
use crate::handler::HandlerError;
use crate::position::Position;
use crate::schemas;
use crate::store::{NoteError, Page, StreamQuery};
use crate::stream::{AggregateVersion, StreamId};

/// An event that a projection or durable handler has set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParkedEvent {
    /// Its place in the journal.
    pub position: Position,
    /// Its stream: the later events of it are held back.
    pub stream: StreamId,
    /// Its place in its stream.
    pub version: AggregateVersion,
    /// Its stored type.
    pub event_type: String,
    /// Its id.
    pub event_id: EventId,
    /// When it was parked.
    pub parked_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// What was said last; `None`: it was not tried, it stands behind one that failed.
    pub error: Option<String>,
    /// Whether it is to be tried again.
    pub retrying: bool,
}

impl ParkedEvent {
    /// Whether it only waits behind another event of its stream.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.error.is_none()
    }

    /// The first of its stream: whether it is to be tried now.
    fn is_due(&self) -> bool {
        self.retrying || self.is_behind()
    }
}

impl Runner {
    /// Looks at what is parked, where somebody has asked for it, and takes up what is due.
    pub(super) async fn take_up(
        self: &Arc<Self>,
        tenure: &mut Tenure,
    ) -> Result<Round, HandlerError> {
        let is_early = |looked: Instant| tenure.held.is_empty() || looked.elapsed() < LOOK;
        if tenure.looked.is_some_and(is_early) {
            return Ok(Round::CaughtUp);
        }
        tenure.looked = Some(Instant::now());
        let key = &self.seat.plan.key;
        let signal = notes::load_signal(&*self.store, key).await?;
        if tenure.signal.as_ref() == Some(&signal) {
            return Ok(Round::CaughtUp);
        }
        let mut streams = HashSet::new();
        let mut due = BTreeMap::new();
        notes::load_parked(&*self.store, key, |ParkedNote { event, .. }| {
            let is_first = !streams.contains(&event.stream);
            if is_first && event.is_due() {
                due.insert(event.position, event.stream.clone());
            }
            if is_first {
                streams.insert(event.stream);
            }
        })
        .await?;
        tenure.held = Arc::new(streams);
        self.seat.report.parked(tenure.held.len());
        for stream in due.into_values() {
            let round = self.take_up_stream(tenure, &stream).await?;
            if round != Round::CaughtUp {
                return Ok(round);
            }
        }
        tenure.signal = Some(signal);
        Ok(Round::CaughtUp)
    }

    async fn take_up_stream(
        self: &Arc<Self>,
        tenure: &mut Tenure,
        stream: &StreamId,
    ) -> Result<Round, HandlerError> {
        loop {
            let key = &self.seat.plan.key;
            let parked = notes::load_parked_of(&*self.store, key, stream, 1).await?;
            let Some(parked) = parked.into_iter().next() else {
                Arc::make_mut(&mut tenure.held).remove(stream);
                self.seat.report.parked(tenure.held.len());
                return Ok(Round::CaughtUp);
            };
            if !parked.event.is_due() {
                return Ok(Round::CaughtUp);
            }
            let round = match self.try_again(tenure, &parked).await? {
                Attempt::Stopped => Round::Stopped,
                Attempt::Done => Round::CaughtUp,
                Attempt::Failed(attempts, error) => {
                    let mut event = parked.event.clone();
                    event.attempts = event.attempts.saturating_add(attempts);
                    event.error = Some(error);
                    event.retrying = false;
                    let changes = vec![tenure.lease.check(), parked.replaced(&event)];
                    match self.store.save_notes(changes).await {
                        // Somebody skipped it meanwhile: looked at again.
                        Err(NoteError::Changed { key, .. }) if !tenure.lease.is_lost(&key) => {
                            Round::CaughtUp
                        }
                        other => keep_checkpoint(tenure, other)?,
                    }
                }
            };
            if round != Round::CaughtUp {
                return Ok(round);
            }
        }
    }

    /// Tries a parked event: once where it was asked for, as often as any other where it stood behind.
    async fn try_again(
        self: &Arc<Self>,
        tenure: &mut Tenure,
        parked: &ParkedNote,
    ) -> Result<Attempt, HandlerError> {
        let page = Arc::new(self.page_of(&parked.event).await?);
        let Some(raw) = page.get(0) else {
            let gone = "the journal has no such event any more: skip it".to_owned();
            return Ok(Attempt::Failed(1, gone));
        };
        let attempts = if parked.event.retrying {
            1
        } else {
            self.attempts
        };
        let events = match self.seat.plan.read(self.aggregates, &raw) {
            Ok(events) => events,
            Err(error) => return Ok(Attempt::Failed(1, Causes(&error).to_string())),
        };
        let changes = vec![tenure.lease.check(), parked.removed()];
        if events.is_empty() {
            // It is for this runner no more.
            return self.unpark(tenure, changes).await;
        }
        #[cfg(any(feature = "sqlite", feature = "postgres"))]
        if let Some(target) = self.seat.plan.target.read_model() {
            return self
                .project_parked(tenure, target, &page, &events, attempts, &changes)
                .await;
        }
        match self.attempt_all(&events, &raw, attempts).await {
            Attempt::Done => self.unpark(tenure, changes).await,
            other => Ok(other),
        }
    }

    async fn unpark(
        &self,
        tenure: &Tenure,
        changes: Vec<crate::store::NoteChange>,
    ) -> Result<Attempt, HandlerError> {
        match self.store.save_notes(changes).await {
            Ok(()) => Ok(Attempt::Done),
            Err(NoteError::Changed { key, .. }) if tenure.lease.is_lost(&key) => {
                // The renewal of the lease ends this at once.
                Ok(Attempt::Stopped)
            }
            // Skipped meanwhile, or asked for again.
            Err(NoteError::Changed { .. }) => Ok(Attempt::Done),
            Err(error) => Err(error.into()),
        }
    }

    /// The event, as a page of one.
    async fn page_of(&self, event: &ParkedEvent) -> Result<Page, HandlerError> {
        let mut query = StreamQuery::new(event.stream.clone());
        query.after = Some(Position(event.position.0 - 1));
        query.limit = Some(1);
        let page = self.store.read_stream(query).await?;
        schemas::learn(&*self.store, self.aggregates, &page).await?;
        let is_it = page
            .get(0)
            .is_some_and(|raw| raw.position == event.position);
        Ok(if is_it {
            page
        } else {
            crate::store::PageBuilder::new().finish(true)
        })
    }
}

/// As `Runner::saved`, for notes beside the checkpoint.
fn keep_checkpoint(tenure: &Tenure, saved: Result<(), NoteError>) -> Result<Round, HandlerError> {
    match saved {
        Ok(()) => Ok(Round::CaughtUp),
        Err(NoteError::Changed { key, .. }) if tenure.lease.is_lost(&key) => Ok(Round::Lost),
        Err(error) => Err(error.into()),
    }
}

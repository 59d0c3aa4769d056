//! Projections whose read model is in the journal's own database: events, checkpoint and what is parked in one transaction,
//! so that each event takes effect exactly once. `sqlite.rs` and `postgres.rs` are the two databases.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::lanes::Attempt;
use super::work::{Round, Tenure};
use super::{Runner, notes};
use crate::error::{BoxError, Causes};
use crate::event::AnyEvent;
use crate::handler::HandlerError;
use crate::part::{Part, Parts};
use crate::store::{BoxFuture, EventStore, NoteChange, Page, ProjectError};
use crate::stream::StreamId;

/// Events per transaction while catching up. On SQLite, appends wait meanwhile.
const CHUNK: usize = 64;

/// An event of a page: at which place its row stands, and which of the events that the row is read as.
pub(super) type PageEvent = (usize, Part, AnyEvent);

/// A read model that shares transactions with checkpoints.
pub(super) trait ReadModel: Send + Sync {
    /// Makes its tables.
    fn prepare(&self) -> BoxFuture<'_, Result<(), BoxError>>;

    /// Changes notes and folds events of a page, in one transaction; `at` tells at which place of the page it is.
    fn fold(
        &self,
        changes: Vec<NoteChange>,
        page: Arc<Page>,
        events: Vec<PageEvent>,
        at: Arc<AtomicUsize>,
    ) -> BoxFuture<'_, Result<(), ProjectError>>;
}

/// The user's projection, and the store that holds its read model: [`ReadModel`] in one kind of database.
pub(super) struct Target<S, P, A> {
    pub(super) store: S,
    pub(super) prepare: Arc<P>,
    pub(super) apply: Arc<A>,
}

impl<S: EventStore + Clone, P, A> Target<S, P, A> {
    /// `None`: the store is another.
    pub(super) fn new(store: &dyn EventStore, prepare: P, apply: A) -> Option<Self> {
        let store = store.as_any().downcast_ref::<S>()?.clone();
        Some(Self {
            store,
            prepare: Arc::new(prepare),
            apply: Arc::new(apply),
        })
    }
}

// Derived, it would ask the projection itself to be `Clone`.
impl<S: Clone, P, A> Clone for Target<S, P, A> {
    fn clone(&self) -> Self {
        Self {
            store: self.store.clone(),
            prepare: Arc::clone(&self.prepare),
            apply: Arc::clone(&self.apply),
        }
    }
}

/// What a failed preparation says.
pub(super) fn prepared(done: Result<(), ProjectError>) -> Result<(), BoxError> {
    match done {
        Err(ProjectError::Refused { source }) => Err(source),
        other => other.map_err(Into::into),
    }
}

/// How a step ended.
enum Step {
    Made,
    /// The projection failed at this place of the page.
    Failed(usize, String),
    Ended(Round),
}

impl Runner {
    /// Folds a page, some events per transaction; one that fails by itself.
    pub(super) async fn project(
        &self,
        tenure: &mut Tenure,
        target: &dyn ReadModel,
        page: &Arc<Page>,
    ) -> Result<Round, HandlerError> {
        let (mut from, mut size, mut failures) = (0, CHUNK, 0);
        while from < page.len() {
            if self.working().is_none() {
                return Ok(Round::Stopped);
            }
            let to = page.len().min(from + size);
            match self.step(tenure, target, page, from..to, None).await? {
                Step::Made => (from, size, failures) = (to, CHUNK, 0),
                Step::Ended(round) => return Ok(round),
                // Those before it first.
                Step::Failed(place, _) if place > from => size = place - from,
                Step::Failed(place, error) => {
                    let Some(raw) = page.get(place) else { break };
                    failures += 1;
                    size = 1;
                    if self.failed(&raw, failures, self.attempts, &error) {
                        let failed = Some((failures, error));
                        match self
                            .step(tenure, target, page, place..place + 1, failed)
                            .await?
                        {
                            Step::Ended(round) => return Ok(round),
                            _ => (from, size, failures) = (place + 1, CHUNK, 0),
                        }
                    } else if self.pause(failures).await.is_err() {
                        return Ok(Round::Stopped);
                    }
                }
            }
        }
        Ok(Round::CaughtUp)
    }

    /// One transaction. With `failed`, its one event is parked for that.
    async fn step(
        &self,
        tenure: &mut Tenure,
        target: &dyn ReadModel,
        page: &Arc<Page>,
        places: std::ops::Range<usize>,
        mut failed: Option<(u32, String)>,
    ) -> Result<Step, HandlerError> {
        let before = tenure.finished;
        let mut events = Vec::new();
        let mut parked: Vec<super::ParkedEvent> = Vec::new();
        for place in places {
            let Some(raw) = page.get(place) else { break };
            let stream = StreamId::new(raw.aggregate_type, raw.aggregate_id);
            let read = self.seat.plan.read(self.aggregates, &raw);
            tenure.finished = raw.position;
            let is_held =
                tenure.held.contains(&stream) || parked.iter().any(|event| event.stream == stream);
            match read {
                Ok(read) if read.is_empty() => {}
                _ if is_held => parked.push(notes::parked(&raw, None)),
                Ok(_) if failed.is_some() => {
                    parked.push(notes::parked(&raw, failed.take()));
                }
                // A row is folded whole, or not at all.
                Ok(read) => {
                    events.extend(read.into_iter().map(|(part, event)| (place, part, event)));
                }
                // Reading it again would not change it.
                Err(error) => {
                    let error = Causes(&error).to_string();
                    self.failed(&raw, 1, 1, &error);
                    parked.push(notes::parked(&raw, Some((1, error))));
                }
            }
        }
        let key = &self.seat.plan.key;
        let mut changes: Vec<_> = parked.iter().map(|event| notes::park(key, event)).collect();
        changes.extend(self.advance(tenure));
        let handled = events.len() as u64;
        let at = Arc::new(AtomicUsize::new(0));
        let folded = target.fold(changes, Arc::clone(page), events, Arc::clone(&at));
        let saved = match folded.await {
            Ok(()) => Ok(()),
            Err(ProjectError::Changed { key, actual }) => {
                Err(crate::store::NoteError::Changed { key, actual })
            }
            Err(ProjectError::Refused { source }) => {
                // What is finished is what is stored: this was not.
                tenure.finished = before;
                let place = at.load(Ordering::SeqCst);
                return Ok(Step::Failed(place, Causes(&*source).to_string()));
            }
            Err(error) => {
                tenure.finished = before;
                return Err(error.into());
            }
        };
        match self.saved(tenure, saved)? {
            Round::CaughtUp => {
                self.hold(tenure, parked.into_iter().map(|event| event.stream));
                self.seat.report.finished(tenure.finished, handled);
                Ok(Step::Made)
            }
            ended => Ok(Step::Ended(ended)),
        }
    }

    /// Folds a parked event, and takes it from those that are parked, in one transaction.
    pub(super) async fn project_parked(
        &self,
        tenure: &Tenure,
        target: &dyn ReadModel,
        page: &Arc<Page>,
        events: &Parts<AnyEvent>,
        attempts: u32,
        changes: &[NoteChange],
    ) -> Result<Attempt, HandlerError> {
        let mut failures = 0;
        loop {
            if self.working().is_none() {
                return Ok(Attempt::Stopped);
            }
            let events = events.iter();
            let events = events
                .map(|(part, event)| (0, part, event.clone()))
                .collect();
            let folded = target.fold(changes.to_vec(), Arc::clone(page), events, Arc::default());
            let error = match folded.await {
                Ok(()) => return Ok(Attempt::Done),
                // The renewal of the lease ends this at once.
                Err(ProjectError::Changed { key, .. }) if tenure.lease.is_lost(&key) => {
                    return Ok(Attempt::Stopped);
                }
                // Skipped meanwhile, or asked for again.
                Err(ProjectError::Changed { .. }) => return Ok(Attempt::Done),
                Err(ProjectError::Refused { source }) => Causes(&*source).to_string(),
                Err(error) => return Err(error.into()),
            };
            failures += 1;
            let Some(raw) = page.get(0) else {
                return Ok(Attempt::Stopped);
            };
            if self.failed(&raw, failures, attempts, &error) {
                return Ok(Attempt::Failed(failures, error));
            }
            if self.pause(failures).await.is_err() {
                return Ok(Attempt::Stopped);
            }
        }
    }
}

//! Calling handlers, and projections that keep their read model elsewhere: as many at a time as the manifest says, those of
//! one stream one after the other. An event that fails is tried again with growing pauses.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use tokio::task::JoinSet;
use tracing::Instrument as _;

use super::plan::Target;
use super::{ParkedEvent, Runner, notes};
use crate::app::{App, call};
use crate::envelope::RecordedEvent;
use crate::error::Causes;
use crate::event::AnyEvent;
use crate::handler::{HandlerCall, HandlerContext, HandlerError};
use crate::part::{Part, Parts};
use crate::store::Page;
use crate::stream::StreamId;

/// What became of an event.
pub(super) enum Attempt {
    Done,
    /// It failed so often.
    Failed(u32, String),
    Stopped,
}

/// What became of some events of a page.
#[derive(Default)]
pub(super) struct Worked {
    /// Those to be parked, with their places in the page.
    pub(super) parked: Vec<(usize, ParkedEvent)>,
    /// The first that was not reached; `None`: all were.
    pub(super) stopped_at: Option<usize>,
    /// How many were handled.
    pub(super) handled: u64,
}

impl Runner {
    /// Works on the events at `places` of a page. Events of streams that are held back are to be parked behind.
    pub(super) async fn work_on(
        self: &Arc<Self>,
        page: &Arc<Page>,
        places: std::ops::Range<usize>,
        held: &Arc<HashSet<StreamId>>,
    ) -> Worked {
        let workers = usize::from(self.seat.plan.run.workers.max(1));
        if workers == 1 || places.len() <= 1 {
            return self.lane(page, places.collect(), held).await;
        }
        let mut lanes = vec![Vec::new(); workers];
        for place in places {
            if let Some(raw) = page.get(place) {
                lanes[lane_of(&raw, workers)].push(place);
            }
        }
        // Dropped with the future, if the lease is lost: its tasks end then.
        let mut tasks = JoinSet::new();
        for lane in lanes.into_iter().filter(|lane| !lane.is_empty()) {
            let (runner, page, held) = (Arc::clone(self), Arc::clone(page), Arc::clone(held));
            tasks.spawn(async move { runner.lane(&page, lane, &held).await }.in_current_span());
        }
        let mut worked = Worked::default();
        while let Some(done) = tasks.join_next().await {
            match done {
                Ok(lane) => {
                    worked.parked.extend(lane.parked);
                    worked.handled += lane.handled;
                    worked.stopped_at = match (worked.stopped_at, lane.stopped_at) {
                        (Some(a), Some(b)) => Some(a.min(b)),
                        (a, b) => a.or(b),
                    };
                }
                // Handlers' panics are caught: the runtime is shutting down.
                Err(error) => {
                    tracing::error!(%error, "a worker ended badly");
                    worked.stopped_at = Some(0);
                }
            }
        }
        worked.parked.sort_by_key(|(place, _)| *place);
        worked
    }

    /// One worker's part, in order.
    async fn lane(&self, page: &Page, places: Vec<usize>, held: &HashSet<StreamId>) -> Worked {
        let mut worked = Worked::default();
        let mut newly = HashSet::new();
        for place in places {
            let Some(raw) = page.get(place) else { continue };
            let Some(app) = self.working() else {
                worked.stopped_at = Some(place);
                break;
            };
            let stream = StreamId::new(raw.aggregate_type, raw.aggregate_id);
            let event = self.seat.plan.read(self.aggregates, &raw);
            drop(app);
            let failed = match event {
                Ok(events) if events.is_empty() => continue,
                _ if held.contains(&stream) || newly.contains(&stream) => None,
                // Reading it again would not change it.
                Err(error) => Some((1, Causes(&error).to_string())),
                Ok(events) => match self.attempt_all(&events, &raw, self.attempts).await {
                    Attempt::Done => {
                        worked.handled += events.iter().count() as u64;
                        continue;
                    }
                    Attempt::Failed(attempts, error) => Some((attempts, error)),
                    Attempt::Stopped => {
                        worked.stopped_at = Some(place);
                        break;
                    }
                },
            };
            worked.parked.push((place, notes::parked(&raw, failed)));
            newly.insert(stream);
        }
        worked
    }

    /// Calls the handler for what a row is read as. After the first that fails for good, the row is to be parked: taken up
    /// again, all of it comes again.
    pub(super) async fn attempt_all(
        &self,
        events: &Parts<AnyEvent>,
        raw: &RecordedEvent<'_>,
        attempts: u32,
    ) -> Attempt {
        for (part, event) in events.iter() {
            match self.attempt(event, raw, part, attempts).await {
                Attempt::Done => {}
                other => return other,
            }
        }
        Attempt::Done
    }

    /// Calls the handler, up to so often.
    async fn attempt(
        &self,
        event: &AnyEvent,
        raw: &RecordedEvent<'_>,
        part: Part,
        attempts: u32,
    ) -> Attempt {
        #[cfg_attr(
            not(any(feature = "sqlite", feature = "postgres")),
            expect(irrefutable_let_patterns, reason = "there are other targets")
        )]
        let Target::Own(target) = &self.seat.plan.target else {
            return Attempt::Stopped;
        };
        let mut failures = 0;
        loop {
            let Some(app) = self.working() else {
                return Attempt::Stopped;
            };
            let error = match call_own(target, &app, event.clone(), raw, part).await {
                Ok(()) => return Attempt::Done,
                Err(error) => error.to_string(),
            };
            drop(app);
            failures += 1;
            if self.failed(raw, failures, attempts, &error) {
                return Attempt::Failed(failures, error);
            }
            if self.pause(failures).await.is_err() {
                return Attempt::Stopped;
            }
        }
    }

    /// Tells of a failure; says whether it was the last attempt.
    pub(super) fn failed(
        &self,
        raw: &RecordedEvent<'_>,
        failures: u32,
        attempts: u32,
        error: &str,
    ) -> bool {
        let name = self.seat.plan.name;
        let text = format!("row {} (`{}`): {error}", raw.position, raw.event_type);
        self.seat.report.failed(&text);
        let last = failures >= attempts;
        if last {
            tracing::error!(name, failures, "parked an event and its stream: {text}");
        } else {
            tracing::warn!(name, failures, "failed, will try again: {text}");
        }
        last
    }

    /// Waits before the next attempt; `Err`: it is to stop.
    pub(super) async fn pause(&self, failures: u32) -> Result<(), ()> {
        tokio::select! {
            () = self.stopped() => Err(()),
            () = tokio::time::sleep(self.backoff.jittered(failures)) => Ok(()),
        }
    }
}

/// Calls a handler, or a projection that keeps its read model elsewhere.
async fn call_own(
    target: &HandlerCall,
    app: &App,
    event: AnyEvent,
    raw: &RecordedEvent<'_>,
    part: Part,
) -> Result<(), HandlerError> {
    let context = HandlerContext::of_recorded(app, raw, part);
    let span = tracing::info_span!(
        "event",
        event = raw.event_type,
        stream = %context.stream(),
        version = raw.version.0,
    );
    call(target, event, context).instrument(span).await
}

/// The same for all events of a stream.
fn lane_of(raw: &RecordedEvent<'_>, lanes: usize) -> usize {
    let hasher = BuildHasherDefault::<DefaultHasher>::default();
    let hash = hasher.hash_one((raw.aggregate_type, raw.aggregate_id));
    usize::try_from(hash % lanes as u64).unwrap_or_default()
}

//! The owner's rounds: parked events that somebody wants tried again, then what is stored past the checkpoint, then waiting.

use std::collections::HashSet;
use std::convert::Infallible;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::lease::Lease;
use super::{Runner, notes};
use crate::error::{Causes, ReadError};
use crate::handler::HandlerError;
use crate::position::Position;
use crate::schemas;
use crate::store::{Direction, JournalQuery, NoteChange, NoteError, Page, Pages};
use crate::stream::StreamId;

/// How the owner's work, or a part of it, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Round {
    /// There was nothing more.
    CaughtUp,
    Stopped,
    /// Somebody has moved the checkpoint, or changed what is parked: begin anew from what is stored.
    Moved,
    /// Another process owns the runner.
    Lost,
}

/// What the owner knows of its runner, as it is stored.
pub(super) struct Tenure {
    pub(super) lease: Lease,
    pub(super) finished: Position,
    /// The checkpoint's note.
    pub(super) saved: Option<String>,
    /// Streams with parked events.
    pub(super) held: Arc<HashSet<StreamId>>,
    /// The signal when parked events were looked at last.
    pub(super) signal: Option<Option<String>>,
    /// When it was looked for; `None`: it is to be, now.
    pub(super) looked: Option<Instant>,
}

/// A checkpoint is also kept for events that are not for this runner, so that a restart does not read them all again.
const SAVE_EVERY: i64 = 1000;

/// Events per worker between two checkpoints of a handler: so many may be repeated after a crash.
const CHUNK_PER_WORKER: usize = 16;

/// How often other processes' wishes for parked events are looked for, while there are any.
pub(super) const LOOK: Duration = Duration::from_secs(2);

/// How often the lag is measured.
#[cfg(feature = "metrics")]
const MEASURE: Duration = Duration::from_secs(1);

impl Runner {
    pub(super) async fn run(self: Arc<Self>) {
        loop {
            let Some(lease) = self.own().await else {
                return;
            };
            self.seat.report.owned(true);
            let mut tenure = Tenure {
                lease,
                finished: Position::START,
                saved: None,
                held: Arc::default(),
                signal: None,
                looked: None,
            };
            let keeper = tenure.lease.keeper();
            let ended = tokio::select! {
                ended = self.work(&mut tenure) => ended,
                () = keeper => Round::Lost,
                never = self.measure() => match never {},
            };
            self.seat.report.owned(false);
            if ended == Round::Stopped {
                if let Err(error) = self.save(&mut tenure, Vec::new()).await {
                    tracing::warn!(%error, "left an older checkpoint behind");
                }
                tenure.lease.release().await;
                return;
            }
            tracing::info!(
                name = self.seat.plan.name,
                "another process runs it from now on"
            );
        }
    }

    /// Measures the lag as long as it is owned: it also grows while an event is tried again and again.
    #[cfg(feature = "metrics")]
    async fn measure(&self) -> Infallible {
        loop {
            let head = *self.store.changes().borrow();
            self.seat.report.head(head);
            tokio::time::sleep(MEASURE).await;
        }
    }

    #[cfg(not(feature = "metrics"))]
    async fn measure(&self) -> Infallible {
        std::future::pending().await
    }

    /// Waits for the lease; `None`: it is to stop.
    async fn own(&self) -> Option<Lease> {
        let mut failures = 0;
        loop {
            let acquired = tokio::select! {
                acquired = Lease::acquire(&self.store, &self.seat.plan.key, self.lease) => acquired,
                () = self.stopped() => return None,
            };
            match acquired {
                Ok(lease) => return Some(lease),
                Err(ReadError::Closed) => return None,
                Err(error) => {
                    failures += 1;
                    let error = Causes(&error).to_string();
                    tracing::error!(name = self.seat.plan.name, "cannot be owned: {error}");
                    self.seat.report.failed(&error);
                    if self.pause(failures).await.is_err() {
                        return None;
                    }
                }
            }
        }
    }

    async fn work(self: &Arc<Self>, tenure: &mut Tenure) -> Round {
        let mut changes = self.store.changes();
        let mut failures = 0;
        let mut begun = false;
        loop {
            changes.mark_unchanged();
            let round = async {
                if !begun {
                    self.begin(tenure).await?;
                    begun = true;
                }
                match self.take_up(tenure).await? {
                    Round::CaughtUp => self.catch_up(tenure).await,
                    other => Ok(other),
                }
            };
            match round.await {
                Ok(Round::CaughtUp) => {
                    failures = 0;
                    if !self.wait(&mut changes, tenure).await {
                        return Round::Stopped;
                    }
                }
                Ok(Round::Moved) => begun = false,
                Ok(ended) => return ended,
                Err(error) => {
                    failures += 1;
                    let error = error.to_string();
                    tracing::error!(
                        name = self.seat.plan.name,
                        finished = %tenure.finished,
                        failures,
                        "stands still, will try again: {error}"
                    );
                    self.seat.report.failed(&error);
                    if self.pause(failures).await.is_err() {
                        return Round::Stopped;
                    }
                }
            }
        }
    }

    /// Waits for something to do; `false`: it is to stop.
    async fn wait(&self, changes: &mut watch::Receiver<Position>, tenure: &mut Tenure) -> bool {
        tokio::select! {
            () = self.stopped() => false,
            () = self.seat.wake.notified() => {
                tenure.looked = None;
                true
            }
            () = tokio::time::sleep(LOOK), if !tenure.held.is_empty() => true,
            changed = changes.changed() => {
                if changed.is_err() {
                    // A closed store has no more changes; the stop is to come.
                    self.stopped().await;
                }
                changed.is_ok()
            }
        }
    }

    /// Learns how far the runner has come.
    async fn begin(&self, tenure: &mut Tenure) -> Result<(), HandlerError> {
        let key = &self.seat.plan.key;
        (tenure.finished, tenure.saved) = notes::load_checkpoint(&*self.store, key).await?;
        (tenure.signal, tenure.looked) = (None, None);
        self.seat.report.finished(tenure.finished, 0);
        Ok(())
    }

    async fn catch_up(self: &Arc<Self>, tenure: &mut Tenure) -> Result<Round, HandlerError> {
        // Read before the pages: everything up to here is in them.
        let head = self.store.head().await?;
        let only = self.seat.plan.filter(self.aggregates);
        let pages = |after| {
            let query = JournalQuery {
                after: Some(after),
                only: only.clone(),
                limit: None,
                direction: Direction::Forward,
                checksums: false,
            };
            Pages::all(&*self.store, query)
        };
        let mut reads = pages(tenure.finished);
        let mut read = tenure.finished;
        while !self.seat.plan.on.is_empty() {
            if read != tenure.finished {
                reads = pages(tenure.finished);
            }
            let Some(page) = reads.next().await? else {
                break;
            };
            let page = Arc::new(page);
            read = page.last_position().unwrap_or(tenure.finished);
            schemas::learn(&*self.store, self.aggregates, &page).await?;
            let is_last = page.is_last() || page.is_empty();
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            let round = match self.seat.plan.target.read_model() {
                Some(target) => self.project(tenure, target, &page).await?,
                None => self.take(tenure, &page).await?,
            };
            #[cfg(not(any(feature = "sqlite", feature = "postgres")))]
            let round = self.take(tenure, &page).await?;
            if round != Round::CaughtUp {
                return Ok(round);
            }
            if is_last {
                break;
            }
        }
        let last_event = tenure.finished;
        tenure.finished = tenure.finished.max(head);
        self.seat.report.caught_up(tenure.finished);
        let saved = tenure.saved_position();
        if last_event.0 > saved || tenure.finished.0 - saved >= SAVE_EVERY {
            return self.save(tenure, Vec::new()).await;
        }
        Ok(Round::CaughtUp)
    }

    /// Handles a page, chunk by chunk, each with a checkpoint behind it.
    async fn take(
        self: &Arc<Self>,
        tenure: &mut Tenure,
        page: &Arc<Page>,
    ) -> Result<Round, HandlerError> {
        let plan = &self.seat.plan;
        let chunk = match (plan.is_handler, usize::from(plan.run.workers)) {
            (false, _) => page.len().max(1),
            (true, 0 | 1) => 1,
            (true, workers) => workers * CHUNK_PER_WORKER,
        };
        for begin in (0..page.len()).step_by(chunk) {
            let places: Range<usize> = begin..page.len().min(begin + chunk);
            let worked = self.work_on(page, places.clone(), &tenure.held).await;
            let reached = worked.stopped_at.unwrap_or(places.end);
            if let Some(last) = reached.checked_sub(1).and_then(|last| page.get(last)) {
                tenure.finished = tenure.finished.max(last.position);
            }
            // Behind the first that was not reached, everything comes again.
            let parked = worked.parked.into_iter();
            let parked: Vec<_> = parked.filter(|(place, _)| *place < reached).collect();
            let changes = parked
                .iter()
                .map(|(_, event)| notes::park(&plan.key, event));
            let round = self.save(tenure, changes.collect()).await?;
            if round != Round::CaughtUp {
                return Ok(round);
            }
            self.hold(tenure, parked.into_iter().map(|(_, event)| event.stream));
            self.seat.report.finished(tenure.finished, worked.handled);
            if worked.stopped_at.is_some() {
                return Ok(Round::Stopped);
            }
        }
        Ok(Round::CaughtUp)
    }

    pub(super) fn hold(&self, tenure: &mut Tenure, streams: impl Iterator<Item = StreamId>) {
        let before = tenure.held.len();
        for stream in streams {
            if !tenure.held.contains(&stream) {
                Arc::make_mut(&mut tenure.held).insert(stream);
            }
        }
        if tenure.held.len() != before {
            self.seat.report.parked(tenure.held.len());
        }
    }

    /// Saves how far it has come, with `more`.
    pub(super) async fn save(
        &self,
        tenure: &mut Tenure,
        mut more: Vec<NoteChange>,
    ) -> Result<Round, HandlerError> {
        if tenure.finished.0 <= tenure.saved_position() && more.is_empty() {
            return Ok(Round::CaughtUp);
        }
        more.extend(self.advance(tenure));
        let saved = self.store.save_notes(more).await;
        self.saved(tenure, saved)
    }

    /// The changes that move the checkpoint, and rest on the lease.
    pub(super) fn advance(&self, tenure: &Tenure) -> [NoteChange; 2] {
        let checkpoint = notes::checkpoint_key(&self.seat.plan.key);
        [
            tenure.lease.check(),
            NoteChange::set(checkpoint, tenure.finished.0.to_string())
                .expecting(tenure.saved.clone()),
        ]
    }

    /// What it means that notes were saved with the checkpoint, or not.
    pub(super) fn saved(
        &self,
        tenure: &mut Tenure,
        saved: Result<(), NoteError>,
    ) -> Result<Round, HandlerError> {
        match saved {
            Ok(()) => {
                tenure.saved = Some(tenure.finished.0.to_string());
                Ok(Round::CaughtUp)
            }
            Err(NoteError::Changed { key, .. }) if tenure.lease.is_lost(&key) => Ok(Round::Lost),
            Err(NoteError::Changed { .. }) => Ok(Round::Moved),
            Err(error) => Err(error.into()),
        }
    }
}

impl Tenure {
    fn saved_position(&self) -> i64 {
        let saved = self.saved.as_ref().and_then(|text| text.parse().ok());
        saved.unwrap_or_default()
    }
}

//! Projections whose read model is in the journal's own SQLite file: events and checkpoint in one transaction, so that each
//! event takes effect exactly once.

use std::sync::Arc;

use super::{Round, Runner};
use crate::envelope::EventContext;
use crate::error::BoxError;
use crate::event::AnyEvent;
use crate::handler::HandlerError;
use crate::position::Position;
use crate::projection::{SqlitePrepareCall, SqliteProjectionCall};
use crate::store::sqlite::{Apply, ProjectError, SqliteStore};
use crate::store::{EventStore, Page};

/// Events per transaction while catching up. Appends wait meanwhile.
const CHUNK: usize = 64;

/// The user's projection and the store that holds its read model.
#[derive(Clone)]
pub(super) struct Target {
    store: SqliteStore,
    prepare: Arc<SqlitePrepareCall>,
    apply: Arc<SqliteProjectionCall>,
}

impl Target {
    /// `None`: the store is another.
    pub(super) fn new(
        store: &dyn EventStore,
        prepare: SqlitePrepareCall,
        apply: SqliteProjectionCall,
    ) -> Option<Self> {
        let store = store.as_any().downcast_ref::<SqliteStore>()?.clone();
        Some(Self {
            store,
            prepare: Arc::new(prepare),
            apply: Arc::new(apply),
        })
    }

    /// Makes the tables, in a transaction that leaves the checkpoint where it is.
    pub(super) async fn prepare(&self, checkpoint: &str) -> Result<(), BoxError> {
        let mut position = self.store.load_checkpoint(checkpoint).await?;
        loop {
            let prepare = Arc::clone(&self.prepare);
            let apply: Apply = Box::new(move |tx| match prepare(tx) {
                Ok(()) => Ok(position),
                Err(error) => Err(error.into_source()),
            });
            match self.store.project(checkpoint, position, apply).await {
                Ok(_) => return Ok(()),
                // Another process projects meanwhile.
                Err(ProjectError::Moved { actual, .. }) => position = actual,
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Runner {
    pub(super) async fn project(
        &mut self,
        target: &Target,
        page: Page,
    ) -> Result<Round, HandlerError> {
        let page = Arc::new(page);
        let mut from = 0;
        while from < page.len() {
            if self.working().is_none() {
                return Ok(Round::Stopped);
            }
            let size = if self.one_by_one { 1 } else { CHUNK };
            let mut events = Vec::new();
            let mut finished = None;
            let mut unread = None;
            for (index, raw) in page.iter().enumerate().skip(from).take(size) {
                match self.seat.plan.read(self.aggregates, &raw) {
                    Ok(event) => events.extend(event.map(|event| (index, event))),
                    Err(error) => {
                        unread = Some(error);
                        break;
                    }
                }
                finished = Some(raw.position);
                from = index + 1;
            }
            if let Some(finished) = finished {
                let apply = apply(target, &page, events, finished);
                if let Round::Moved = self.step(target, apply).await? {
                    return Ok(Round::Moved);
                }
            }
            if let Some(error) = unread {
                return Err(error.into());
            }
        }
        Ok(Round::CaughtUp)
    }

    /// Moves the checkpoint past events that are not for this projection.
    pub(super) async fn advance(&mut self, target: &Target) -> Result<(), HandlerError> {
        let to = self.finished;
        self.step(target, Box::new(move |_| Ok(to))).await.map(drop)
    }

    /// One transaction.
    async fn step(&mut self, target: &Target, apply: Apply) -> Result<Round, HandlerError> {
        let name = &self.seat.plan.checkpoint;
        let (position, round) = match target.store.project(name, self.saved, apply).await {
            Ok(position) => (position, Round::CaughtUp),
            Err(ProjectError::Moved { actual, .. }) => (actual, Round::Moved),
            Err(error) => {
                self.one_by_one = true;
                // What is finished is what is stored: this was not.
                self.finished = self.saved;
                return Err(error.into());
            }
        };
        (self.finished, self.saved) = (position, position);
        self.one_by_one = false;
        self.tell();
        Ok(round)
    }
}

fn apply(
    target: &Target,
    page: &Arc<Page>,
    events: Vec<(usize, AnyEvent)>,
    finished: Position,
) -> Apply {
    let (call, page) = (Arc::clone(&target.apply), Arc::clone(page));
    Box::new(move |tx| {
        for (index, event) in &events {
            if let Some(raw) = page.get(*index) {
                call(tx, event, &EventContext::new(raw))
                    .map_err(|error| BoxError::from(error.at(&raw)))?;
            }
        }
        Ok(finished)
    })
}

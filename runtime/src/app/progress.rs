//! `App::progress`: how far projections and durable handlers have come, whoever runs them.

use super::App;
use crate::error::ReadError;
use crate::position::Position;
use crate::runner::{load_checkpoint, load_parked};

/// How far a projection or durable handler has come.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RunnerProgress {
    /// Its name in the manifest.
    pub name: &'static str,
    /// Everything up to here is handled, or parked.
    pub finished: Position,
    /// How far it is behind: positions between that and the last event.
    pub lag: i64,
    /// Events handled per second by this process, in the last seconds.
    pub rate: f64,
    /// How many events are parked.
    pub parked: u64,
    /// Whether this process runs it.
    pub runs_here: bool,
    /// The last error, while this process tries an event again.
    pub failing: Option<String>,
}

impl App {
    /// How far each projection and durable handler has come.
    ///
    /// # Errors
    /// The store could not be read.
    pub async fn progress(&self) -> Result<Vec<RunnerProgress>, ReadError> {
        let store = &**self.event_store();
        let mut all = Vec::new();
        for runner in self.runners().all() {
            let (stored, _) = load_checkpoint(store, &runner.plan.key).await?;
            let mut parked = 0;
            load_parked(store, &runner.plan.key, |_| parked += 1).await?;
            let here = runner.progress.borrow().clone();
            let finished = if here.owned {
                stored.max(here.finished)
            } else {
                stored
            };
            // Read last: a runner is never ahead of the journal.
            let head = store.head().await?;
            all.push(RunnerProgress {
                name: runner.plan.name,
                finished,
                lag: (head.0 - finished.0).max(0),
                rate: here.rate.per_second(),
                parked,
                runs_here: here.owned,
                failing: here.failing,
            });
        }
        Ok(all)
    }
}

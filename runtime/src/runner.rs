//! Runs projections and durable handlers: a task for each, that owns it by a lease, catches up from its checkpoint, and then
//! waits for changes.
//!
//! - `lease.rs`: one process at a time owns a runner; another takes over when the owner is dead or silent.
//! - `work.rs`: the owner's rounds. `lanes.rs` calls handlers, several at a time; `exactly_once.rs` projections whose read model
//!   is in the journal's database (`sqlite.rs`, `postgres.rs`). `parked.rs` sets poison events aside with their streams, and takes them up again.
//! - `transactional.rs`: projections that are part of every append; they have no task.
//! - `rebuild.rs`: a read model made anew beside the running one.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tracing::Instrument as _;

use crate::app::{App, Backoff, BuildError, WeakApp};
use crate::event::AggregateDescriptor;
use crate::store::EventStore;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod exactly_once;
mod lanes;
mod lease;
mod measures;
mod notes;
mod owner;
mod parked;
mod plan;
#[cfg(feature = "postgres")]
mod postgres;
mod progress;
mod rate;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod rebuild;
mod report;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod transactional;
mod work;

pub(crate) use notes::{ParkedNote, checkpoint_key, load_checkpoint, load_parked, signal_key};
pub use parked::ParkedEvent;
pub(crate) use plan::Plan;
pub(crate) use progress::Progress;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use rebuild::{RebuildFailure, rebuild};
use report::Report;

/// All runners of an app, seen from outside.
pub(crate) struct Runners {
    stop: watch::Sender<bool>,
    runners: Vec<Outside>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    /// Kept attached as long as the app lives.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    _attached: Vec<transactional::Attached>,
}

/// One runner, seen from outside.
pub(crate) struct Outside {
    pub(crate) plan: Arc<Plan>,
    pub(crate) progress: watch::Receiver<Progress>,
    /// Rung when there is something to do that is no event: parked ones to be taken up again.
    pub(crate) wake: Arc<Notify>,
}

/// One runner before it is started.
pub(crate) struct Seat {
    plan: Arc<Plan>,
    report: Report,
    stop: watch::Receiver<bool>,
    wake: Arc<Notify>,
}

impl Runners {
    /// Makes what the plans need in the store; nothing runs yet.
    pub(crate) async fn new(
        plans: Vec<Plan>,
        aggregates: &'static [&'static AggregateDescriptor],
    ) -> Result<(Self, Vec<Seat>), BuildError> {
        let (stop, stopped) = watch::channel(false);
        let mut runners = Vec::new();
        let mut seats = Vec::new();
        #[cfg(any(feature = "sqlite", feature = "postgres"))]
        let mut attached = Vec::new();
        #[cfg(not(any(feature = "sqlite", feature = "postgres")))]
        let _ = aggregates;
        for plan in plans {
            let plan = Arc::new(plan);
            plan.prepare().await?;
            let (sender, progress) = watch::channel(Progress::default());
            let wake = Arc::<Notify>::default();
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            if plan.transactional {
                attached.extend(transactional::attach(&plan, aggregates).await?);
                // Never behind.
                sender.send_modify(|progress| progress.finished = crate::Position(i64::MAX));
                runners.push(Outside {
                    plan,
                    progress,
                    wake,
                });
                continue;
            }
            runners.push(Outside {
                plan: Arc::clone(&plan),
                progress,
                wake: Arc::clone(&wake),
            });
            seats.push(Seat {
                report: Report::new(plan.name, sender),
                plan,
                stop: stopped.clone(),
                wake,
            });
        }
        Ok((
            Self {
                stop,
                runners,
                tasks: Mutex::default(),
                #[cfg(any(feature = "sqlite", feature = "postgres"))]
                _attached: attached,
            },
            seats,
        ))
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.runners.iter().map(|runner| runner.plan.name).collect()
    }

    pub(crate) fn all(&self) -> &[Outside] {
        &self.runners
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Outside> {
        self.runners.iter().find(|runner| runner.plan.name == name)
    }

    fn tasks(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets every runner finish the event that it is at.
    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        let tasks = std::mem::take(&mut *self.tasks());
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a projection or durable handler ended badly");
            }
        }
    }
}

/// Starts the runners of an app. They hold it weakly: they end when it is dropped.
pub(crate) fn start(app: &App, seats: Vec<Seat>) {
    let tasks = seats.into_iter().map(|seat| {
        let span = tracing::info_span!("projection", name = seat.plan.name);
        let options = app.options();
        let runner = Runner {
            app: app.downgrade(),
            store: Arc::clone(app.event_store()),
            aggregates: app.aggregates(),
            backoff: options.backoff,
            attempts: seat.plan.run.attempts.unwrap_or(options.handler_attempts),
            lease: options.lease,
            seat,
        };
        tokio::spawn(Arc::new(runner).run().instrument(span))
    });
    app.runners().tasks().extend(tasks);
}

/// What the parts of a runner share.
struct Runner {
    app: WeakApp,
    store: Arc<dyn EventStore>,
    aggregates: &'static [&'static AggregateDescriptor],
    backoff: Backoff,
    attempts: u32,
    lease: std::time::Duration,
    seat: Seat,
}

impl Runner {
    /// The app; `None`: it is to stop, or gone.
    fn working(&self) -> Option<App> {
        let stopping = *self.seat.stop.borrow();
        self.app.upgrade().filter(|_| !stopping)
    }

    /// Ends when the runner is to stop, or the app was dropped.
    async fn stopped(&self) {
        // An error: the sender is gone with the app.
        let _ = self.seat.stop.clone().wait_for(|stop| *stop).await;
    }
}

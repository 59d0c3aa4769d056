//! Runs projections and durable handlers: a task for each, that catches up from its checkpoint and then waits for changes.
//! What one event does is in `runner/target.rs`; read models in the journal's own file are in `runner/sqlite.rs`.
//!
//! An event that fails is tried again, with growing pauses, and holds back those behind it. (Setting such an event aside
//! with its stream, so that others go on, is to come.)

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::Instrument as _;

use crate::app::{App, Backoff, WeakApp};
use crate::event::AggregateDescriptor;
use crate::handler::HandlerError;
use crate::position::Position;
use crate::schemas;
use crate::store::{Direction, EventStore, JournalQuery, Page};

#[cfg(feature = "sqlite")]
mod sqlite;
mod target;

pub(crate) use target::Plan;
use target::Target;

/// How far a projection or durable handler has come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress {
    pub(crate) finished: Position,
    /// The last error, while an event is tried again.
    pub(crate) failing: Option<String>,
}

/// All runners of an app, seen from outside.
pub(crate) struct Runners {
    stop: watch::Sender<bool>,
    progress: Vec<(&'static str, watch::Receiver<Progress>)>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

/// One runner before it is started.
pub(crate) struct Seat {
    plan: Plan,
    progress: watch::Sender<Progress>,
    stop: watch::Receiver<bool>,
}

impl Runners {
    pub(crate) fn new(plans: Vec<Plan>) -> (Self, Vec<Seat>) {
        let (stop, stopped) = watch::channel(false);
        let mut progress = Vec::new();
        let mut seats = Vec::new();
        for plan in plans {
            let (sender, receiver) = watch::channel(Progress::default());
            progress.push((plan.name, receiver));
            seats.push(Seat {
                plan,
                progress: sender,
                stop: stopped.clone(),
            });
        }
        (
            Self {
                stop,
                progress,
                tasks: Mutex::default(),
            },
            seats,
        )
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.progress.iter().map(|(name, _)| *name).collect()
    }

    pub(crate) fn progress(&self, name: &str) -> Option<watch::Receiver<Progress>> {
        self.progress
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, progress)| progress.clone())
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
        let runner = Runner {
            app: app.downgrade(),
            store: Arc::clone(app.event_store()),
            aggregates: app.aggregates(),
            backoff: app.options().backoff,
            finished: Position::START,
            saved: Position::START,
            #[cfg(feature = "sqlite")]
            one_by_one: false,
            seat,
        };
        tokio::spawn(runner.run().instrument(span))
    });
    app.runners().tasks().extend(tasks);
}

struct Runner {
    app: WeakApp,
    store: Arc<dyn EventStore>,
    aggregates: &'static [&'static AggregateDescriptor],
    backoff: Backoff,
    finished: Position,
    /// The checkpoint as it is stored.
    saved: Position,
    /// Whether an event failed in a transaction with others: it is looked for one by one.
    #[cfg(feature = "sqlite")]
    one_by_one: bool,
    seat: Seat,
}

/// How a round ended.
enum Round {
    /// There was nothing more.
    CaughtUp,
    Stopped,
    /// Another process has moved the checkpoint: what comes next is elsewhere.
    #[cfg_attr(
        not(feature = "sqlite"),
        expect(dead_code, reason = "told by the store's transaction")
    )]
    Moved,
}

/// A checkpoint is also kept for events that are not for this runner, so that a restart does not read them all again.
const SAVE_EVERY: i64 = 1000;

impl Runner {
    async fn run(mut self) {
        let mut changes = self.store.changes();
        let mut failures = 0;
        let mut begun = false;
        loop {
            changes.mark_unchanged();
            let round = async {
                if !begun {
                    self.begin().await?;
                    begun = true;
                }
                self.catch_up().await
            };
            let pause = match round.await {
                Ok(Round::Stopped) => break,
                Ok(Round::CaughtUp | Round::Moved) => {
                    failures = 0;
                    None
                }
                Err(error) => {
                    failures += 1;
                    let pause = self.backoff.pause(failures);
                    tracing::error!(
                        name = self.seat.plan.name,
                        finished = %self.finished,
                        failures,
                        ?pause,
                        "projection failed, will try again: {error}"
                    );
                    let text = error.to_string();
                    self.seat
                        .progress
                        .send_modify(|progress| progress.failing = Some(text));
                    Some(pause)
                }
            };
            let stop = &mut self.seat.stop;
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => break,
                () = async {
                    match pause {
                        Some(pause) => tokio::time::sleep(pause).await,
                        // A closed store has no more changes; the stop is to come.
                        None => if changes.changed().await.is_err() {
                            std::future::pending::<()>().await;
                        }
                    }
                } => {}
            }
        }
        if let Err(error) = self.save().await {
            tracing::warn!(%error, "left an older checkpoint behind");
        }
    }

    async fn begin(&mut self) -> Result<(), HandlerError> {
        self.finished = self
            .store
            .load_checkpoint(&self.seat.plan.checkpoint)
            .await?;
        self.saved = self.finished;
        self.tell();
        Ok(())
    }

    async fn catch_up(&mut self) -> Result<Round, HandlerError> {
        // Read before the pages: everything up to here is in them.
        let head = self.store.head().await?;
        while !self.seat.plan.on.is_empty() {
            let query = JournalQuery {
                after: Some(self.finished),
                only: self.seat.plan.filter(),
                limit: None,
                direction: Direction::Forward,
            };
            let page = self.store.read_all(query).await?;
            schemas::learn(&*self.store, self.aggregates, &page).await?;
            let is_last = page.is_last() || page.is_empty();
            match self.take(page).await? {
                Round::Stopped => return Ok(Round::Stopped),
                Round::CaughtUp if is_last => break,
                Round::CaughtUp => self.save().await?,
                Round::Moved => {}
            }
        }
        let last_event = self.finished;
        self.finished = self.finished.max(head);
        self.tell();
        if last_event > self.saved || self.finished.0 - self.saved.0 >= SAVE_EVERY {
            self.save().await?;
        }
        Ok(Round::CaughtUp)
    }

    async fn take(&mut self, page: Page) -> Result<Round, HandlerError> {
        #[cfg(feature = "sqlite")]
        if let Target::Sqlite(target) = &self.seat.plan.target {
            let target = target.clone();
            return self.project(&target, page).await;
        }
        for raw in page.iter() {
            let Some(app) = self.working() else {
                return Ok(Round::Stopped);
            };
            if let Some(event) = self.seat.plan.read(self.aggregates, &raw)? {
                match &self.seat.plan.target {
                    Target::Own(target) => target::call_own(target, &app, event, &raw).await?,
                    #[cfg(feature = "sqlite")]
                    Target::Sqlite(_) => {}
                }
            }
            self.finished = raw.position;
            self.tell();
            if self.seat.plan.saves_each {
                self.save().await?;
            }
        }
        Ok(Round::CaughtUp)
    }

    /// The app; `None`: it is to stop, or gone.
    fn working(&self) -> Option<App> {
        let stopping = *self.seat.stop.borrow();
        self.app.upgrade().filter(|_| !stopping)
    }

    fn tell(&self) {
        let finished = self.finished;
        self.seat.progress.send_modify(|progress| {
            progress.finished = finished;
            progress.failing = None;
        });
    }

    async fn save(&mut self) -> Result<(), HandlerError> {
        if self.finished > self.saved {
            #[cfg(feature = "sqlite")]
            if let Target::Sqlite(target) = &self.seat.plan.target {
                let target = target.clone();
                return self.advance(&target).await;
            }
            self.store
                .save_checkpoint(&self.seat.plan.checkpoint, self.finished)
                .await?;
            self.saved = self.finished;
        }
        Ok(())
    }
}

//! `App::rebuild`: makes a read model anew.

use std::fmt;
use std::future::IntoFuture;

use super::App;
use crate::error::BoxError;
use crate::position::Position;
use crate::runner::{self, checkpoint_key, load_parked, signal_key};
use crate::store::{BoxFuture, NoteChange};

type Tell = Box<dyn Fn(Position, Position) + Send + Sync>;

/// Makes a read model anew; made by [`App::rebuild`].
#[must_use = "nothing is made until it is awaited"]
pub struct Rebuild<'a> {
    app: &'a App,
    name: &'a str,
    tell: Tell,
}

/// Why no read model was made anew. The old one is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RebuildError {
    /// There is none of that name.
    #[error("the app has no projection or durable handler `{name}`, it has: {}", known.join(", "))]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// Those that there are.
        known: Vec<&'static str>,
    },
    /// It is a handler: its effects would happen again.
    #[error("`{name}` is a handler: what it did would be done again, so it is never rebuilt")]
    Handler {
        /// The handler.
        name: String,
    },
    /// It is being rebuilt.
    #[error("`{name}` is being rebuilt already: {lock} is locked")]
    Busy {
        /// The projection.
        name: String,
        /// What is locked: a file, or a schema.
        lock: String,
    },
    /// The projection, its database, or the journal refused.
    #[error("could not rebuild `{name}`")]
    Failed {
        /// The projection.
        name: String,
        /// Why.
        source: BoxError,
    },
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rebuilding {
    /// The new read model is in place of the old one.
    Done {
        /// It holds everything up to here.
        position: Position,
        /// How many events were folded into it.
        events: u64,
        /// Events that it refused, and those behind them: parked.
        parked: u64,
    },
    /// The read model is kept elsewhere: every event comes again, from the first.
    Restarted,
}

impl App {
    /// Makes the read model of projection `name` anew.
    ///
    /// One that is kept in the journal's database is made beside the old one, which is read and followed meanwhile, and put in
    /// its place in one transaction: the tables that the projection's `prepare` makes. One that is kept elsewhere is begun anew:
    /// every event comes again; empty it before, or let events be taken twice. No handler is called.
    pub fn rebuild<'a>(&'a self, name: &'a str) -> Rebuild<'a> {
        Rebuild {
            app: self,
            name,
            tell: Box::new(|_, _| {}),
        }
    }
}

impl<'a> Rebuild<'a> {
    /// Tells how far it has come, and the position of the last event.
    pub fn on_progress(
        mut self,
        tell: impl Fn(Position, Position) + Send + Sync + 'static,
    ) -> Self {
        self.tell = Box::new(tell);
        self
    }

    async fn run(self) -> Result<Rebuilding, RebuildError> {
        let Self { app, name, tell } = self;
        let runners = app.runners();
        let Some(runner) = runners.get(name) else {
            return Err(RebuildError::Unknown {
                name: name.to_owned(),
                known: runners.names(),
            });
        };
        let name = || name.to_owned();
        let plan = &runner.plan;
        if plan.is_handler {
            return Err(RebuildError::Handler { name: name() });
        }
        let done = if plan.is_own() {
            app.restart(&plan.key)
                .await
                .map(|()| Rebuilding::Restarted)
                .map_err(|source| RebuildError::Failed {
                    name: name(),
                    source,
                })
        } else {
            in_place(plan, app, &*tell).await.map_err(|failure| {
                #[cfg(any(feature = "sqlite", feature = "postgres"))]
                match failure {
                    runner::RebuildFailure::Busy(lock) => RebuildError::Busy { name: name(), lock },
                    runner::RebuildFailure::Failed(source) => RebuildError::Failed {
                        name: name(),
                        source,
                    },
                }
                #[cfg(not(any(feature = "sqlite", feature = "postgres")))]
                RebuildError::Failed {
                    name: name(),
                    source: failure,
                }
            })
        };
        runner.wake.notify_one();
        done
    }
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
async fn in_place(
    plan: &std::sync::Arc<runner::Plan>,
    app: &App,
    tell: &(dyn Fn(Position, Position) + Send + Sync),
) -> Result<Rebuilding, runner::RebuildFailure> {
    let rebuilt = runner::rebuild(plan, app.aggregates(), tell).await?;
    Ok(Rebuilding::Done {
        position: rebuilt.position,
        events: rebuilt.events,
        parked: rebuilt.parked,
    })
}

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
async fn in_place(
    _: &std::sync::Arc<runner::Plan>,
    _: &App,
    _: &(dyn Fn(Position, Position) + Send + Sync),
) -> Result<Rebuilding, BoxError> {
    Err("it has no read model in the journal's database".into())
}

impl App {
    /// Lets every event come again.
    async fn restart(&self, key: &str) -> Result<(), BoxError> {
        let store = self.event_store();
        let mut changes = vec![
            NoteChange::set(checkpoint_key(key), Position::START.0.to_string()),
            NoteChange::set(signal_key(key), uuid::Uuid::new_v4().to_string()),
        ];
        load_parked(&**store, key, |parked| {
            changes.push(NoteChange::remove(parked.note.key));
        })
        .await?;
        store.save_notes(changes).await?;
        Ok(())
    }
}

impl<'a> IntoFuture for Rebuild<'a> {
    type Output = Result<Rebuilding, RebuildError>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Rebuild<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rebuild")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

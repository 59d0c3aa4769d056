//! `App::parked`: events that a projection or durable handler has set aside, listed, tried again, skipped. Whoever runs it, in
//! this process or another, does what is asked for.

use super::App;
use crate::error::ReadError;
use crate::position::Position;
use crate::runner::{Outside, ParkedEvent, ParkedNote, load_parked, signal_key};
use crate::store::{NoteChange, NoteError};

/// The parked events of a projection or durable handler; made by [`App::parked`].
#[derive(Debug)]
pub struct Parked<'a> {
    app: &'a App,
    name: &'a str,
}

/// Why nothing was done with parked events.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParkedError {
    /// There is none of that name.
    #[error("the app has no projection or durable handler `{name}`, it has: {}", known.join(", "))]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// Those that there are.
        known: Vec<&'static str>,
    },
    /// No event of that position is parked.
    #[error("`{name}` has no parked event at position {position}")]
    NotParked {
        /// The projection or handler.
        name: String,
        /// The position that was asked for.
        position: Position,
    },
    /// The event only waits behind another one.
    #[error(
        "the event at position {position} waits behind the one at {first}: take that one first"
    )]
    Behind {
        /// The position that was asked for.
        position: Position,
        /// The first of its stream.
        first: Position,
    },
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The store could not be written, or somebody else was faster.
    #[error(transparent)]
    Save(#[from] NoteError),
}

impl App {
    /// The events that projection or durable handler `name` has set aside.
    #[must_use]
    pub fn parked<'a>(&'a self, name: &'a str) -> Parked<'a> {
        Parked { app: self, name }
    }
}

impl Parked<'_> {
    /// All of them, in the order of the journal.
    ///
    /// # Errors
    /// The name is not known, or the store cannot be read.
    pub async fn list(&self) -> Result<Vec<ParkedEvent>, ParkedError> {
        let parked = self.load(self.runner()?).await?;
        Ok(parked.into_iter().map(|parked| parked.event).collect())
    }

    /// Tries the event at `position` again, soon; what stands behind it follows when it is taken.
    ///
    /// # Errors
    /// It is not parked, or only waits behind another.
    pub async fn retry(&self, position: Position) -> Result<(), ParkedError> {
        let runner = self.runner()?;
        let parked = self.load(runner).await?;
        let at = self.find(&parked, position)?;
        let first = parked
            .iter()
            .find(|other| other.event.stream == at.event.stream);
        if let Some(first) = first.filter(|first| first.event.position != position) {
            return Err(ParkedError::Behind {
                position,
                first: first.event.position,
            });
        }
        self.change(runner, vec![retried(at)]).await
    }

    /// Tries every event that failed again, soon; says how many.
    ///
    /// # Errors
    /// The name is not known, or the store refuses.
    pub async fn retry_all(&self) -> Result<usize, ParkedError> {
        let runner = self.runner()?;
        let parked = self.load(runner).await?;
        let failed = parked.iter().filter(|parked| !parked.event.is_behind());
        let changes: Vec<_> = failed.map(retried).collect();
        let count = changes.len();
        if count > 0 {
            self.change(runner, changes).await?;
        }
        Ok(count)
    }

    /// Gives the event at `position` up: it will not be handled. What stands behind it follows.
    ///
    /// # Errors
    /// It is not parked, or the store refuses.
    pub async fn skip(&self, position: Position) -> Result<(), ParkedError> {
        let runner = self.runner()?;
        let parked = self.load(runner).await?;
        let at = self.find(&parked, position)?;
        tracing::warn!(name = self.name, %position, "gave up a parked event");
        self.change(runner, vec![at.removed()]).await
    }

    fn runner(&self) -> Result<&Outside, ParkedError> {
        let runners = self.app.runners();
        runners.get(self.name).ok_or_else(|| ParkedError::Unknown {
            name: self.name.to_owned(),
            known: runners.names(),
        })
    }

    async fn load(&self, runner: &Outside) -> Result<Vec<ParkedNote>, ParkedError> {
        let mut parked = Vec::new();
        let store = &**self.app.event_store();
        load_parked(store, &runner.plan.key, |event| parked.push(event)).await?;
        parked.sort_by_key(|parked| parked.event.position);
        Ok(parked)
    }

    fn find<'n>(
        &self,
        parked: &'n [ParkedNote],
        position: Position,
    ) -> Result<&'n ParkedNote, ParkedError> {
        parked
            .iter()
            .find(|parked| parked.event.position == position)
            .ok_or_else(|| ParkedError::NotParked {
                name: self.name.to_owned(),
                position,
            })
    }

    async fn change(
        &self,
        runner: &Outside,
        mut changes: Vec<NoteChange>,
    ) -> Result<(), ParkedError> {
        let signal = uuid::Uuid::new_v4().to_string();
        changes.push(NoteChange::set(signal_key(&runner.plan.key), signal));
        self.app.event_store().save_notes(changes).await?;
        runner.wake.notify_one();
        Ok(())
    }
}

fn retried(parked: &ParkedNote) -> NoteChange {
    let mut event = parked.event.clone();
    event.retrying = true;
    parked.replaced(&event)
}

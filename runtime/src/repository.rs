//! `Repository`: the aggregates of one type. Loading is in `load.rs`; each operation is in its own file below.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::aggregate::Aggregate;
use crate::app::App;
use crate::decision::{Creates, Decision};
use crate::event::AggregateEvent;
use crate::load::{Folded, LoadError, Past, load};
use crate::stream::{AggregateId, StreamId};

mod create;
mod error;
mod events;
mod get;
#[cfg(feature = "postgres")]
mod in_tx;
mod snapshots;
mod update;

pub use create::Create;
pub use error::{CreateError, GetError, UpdateError};
pub use events::Events;
pub use get::Get;
#[cfg(feature = "postgres")]
pub use in_tx::PendingCommit;
pub use update::Update;

pub(crate) use snapshots::take_when_due;

/// The aggregates of type `A`; made by [`App::repository`].
pub struct Repository<A> {
    app: App,
    aggregate_type: Arc<str>,
    aggregate: PhantomData<fn() -> A>,
}

impl<A: Aggregate> Repository<A> {
    pub(crate) fn new(app: App) -> Self {
        let aggregate_type = A::Event::AGGREGATE.aggregate_type.into();
        Self {
            app,
            aggregate_type,
            aggregate: PhantomData,
        }
    }

    /// The app that this belongs to.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The stream of the aggregate `id`.
    #[must_use]
    pub fn stream(&self, id: impl Into<AggregateId>) -> StreamId {
        StreamId {
            aggregate_type: Arc::clone(&self.aggregate_type),
            aggregate_id: id.into(),
        }
    }

    /// Creates the aggregate `id`: stores `event` as the first of its stream.
    ///
    /// # Errors
    /// Awaiting it answers [`CreateError::AlreadyExists`] where there is one of that id, discarded perhaps.
    pub fn create<C: Creates<A>>(&self, id: impl Into<AggregateId>, event: C) -> Create<'_, A> {
        Create::new(self, self.stream(id), crate::decision::certain(event))
    }

    /// Changes the aggregate `id`: loads it, lets `decide` answer with events, appends them; loads it and decides again
    /// when another writer was faster.
    ///
    /// `decide` may be called several times, and must have no effect but its answer. Look up before what it needs.
    ///
    /// # Errors
    /// Awaiting it answers [`UpdateError`].
    pub fn update<F, D>(&self, id: impl Into<AggregateId>, decide: F) -> Update<'_, A, F>
    where
        F: FnMut(&crate::Loaded<A>) -> D + Send,
        D: Decision<A>,
    {
        Update::new(self, self.stream(id), decide)
    }

    /// The aggregate `id`, now or in the past.
    ///
    /// # Errors
    /// Awaiting it answers [`GetError::NotFound`] or [`GetError::Discarded`].
    pub fn get(&self, id: impl Into<AggregateId>) -> Get<'_, A> {
        Get::new(self, self.stream(id))
    }

    /// The aggregate `id`, discarded or not: [`Loaded::discarded`](crate::Loaded::discarded) tells.
    ///
    /// # Errors
    /// Awaiting it answers [`GetError::NotFound`].
    pub fn get_any(&self, id: impl Into<AggregateId>) -> Get<'_, A> {
        Get::new(self, self.stream(id)).discarded_too()
    }

    /// Whether `get` would find the aggregate `id`.
    ///
    /// # Errors
    /// The store failed, or an event cannot be read.
    pub async fn exists(&self, id: impl Into<AggregateId> + Send) -> Result<bool, GetError> {
        let stream = self.stream(id);
        let folded = self.load(&stream, Past::default()).await?;
        Ok(folded.state.is_some() && !folded.discarded)
    }

    /// The events of the aggregate `id`, with their envelopes.
    pub fn events(&self, id: impl Into<AggregateId>) -> Events<'_, A> {
        Events::new(self, self.stream(id))
    }

    async fn load(&self, stream: &StreamId, past: Past) -> Result<Folded<A>, LoadError> {
        load(&**self.app.event_store(), stream, past).await
    }
}

impl<A> Clone for Repository<A> {
    fn clone(&self) -> Self {
        Self {
            app: self.app.clone(),
            aggregate_type: Arc::clone(&self.aggregate_type),
            aggregate: PhantomData,
        }
    }
}

impl<A> fmt::Debug for Repository<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Repository({})", self.aggregate_type)
    }
}

//! `App`: a store with the aggregates, handlers and projections of one service. It is made by `app/builder.rs`; aggregates
//! are reached through `repository.rs`.

use std::fmt;
use std::sync::{Arc, Weak};

use crate::aggregate::Aggregate;
use crate::event::{AggregateDescriptor, EventDescriptor};
use crate::position::Position;
use crate::repository::Repository;
use crate::runner::Runners;
use crate::schemas::Written;
use crate::store::EventStore;
use crate::subscription::Subscriptions;

mod builder;
mod commit;
mod declared;
mod encode;
mod error;
mod flights;
mod into_store;
mod options;
mod origin;
mod parked;
mod progress;
mod publish;
mod rebuild;
mod store_event;
mod store_raw;
mod turns;
mod wait;
mod write;

pub use builder::{AppBuilder, Settings};
pub use declared::{Missing, Registered};
pub use error::{BuildError, StoreError, WaitError};
pub use into_store::IntoStore;
pub use parked::{Parked, ParkedError};
pub use progress::RunnerProgress;
pub use rebuild::{Rebuild, RebuildError, Rebuilding};
pub use store_event::StoreEvent;
pub use store_raw::StoreRaw;
pub use wait::WaitFor;

pub(crate) use commit::{Commit, StreamCommit};
pub(crate) use encode::{Encoder, envelope};
pub(crate) use options::Backoff;
pub(crate) use origin::Cause;
#[cfg(feature = "postgres")]
pub(crate) use publish::StreamPublish;
pub(crate) use publish::{call, panicked};
pub(crate) use turns::Turn;
pub(crate) use write::{WriteOptions, write_options};

use flights::Flights;
use options::Options;
use publish::InlineHandlers;
use turns::Turns;

/// A store with the aggregates, handlers and projections of one service.
///
/// It runs on Tokio: appends, handlers and projections are tasks of the runtime that calls it.
///
/// Cheap to clone. When the last clone is dropped, projections and durable handlers stop; [`App::shutdown`] stops them and
/// waits for what is under way.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
    /// What everything that is stored through this clone was caused by.
    cause: Option<Arc<Cause>>,
}

pub(crate) struct Inner {
    store: Arc<dyn EventStore>,
    aggregates: &'static [&'static AggregateDescriptor],
    options: Options,
    inline: InlineHandlers,
    turns: Turns,
    flights: Flights,
    runners: Runners,
    subscriptions: Subscriptions,
    schemas: Written,
}

impl App {
    /// The aggregates of type `A`.
    #[must_use]
    pub fn repository<A: Aggregate>(&self) -> Repository<A> {
        Repository::new(self.clone())
    }

    /// The store below, for reading the journal itself.
    ///
    /// Appending to it directly calls no inline handler.
    #[must_use]
    pub fn event_store(&self) -> &Arc<dyn EventStore> {
        &self.inner.store
    }

    /// What is known at build time of the app's aggregates.
    #[must_use]
    pub fn aggregates(&self) -> &'static [&'static AggregateDescriptor] {
        self.inner.aggregates
    }

    /// Waits until the projection or durable handler `name` has finished everything up to `position` (read your own
    /// write): 5 seconds, unless [`WaitFor::timeout`] says otherwise.
    #[must_use = "nothing is waited for until it is awaited"]
    pub fn wait_for<'a>(&'a self, name: &'a str, position: Position) -> WaitFor<'a> {
        WaitFor::new(self, name, position)
    }

    /// Stops gracefully: projections and durable handlers finish the event that they are at, appends under way and their
    /// inline handlers end, then the store is closed. Whatever begins later answers `Closed`.
    pub async fn shutdown(&self) {
        self.inner.flights.close();
        self.inner.runners.stop().await;
        self.inner.flights.landed().await;
        self.inner.store.close().await;
    }

    /// This app, with a cause for what is stored through it.
    pub(crate) fn caused_by(&self, cause: Cause) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            cause: Some(Arc::new(cause)),
        }
    }

    pub(crate) fn cause(&self) -> Option<&Cause> {
        self.cause.as_deref()
    }

    pub(crate) fn options(&self) -> &Options {
        &self.inner.options
    }

    pub(crate) fn runners(&self) -> &Runners {
        &self.inner.runners
    }

    pub(crate) fn downgrade(&self) -> WeakApp {
        WeakApp(Arc::downgrade(&self.inner))
    }

    pub(crate) fn turns(&self) -> &Turns {
        &self.inner.turns
    }

    pub(crate) fn subscriptions(&self) -> &Subscriptions {
        &self.inner.subscriptions
    }

    /// Whether an inline handler may be called for the event.
    pub(crate) fn listens(&self, event: &'static EventDescriptor) -> bool {
        self.inner.inline.listens(event) || !self.inner.subscriptions.is_empty()
    }

    /// Does something beside the caller, such that `shutdown` waits for it.
    pub(crate) fn beside(&self, work: impl Future<Output = ()> + Send + 'static) {
        let flight = self.inner.flights.begin();
        tokio::spawn(async move {
            work.await;
            drop(flight);
        });
    }
}

/// An app that may have been dropped.
pub(crate) struct WeakApp(Weak<Inner>);

impl WeakApp {
    pub(crate) fn upgrade(&self) -> Option<App> {
        Some(App {
            inner: self.0.upgrade()?,
            cause: None,
        })
    }
}

impl fmt::Debug for WeakApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakApp")
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("aggregates", &self.inner.aggregates)
            .finish_non_exhaustive()
    }
}

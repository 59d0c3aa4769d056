//! Handlers: what reacts to stored events, as generated tables carry it. Inline ones are run by `app/publish.rs`, durable
//! ones by `runner.rs`.

use std::fmt;
use std::sync::Arc;

use crate::envelope::EventId;
use crate::error::{BoxError, Causes};
use crate::event::{AnyEvent, EventDescriptor};
use crate::position::Position;
use crate::store::BoxFuture;
use crate::stream::{AggregateVersion, StreamId};

mod context;

pub use context::HandlerContext;

/// Calls the user's handler; made by generated code.
pub type HandlerCall = Box<
    dyn Fn(AnyEvent, HandlerContext) -> BoxFuture<'static, Result<(), HandlerError>> + Send + Sync,
>;

/// One row of the generated table of handlers.
pub struct HandlerEntry {
    /// Name in the manifest.
    pub name: &'static str,
    /// The events that it is called for, those of all children for an abstract aggregate's.
    pub on: &'static [&'static EventDescriptor],
    /// When it is called: inline or durable.
    pub delivery: Delivery,
    /// How it is run, where it is durable.
    pub run: RunOptions,
    /// Calls it.
    pub call: HandlerCall,
}

impl fmt::Debug for HandlerEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerEntry")
            .field("name", &self.name)
            .field("delivery", &self.delivery)
            .finish_non_exhaustive()
    }
}

/// When a handler or projection is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delivery {
    /// In this process, after the event is durable and before the call that stored it returns.
    #[default]
    Inline,
    /// By a runner with a checkpoint: across restarts, at least once; exactly once where effect and checkpoint share a
    /// transaction.
    Durable,
    /// Inside the append, in its transaction: the read model is never behind, and what it refuses is not stored. For
    /// projections whose read model is in the journal's database.
    Transactional,
}

/// What the manifest says of how a durable handler or projection is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunOptions {
    /// How many events are worked on at a time; those of one stream never.
    pub workers: u16,
    /// How often an event is tried before it is parked; `None`: as the app says.
    pub attempts: Option<u32>,
}

impl RunOptions {
    /// One at a time, and as many attempts as the app says.
    pub const DEFAULT: Self = Self {
        workers: 1,
        attempts: None,
    };
}

impl Default for RunOptions {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Any error of a handler or projection; `?` makes one of every error type.
///
/// As with anyhow's, it is no `std::error::Error` itself.
pub struct HandlerError(BoxError);

impl HandlerError {
    /// An error that is only a message.
    pub fn message(text: impl Into<String>) -> Self {
        Self(text.into().into())
    }

    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn into_source(self) -> BoxError {
        self.0
    }

    /// The error inside.
    #[must_use]
    pub fn source(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        &*self.0
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for HandlerError {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl fmt::Display for HandlerError {
    /// The error and what caused it, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Causes(&*self.0).fmt(f)
    }
}

impl fmt::Debug for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An inline handler that failed after its event was stored.
#[derive(Debug, Clone)]
pub struct HandlerFailure {
    /// Name of the handler; of a subscribed one (or its predicate) the Rust path of the function.
    pub handler: &'static str,
    /// The stored type of the event.
    pub event_type: &'static str,
    /// The event's id.
    pub event_id: EventId,
    /// The event's stream.
    pub stream: StreamId,
    /// The event's place in its stream.
    pub version: AggregateVersion,
    /// The event's place in the journal.
    pub position: Position,
    /// What the handler said.
    pub error: Arc<HandlerError>,
}

impl fmt::Display for HandlerFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "handler `{}` failed on `{}` at version {} of `{}`: {}",
            self.handler, self.event_type, self.version, self.stream, self.error
        )
    }
}

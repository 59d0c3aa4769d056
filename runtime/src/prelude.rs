//! What a service imports: `use evgen_runtime::prelude::*;`.

pub use crate::store::memory::MemoryStore;
#[cfg(feature = "sqlite")]
pub use crate::store::sqlite::SqliteStore;
pub use crate::{
    Aggregate, AggregateId, AggregateVersion, AnyEvent, App, Committed, Decision, Envelope, Error,
    EventContext, EventStore, HandlerContext, HandlerError, Loaded, Metadata, Position, RawEvent,
    Repository, Subscription, Unreadable, UpcastError,
};
// `Created::VERSION` and `Created::EVENT_TYPE`.
pub use crate::Event as _;

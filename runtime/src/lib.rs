//! Runtime of evgen.

pub mod aggregate;
pub mod app;
pub mod codec;
pub mod command;
pub mod committed;
pub mod decision;
#[cfg(feature = "sqlite")]
pub mod django;
pub mod envelope;
pub mod error;
pub mod event;
pub mod failure;
pub mod handler;
#[cfg(feature = "axum")]
mod http;
mod include;
mod json_object;
mod load;
mod loaded;
mod macros;
pub mod metadata;
pub mod position;
pub mod prelude;
mod problem;
pub mod projection;
pub mod repository;
mod runner;
pub mod snapshot;
pub mod store;
pub mod stream;
#[cfg(feature = "testing")]
pub mod testing;
pub mod types;
mod unit_of_work;
pub mod upcaster;
pub mod validate;

pub use aggregate::{Aggregate, RawEvent, ReplayProblem, Unreadable, existing};
pub use app::{
    App, AppBuilder, BuildError, IntoStore, Missing, Registered, Settings, StoreError, WaitError,
};
pub use codec::{Decimal, Duration};
pub use committed::{Committed, WorkCommitted};
pub use decision::{Creates, Decision};
pub use envelope::{Envelope, EventContext, EventId, NewEvent, Payload, PayloadBuf, RecordedEvent};
pub use error::{AppendError, BoxError, DecodeError, ReadError};
pub use event::{
    AggregateDescriptor, AggregateEvent, AnyEvent, DjangoClass, Effect, Event, EventDescriptor,
    OnDiscard, SnapshotPolicy, VersionDescriptor,
};
pub use failure::{InvalidEvent, StoreFailure};
pub use handler::{Delivery, HandlerContext, HandlerEntry, HandlerError, HandlerFailure};
/// Time types of generated structs.
pub use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
};
pub use json_object::JsonObject;
pub use load::{ReplayCause, ReplayError};
pub use loaded::Loaded;
pub use metadata::Metadata;
pub use position::Position;
pub use problem::Error;
pub use projection::{ProjectionEntry, ProjectionStore};
pub use repository::{CreateError, GetError, Repository, UpdateError};
pub use store::memory::MemoryStore;
#[cfg(feature = "sqlite")]
pub use store::sqlite::SqliteStore;
pub use store::{BoxFuture, EventStore};
pub use stream::{AggregateId, AggregateVersion, ExpectedVersion, StreamId};
pub use types::TypeNode;
pub use unit_of_work::UnitOfWork;
pub use upcaster::UpcastError;
/// What ids and generated structs hold.
pub use uuid::Uuid;

/// The SQLite driver, for read models in the store's file.
#[cfg(feature = "sqlite")]
pub use rusqlite;

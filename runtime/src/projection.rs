//! Projections: what folds events of many streams into a read model, as generated tables carry it. They are run by
//! `runner.rs`.

use std::fmt;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::envelope::EventContext;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::event::AnyEvent;
use crate::event::EventDescriptor;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::handler::HandlerError;
use crate::handler::{Delivery, HandlerCall, RunOptions};
#[cfg(feature = "postgres")]
use crate::store::BoxFuture;

/// Calls the user's projection inside the transaction that keeps its checkpoint; made by generated code.
#[cfg(feature = "sqlite")]
pub type SqliteProjectionCall = Box<
    dyn Fn(&rusqlite::Transaction<'_>, &AnyEvent, &EventContext<'_>) -> Result<(), HandlerError>
        + Send
        + Sync,
>;

/// Makes the tables of the user's projection; made by generated code.
#[cfg(feature = "sqlite")]
pub type SqlitePrepareCall =
    Box<dyn Fn(&rusqlite::Transaction<'_>) -> Result<(), HandlerError> + Send + Sync>;

/// Calls the user's projection inside the PostgreSQL transaction that keeps its checkpoint; made by generated code.
#[cfg(feature = "postgres")]
pub type PostgresProjectionCall = Box<
    dyn for<'c> Fn(
            &'c mut sqlx::PgConnection,
            &'c AnyEvent,
            EventContext<'c>,
        ) -> BoxFuture<'c, Result<(), HandlerError>>
        + Send
        + Sync,
>;

/// Makes the tables of the user's projection; made by generated code.
#[cfg(feature = "postgres")]
pub type PostgresPrepareCall = Box<
    dyn for<'c> Fn(&'c mut sqlx::PgConnection) -> BoxFuture<'c, Result<(), HandlerError>>
        + Send
        + Sync,
>;

/// One row of the generated table of projections.
pub struct ProjectionEntry {
    /// Name in the manifest, and of its checkpoint.
    pub name: &'static str,
    /// The events that it is called for, those of all children for an abstract aggregate's.
    pub on: &'static [&'static EventDescriptor],
    /// When it is called: durable, or transactional where its read model is in the journal's database.
    pub delivery: Delivery,
    /// How it is run, where it is durable.
    pub run: RunOptions,
    /// Where its read model lives, and the call that writes it.
    pub store: ProjectionStore,
}

/// Where a read model lives (`store:` in the manifest).
pub enum ProjectionStore {
    /// Wherever the user keeps it. Each event comes at least once: the checkpoint is stored after the effect.
    Own(HandlerCall),
    /// In the journal's own SQLite file. Each event comes exactly once: effect and checkpoint share a transaction. A
    /// transactional one shares it with the append.
    #[cfg(feature = "sqlite")]
    Sqlite {
        /// Makes its tables, whenever an app is built.
        prepare: SqlitePrepareCall,
        /// Folds one event into them.
        apply: SqliteProjectionCall,
    },
    /// In the journal's own PostgreSQL database. Each event comes exactly once: effect and checkpoint share a transaction.
    #[cfg(feature = "postgres")]
    Postgres {
        /// Makes its tables, whenever an app is built.
        prepare: PostgresPrepareCall,
        /// Folds one event into them.
        apply: PostgresProjectionCall,
    },
}

impl fmt::Debug for ProjectionEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProjectionEntry")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

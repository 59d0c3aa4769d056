//! Projections whose read model is in the store's file: effect and checkpoint in one transaction, exactly once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::checkpoints;
use super::failure::SqliteError;
use super::layout::Table;
use crate::error::BoxError;
use crate::position::Position;

/// What a projection does in its transaction: it says up to which position it has finished.
pub type Apply = Box<dyn FnOnce(&Transaction<'_>) -> Result<Position, BoxError> + Send>;

/// Why a projection made no step. Nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// Another process has moved the checkpoint; go on from there.
    #[error("checkpoint `{name}` is at {actual}, not at {expected}: another process moved it")]
    Moved {
        /// The projection.
        name: String,
        /// Where it was believed to be.
        expected: Position,
        /// Where it is.
        actual: Position,
    },
    /// The projection itself refused.
    #[error("projection `{name}` refused an event")]
    Refused {
        /// The projection.
        name: String,
        /// What it said.
        source: BoxError,
    },
    /// The store is closed: the app was shut down.
    #[error("the store is closed")]
    Closed,
    /// The backend refused or could not be reached.
    #[error("could not save projection `{name}`")]
    Backend {
        /// The projection.
        name: String,
        /// What the backend said.
        source: BoxError,
    },
}

pub(super) fn run(
    connection: &mut Connection,
    table: &dyn Table,
    path: &Path,
    name: &str,
    expected: Position,
    apply: Apply,
) -> Result<Position, ProjectError> {
    let backend = |error| ProjectError::Backend {
        name: name.to_owned(),
        source: SqliteError::new(path, error).into(),
    };
    let tx = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(backend)?;
    let actual = checkpoints::load(&tx, table, name).map_err(backend)?;
    if actual != expected {
        return Err(ProjectError::Moved {
            name: name.to_owned(),
            expected,
            actual,
        });
    }
    // A panic must not take the writer, and everybody's appends, with it.
    let applied = catch_unwind(AssertUnwindSafe(|| apply(&tx)))
        .unwrap_or_else(|_| Err("the projection panicked".into()));
    let position = applied.map_err(|source| ProjectError::Refused {
        name: name.to_owned(),
        source,
    })?;
    checkpoints::save(&tx, table, name, position).map_err(backend)?;
    tx.commit().map_err(backend)?;
    Ok(position)
}

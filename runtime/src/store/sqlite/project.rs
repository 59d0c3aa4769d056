//! Projections whose read model is in the store's file: effect and notes in one transaction, exactly once. Those that are
//! part of every append are in `transactional.rs`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::failure::SqliteError;
use super::layout::Table;
use super::notes::{self, Changed};
use crate::error::BoxError;
use crate::store::{self, NoteChange, ProjectError};

/// What a projection does in its transaction.
pub type Apply = Box<dyn FnOnce(&Transaction<'_>) -> Result<(), BoxError> + Send>;

pub(super) fn run(
    connection: &mut Connection,
    table: &dyn Table,
    path: &Path,
    changes: &[NoteChange],
    apply: Apply,
) -> Result<(), ProjectError> {
    let backend = |error| ProjectError::Backend {
        what: store::keys(changes),
        source: SqliteError::new(path, error).into(),
    };
    let tx = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(backend)?;
    if let Err(Changed { key, actual }) = notes::save(&tx, table, changes).map_err(backend)? {
        return Err(ProjectError::Changed { key, actual });
    }
    // A panic must not take the writer, and everybody's appends, with it.
    catch_unwind(AssertUnwindSafe(|| apply(&tx)))
        .unwrap_or_else(|_| Err("the projection panicked".into()))
        .map_err(|source| ProjectError::Refused { source })?;
    tx.commit().map_err(backend)
}

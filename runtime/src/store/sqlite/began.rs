//! A transaction of the writer. Its own statements are prepared once; where users' code takes part, it is one of rusqlite's,
//! which that code is given.

use std::ops::Deref;

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// Rolled back when it is dropped, unless it was committed.
pub(super) enum Began<'c> {
    Own(Own<'c>),
    Shared(Transaction<'c>),
}

pub(super) struct Own<'c>(&'c Connection);

impl<'c> Began<'c> {
    /// Begins to write; `shared`: with users' code.
    pub(super) fn begin(connection: &'c mut Connection, shared: bool) -> rusqlite::Result<Self> {
        if shared {
            let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            return Ok(Self::Shared(tx));
        }
        let connection: &Connection = connection;
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        Ok(Self::Own(Own(connection)))
    }

    /// What users' code is given.
    pub(super) fn shared(&self) -> Option<&Transaction<'c>> {
        match self {
            Self::Own(_) => None,
            Self::Shared(tx) => Some(tx),
        }
    }

    pub(super) fn commit(self) -> rusqlite::Result<()> {
        self.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }
}

impl Deref for Began<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match self {
            Self::Own(own) => own.0,
            Self::Shared(tx) => tx,
        }
    }
}

impl Drop for Own<'_> {
    fn drop(&mut self) {
        if !self.0.is_autocommit() {
            // A failure shows when the next transaction begins.
            let _ = self.0.execute_batch("ROLLBACK");
        }
    }
}

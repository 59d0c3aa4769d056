//! What can go wrong below: what SQLite says, with the file and what to do, on its way to the errors of the trait.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::ErrorCode;
use rusqlite::types::FromSqlError;

use crate::error::{AppendError, ReadError};
use crate::position::Position;

/// What SQLite said, with the file and what to do about it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}: {advice}", path.display())]
pub struct SqliteError {
    path: PathBuf,
    advice: &'static str,
    source: Arc<rusqlite::Error>,
}

impl SqliteError {
    pub(super) fn new(path: &Path, source: rusqlite::Error) -> Self {
        Self {
            path: path.to_owned(),
            advice: advice(&source),
            source: Arc::new(source),
        }
    }

    /// SQLite's own error.
    #[must_use]
    pub fn sqlite(&self) -> &rusqlite::Error {
        &self.source
    }

    /// Whether another connection held the file locked for longer than the busy timeout; trying again may help.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        is_busy(&self.source)
    }
}

pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

fn advice(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another process keeps the file locked; end its transaction, or set a longer busy timeout"
        }
        Some(ErrorCode::DiskFull) => {
            "the disk or the file's quota is full; make room and try again"
        }
        Some(ErrorCode::ReadOnly) => {
            "the file cannot be written; check its and its folder's permissions, and that the store is not opened \
             read-only"
        }
        Some(ErrorCode::DatabaseCorrupt) => {
            "the file is damaged; restore a backup, or save what can be read with `sqlite3 FILE .recover`"
        }
        Some(ErrorCode::NotADatabase) => "the file is not an SQLite database; check the path",
        Some(ErrorCode::CannotOpen) => {
            "the file, or the -wal and -shm files beside it, cannot be opened; check permissions"
        }
        Some(ErrorCode::SystemIoFailure) => {
            "the system could not read or write the file; check the disk"
        }
        _ => "SQLite refused",
    }
}

/// Why work on a connection stopped.
#[derive(Debug)]
pub(super) enum Failure {
    /// The append is refused, and the transaction is as good as before.
    Refused(AppendError),
    /// A row cannot be an event.
    Row { row: i64, problem: String },
    /// SQLite said no.
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Failure {
    /// Column `name` of row `row` holds what it never should.
    pub(super) fn column(row: i64, name: &str, error: &FromSqlError) -> Self {
        Self::Row {
            row,
            problem: format!("column {name}: {error}"),
        }
    }

    pub(super) fn into_read_error(self, path: &Path) -> ReadError {
        match self {
            Self::Refused(error) => ReadError::Backend {
                source: error.into(),
            },
            Self::Row { row, problem } => ReadError::Row {
                row: Position(row),
                problem,
            },
            Self::Sqlite(error) => ReadError::Backend {
                source: SqliteError::new(path, error).into(),
            },
        }
    }
}

//! What can be wrong with a file that is opened, and what to do about it.

use std::path::PathBuf;

use rusqlite::ErrorCode;

use super::failure::SqliteError;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The path names no file.
    #[error("`{}` names no file: give a path, or use MemoryStore", path.display())]
    NoFile {
        /// What was given.
        path: PathBuf,
    },
    /// The path is a directory.
    #[error("{} is a directory: give the path of a file in it", path.display())]
    Directory {
        /// What was given.
        path: PathBuf,
    },
    /// The folder that the file is to be made in does not exist.
    #[error("cannot make {}: the folder {} does not exist; make it first", path.display(), folder.display())]
    NoFolder {
        /// The file.
        path: PathBuf,
        /// The missing folder.
        folder: PathBuf,
    },
    /// A file that is only to be read is missing.
    #[error("{} does not exist, and is not made, as it is only to be read", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file or its folder does not let this process write.
    #[error("{} cannot be written: change its permissions, or open it with `.read_only(true)`", path.display())]
    NotWritable {
        /// The file.
        path: PathBuf,
    },
    /// The file holds a journal of another layout, or none where one is needed.
    #[error("{} {problem}", path.display())]
    Layout {
        /// The file.
        path: PathBuf,
        /// What it holds, and what to do.
        problem: &'static str,
    },
    /// A newer evgen has changed the tables.
    #[error(
        "{} has tables of layout version {found}, this build knows up to {known}: use the newer build", path.display()
    )]
    NewerLayout {
        /// The file.
        path: PathBuf,
        /// Version of its tables.
        found: i64,
        /// The highest that this build knows.
        known: i64,
    },
    /// SQLite refused.
    #[error(transparent)]
    Sqlite(SqliteError),
    /// The system refused.
    #[error("could not open {}", path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl OpenError {
    /// Whether another process holds the file locked; trying again may help.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Sqlite(error) if error.is_busy())
    }

    /// Whether the file is not an SQLite database, or a damaged one.
    #[must_use]
    pub fn is_corrupt(&self) -> bool {
        let code = match self {
            Self::Sqlite(error) => error.sqlite().sqlite_error_code(),
            _ => None,
        };
        matches!(
            code,
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
        )
    }
}

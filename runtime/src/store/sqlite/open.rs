//! Opening: the builder, what can be wrong with the file, and how each connection is set up.
//! What is made in a new file is in `migrate.rs`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::SqliteStore;
use super::django::Django;
use super::failure::{SqliteError, is_busy};
use super::layout::{Layout, Table};
use super::migrate;
use super::native::Native;

/// Where and how a store is kept: what all its connections have in common.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) table: Box<dyn Table>,
    pub(super) read_only: bool,
    pub(super) busy_timeout: Duration,
}

/// Sets up an SQLite store.
#[derive(Clone, Debug)]
#[must_use = "nothing is opened before `open`"]
pub struct SqliteBuilder {
    path: PathBuf,
    layout: Layout,
    read_only: bool,
    busy_timeout: Duration,
}

impl SqliteBuilder {
    pub(super) fn new(path: PathBuf) -> Self {
        let busy_timeout = Duration::from_secs(5);
        Self {
            path,
            layout: Layout::Native,
            read_only: false,
            busy_timeout,
        }
    }

    /// How the journal's tables look; [`Layout::Native`] unless told.
    pub fn layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// Only read: nothing is made, and every write is refused.
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// How long to wait for other processes that hold the file locked; 5 s unless told.
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// Opens the file, and makes it where it is missing.
    ///
    /// # Errors
    /// See [`OpenError`]; each names the file and says what to do.
    pub async fn open(self) -> Result<SqliteStore, OpenError> {
        let path = self.path.clone();
        let opened = tokio::task::spawn_blocking(move || self.open_blocking()).await;
        opened.unwrap_or_else(|stopped| {
            Err(OpenError::System {
                path,
                source: std::io::Error::other(stopped),
            })
        })
    }

    fn open_blocking(self) -> Result<SqliteStore, OpenError> {
        let exists = check_path(&self.path, self.read_only)?;
        let table: Box<dyn Table> = match self.layout.clone() {
            Layout::Native => Box::new(Native),
            Layout::Djangoevents { time_zone } => Box::new(Django::new(time_zone)),
        };
        let file = File {
            path: self.path.clone(),
            table,
            read_only: self.read_only,
            busy_timeout: self.busy_timeout,
        };
        let sqlite = |error| OpenError::Sqlite(SqliteError::new(&file.path, error));
        let mut connection = file.connect(!exists).map_err(sqlite)?;
        // SQLite falls back to reading only, silently.
        if !self.read_only && connection.is_readonly("main").map_err(sqlite)? {
            return Err(OpenError::NotWritable { path: self.path });
        }
        migrate::prepare(&mut connection, &file, &self.layout)?;
        SqliteStore::start(file, connection)
    }
}

/// Whether the file is there.
fn check_path(path: &Path, read_only: bool) -> Result<bool, OpenError> {
    let path = path.to_owned();
    if path.as_os_str().is_empty() || path.as_os_str() == ":memory:" {
        return Err(OpenError::NoFile { path });
    }
    match std::fs::metadata(&path) {
        Ok(metadata) if metadata.is_dir() => Err(OpenError::Directory { path }),
        Ok(_) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if read_only {
                return Err(OpenError::Missing { path });
            }
            match path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
                    Err(OpenError::NoFolder {
                        folder: folder.to_owned(),
                        path,
                    })
                }
                _ => Ok(false),
            }
        }
        Err(source) => Err(OpenError::System { path, source }),
    }
}

impl File {
    /// A connection that may write, unless the store is read-only.
    pub(super) fn connect(&self, create: bool) -> rusqlite::Result<Connection> {
        let access = if self.read_only {
            OpenFlags::SQLITE_OPEN_READ_ONLY
        } else if create {
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
        } else {
            OpenFlags::SQLITE_OPEN_READ_WRITE
        };
        let connection =
            Connection::open_with_flags(&self.path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(self.busy_timeout)?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.pragma_update(None, "synchronous", "FULL")?;
        Ok(connection)
    }

    /// A connection that only reads.
    pub(super) fn connect_reader(&self) -> rusqlite::Result<Connection> {
        let connection = self.connect(false)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }

    /// Runs `attempt` until it is no longer busy: for what does not honour SQLite's own busy timeout.
    pub(super) fn retry_busy<T>(
        &self,
        mut attempt: impl FnMut() -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let start = Instant::now();
        loop {
            match attempt() {
                Err(error) if is_busy(&error) && start.elapsed() < self.busy_timeout => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                done => return done,
            }
        }
    }
}

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

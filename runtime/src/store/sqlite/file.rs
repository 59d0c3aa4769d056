//! The file that a store is kept in, and how each connection to it is set up.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use super::failure::is_busy;
use super::layout::Table;

/// Where and how a store is kept: what all its connections have in common.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) table: Box<dyn Table>,
    pub(super) read_only: bool,
    pub(super) busy_timeout: Duration,
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

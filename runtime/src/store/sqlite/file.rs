//! The file that a store is kept in, and how each connection to it is set up.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, ffi};

use super::failure::is_busy;
use super::layout::Table;
use super::take;

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
        let access = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&self.path, access)?;
        if self.read_only && !self.lets_read(&connection)? {
            connection = Connection::open_with_flags(
                immutable(&self.path),
                access | OpenFlags::SQLITE_OPEN_URI,
            )?;
        }
        connection.busy_timeout(self.busy_timeout)?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.pragma_update(None, "synchronous", "FULL")?;
        take::register(&connection)?;
        Ok(connection)
    }

    /// Whether a connection that only reads can. A journal in WAL mode needs two files beside it, even to be read, and its
    /// folder may not let us make them; where there is no `-wal` with events in it either, the file alone holds everything.
    fn lets_read(&self, connection: &Connection) -> rusqlite::Result<bool> {
        connection.busy_timeout(self.busy_timeout)?;
        let first = connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()));
        match first {
            Err(error) if is_folder_closed(&error) && !beside(&self.path, "-wal").exists() => {
                Ok(false)
            }
            // What else is wrong shows, with advice, where the tables are looked at.
            _ => Ok(true),
        }
    }

    /// A connection that only reads.
    pub(super) fn connect_reader(&self) -> rusqlite::Result<Connection> {
        let connection = self.connect(false)?;
        connection.pragma_update(None, "query_only", true)?;
        // KiB: the upper part of the trees. What is below them the system keeps, and there may be several readers.
        connection.pragma_update(None, "cache_size", -1024)?;
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

fn is_folder_closed(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(
        code,
        Some(ffi::SQLITE_READONLY_DIRECTORY | ffi::SQLITE_READONLY_CANTINIT | ffi::SQLITE_CANTOPEN)
    )
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The URI by which SQLite takes the file as one that nobody changes.
fn immutable(path: &Path) -> String {
    let path = path.to_string_lossy();
    let path = path.replace('%', "%25").replace('?', "%3f");
    format!("file:{}?immutable=1", path.replace('#', "%23"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::native::Native;

    #[test]
    fn a_file_that_nobody_changes_is_read_whatever_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("50%?#.db");
        let made = Connection::open(&path).unwrap();
        made.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x)")
            .unwrap();
        drop(made);
        let access = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        let read = Connection::open_with_flags(immutable(&path), access).unwrap();
        let tables: i64 = read
            .query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))
            .unwrap();
        assert_eq!(tables, 1);
        assert!(!beside(&path, "-shm").exists());
    }

    #[test]
    fn only_reading_changes_no_byte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        Connection::open(&path)
            .and_then(|made| made.execute_batch("CREATE TABLE t (x)"))
            .unwrap();
        let before = std::fs::read(&path).unwrap();
        let file = File {
            path: path.clone(),
            table: Box::new(Native),
            read_only: true,
            busy_timeout: Duration::ZERO,
        };
        let connection = file.connect(false).unwrap();
        assert!(connection.is_readonly("main").unwrap());
        drop(connection);
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}

//! Opening: the builder, and the look at the path. What can be wrong is in `open_error.rs`, what is made in a new file in
//! `migrate.rs`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::django::Django;
use super::failure::SqliteError;
use super::file::File;
use super::layout::Table;
use super::native::Native;
use super::open_error::OpenError;
use super::{Layout, SqliteStore, migrate};

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

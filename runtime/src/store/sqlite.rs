//! The SQLite store: one file, WAL, `synchronous = FULL`; one writer thread that groups commits, and a pool of readers.
//! `writer.rs` and `readers.rs` are the machine; the files named after the trait's parts do the work on a connection.

use std::any::Any;
use std::future::{Future, ready};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use super::{
    Appended, Batch, BoxFuture, EventStore, JournalQuery, Page, Snapshot, StoredSchema, StreamQuery,
};
use crate::error::{AppendError, ReadError};
use crate::position::Position;
use crate::stream::StreamId;

mod append;
mod checkpoints;
mod django;
mod failure;
mod file;
mod layout;
mod migrate;
mod native;
mod open;
mod open_error;
mod project;
mod read;
mod readers;
mod schemas;
mod snapshots;
mod subscribe;
mod writer;

pub use failure::SqliteError;
pub use layout::Layout;
pub use open::SqliteBuilder;
pub use open_error::OpenError;
pub use project::{Apply, ProjectError};

use file::File;
use readers::Readers;
use subscribe::Changes;
use writer::{Job, Work, Write, Writer};

/// Keeps events in an SQLite file. Clones share it; several processes may open it at once.
///
/// It is closed by [`close`](EventStore::close), or when the last clone is dropped; either way what was handed over is
/// finished first.
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

struct Shared {
    file: Arc<File>,
    readers: Readers,
    /// Gone once the store is closed.
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    changes: watch::Receiver<Position>,
}

impl SqliteStore {
    /// Opens the file at `path`, and makes it where it is missing.
    ///
    /// # Errors
    /// See [`OpenError`]; each names the file and says what to do.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self, OpenError> {
        Self::builder(path).open().await
    }

    /// Opens the file at `path` in other ways.
    pub fn builder(path: impl Into<PathBuf>) -> SqliteBuilder {
        SqliteBuilder::new(path.into())
    }

    /// Makes a step of a projection whose read model is in this file: in one transaction checks that checkpoint `name` is
    /// still at `expected`, runs `apply`, and sets the checkpoint to the position that it returns.
    ///
    /// `apply` runs on the thread that all appends go through: keep it short. It must not end the transaction.
    ///
    /// # Errors
    /// `Moved` when the checkpoint is elsewhere, `Refused` when `apply` fails or panics; nothing is written then.
    pub fn project(
        &self,
        name: &str,
        expected: Position,
        apply: Apply,
    ) -> BoxFuture<'_, Result<Position, ProjectError>> {
        let (answer, answered) = oneshot::channel();
        let job = Job::Project {
            name: name.to_owned(),
            expected,
            apply,
            answer,
        };
        if self.shared.send(job).is_err() {
            return Box::pin(ready(Err(ProjectError::Closed)));
        }
        Box::pin(async move { answered.await.unwrap_or(Err(ProjectError::Closed)) })
    }

    /// Queries read models in this file, on a connection that only reads.
    ///
    /// # Errors
    /// `Backend` with what SQLite said; `Closed`.
    pub fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> impl Future<Output = Result<T, ReadError>> + Send {
        self.shared
            .readers
            .run(|connection, _| Ok(query(connection)?))
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &std::path::Path {
        &self.shared.file.path
    }

    fn start(file: File, connection: Connection) -> Result<Self, OpenError> {
        let head = read::head(&connection, &*file.table)
            .map_err(|error| OpenError::Sqlite(SqliteError::new(&file.path, error)))?;
        let file = Arc::new(file);
        let (changes, receiver) = Changes::new(head);
        let (sender, jobs) = mpsc::channel();
        let writer = Writer {
            file: Arc::clone(&file),
            connection,
            changes,
        };
        std::thread::Builder::new()
            .name("evgen-sqlite".to_owned())
            .spawn(move || writer.run(&jobs))
            .map_err(|source| OpenError::System {
                path: file.path.clone(),
                source,
            })?;
        Ok(Self {
            shared: Arc::new(Shared {
                readers: Readers::new(Arc::clone(&file)),
                file,
                jobs: Mutex::new(Some(sender)),
                changes: receiver,
            }),
        })
    }

    /// Hands work to the writer, now; the future only waits for its answer.
    fn write(&self, work: Work) -> BoxFuture<'_, Result<Option<Appended>, AppendError>> {
        let (answer, answered) = oneshot::channel();
        if self
            .shared
            .send(Job::Write(Write { work, answer }))
            .is_err()
        {
            return Box::pin(ready(Err(AppendError::Closed)));
        }
        Box::pin(async move { answered.await.unwrap_or(Err(AppendError::Closed)) })
    }
}

impl Shared {
    fn send(&self, job: Job) -> Result<(), Closed> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.as_ref().ok_or(Closed)?.send(job).map_err(|_| Closed)
    }
}

struct Closed;

impl EventStore for SqliteStore {
    fn append(&self, batch: Batch) -> BoxFuture<'_, Result<Appended, AppendError>> {
        let work = match self.shared.file.table.prepare(batch) {
            Ok(batch) => Work::Append(batch),
            Err(error) => return Box::pin(ready(Err(error))),
        };
        let written = self.write(work);
        Box::pin(async move { written.await?.ok_or(AppendError::Closed) })
    }

    fn read_stream(&self, query: StreamQuery) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(
            self.shared
                .readers
                .run(move |connection, file| read::stream(connection, &*file.table, &query)),
        )
    }

    fn read_all(&self, query: JournalQuery) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(
            self.shared
                .readers
                .run(move |connection, file| read::all(connection, &*file.table, &query)),
        )
    }

    fn find_command<'a>(
        &'a self,
        stream: &'a StreamId,
        command_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Appended>, ReadError>> {
        let (stream, command_id) = (stream.clone(), command_id.to_owned());
        Box::pin(
            self.shared.readers.run(move |connection, file| {
                file.table.find_command(connection, &stream, &command_id)
            }),
        )
    }

    fn head(&self) -> BoxFuture<'_, Result<Position, ReadError>> {
        Box::pin(
            self.shared
                .readers
                .run(|connection, file| Ok(Position(read::head(connection, &*file.table)?))),
        )
    }

    fn changes(&self) -> watch::Receiver<Position> {
        let mut changes = self.shared.changes.clone();
        changes.mark_unchanged();
        // Closed already: the receiver tells of it.
        let _ = self.shared.send(Job::Wake);
        changes
    }

    fn load_snapshot<'a>(
        &'a self,
        stream: &'a StreamId,
        key: u64,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, ReadError>> {
        let stream = stream.clone();
        Box::pin(self.shared.readers.run(move |connection, file| {
            Ok(snapshots::load(connection, &*file.table, &stream, key)?)
        }))
    }

    fn save_snapshot<'a>(
        &'a self,
        stream: &'a StreamId,
        snapshot: Snapshot,
    ) -> BoxFuture<'a, Result<(), AppendError>> {
        let written = self.write(Work::Snapshot(stream.clone(), snapshot));
        Box::pin(async move { written.await.map(drop) })
    }

    fn load_checkpoint<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Position, ReadError>> {
        let name = name.to_owned();
        Box::pin(
            self.shared.readers.run(move |connection, file| {
                Ok(checkpoints::load(connection, &*file.table, &name)?)
            }),
        )
    }

    fn save_checkpoint<'a>(
        &'a self,
        name: &'a str,
        position: Position,
    ) -> BoxFuture<'a, Result<(), AppendError>> {
        let written = self.write(Work::Checkpoint(name.to_owned(), position));
        Box::pin(async move { written.await.map(drop) })
    }

    fn save_schemas(&self, schemas: Vec<StoredSchema>) -> BoxFuture<'_, Result<(), AppendError>> {
        let written = self.write(Work::Schemas(schemas));
        Box::pin(async move { written.await.map(drop) })
    }

    fn load_schemas(&self) -> BoxFuture<'_, Result<Vec<StoredSchema>, ReadError>> {
        Box::pin(
            self.shared
                .readers
                .run(|connection, file| Ok(schemas::load(connection, &*file.table)?)),
        )
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        // The writer ends when the queue is empty, and with it the sender behind `changes`.
        drop(
            self.shared
                .jobs
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        Box::pin(async {
            self.shared.readers.close().await;
            let mut changes = self.shared.changes.clone();
            while changes.changed().await.is_ok() {}
        })
    }

    fn is_djangoevents(&self) -> bool {
        self.shared.file.table.is_foreign()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.shared.file.path)
            .finish_non_exhaustive()
    }
}

//! The SQLite store: one file, WAL, `synchronous = FULL`; one writer that groups commits, and a pool of readers.
//! `inline.rs`, `writer.rs` and `readers.rs` are the machine; the files named after the trait's parts do the work on a connection.

use std::any::Any;
use std::future::{Future, ready};
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use super::{
    Appended, Batch, BoxFuture, EventStore, JournalQuery, Note, NoteChange, NoteError, NoteQuery,
    Page, PageQuery, PageSource, Snapshot, StoredSchema, StreamQuery,
};
use crate::error::{AppendError, ReadError};
use crate::position::Position;
use crate::stream::StreamId;

mod ahead;
mod append;
mod began;
mod crowd;
mod django;
mod failure;
mod file;
mod inline;
mod job;
mod layout;
mod migrate;
mod native;
mod notes;
mod open;
mod open_error;
mod project;
mod read;
mod readers;
mod schemas;
mod snapshots;
mod subscribe;
mod switch;
mod take;
mod transactional;
mod writer;

pub use super::{Layout, ProjectError};
pub use failure::SqliteError;
pub use migrate::LAYOUT_VERSION;
pub use open::SqliteBuilder;
pub use open_error::OpenError;
pub use project::Apply;
pub(crate) use switch::switch;
pub(crate) use transactional::Transactional;

use ahead::ReadAhead;
use file::File;
use inline::Queue;
use job::{Answer, Job, Work, Write};
use readers::Readers;
use subscribe::Changes;
use transactional::Attached;
use writer::Writer;

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
    attached: Arc<Attached>,
    queue: Queue,
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

    /// Makes a step of a projection whose read model is in this file: in one transaction checks and changes notes (its
    /// checkpoint among them), and runs `apply`.
    ///
    /// `apply` runs on the thread that all appends go through: keep it short. It must not end the transaction.
    ///
    /// # Errors
    /// `Changed` when a note is not what was expected, `Refused` when `apply` fails or panics; nothing is written then.
    pub fn project(
        &self,
        changes: Vec<NoteChange>,
        apply: Apply,
    ) -> BoxFuture<'_, Result<(), ProjectError>> {
        let (answer, answered) = oneshot::channel();
        let job = Job::Project {
            changes,
            apply,
            answer,
        };
        if self.shared.queue.send(job).is_err() {
            return Box::pin(ready(Err(ProjectError::Closed)));
        }
        Box::pin(async move { answered.await.unwrap_or(Err(ProjectError::Closed)) })
    }

    /// Makes a projection part of every append through this store, from the next one on.
    pub(crate) fn attach(&self, projection: Arc<Transactional>) {
        self.shared.attached.add(projection);
    }

    /// Takes it back.
    pub(crate) fn detach(&self, projection: &Arc<Transactional>) {
        self.shared.attached.remove(projection);
    }

    /// Folds what an attached projection has not seen yet, a page at a time.
    pub(crate) async fn follow(&self, projection: &Arc<Transactional>) -> Result<(), AppendError> {
        loop {
            let (answer, answered) = oneshot::channel();
            let job = Job::Follow {
                projection: Arc::clone(projection),
                answer,
            };
            if self.shared.queue.send(job).is_err() {
                return Err(AppendError::Closed);
            }
            if answered.await.unwrap_or(Err(AppendError::Closed))? {
                return Ok(());
            }
        }
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

    /// Runs `work` on the connection that writes, outside of any transaction.
    pub(crate) async fn on_connection<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        let job = Job::OnConnection(Box::new(move |connection| {
            let _ = answer.send(work(connection));
        }));
        self.shared.queue.send(job).ok()?;
        answered.await.ok()
    }

    /// A page of the journal, as a connection sees it.
    pub(crate) fn page_on(
        &self,
        connection: &Connection,
        query: &JournalQuery,
    ) -> Result<Page, ReadError> {
        let file = &self.shared.file;
        read::all(connection, &*file.table, query)
            .map_err(|failure| failure.into_read_error(&file.path))
    }

    /// Changes notes in a transaction of the connection that writes. What is expected of them is not looked at.
    pub(crate) fn put_notes_on(
        &self,
        tx: &rusqlite::Transaction<'_>,
        changes: &[NoteChange],
    ) -> Result<(), rusqlite::Error> {
        let _ = notes::save(tx, &*self.shared.file.table, changes)?;
        Ok(())
    }

    /// Notes, as a connection sees them.
    pub(crate) fn notes_on(
        &self,
        connection: &Connection,
        query: &NoteQuery,
    ) -> Result<Vec<Note>, rusqlite::Error> {
        notes::load(connection, &*self.shared.file.table, query)
    }

    /// Hands work to the writer, now; the future only waits for its answer.
    fn save(&self, work: Work) -> BoxFuture<'_, Result<(), AppendError>> {
        let (answer, answered) = oneshot::channel();
        let write = Write {
            work,
            answer: Answer::Saved(answer),
        };
        if self.shared.queue.send(Job::Write(write)).is_err() {
            return Box::pin(ready(Err(AppendError::Closed)));
        }
        Box::pin(async move { answered.await.unwrap_or(Err(AppendError::Closed)) })
    }

    fn start(file: File, connection: Connection) -> Result<Self, OpenError> {
        let head = read::head(&connection, &*file.table)
            .map_err(|error| OpenError::Sqlite(SqliteError::new(&file.path, error)))?;
        let file = Arc::new(file);
        let (changes, receiver) = Changes::new(head);
        let attached = Arc::<Attached>::default();
        let writer = Writer {
            file: Arc::clone(&file),
            attached: Arc::clone(&attached),
            connection,
            changes,
        };
        let queue = Queue::start(writer).map_err(|source| OpenError::System {
            path: file.path.clone(),
            source,
        })?;
        Ok(Self {
            shared: Arc::new(Shared {
                readers: Readers::new(Arc::clone(&file)),
                file,
                attached,
                queue,
                changes: receiver,
            }),
        })
    }
}

impl EventStore for SqliteStore {
    fn append(&self, batch: Batch) -> BoxFuture<'_, Result<Appended, AppendError>> {
        let batch = match self.shared.file.table.prepare(batch) {
            Ok(batch) => batch,
            Err(error) => return Box::pin(ready(Err(error))),
        };
        let batch = match self.shared.queue.inline(batch) {
            Ok(done) => return Box::pin(ready(done)),
            Err(batch) => batch,
        };
        let (answer, answered) = oneshot::channel();
        let write = Write {
            work: Work::Append(batch),
            answer: Answer::Append(answer),
        };
        if self.shared.queue.send(Job::Write(write)).is_err() {
            return Box::pin(ready(Err(AppendError::Closed)));
        }
        Box::pin(async move { answered.await.unwrap_or(Err(AppendError::Closed)) })
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

    fn page_source(&self, query: &PageQuery) -> Option<Box<dyn PageSource>> {
        let readers = self.shared.readers.clone();
        Some(Box::new(ReadAhead::new(readers, query.clone())))
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
        let _ = self.shared.queue.send(Job::Wake);
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
        self.save(Work::Snapshot(stream.clone(), snapshot))
    }

    fn load_notes(&self, query: NoteQuery) -> BoxFuture<'_, Result<Vec<Note>, ReadError>> {
        Box::pin(
            self.shared
                .readers
                .run(move |connection, file| Ok(notes::load(connection, &*file.table, &query)?)),
        )
    }

    fn save_notes(&self, changes: Vec<NoteChange>) -> BoxFuture<'_, Result<(), NoteError>> {
        let (answer, answered) = oneshot::channel();
        let write = Write {
            work: Work::Notes(changes),
            answer: Answer::Notes(answer),
        };
        if self.shared.queue.send(Job::Write(write)).is_err() {
            return Box::pin(ready(Err(NoteError::Closed)));
        }
        Box::pin(async move { answered.await.unwrap_or(Err(NoteError::Closed)) })
    }

    fn save_schemas(&self, schemas: Vec<StoredSchema>) -> BoxFuture<'_, Result<(), AppendError>> {
        self.save(Work::Schemas(schemas))
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
        self.shared.queue.close();
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

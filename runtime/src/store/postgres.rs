//! The PostgreSQL store: a schema of its own, appends that one task commits in groups, and a small pool of connections that
//! read. `writer.rs` and `connections.rs` are the machine; the files named after the trait's parts do the work on a
//! connection.

use std::any::Any;
use std::fmt;
use std::future::ready;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::{
    Appended, Batch, BoxFuture, EventStore, JournalQuery, Note, NoteChange, NoteError, NoteQuery,
    Page, PageBuilder, Snapshot, StoredSchema, StreamQuery, blocking, foreign,
};
use crate::error::{AppendError, ReadError};
use crate::position::Position;
use crate::stream::StreamId;

mod append;
mod append_group;
mod append_one;
mod beside;
mod columns;
mod connections;
mod core;
mod django;
mod failure;
mod migrate;
mod notes;
mod open;
mod open_error;
mod page;
mod patience;
mod project;
mod read;
mod repeated;
mod schemas;
mod snapshots;
mod sql;
mod subscribe;
mod transaction;
mod transactional;
mod types;
mod url;
mod way;
mod writer;

pub use super::Layout;
pub(crate) use beside::Beside;
pub use failure::PostgresError;
pub use migrate::LAYOUT_VERSION;
pub use open::PostgresBuilder;
pub use open_error::OpenError;
pub use project::Apply;
pub use transaction::Pending;
pub(crate) use transactional::Transactional;

use core::Core;
use way::Way;
use writer::{Append, Writer};

/// Keeps events in PostgreSQL. Clones share it; any number of processes may open one journal at once.
///
/// It is closed by [`close`](EventStore::close), or when the last clone is dropped; either way what was handed over is
/// finished first. It works on the Tokio runtime that it was opened on.
#[derive(Clone)]
pub struct PostgresStore {
    shared: Arc<Shared>,
}

struct Shared {
    core: Arc<Core>,
    /// Gone once the store is closed.
    jobs: Mutex<Option<mpsc::UnboundedSender<Append>>>,
    /// Not in djangoevents' layout, nor where connections are a caller's, who needs them, too.
    way: Option<Arc<Way>>,
    ended: watch::Receiver<()>,
    changes: watch::Receiver<Position>,
    listener: Mutex<Option<JoinHandle<()>>>,
    runtime: Handle,
}

impl PostgresStore {
    /// Opens the journal in schema `evgen` of the database that `url` names
    /// (`postgres://user:password@host:5432/database`).
    ///
    /// # Errors
    /// See [`OpenError`]; each says what to do.
    pub async fn connect(url: impl Into<String>) -> Result<Self, OpenError> {
        Self::builder(url).connect().await
    }

    /// Opens a journal in other ways.
    pub fn builder(url: impl Into<String>) -> PostgresBuilder {
        PostgresBuilder::url(url.into())
    }

    /// Opens a journal with the driver's own options, which are taken as they are.
    pub fn with_options(options: PgConnectOptions) -> PostgresBuilder {
        PostgresBuilder::options(options)
    }

    /// Opens a journal through a caller's pool. It needs two connections of it at least, and keeps one while it appends.
    pub fn with_pool(pool: PgPool) -> PostgresBuilder {
        PostgresBuilder::pool(pool)
    }

    /// Makes a projection part of every append through this store, from the next one on.
    pub(crate) fn attach(&self, projection: Arc<Transactional>) {
        self.core().attached.add(projection);
    }

    /// Takes it back.
    pub(crate) fn detach(&self, projection: &Arc<Transactional>) {
        self.core().attached.remove(projection);
    }

    /// Folds what an attached projection has not seen yet, a page at a time.
    pub(crate) async fn follow(&self, projection: &Arc<Transactional>) -> Result<(), AppendError> {
        transactional::follow(self.core(), projection, None).await
    }

    fn start(core: Arc<Core>, changes: watch::Receiver<Position>, head: i64) -> Self {
        let runtime = Handle::current();
        let (jobs, queue) = mpsc::unbounded_channel();
        let (announce, heads) = watch::channel(head);
        let (ending, ended) = watch::channel(());
        let way = match core.django {
            Some(_) => {
                let writer = django::Writer::new(Arc::clone(&core), announce, ending);
                runtime.spawn(writer.run(queue));
                None
            }
            None => {
                let way = Way::new(announce);
                let writer = Writer::new(Arc::clone(&core), Arc::clone(&way), ending);
                runtime.spawn(writer.run(queue));
                (!core.connections.are_borrowed()).then_some(way)
            }
        };
        runtime.spawn(subscribe::announce(Arc::clone(&core), heads));
        Self {
            shared: Arc::new(Shared {
                core,
                jobs: Mutex::new(Some(jobs)),
                way,
                ended,
                changes,
                listener: Mutex::default(),
                runtime,
            }),
        }
    }

    fn core(&self) -> &Core {
        &self.shared.core
    }

    /// Reads evgen's own tables; where they are missing, nothing was kept there.
    fn with_own_tables<'a, T: Send + 'a>(
        &'a self,
        missing: T,
        read: impl FnOnce(&'a Core) -> BoxFuture<'a, Result<T, ReadError>> + Send + 'a,
    ) -> BoxFuture<'a, Result<T, ReadError>> {
        let core = self.core();
        if core.django.is_none() || core.is_closed() {
            return read(core);
        }
        Box::pin(async move {
            match core.has_own_tables().await {
                Ok(true) => read(core).await,
                Ok(false) => Ok(missing),
                Err(failure) => Err(failure.into_read_error(&core.server)),
            }
        })
    }
}

impl Shared {
    /// To the writer, at once.
    fn hand_over(
        &self,
        batch: Batch,
    ) -> impl Future<Output = Result<Appended, AppendError>> + Send + 'static {
        let (answer, answered) = oneshot::channel();
        let append = Append {
            batch,
            answer,
            _waits: self.way.as_ref().map(Way::wait),
        };
        let handed_over = lock(&self.jobs)
            .as_ref()
            .is_some_and(|jobs| jobs.send(append).is_ok());
        async move {
            if !handed_over {
                return Err(AppendError::Closed);
            }
            match answered.await {
                Ok(done) => done,
                // The runtime that the store was opened on is gone.
                Err(stopped) => Err(AppendError::Interrupted {
                    source: stopped.into(),
                }),
            }
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(listener) = lock(&self.listener).take() {
            listener.abort();
        }
    }
}

impl EventStore for PostgresStore {
    fn append(&self, batch: Batch) -> BoxFuture<'_, Result<Appended, AppendError>> {
        if self.core().read_only {
            return Box::pin(ready(Err(batch.failed(core::READ_ONLY.into()))));
        }
        let batch = match self.core().django {
            Some(_) => foreign::prepare(batch),
            None => Ok(batch),
        };
        let checked = batch.and_then(|batch| append::check(&batch).map(|()| batch));
        let batch = match checked {
            Ok(batch) => batch,
            Err(error) => return Box::pin(ready(Err(error))),
        };
        let shared = &self.shared;
        if let Some(way) = &shared.way
            && blocking::is_own_task()
            && let Some(connection) = way.take_idle()
        {
            if lock(&shared.jobs).is_none() {
                return Box::pin(ready(Err(AppendError::Closed)));
            }
            let (shared, way) = (Arc::clone(shared), Arc::clone(way));
            let work = async move {
                match writer::append_here(&shared.core, &way, connection, batch).await {
                    Ok(done) => done,
                    Err(batch) => shared.hand_over(batch).await,
                }
            };
            return Box::pin(work);
        }
        Box::pin(shared.hand_over(batch))
    }

    fn read_stream(&self, query: StreamQuery) -> BoxFuture<'_, Result<Page, ReadError>> {
        if !can_be_named(&query.stream) {
            return Box::pin(ready(Ok(PageBuilder::new().finish(true))));
        }
        let query = Arc::new(query);
        let is_django = self.core().django.is_some();
        Box::pin(self.core().read(move |connection, sql| {
            let query = Arc::clone(&query);
            Box::pin(async move {
                match is_django {
                    true => django::read::stream(connection, sql, &query).await,
                    false => read::stream(connection, sql, &query).await,
                }
            })
        }))
    }

    fn read_all(&self, query: JournalQuery) -> BoxFuture<'_, Result<Page, ReadError>> {
        if let Some(django) = &self.core().django {
            return Box::pin(self.core().read_settled(django, query));
        }
        let query = Arc::new(query);
        Box::pin(self.core().read(move |connection, sql| {
            let query = Arc::clone(&query);
            Box::pin(async move { read::all(connection, sql, &query).await })
        }))
    }

    fn find_command<'a>(
        &'a self,
        stream: &'a StreamId,
        command_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Appended>, ReadError>> {
        if !can_be_named(stream) {
            return Box::pin(ready(Ok(None)));
        }
        let what = Arc::new((stream.clone(), command_id.to_owned()));
        let is_django = self.core().django.is_some();
        self.with_own_tables(None, move |core| {
            Box::pin(core.read(move |connection, sql| {
                let what = Arc::clone(&what);
                Box::pin(async move {
                    match is_django {
                        true => django::find_command(connection, sql, &what.0, &what.1).await,
                        false => repeated::find_command(connection, sql, &what.0, &what.1).await,
                    }
                })
            }))
        })
    }

    fn head(&self) -> BoxFuture<'_, Result<Position, ReadError>> {
        Box::pin(async {
            if self.core().is_closed() {
                return Err(ReadError::Closed);
            }
            match self.core().head().await {
                Err(_) if self.core().is_closed() => Err(ReadError::Closed),
                Err(failure) => Err(failure.into_read_error(&self.core().server)),
                Ok(head) => Ok(Position(head)),
            }
        })
    }

    fn changes(&self) -> watch::Receiver<Position> {
        let mut changes = self.shared.changes.clone();
        changes.mark_unchanged();
        let mut listener = lock(&self.shared.listener);
        if !self.core().is_closed() && listener.as_ref().is_none_or(JoinHandle::is_finished) {
            let core = Arc::downgrade(&self.shared.core);
            *listener = Some(self.shared.runtime.spawn(subscribe::listen(core)));
        }
        changes
    }

    fn load_snapshot<'a>(
        &'a self,
        stream: &'a StreamId,
        key: u64,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, ReadError>> {
        if !can_be_named(stream) {
            return Box::pin(ready(Ok(None)));
        }
        let stream = stream.clone();
        self.with_own_tables(None, move |core| {
            Box::pin(core.read(move |connection, sql| {
                let stream = stream.clone();
                Box::pin(async move { snapshots::load(connection, sql, &stream, key).await })
            }))
        })
    }

    fn save_snapshot<'a>(
        &'a self,
        stream: &'a StreamId,
        snapshot: Snapshot,
    ) -> BoxFuture<'a, Result<(), AppendError>> {
        let kept = Arc::new((stream.clone(), snapshot));
        Box::pin(self.core().save(
            move || format!("a snapshot of stream `{stream}`"),
            move |connection, sql| {
                let kept = Arc::clone(&kept);
                Box::pin(async move { snapshots::save(connection, sql, &kept.0, &kept.1).await })
            },
        ))
    }

    fn load_notes(&self, query: NoteQuery) -> BoxFuture<'_, Result<Vec<Note>, ReadError>> {
        // PostgreSQL has no text with the character U+0000, so no such key is there.
        if query.prefix.contains('\0') {
            return Box::pin(ready(Ok(Vec::new())));
        }
        let query = Arc::new(query);
        self.with_own_tables(Vec::new(), move |core| {
            Box::pin(core.read(move |connection, sql| {
                let query = Arc::clone(&query);
                Box::pin(async move { notes::load(connection, sql, &query).await })
            }))
        })
    }

    fn save_notes(&self, changes: Vec<NoteChange>) -> BoxFuture<'_, Result<(), NoteError>> {
        Box::pin(self.core().save_notes(changes))
    }

    fn save_schemas(&self, schemas: Vec<StoredSchema>) -> BoxFuture<'_, Result<(), AppendError>> {
        let schemas = Arc::new(schemas);
        Box::pin(self.core().save(
            || "the schemas of what is to be written".to_owned(),
            move |connection, sql| {
                let schemas = Arc::clone(&schemas);
                Box::pin(async move { schemas::save(connection, sql, &schemas).await })
            },
        ))
    }

    fn load_schemas(&self) -> BoxFuture<'_, Result<Vec<StoredSchema>, ReadError>> {
        self.with_own_tables(Vec::new(), |core| {
            Box::pin(core.read(|connection, sql| Box::pin(schemas::load(connection, sql))))
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        // The writer ends when the queue is empty.
        drop(lock(&self.shared.jobs).take());
        self.shared.core.closed.store(true, Ordering::SeqCst);
        Box::pin(async {
            let mut ended = self.shared.ended.clone();
            while ended.changed().await.is_ok() {}
            if let Some(listener) = lock(&self.shared.listener).take() {
                listener.abort();
            }
            self.core().changes.close();
            self.core().connections.close();
            if let Some(django) = &self.core().django {
                django.close();
            }
        })
    }

    fn is_djangoevents(&self) -> bool {
        self.core().django.is_some()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("server", &self.shared.core.server)
            .field("schema", &self.shared.core.names.schema)
            .finish_non_exhaustive()
    }
}

/// PostgreSQL has no text with the character U+0000, so no such stream is there.
fn can_be_named(stream: &StreamId) -> bool {
    !stream.aggregate_type.contains('\0') && !stream.aggregate_id.as_str().contains('\0')
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

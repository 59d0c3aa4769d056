//! A read model made anew beside the running one: folded into a file of its own while the old one is read and followed, then
//! put in its place, with what the projection has seen meanwhile, in one transaction. No handler is called.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags, Transaction};
use tokio::task::spawn_blocking;

use super::notes::{checkpoint_key, park, parked, parked_prefix, signal_key};
use super::plan::{Plan, Target};
use super::{ParkedEvent, sqlite};
use crate::envelope::EventContext;
use crate::error::{BoxError, Causes};
use crate::event::AggregateDescriptor;
use crate::handler::HandlerError;
use crate::position::Position;
use crate::schemas;
use crate::store::sqlite::{SqliteStore, switch};
use crate::store::{Direction, EventStore, JournalQuery, NoteChange, NoteQuery, Page, Pages};
use crate::stream::StreamId;

const NOT_HERE: &str = "only a read model in SQLite can be made anew beside the running one; rename the projection in the \
                        manifest to have it made from the first event on";

/// A read model was made anew.
pub(crate) struct Rebuilt {
    pub(crate) position: Position,
    pub(crate) events: u64,
    pub(crate) parked: u64,
}

/// Why none was made. The old one is as it was.
pub(crate) enum RebuildFailure {
    /// Another process is making it.
    Busy(PathBuf),
    Failed(BoxError),
}

impl<E: Into<BoxError>> From<E> for RebuildFailure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// The new read model, as far as it is made.
struct Making {
    plan: Arc<Plan>,
    target: sqlite::Target,
    aggregates: &'static [&'static AggregateDescriptor],
    after: Option<Position>,
    events: u64,
    parked: Vec<ParkedEvent>,
    held: HashSet<StreamId>,
}

/// The file that it is made in, and its lock; both go when this is dropped.
struct Beside {
    path: PathBuf,
    lock: (PathBuf, std::fs::File),
}

impl Drop for Beside {
    fn drop(&mut self) {
        // What is left is removed by the next one.
        let _ = std::fs::remove_file(&self.path);
        let _ = std::fs::remove_file(&self.lock.0);
        let _ = self.lock.1.unlock();
    }
}

/// Makes the read model of a projection anew; `tell` hears how far it has come, and where the journal ends.
pub(crate) async fn rebuild(
    plan: &Arc<Plan>,
    aggregates: &'static [&'static AggregateDescriptor],
    tell: &(dyn Fn(Position, Position) + Send + Sync),
) -> Result<Rebuilt, RebuildFailure> {
    let Target::Sqlite(target) = &plan.target else {
        return Err(NOT_HERE.into());
    };
    let store = target.store.clone();
    let beside = Beside::new(store.path(), plan.name)?;
    let mut making = Making {
        plan: Arc::clone(plan),
        target: target.clone(),
        aggregates,
        after: None,
        events: 0,
        parked: Vec::new(),
        held: HashSet::new(),
    };
    let mut connection = open(&beside.path, store.path())?;
    prepare(&mut connection, target)?;
    let mut pages = Pages::all(&store, making.query());
    while let Some(page) = pages.next().await? {
        let head = store.head().await?;
        schemas::learn(&store, aggregates, &page).await?;
        (making, connection) = spawn_blocking(move || {
            let tx = connection.transaction()?;
            making.fold(&tx, &page, None)?;
            tx.commit()?;
            Ok::<_, BoxError>((making, connection))
        })
        .await??;
        tell(making.after.unwrap_or(Position::START), head);
    }
    drop(pages);
    drop(connection);
    let path = beside.path.clone();
    let file = store.clone();
    let switched = store
        .on_connection(move |connection| switch(connection, &path, |tx| making.finish(tx, &file)));
    let rebuilt = switched.await.ok_or("the store is closed")??;
    drop(beside);
    Ok(rebuilt)
}

fn prepare(connection: &mut Connection, target: &sqlite::Target) -> Result<(), BoxError> {
    let tx = connection.transaction()?;
    (target.prepare)(&tx).map_err(HandlerError::into_source)?;
    Ok(tx.commit()?)
}

impl Making {
    fn query(&self) -> JournalQuery {
        JournalQuery {
            after: self.after,
            only: self.plan.filter(self.aggregates),
            limit: None,
            direction: Direction::Forward,
            checksums: false,
        }
    }

    /// Folds a page, up to a position; what fails leaves no trace, and is parked with its stream.
    fn fold(
        &mut self,
        tx: &Transaction<'_>,
        page: &Page,
        until: Option<Position>,
    ) -> Result<(), BoxError> {
        for raw in page.iter() {
            if until.is_some_and(|until| raw.position > until) {
                break;
            }
            self.after = Some(raw.position);
            let stream = StreamId::new(raw.aggregate_type, raw.aggregate_id);
            let event = match self.plan.read(self.aggregates, &raw) {
                Ok(None) => continue,
                Ok(Some(event)) => Ok(event),
                Err(error) => Err(Causes(&error).to_string()),
            };
            let failed = match event {
                _ if self.held.contains(&stream) => None,
                Err(error) => Some((1, error)),
                Ok(event) => {
                    tx.execute_batch("SAVEPOINT evgen_event")?;
                    let folded = (self.target.apply)(tx, &event, &EventContext::new(raw));
                    if folded.is_err() {
                        tx.execute_batch("ROLLBACK TO evgen_event")?;
                    }
                    tx.execute_batch("RELEASE evgen_event")?;
                    match folded {
                        Ok(()) => {
                            self.events += 1;
                            continue;
                        }
                        Err(error) => Some((1, error.to_string())),
                    }
                }
            };
            if self.plan.transactional {
                let why = failed.map_or_else(String::new, |(_, error)| error);
                let row = raw.position;
                return Err(format!("row {row} (`{}`): {why}", raw.event_type).into());
            }
            self.parked.push(parked(&raw, failed));
            self.held.insert(stream);
        }
        Ok(())
    }

    /// In the transaction of the switch: what the old one has seen meanwhile, the checkpoint, and what is parked.
    fn finish(mut self, tx: &Transaction<'_>, store: &SqliteStore) -> Result<Rebuilt, BoxError> {
        let key = &self.plan.key;
        let checkpoint = checkpoint_key(key);
        let saved = store.notes_on(tx, &NoteQuery::of(checkpoint.clone()))?;
        let saved = NoteQuery::value(&checkpoint, saved);
        let seen = saved.as_ref().and_then(|text| text.parse().ok());
        let seen = Position(seen.unwrap_or_default());
        // The old one may be behind. One that is part of appends is not, and its checkpoint is the end.
        while self.after.unwrap_or(Position::START) < seen {
            let page = store.page_on(tx, &self.query())?;
            let before = self.after;
            self.fold(tx, &page, Some(seen))?;
            if page.is_last() || self.after == before {
                break;
            }
        }
        let position = self.after.unwrap_or(Position::START).max(seen);
        let key = &self.plan.key;
        let old = store.notes_on(tx, &NoteQuery::all(parked_prefix(key)))?;
        let mut changes: Vec<_> = old
            .into_iter()
            .map(|note| NoteChange::remove(note.key))
            .collect();
        store.put_notes_on(tx, &changes)?;
        changes = self.parked.iter().map(|event| park(key, event)).collect();
        // Always another text than before: whoever runs the projection notices, and begins from here.
        let plain = position.0.to_string();
        let text = match saved {
            Some(saved) if saved == plain => format!("+{plain}"),
            _ => plain,
        };
        changes.push(NoteChange::set(checkpoint, text));
        changes.push(NoteChange::set(
            signal_key(key),
            uuid::Uuid::new_v4().to_string(),
        ));
        store.put_notes_on(tx, &changes)?;
        Ok(Rebuilt {
            position,
            events: self.events,
            parked: self.parked.len() as u64,
        })
    }
}

impl Beside {
    fn new(journal: &Path, name: &str) -> Result<Self, RebuildFailure> {
        let with = |end: &str| {
            let mut path = journal.as_os_str().to_owned();
            path.push(format!("-rebuild-{name}{end}"));
            PathBuf::from(path)
        };
        let (path, lock) = (with(""), with(".lock"));
        let file = std::fs::File::create(&lock)?;
        if file.try_lock().is_err() {
            return Err(RebuildFailure::Busy(lock));
        }
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        Ok(Self {
            path,
            lock: (lock, file),
        })
    }
}

/// Opens the file, with the journal's beside it to read from: other read models, say.
fn open(path: &Path, journal: &Path) -> Result<Connection, BoxError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // A crash loses the file, and nothing else.
    connection.pragma_update(None, "journal_mode", "MEMORY")?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    let journal = std::path::absolute(journal)?;
    let journal = journal.to_str().ok_or("the journal's path is not UTF-8")?;
    let escaped = journal
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    connection.execute(
        "ATTACH DATABASE ?1 AS evgen_journal_file",
        [format!("file:{escaped}?mode=ro")],
    )?;
    Ok(connection)
}

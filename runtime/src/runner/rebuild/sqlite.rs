//! A read model made anew in a file beside the journal's SQLite file, and put in its place in one transaction.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags, Transaction};
use tokio::task::spawn_blocking;

use super::{Making, RebuildFailure, Rebuilt, Tell};
use crate::envelope::EventContext;
use crate::error::BoxError;
use crate::event::AggregateDescriptor;
use crate::handler::HandlerError;
use crate::position::Position;
use crate::runner::notes::{checkpoint_key, parked_prefix};
use crate::runner::plan::Plan;
use crate::runner::sqlite::Target;
use crate::schemas;
use crate::store::sqlite::{SqliteStore, switch};
use crate::store::{EventStore, NoteQuery, Page};

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

pub(super) async fn rebuild(
    plan: &Arc<Plan>,
    target: &Target,
    aggregates: &'static [&'static AggregateDescriptor],
    tell: &Tell<'_>,
) -> Result<Rebuilt, RebuildFailure> {
    let store = target.store.clone();
    let beside = Beside::new(store.path(), plan.name)?;
    let mut making = Making::new(plan, aggregates);
    let mut connection = open(&beside.path, store.path())?;
    prepare(&mut connection, target)?;
    loop {
        let head = store.head().await?;
        let page = store.read_all(making.query()).await?;
        schemas::learn(&store, aggregates, &page).await?;
        let last = page.is_last() || page.is_empty();
        let target = target.clone();
        (making, connection) = spawn_blocking(move || {
            let tx = connection.transaction()?;
            fold(&mut making, &target, &tx, &page, None)?;
            tx.commit()?;
            Ok::<_, BoxError>((making, connection))
        })
        .await??;
        tell(making.position(), head);
        if last {
            break;
        }
    }
    drop(connection);
    let path = beside.path.clone();
    let (file, target) = (store.clone(), target.clone());
    let switched = store.on_connection(move |connection| {
        switch(connection, &path, |tx| finish(making, &target, tx, &file))
    });
    let rebuilt = switched.await.ok_or("the store is closed")??;
    drop(beside);
    Ok(rebuilt)
}

fn prepare(connection: &mut Connection, target: &Target) -> Result<(), BoxError> {
    let tx = connection.transaction()?;
    (target.prepare)(&tx).map_err(HandlerError::into_source)?;
    Ok(tx.commit()?)
}

/// Folds a page, up to a position; what fails leaves no trace.
fn fold(
    making: &mut Making,
    target: &Target,
    tx: &Transaction<'_>,
    page: &Page,
    until: Option<Position>,
) -> Result<(), BoxError> {
    for raw in page.iter() {
        if until.is_some_and(|until| raw.position > until) {
            break;
        }
        let Some(event) = making.take(&raw)? else {
            continue;
        };
        tx.execute_batch("SAVEPOINT evgen_event")?;
        let folded = (target.apply)(tx, &event, &EventContext::new(raw));
        if folded.is_err() {
            tx.execute_batch("ROLLBACK TO evgen_event")?;
        }
        tx.execute_batch("RELEASE evgen_event")?;
        making.folded(&raw, folded)?;
    }
    Ok(())
}

/// In the transaction of the switch: what the old one has seen meanwhile, the checkpoint, and what is parked.
fn finish(
    mut making: Making,
    target: &Target,
    tx: &Transaction<'_>,
    store: &SqliteStore,
) -> Result<Rebuilt, BoxError> {
    let checkpoint = checkpoint_key(&making.plan.key);
    let saved = store.notes_on(tx, &NoteQuery::of(checkpoint.clone()))?;
    let saved = NoteQuery::value(&checkpoint, saved);
    let seen = making.seen(saved.as_deref());
    while making.position() < seen {
        let page = store.page_on(tx, &making.query())?;
        let before = making.after;
        fold(&mut making, target, tx, &page, Some(seen))?;
        if page.is_last() || making.after == before {
            break;
        }
    }
    let old = store.notes_on(tx, &NoteQuery::all(parked_prefix(&making.plan.key)))?;
    store.put_notes_on(tx, &Making::forgotten(old))?;
    let (changes, rebuilt) = making.finished(saved.as_deref());
    store.put_notes_on(tx, &changes)?;
    Ok(rebuilt)
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
            return Err(RebuildFailure::Busy(lock.display().to_string()));
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

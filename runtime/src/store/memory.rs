//! The reference store: short, obvious, in memory, for tests and examples. Nothing outlives the process.

use std::any::Any;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::{
    Appended, Batch, BoxFuture, EventStore, JournalQuery, Note, NoteChange, NoteError, NoteQuery,
    Page, Snapshot, StoredSchema, StreamQuery,
};
use crate::error::{AppendError, ReadError};
use crate::position::Position;
use crate::stream::StreamId;

mod state;

use state::State;

/// Keeps events in memory. Clones share them.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
    changes: watch::Receiver<Position>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        let (sender, changes) = watch::channel(Position::START);
        let state = State::new(sender);
        Self {
            state: Arc::new(Mutex::new(state)),
            changes,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(&self, read: impl FnOnce(&State) -> T) -> Result<T, ReadError> {
        let state = self.lock();
        if state.changes.is_none() {
            return Err(ReadError::Closed);
        }
        Ok(read(&state))
    }

    fn write<T>(
        &self,
        write: impl FnOnce(&mut State) -> Result<T, AppendError>,
    ) -> Result<T, AppendError> {
        let mut state = self.lock();
        if state.changes.is_none() {
            return Err(AppendError::Closed);
        }
        write(&mut state)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

// Everything is done when the call returns: there is no await point at which it could be cancelled.
impl EventStore for MemoryStore {
    fn append(&self, batch: Batch) -> BoxFuture<'_, Result<Appended, AppendError>> {
        Box::pin(ready(self.write(|state| state.append(batch))))
    }

    fn read_stream(&self, query: StreamQuery) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(ready(self.read(|state| state.read_stream(&query))))
    }

    fn read_all(&self, query: JournalQuery) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(ready(self.read(|state| state.read_all(&query))))
    }

    fn find_command<'a>(
        &'a self,
        stream: &'a StreamId,
        command_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Appended>, ReadError>> {
        Box::pin(ready(
            self.read(|state| state.find_command(stream, command_id)),
        ))
    }

    fn head(&self) -> BoxFuture<'_, Result<Position, ReadError>> {
        Box::pin(ready(self.read(State::head)))
    }

    fn changes(&self) -> watch::Receiver<Position> {
        let mut changes = self.changes.clone();
        changes.mark_unchanged();
        changes
    }

    fn load_snapshot<'a>(
        &'a self,
        stream: &'a StreamId,
        key: u64,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, ReadError>> {
        Box::pin(ready(self.read(|state| {
            state
                .snapshots
                .get(stream)
                .filter(|snapshot| snapshot.key == key)
                .cloned()
        })))
    }

    fn save_snapshot<'a>(
        &'a self,
        stream: &'a StreamId,
        snapshot: Snapshot,
    ) -> BoxFuture<'a, Result<(), AppendError>> {
        Box::pin(ready(self.write(|state| {
            let newer = state.snapshots.get(stream).is_some_and(|stored| {
                stored.key == snapshot.key && stored.version > snapshot.version
            });
            if !newer {
                state.snapshots.insert(stream.clone(), snapshot);
            }
            Ok(())
        })))
    }

    fn load_notes(&self, query: NoteQuery) -> BoxFuture<'_, Result<Vec<Note>, ReadError>> {
        Box::pin(ready(self.read(|state| state.load_notes(&query))))
    }

    fn save_notes(&self, changes: Vec<NoteChange>) -> BoxFuture<'_, Result<(), NoteError>> {
        let mut state = self.lock();
        let saved = if state.changes.is_none() {
            Err(NoteError::Closed)
        } else {
            state.save_notes(changes)
        };
        Box::pin(ready(saved))
    }

    fn save_schemas(&self, schemas: Vec<StoredSchema>) -> BoxFuture<'_, Result<(), AppendError>> {
        Box::pin(ready(self.write(|state| {
            for schema in schemas {
                let key = (schema.event_type.clone(), schema.event_version);
                state.schemas.insert(key, schema);
            }
            Ok(())
        })))
    }

    fn load_schemas(&self) -> BoxFuture<'_, Result<Vec<StoredSchema>, ReadError>> {
        Box::pin(ready(
            self.read(|state| state.schemas.values().cloned().collect()),
        ))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.lock().changes = None;
        Box::pin(ready(()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

//! A small pool of connections that only read, used on Tokio's threads for blocking work.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::failure::{Failure, SqliteError};
use super::file::File;
use crate::error::ReadError;

/// Most reads at a time; others wait their turn.
const MAX: u32 = 8;

#[derive(Clone)]
pub(super) struct Readers {
    file: Arc<File>,
    idle: Arc<Mutex<Vec<Connection>>>,
    turns: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(file: Arc<File>) -> Self {
        let turns = Arc::new(Semaphore::new(MAX as usize));
        Self {
            file,
            idle: Arc::default(),
            turns,
        }
    }

    /// Runs `read` on a connection of the pool.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection, &File) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, ReadError> {
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(|_| ReadError::Closed)?;
        let (file, idle) = (Arc::clone(&self.file), Arc::clone(&self.idle));
        let done = tokio::task::spawn_blocking(move || {
            let pooled = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match pooled {
                Some(connection) => connection,
                None => file.connect_reader().map_err(|error| ReadError::Backend {
                    source: SqliteError::new(&file.path, error).into(),
                })?,
            };
            let done =
                read(&connection, &file).map_err(|failure| failure.into_read_error(&file.path));
            if connection.is_autocommit() {
                idle.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(connection);
            }
            drop(turn);
            done
        });
        // The closure panicked, or the runtime is shutting down.
        done.await.unwrap_or_else(|stopped| {
            Err(ReadError::Backend {
                source: stopped.into(),
            })
        })
    }

    /// Whether nobody else would get a turn now.
    pub(super) fn is_crowded(&self) -> bool {
        self.turns.available_permits() == 0
    }

    /// Lets running reads end, refuses new ones, and closes the connections.
    pub(super) async fn close(&self) {
        // An error: closed already.
        if let Ok(all) = self.turns.acquire_many(MAX).await {
            self.turns.close();
            drop(all);
        }
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

//! A projection: the table `open_todos`, in the same SQLite file. Each event takes effect exactly once, in the transaction
//! that notes how far the projection has come.

use evgen_runtime::prelude::*;
use evgen_runtime::rusqlite::{Connection, Error, Transaction, params};
use serde::Serialize;

use crate::events::{self, OpenTodosEvent};

pub struct ReadModels;

impl events::Projections for ReadModels {
    fn prepare_open_todos(&self, tx: &Transaction<'_>) -> Result<(), HandlerError> {
        tx.execute_batch(
            "CREATE TABLE IF NOT EXISTS open_todos (
                 id TEXT PRIMARY KEY,
                 label TEXT NOT NULL,
                 priority TEXT NOT NULL,
                 version INTEGER NOT NULL
             ) STRICT",
        )?;
        Ok(())
    }

    fn open_todos(
        &self,
        tx: &Transaction<'_>,
        event: OpenTodosEvent<'_>,
        cx: &EventContext<'_>,
    ) -> Result<(), HandlerError> {
        let id = cx.aggregate_id();
        let version = cx.version().0 + 1;
        match event {
            OpenTodosEvent::TodoCreated(event) => tx.execute(
                "INSERT INTO open_todos VALUES (?1, ?2, ?3, ?4)",
                params![id, event.label, event.priority.as_str(), version],
            )?,
            OpenTodosEvent::TodoChangedLabel(event) => tx.execute(
                "UPDATE open_todos SET label = ?2, version = ?3 WHERE id = ?1",
                params![id, event.label, version],
            )?,
            OpenTodosEvent::TodoCompleted(_) | OpenTodosEvent::TodoDiscarded(_) => {
                tx.execute("DELETE FROM open_todos WHERE id = ?1", params![id])?
            }
        };
        Ok(())
    }
}

/// A row of the read model.
#[derive(Debug, Serialize)]
pub struct OpenTodo {
    pub id: String,
    pub label: String,
    pub priority: String,
    /// What `expect_version` takes.
    pub version: i64,
}

/// All of them, oldest first: a query for [`SqliteStore::read`].
pub fn all(database: &Connection) -> Result<Vec<OpenTodo>, Error> {
    database
        .prepare("SELECT id, label, priority, version FROM open_todos ORDER BY rowid")?
        .query_map([], |row| {
            Ok(OpenTodo {
                id: row.get(0)?,
                label: row.get(1)?,
                priority: row.get(2)?,
                version: row.get(3)?,
            })
        })?
        .collect()
}

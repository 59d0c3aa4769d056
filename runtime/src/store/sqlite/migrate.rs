//! Makes the tables of a new file, and brings those of an older evgen up to date, each in one transaction.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::Layout;
use super::failure::SqliteError;
use super::file::File;
use super::open_error::OpenError;

/// Version of the native layout's tables that this build makes, and the highest that it knows.
pub const LAYOUT_VERSION: i64 = 1;

/// Checks the file against the layout, and makes what is missing.
pub(super) fn prepare(
    connection: &mut Connection,
    file: &File,
    layout: &Layout,
) -> Result<(), OpenError> {
    let sqlite = |error| OpenError::Sqlite(SqliteError::new(&file.path, error));
    let wrong = |problem| {
        Err(OpenError::Layout {
            path: file.path.clone(),
            problem,
        })
    };
    // The first access: what is not a database shows here.
    let native = has_table(connection, "evgen_meta").map_err(sqlite)?;
    let journal = has_table(connection, "event_journal").map_err(sqlite)?;
    match layout {
        Layout::Native if native => check_version(connection, file),
        Layout::Native if journal => {
            wrong("holds a djangoevents journal: open it with `.layout(Layout::djangoevents())`")
        }
        Layout::Native if file.read_only => {
            wrong("has no journal, and none is made, as it is only to be read")
        }
        Layout::Native => {
            use_wal(connection, file).map_err(sqlite)?;
            make_native(connection).map_err(sqlite)
        }
        Layout::Djangoevents { .. } if journal => Ok(()),
        Layout::Djangoevents { .. } if native => {
            wrong("holds a journal of evgen's own layout: open it without `.layout(..)`")
        }
        Layout::Djangoevents { .. } => {
            if file.read_only || !is_empty(connection).map_err(sqlite)? {
                return wrong("has no table `event_journal`: run djangoevents' migrations first");
            }
            use_wal(connection, file).map_err(sqlite)?;
            make_djangoevents(connection).map_err(sqlite)
        }
    }?;
    if native && !file.read_only {
        // Somebody may have turned it off.
        use_wal(connection, file).map_err(sqlite)?;
    }
    Ok(())
}

/// Makes evgen's own tables in a journal that is not evgen's, when they are first needed.
pub(super) fn make_own_tables(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(include_str!("sql/own_tables.sql"))
}

pub(super) fn has_table(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    let found = connection
        .prepare_cached("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1")?
        .query_row([name], |_| Ok(()))
        .optional()?;
    Ok(found.is_some())
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT NOT EXISTS (SELECT 1 FROM sqlite_master)",
        [],
        |row| row.get(0),
    )
}

fn use_wal(connection: &Connection, file: &File) -> rusqlite::Result<()> {
    file.retry_busy(|| {
        connection.query_row("PRAGMA journal_mode = WAL", [], |row| {
            row.get::<_, String>(0)
        })
    })?;
    Ok(())
}

fn make_native(connection: &mut Connection) -> rusqlite::Result<()> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been first.
    if !has_table(&tx, "evgen_meta")? {
        tx.execute_batch(include_str!("sql/native.sql"))?;
        tx.execute_batch(include_str!("sql/own_tables.sql"))?;
        tx.execute(
            "INSERT INTO evgen_meta (key, value) VALUES ('layout', ?1)",
            [LAYOUT_VERSION],
        )?;
    }
    tx.commit()
}

fn make_djangoevents(connection: &mut Connection) -> rusqlite::Result<()> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if !has_table(&tx, "event_journal")? {
        tx.execute_batch(include_str!("sql/event_journal.sql"))?;
    }
    tx.commit()
}

fn check_version(connection: &Connection, file: &File) -> Result<(), OpenError> {
    let found = connection
        .query_row(
            "SELECT value FROM evgen_meta WHERE key = 'layout'",
            [],
            |row| row.get(0),
        )
        .map_err(|error| OpenError::Sqlite(SqliteError::new(&file.path, error)))?;
    if found > LAYOUT_VERSION {
        let path = file.path.clone();
        return Err(OpenError::NewerLayout {
            path,
            found,
            known: LAYOUT_VERSION,
        });
    }
    Ok(())
}

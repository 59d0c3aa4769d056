//! Notes: one row per key in `evgen_notes`.

use rusqlite::{Connection, OptionalExtension, params};

use super::layout::Table;
use super::migrate;
use crate::store::{Note, NoteChange, NoteQuery};

/// A note is not what its writer believed.
pub(super) struct Changed {
    pub(super) key: String,
    pub(super) actual: Option<String>,
}

pub(super) fn load(
    connection: &Connection,
    table: &dyn Table,
    query: &NoteQuery,
) -> rusqlite::Result<Vec<Note>> {
    if table.is_foreign() && !migrate::has_table(connection, "evgen_notes")? {
        return Ok(Vec::new());
    }
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    connection
        .prepare_cached(include_str!("sql/load_notes.sql"))?
        .query_map(
            params![query.prefix, query.end(), query.after, limit],
            |row| {
                Ok(Note {
                    key: row.get(0)?,
                    value: row.get(1)?,
                })
            },
        )?
        .collect()
}

/// Looks at all of them before it changes the first.
pub(super) fn save(
    connection: &Connection,
    table: &dyn Table,
    changes: &[NoteChange],
) -> rusqlite::Result<Result<(), Changed>> {
    if table.is_foreign() {
        migrate::make_own_tables(connection)?;
    }
    for change in changes {
        let actual = get(connection, &change.key)?;
        if !change.expected.is_met_by(actual.as_deref()) {
            return Ok(Err(Changed {
                key: change.key.clone(),
                actual,
            }));
        }
    }
    for change in changes.iter().filter(|change| !change.is_check()) {
        match &change.value {
            Some(value) => connection
                .prepare_cached("INSERT OR REPLACE INTO evgen_notes (key, value) VALUES (?1, ?2)")?
                .execute(params![change.key, value])?,
            None => connection
                .prepare_cached("DELETE FROM evgen_notes WHERE key = ?1")?
                .execute([&change.key])?,
        };
    }
    Ok(Ok(()))
}

pub(super) fn get(connection: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT value FROM evgen_notes WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()
}

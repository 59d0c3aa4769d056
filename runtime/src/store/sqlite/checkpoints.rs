//! Checkpoints: one row per name in `evgen_checkpoints`.

use rusqlite::{Connection, OptionalExtension, params};

use super::layout::Table;
use super::migrate;
use crate::position::Position;

pub(super) fn load(
    connection: &Connection,
    table: &dyn Table,
    name: &str,
) -> rusqlite::Result<Position> {
    if table.is_foreign() && !migrate::has_table(connection, "evgen_checkpoints")? {
        return Ok(Position::START);
    }
    let position = connection
        .prepare_cached("SELECT position FROM evgen_checkpoints WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    Ok(position.map_or(Position::START, Position))
}

pub(super) fn save(
    connection: &Connection,
    table: &dyn Table,
    name: &str,
    position: Position,
) -> rusqlite::Result<()> {
    if table.is_foreign() {
        migrate::make_own_tables(connection)?;
    }
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO evgen_checkpoints (name, position) VALUES (?1, ?2)",
        )?
        .execute(params![name, position.0])?;
    Ok(())
}

//! Snapshots: one row per stream in `evgen_snapshots`.

use rusqlite::{Connection, OptionalExtension, params};

use super::layout::Table;
use super::migrate;
use crate::position::Position;
use crate::store::Snapshot;
use crate::stream::{AggregateVersion, StreamId};

pub(super) fn load(
    connection: &Connection,
    table: &dyn Table,
    stream: &StreamId,
    key: u64,
) -> rusqlite::Result<Option<Snapshot>> {
    if table.is_foreign() && !migrate::has_table(connection, "evgen_snapshots")? {
        return Ok(None);
    }
    connection
        .prepare_cached(include_str!("sql/load_snapshot.sql"))?
        .query_row(
            params![
                &*stream.aggregate_type,
                stream.aggregate_id.as_str(),
                key.cast_signed()
            ],
            |row| {
                Ok(Snapshot {
                    version: AggregateVersion(row.get(0)?),
                    position: Position(row.get(1)?),
                    key,
                    state: row.get(2)?,
                    discarded: row.get(3)?,
                })
            },
        )
        .optional()
}

pub(super) fn save(
    connection: &Connection,
    table: &dyn Table,
    stream: &StreamId,
    snapshot: &Snapshot,
) -> rusqlite::Result<()> {
    if table.is_foreign() {
        migrate::make_own_tables(connection)?;
    }
    connection
        .prepare_cached(include_str!("sql/save_snapshot.sql"))?
        .execute(params![
            &*stream.aggregate_type,
            stream.aggregate_id.as_str(),
            snapshot.key.cast_signed(),
            snapshot.version.0,
            snapshot.position.0,
            snapshot.state,
            snapshot.discarded,
        ])?;
    Ok(())
}

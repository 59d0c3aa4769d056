//! Snapshots: one row per stream.

use sqlx::{PgConnection, Row};

use super::failure::Failure;
use super::sql::Sql;
use crate::position::Position;
use crate::store::Snapshot;
use crate::stream::{AggregateVersion, StreamId};

pub(super) async fn load(
    connection: &mut PgConnection,
    sql: &Sql,
    stream: &StreamId,
    key: u64,
) -> Result<Option<Snapshot>, Failure> {
    let row = sqlx::query(sql.load_snapshot.get())
        .bind(&*stream.aggregate_type)
        .bind(stream.aggregate_id.as_str())
        .bind(key.cast_signed())
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Snapshot {
        version: AggregateVersion(row.try_get(0)?),
        position: Position(row.try_get(1)?),
        key,
        state: row.try_get(2)?,
        discarded: row.try_get(3)?,
    }))
}

pub(super) async fn save(
    connection: &mut PgConnection,
    sql: &Sql,
    stream: &StreamId,
    snapshot: &Snapshot,
) -> Result<(), Failure> {
    sqlx::query(sql.save_snapshot.get())
        .bind(&*stream.aggregate_type)
        .bind(stream.aggregate_id.as_str())
        .bind(snapshot.key.cast_signed())
        .bind(snapshot.version.0)
        .bind(snapshot.position.0)
        .bind(&snapshot.state)
        .bind(snapshot.discarded)
        .execute(connection)
        .await?;
    Ok(())
}

//! Commands that were carried out: a table of evgen's, because event ids there tell of times, not of commands.

use sqlx::{PgConnection, Row};

use super::super::failure::Failure;
use super::super::sql::Sql;
use crate::position::Position;
use crate::store::{Appended, Batch, StreamVersions};
use crate::stream::{AggregateVersion, StreamId};

/// Whether evgen's own tables stand beside the journal.
pub(super) async fn has_own_tables(
    connection: &mut PgConnection,
    sql: &Sql,
) -> Result<bool, Failure> {
    let row = sqlx::query(sql.has_own_tables.get())
        .fetch_one(connection)
        .await?;
    Ok(row.try_get(0)?)
}

/// Notes the commands of a batch, in its transaction.
pub(super) async fn note(
    connection: &mut PgConnection,
    sql: &Sql,
    batch: &Batch,
    appended: &Appended,
) -> Result<(), sqlx::Error> {
    for (append, versions) in batch.streams.iter().zip(&appended.streams) {
        let Some(command_id) = append
            .command_id
            .as_deref()
            .filter(|_| !append.events.is_empty())
        else {
            continue;
        };
        sqlx::query(sql.note_command.get())
            .bind(&*append.stream.aggregate_type)
            .bind(append.stream.aggregate_id.as_str())
            .bind(command_id)
            .bind(versions.first.0)
            .bind(versions.next.0)
            .bind(versions.first_position.0)
            .bind(appended.position.0)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// What a command appended to the stream. The table must be there.
pub(in super::super) async fn find(
    connection: &mut PgConnection,
    sql: &Sql,
    stream: &StreamId,
    command_id: &str,
) -> Result<Option<Appended>, Failure> {
    let row = sqlx::query(sql.find_command.get())
        .bind(&*stream.aggregate_type)
        .bind(stream.aggregate_id.as_str())
        .bind(command_id)
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Appended {
        position: Position(row.try_get(3)?),
        streams: vec![StreamVersions {
            first: AggregateVersion(row.try_get(0)?),
            next: AggregateVersion(row.try_get(1)?),
            first_position: Position(row.try_get(2)?),
        }],
    }))
}

//! Whether a batch was stored before: asked only where something stands in its way, or where an answer was lost.

use std::collections::HashMap;

use sqlx::{PgConnection, Row};

use super::failure::Failure;
use super::read;
use super::sql::{Sql, Text};
use crate::command;
use crate::error::AppendError;
use crate::position::Position;
use crate::store::{Appended, Batch, StreamVersions, repeat};
use crate::stream::{AggregateVersion, StreamId};

/// What the batch answered the first time, if all of it is stored.
pub(super) async fn find(
    connection: &mut PgConnection,
    sql: &Sql,
    batch: &Batch,
) -> Result<Option<Appended>, Failure> {
    repeat::ids_differ(batch).map_err(Failure::Refused)?;
    let ids: Vec<&str> = batch
        .events()
        .map(|(_, event)| event.event_id.as_str())
        .collect();
    let page = read::by_event_ids(connection, sql, &ids).await?;
    let stored: HashMap<&str, _> = page.iter().map(|event| (event.event_id, event)).collect();
    let repeated = repeat::Repeated::find(batch, |id| stored.get(id).copied());
    let Some(repeated) = repeated.map_err(Failure::Refused)? else {
        return Ok(None);
    };
    let mut next = Vec::new();
    for (stream, until) in repeated.streams() {
        let found = read::next_at(connection, sql, stream, until.0).await?;
        next.push(found.unwrap_or_default());
    }
    Ok(Some(repeated.answer(&next)))
}

/// What command `command_id` appended to the stream.
pub(super) async fn find_command(
    connection: &mut PgConnection,
    sql: &Sql,
    stream: &StreamId,
    command_id: &str,
) -> Result<Option<Appended>, Failure> {
    let mut found: Option<(AggregateVersion, Position, Position)> = None;
    // Few commands have more events than one question asks for.
    let (mut from, mut size) = (0, 4);
    'all: loop {
        let ids: Vec<_> = (from..from + size)
            .map(|n| command::event_id(command_id, stream, n))
            .collect();
        let texts: Vec<&str> = ids.iter().map(crate::envelope::EventId::as_str).collect();
        let page = read::by_event_ids(connection, sql, &texts).await?;
        let stored: HashMap<&str, _> = page.iter().map(|event| (event.event_id, event)).collect();
        for id in texts {
            let Some(event) = stored.get(id) else {
                break 'all;
            };
            let (first, first_position, _) =
                found.unwrap_or((event.version, event.position, event.position));
            found = Some((first, first_position, event.position));
        }
        (from, size) = (from + size, size * 4);
    }
    let Some((first, first_position, position)) = found else {
        return Ok(None);
    };
    let next = read::next_at(connection, sql, stream, position.0).await?;
    Ok(Some(Appended {
        position,
        streams: vec![StreamVersions {
            first,
            next: AggregateVersion(next.unwrap_or_default()),
            first_position,
        }],
    }))
}

/// The row that holds a version which the batch needs; `None`: it is not that.
pub(super) async fn find_version(
    connection: &mut PgConnection,
    sql: &Sql,
    batch: &Batch,
) -> Result<Option<AppendError>, Failure> {
    for append in &batch.streams {
        let stream = &append.stream;
        let next: Option<i64> = sqlx::query(sql.next_version.get())
            .bind(&*stream.aggregate_type)
            .bind(stream.aggregate_id.as_str())
            .fetch_optional(&mut *connection)
            .await?
            .map(|row| row.try_get(0))
            .transpose()?;
        let Some(next) = next else { continue };
        let versions: Vec<i64> = (next..)
            .zip(&append.events)
            .map(|(next, event)| event.version.map_or(next, |version| version.0))
            .collect();
        let taken = version_taken(connection, &sql.row_of_version, stream, &versions).await?;
        if taken.is_some() {
            return Ok(taken);
        }
    }
    Ok(None)
}

/// The error for the first row of a stream that holds one of the versions; `find`: the statement that looks for it.
pub(super) async fn version_taken(
    connection: &mut PgConnection,
    find: &Text,
    stream: &StreamId,
    versions: &[i64],
) -> Result<Option<AppendError>, Failure> {
    let row = sqlx::query(find.get())
        .bind(&*stream.aggregate_type)
        .bind(stream.aggregate_id.as_str())
        .bind(versions)
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(AppendError::VersionTaken {
        stream: stream.clone(),
        version: AggregateVersion(row.try_get(0)?),
        row: Position(row.try_get(1)?),
    }))
}

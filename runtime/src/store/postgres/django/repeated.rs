//! Whether a batch was stored before. It is asked before every append, because event ids have no unique key here.

use std::collections::HashMap;

use sqlx::PgConnection;

use super::super::failure::Failure;
use super::super::sql::Sql;
use super::{commands, read};
use crate::position::Position;
use crate::store::{Appended, Batch, repeat};

/// What the batch answered the first time, if all of it is stored.
pub(super) async fn find(
    connection: &mut PgConnection,
    sql: &Sql,
    batch: &Batch,
) -> Result<Option<Appended>, Failure> {
    if let Some(first_time) = find_commands(connection, sql, batch).await? {
        return Ok(Some(first_time));
    }
    repeat::ids_differ(batch).map_err(Failure::Refused)?;
    let ids: Vec<&str> = batch
        .events()
        .map(|(_, event)| event.event_id.as_str())
        .collect();
    if ids.is_empty() {
        return Ok(None);
    }
    let page = read::by_event_ids(connection, sql, &ids).await?;
    let mut stored = HashMap::new();
    for event in page.iter() {
        stored.entry(event.event_id).or_insert(event);
    }
    let repeated = repeat::Repeated::find(batch, |id| stored.get(id).copied());
    let Some(repeated) = repeated.map_err(Failure::Refused)? else {
        return Ok(None);
    };
    let mut next = Vec::new();
    for (stream, until) in repeated.streams() {
        let found = read::next_at(connection, sql, &[stream], until.0).await?;
        next.push(found.first().copied().flatten().unwrap_or_default());
    }
    Ok(Some(repeated.answer(&next)))
}

/// What the batch answered the first time, if all of it is by commands that are noted as carried out: their events have new
/// ids each time.
async fn find_commands(
    connection: &mut PgConnection,
    sql: &Sql,
    batch: &Batch,
) -> Result<Option<Appended>, Failure> {
    let of_commands: Option<Vec<_>> = batch
        .streams
        .iter()
        .map(|append| {
            let command_id = append.command_id.as_deref()?;
            (!append.events.is_empty()).then_some((&append.stream, command_id))
        })
        .collect();
    let of_commands = of_commands.filter(|all| !all.is_empty());
    let Some(of_commands) = of_commands else {
        return Ok(None);
    };
    if !commands::has_own_tables(connection, sql).await? {
        return Ok(None);
    }
    let mut all = Appended {
        position: Position::START,
        streams: Vec::new(),
    };
    for (stream, command_id) in of_commands {
        let Some(found) = commands::find(connection, sql, stream, command_id).await? else {
            return Ok(None);
        };
        all.position = all.position.max(found.position);
        all.streams.extend(found.streams);
    }
    Ok(Some(all))
}

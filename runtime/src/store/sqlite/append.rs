//! Appending one batch within the writer's transaction. Which batches share a transaction is in `writer.rs`.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, ffi, params};

use super::began::Began;
use super::failure::Failure;
use super::layout::{NewRow, Stream, Table};
use super::read;
use super::transactional::{self, Transactional};
use crate::envelope::NewEvent;
use crate::error::AppendError;
use crate::position::Position;
use crate::store::{Appended, Batch, StreamAppend, StreamVersions, micros, repeat};
use crate::stream::{AggregateVersion, ExpectedVersion, StreamId};

/// What keeps an append that is refused from leaving something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Guard {
    /// Nothing here: whoever calls rolls back the transaction.
    Transaction,
    /// A savepoint, so that its neighbours are kept. What it changes is copied for that.
    Savepoint,
}

/// Appends the batch; `head` is then the last position, where it is known; on an error nothing of it is left, or nothing may
/// be committed.
///
/// Where event ids have a unique key, whether the batch was stored before is asked only when something stands in its way.
pub(super) fn append(
    connection: &Began<'_>,
    table: &dyn Table,
    attached: &[Arc<Transactional>],
    head: &mut Option<i64>,
    batch: &Batch,
    guard: Guard,
) -> Result<Appended, Failure> {
    if table.is_foreign()
        && let Some(first_time) = find_repeated(connection, table, batch)?
    {
        return Ok(first_time);
    }
    if guard == Guard::Transaction {
        return store_all(connection, table, attached, head, batch);
    }
    let run = |sql| connection.prepare_cached(sql)?.execute([]);
    let before = *head;
    run("SAVEPOINT evgen_append")?;
    let stored = store_all(connection, table, attached, head, batch);
    if stored.is_err() {
        *head = before;
        if connection.is_autocommit() {
            // SQLite has rolled back everything by itself (disk full, say): there is no savepoint any more.
            return stored;
        }
        run("ROLLBACK TO evgen_append")?;
    }
    run("RELEASE evgen_append")?;
    match stored {
        Err(Failure::Refused(refusal)) => match find_repeated(connection, table, batch)? {
            Some(first_time) => Ok(first_time),
            None => Err(Failure::Refused(refusal)),
        },
        stored => stored,
    }
}

/// The batch, and what projections make of it in the same transaction.
fn store_all(
    connection: &Began<'_>,
    table: &dyn Table,
    attached: &[Arc<Transactional>],
    head: &mut Option<i64>,
    batch: &Batch,
) -> Result<Appended, Failure> {
    let appended = store(connection, table, head, batch)?;
    if let (Some(tx), Some((stream, _))) = (connection.shared(), batch.events().next()) {
        for projection in attached {
            transactional::follow(tx, table, projection, Some(stream))?;
        }
    }
    Ok(appended)
}

fn store(
    connection: &Connection,
    table: &dyn Table,
    head: &mut Option<i64>,
    batch: &Batch,
) -> Result<Appended, Failure> {
    let now = micros::floor(Timestamp::now());
    let streams: Result<Vec<_>, _> = batch
        .streams
        .iter()
        .map(|append| store_stream(connection, table, head, append, now))
        .collect();
    let appended = Appended {
        streams: streams?,
        position: Position(match *head {
            Some(head) => head,
            None => read::head(connection, table)?,
        }),
    };
    table.note_commands(connection, batch, &appended)?;
    Ok(appended)
}

fn store_stream(
    connection: &Connection,
    table: &dyn Table,
    head: &mut Option<i64>,
    append: &StreamAppend,
    now: i64,
) -> Result<StreamVersions, Failure> {
    let made = match append.expected {
        // Most that are to be new are: they need not be looked for.
        ExpectedVersion::NoStream if !table.is_foreign() && !append.events.is_empty() => {
            table.add_stream(connection, &append.stream)?
        }
        _ => None,
    };
    let stream = match made {
        Some(made) => Some(made),
        None => table.stream(connection, &append.stream)?,
    };
    let actual = stream
        .as_ref()
        .and_then(|stream| stream.next)
        .map(AggregateVersion);
    if !append.expected.is_met_by(actual) {
        return Err(Failure::Refused(AppendError::Conflict {
            stream: append.stream.clone(),
            expected: append.expected,
            actual,
        }));
    }
    let mut next = actual.unwrap_or_default();
    let Some(first) = append.events.first() else {
        return Ok(StreamVersions {
            first: next,
            next,
            first_position: Position::START,
        });
    };
    let first_version = first.version.unwrap_or(next);
    if actual.is_none() {
        next = first_version;
    }
    let stream = match stream {
        Some(stream) => Some(stream),
        None => table.add_stream(connection, &append.stream)?,
    };
    let Some(Stream { key, mut odd, .. }) = stream else {
        return Err(Failure::Row {
            row: 0,
            problem: format!("stream `{}` is there and cannot be found", append.stream),
        });
    };
    let mut insert = connection.prepare_cached(table.sql().insert)?;
    let mut first_position = None;
    for event in &append.events {
        let version = event.version.unwrap_or(next).0;
        if !table.is_foreign() && (odd || version != next.0) {
            version_is_free(connection, table, &append.stream, version)?;
            if !odd {
                table.mark_odd(connection, key)?;
                odd = true;
            }
        }
        let row = NewRow {
            stream: &append.stream,
            key,
            place: next.0,
            version,
            event,
            now,
        };
        let position = match table.insert(&mut insert, &row) {
            Err(Failure::Sqlite(error)) if is_taken(&error) => {
                return Err(taken(connection, table, &append.stream, version, event));
            }
            inserted => inserted?,
        };
        *head = Some(position);
        first_position.get_or_insert(Position(position));
        next = AggregateVersion(next.0.saturating_add(1));
    }
    Ok(StreamVersions {
        first: first_version,
        next,
        first_position: first_position.unwrap_or_default(),
    })
}

/// Whether a unique key stands in the way.
fn is_taken(error: &rusqlite::Error) -> bool {
    error
        .sqlite_error()
        .is_some_and(|error| error.extended_code == ffi::SQLITE_CONSTRAINT_UNIQUE)
}

/// Which of an event's two unique keys is taken.
fn taken(
    connection: &Connection,
    table: &dyn Table,
    stream: &StreamId,
    version: i64,
    event: &NewEvent,
) -> Failure {
    let free = version_is_free(connection, table, stream, version);
    let id_is_taken = || Failure::Refused(repeat::taken(event));
    free.err().unwrap_or_else(id_is_taken)
}

/// Refuses a version that an event of the stream has already.
fn version_is_free(
    connection: &Connection,
    table: &dyn Table,
    stream: &StreamId,
    version: i64,
) -> Result<(), Failure> {
    let row = connection
        .prepare_cached(table.sql().row_of_version)?
        .query_row(
            params![
                &*stream.aggregate_type,
                stream.aggregate_id.as_str(),
                version
            ],
            |row| row.get(0),
        )
        .optional()?;
    match row {
        Some(row) => Err(Failure::Refused(AppendError::VersionTaken {
            stream: stream.clone(),
            version: AggregateVersion(version),
            row: Position(row),
        })),
        None => Ok(()),
    }
}

/// What the batch answered the first time, if all of it is stored.
fn find_repeated(
    connection: &Connection,
    table: &dyn Table,
    batch: &Batch,
) -> Result<Option<Appended>, Failure> {
    if let Some(first_time) = find_commands(connection, table, batch)? {
        return Ok(Some(first_time));
    }
    repeat::ids_differ(batch).map_err(Failure::Refused)?;
    let mut pages = HashMap::new();
    for (_, event) in batch.events() {
        let id = event.event_id.as_str();
        if let Some(page) = read::by_event_id(connection, table, id)? {
            pages.insert(id, page);
        }
    }
    let repeated = repeat::Repeated::find(batch, |id| pages.get(id)?.get(0));
    let Some(repeated) = repeated.map_err(Failure::Refused)? else {
        return Ok(None);
    };
    let next: Result<Vec<_>, Failure> = repeated
        .streams()
        .map(|(stream, until)| {
            Ok(read::next_at(connection, table, stream, until.0)?.unwrap_or_default())
        })
        .collect();
    Ok(Some(repeated.answer(&next?)))
}

/// What the batch answered the first time, if all of it is by commands that are noted as carried out. Events of a command
/// have new ids each time in a journal that is not evgen's.
fn find_commands(
    connection: &Connection,
    table: &dyn Table,
    batch: &Batch,
) -> Result<Option<Appended>, Failure> {
    if !table.is_foreign() || batch.streams.is_empty() {
        return Ok(None);
    }
    let mut all = Appended {
        position: Position::START,
        streams: Vec::new(),
    };
    for append in &batch.streams {
        let Some(command_id) = append
            .command_id
            .as_deref()
            .filter(|_| !append.events.is_empty())
        else {
            return Ok(None);
        };
        let Some(found) = table.find_command(connection, &append.stream, command_id)? else {
            return Ok(None);
        };
        all.position = all.position.max(found.position);
        all.streams.extend(found.streams);
    }
    Ok(Some(all))
}

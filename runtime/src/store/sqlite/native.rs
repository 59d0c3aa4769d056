//! evgen's own layout: its rows, read and written. Its tables are made in `migrate.rs`.

use std::ops::Bound;

use jiff::Timestamp;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::failure::Failure;
use super::layout::{NewRow, Sql, Stream, Table};
use super::read;
use crate::command;
use crate::envelope::{Payload, PayloadBuf, RecordedEvent};
use crate::error::AppendError;
use crate::position::Position;
use crate::store::{Appended, Batch, StreamVersions, checksum, micros, repeat};
use crate::stream::{AggregateVersion, StreamId};

const JSON: i64 = 0;
const AVRO: i64 = 1;

pub(super) struct Native;

static SQL: Sql = Sql {
    stream_whole: Some(include_str!("sql/native_stream_whole.sql")),
    stream_forward: include_str!("sql/native_stream_forward.sql"),
    stream_backward: include_str!("sql/native_stream_backward.sql"),
    all_forward: include_str!("sql/native_all_forward.sql"),
    all_backward: include_str!("sql/native_all_backward.sql"),
    by_event_id: include_str!("sql/native_by_event_id.sql"),
    head: "SELECT max(position) FROM evgen_events",
    next_at: include_str!("sql/native_next_at.sql"),
    row_of_version: include_str!("sql/native_row_of_version.sql"),
};

impl Table for Native {
    fn sql(&self) -> &'static Sql {
        &SQL
    }

    fn stream_key(&self, row: &Row<'_>) -> Result<Option<i64>, Failure> {
        Ok(row.get_ref(12)?.as_i64_or_null().unwrap_or(None))
    }

    fn event<'r>(&self, row: &'r Row<'_>, same_stream: bool) -> Result<RecordedEvent<'r>, Failure> {
        let position = integer(row, 0, "position", 0)?;
        let bad = |name: &'static str| {
            move |error: rusqlite::types::FromSqlError| Failure::column(position, name, &error)
        };
        let payload = row.get_ref(4)?;
        let payload = match (integer(row, 10, "payload_kind", position)?, payload) {
            (JSON, ValueRef::Text(_)) => Payload::Json(payload.as_str().map_err(bad("payload"))?),
            (AVRO, ValueRef::Blob(bytes)) => Payload::Avro(bytes),
            (kind, value) => {
                let problem = format!(
                    "payload_kind is {kind} and payload is of type {}: a later version of evgen may have written it",
                    value.data_type()
                );
                return Err(Failure::Row {
                    row: position,
                    problem,
                });
            }
        };
        let micros = integer(row, 6, "create_date", position)?;
        let create_date =
            jiff::Timestamp::from_microsecond(micros).map_err(|error| Failure::Row {
                row: position,
                problem: format!("create_date {micros}: {error}"),
            })?;
        let (aggregate_type, aggregate_id) = if same_stream {
            ("", "")
        } else {
            (
                row.get_ref(8)?.as_str().map_err(bad("aggregate_type"))?,
                row.get_ref(9)?.as_str().map_err(bad("aggregate_id"))?,
            )
        };
        Ok(RecordedEvent {
            position: Position(position),
            event_id: row.get_ref(1)?.as_str().map_err(bad("event_id"))?,
            event_type: row.get_ref(2)?.as_str().map_err(bad("event_type"))?,
            event_version: read::event_version(row, position)?,
            payload,
            aggregate_type,
            aggregate_id,
            version: AggregateVersion(integer(row, 5, "version", position)?),
            create_date,
            metadata: repeat::metadata(row.get_ref(7)?.as_str_or_null().map_err(bad("metadata"))?),
            django_class: None,
            checksum: Some(integer(row, 11, "checksum", position)?),
        })
    }

    fn times(&self, bounds: (Bound<Timestamp>, Bound<Timestamp>)) -> (Value, Value) {
        let (first, last) = micros::range(bounds);
        (Value::Integer(first), Value::Integer(last))
    }

    fn prepare(&self, batch: Batch) -> Result<Batch, AppendError> {
        Ok(batch)
    }

    fn stream(&self, connection: &Connection, id: &StreamId) -> Result<Option<Stream>, Failure> {
        let stream = connection
            .prepare_cached(include_str!("sql/native_stream.sql"))?
            .query_row(
                params![&*id.aggregate_type, id.aggregate_id.as_str()],
                |row| {
                    Ok(Stream {
                        key: row.get(0)?,
                        next: row.get(1)?,
                    })
                },
            )
            .optional()?;
        Ok(stream)
    }

    fn add_stream(&self, connection: &Connection, id: &StreamId) -> Result<i64, Failure> {
        let key = connection
            .prepare_cached(include_str!("sql/native_add_stream.sql"))?
            .insert(params![&*id.aggregate_type, id.aggregate_id.as_str()])?;
        Ok(key)
    }

    fn insert(&self, connection: &Connection, row: &NewRow<'_>) -> Result<i64, Failure> {
        let event = row.event;
        let (kind, payload) = match &event.payload {
            PayloadBuf::Json(text) => (JSON, ValueRef::Text(text.as_bytes())),
            PayloadBuf::Avro(bytes) => (AVRO, ValueRef::Blob(bytes)),
        };
        let create_date = event.create_date.map_or(row.now, micros::floor);
        let content = checksum::of_content(row.stream, event, create_date);
        connection
            .prepare_cached(include_str!("sql/native_insert.sql"))?
            .execute(params![
                row.position,
                row.key,
                row.version,
                event.event_id.as_str(),
                event.event_type,
                event.event_version,
                kind,
                rusqlite::types::ToSqlOutput::Borrowed(payload),
                create_date,
                event.metadata,
                checksum::with_version(content, row.version),
            ])?;
        Ok(row.position)
    }

    fn advance(&self, connection: &Connection, key: i64, next: i64) -> Result<(), Failure> {
        connection
            .prepare_cached("UPDATE evgen_streams SET next_version = ?2 WHERE id = ?1")?
            .execute(params![key, next])?;
        Ok(())
    }

    /// The ids of its events tell of a command.
    fn note_commands(&self, _: &Connection, _: &Batch, _: &Appended) -> Result<(), Failure> {
        Ok(())
    }

    fn find_command(
        &self,
        connection: &Connection,
        stream: &StreamId,
        command_id: &str,
    ) -> Result<Option<Appended>, Failure> {
        let mut found: Option<(AggregateVersion, Position, Position)> = None;
        for n in 0.. {
            let id = command::event_id(command_id, stream, n);
            let Some(page) = read::by_event_id(connection, self, id.as_str())? else {
                break;
            };
            if let Some(event) = page.get(0) {
                let (first, first_position, _) =
                    found.unwrap_or((event.version, event.position, event.position));
                found = Some((first, first_position, event.position));
            }
        }
        let Some((first, first_position, position)) = found else {
            return Ok(None);
        };
        let next = read::next_at(connection, self, stream, position.0)?.unwrap_or_default();
        Ok(Some(Appended {
            position,
            streams: vec![StreamVersions {
                first,
                next: AggregateVersion(next),
                first_position,
            }],
        }))
    }

    fn is_foreign(&self) -> bool {
        false
    }
}

/// A column that the table keeps integers in, without `Row::get`'s way around by name and type.
fn integer(
    row: &Row<'_>,
    column: usize,
    name: &'static str,
    position: i64,
) -> Result<i64, Failure> {
    match row.get_ref(column)? {
        ValueRef::Integer(value) => Ok(value),
        other => other
            .as_i64()
            .map_err(|error| Failure::column(position, name, &error)),
    }
}

//! evgen's own layout: its rows, read and written. Its tables are made in `migrate.rs`.

use std::borrow::Cow;
use std::ops::Bound;
use std::sync::LazyLock;

use jiff::Timestamp;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, Rows, Statement, params};

use super::failure::Failure;
use super::layout::{NewRow, Reads, Sql, Stream, Table, Wanted, Whole};
use super::{read, take};
use crate::command;
use crate::envelope::PayloadBuf;
use crate::error::AppendError;
use crate::position::Position;
use crate::store::{Appended, Batch, Page, StreamVersions, checksum, micros};
use crate::stream::{AggregateVersion, StreamId};

pub(super) const JSON: i64 = 0;
pub(super) const AVRO: i64 = 1;

pub(super) struct Native;

static SQL: Sql = Sql {
    insert: include_str!("sql/native_insert.sql"),
    head: "SELECT max(position) FROM evgen_events",
    next_at: include_str!("sql/native_next_at.sql"),
    row_of_version: include_str!("sql/native_row_of_version.sql"),
};

static READS: LazyLock<Reads> = LazyLock::new(|| reads(""));
static READS_WITH_CHECKSUMS: LazyLock<Reads> =
    LazyLock::new(|| reads(", e.checksum, e.payload_kind"));

/// The statements, whose `ROW` is what `evgen_take` gets; `checked`: also what tells of rows that were edited. Rows of one stream need not say whose they are.
fn reads(checked: &str) -> Reads {
    let read = |sql: &str, stream: &str| {
        let row = format!(
            "e.position, {stream}, coalesce(e.named, e.version), e.event_version, e.event_type, e.event_id, e.payload, \
             e.create_date, e.metadata{checked}"
        );
        Cow::Owned(sql.replace("ROW", &row))
    };
    let of_one = |sql| read(sql, "NULL");
    let of_all = |sql| read(sql, "e.stream");
    Reads {
        stream_whole: Some(Whole {
            rows: of_one(include_str!("sql/native_stream_whole.sql")),
            place_behind: include_str!("sql/native_place_behind.sql"),
        }),
        stream_forward: of_one(include_str!("sql/native_stream_forward.sql")),
        stream_backward: of_one(include_str!("sql/native_stream_backward.sql")),
        all_forward: of_all(include_str!("sql/native_all_forward.sql")),
        all_backward: of_all(include_str!("sql/native_all_backward.sql")),
        by_event_id: of_all(include_str!("sql/native_by_event_id.sql")),
    }
}

impl Table for Native {
    fn sql(&self) -> &'static Sql {
        &SQL
    }

    fn reads(&self, checksums: bool) -> &'static Reads {
        if checksums {
            &READS_WITH_CHECKSUMS
        } else {
            &READS
        }
    }

    fn page(&self, rows: Rows<'_>, wanted: &Wanted<'_>) -> Result<Page, Failure> {
        take::page(rows, wanted)
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
                    let last: Option<i64> = row.get(2)?;
                    Ok(Stream {
                        key: row.get(0)?,
                        next: last.map(|last| last.saturating_add(1)),
                        odd: row.get(1)?,
                    })
                },
            )
            .optional()?;
        Ok(stream)
    }

    fn add_stream(
        &self,
        connection: &Connection,
        id: &StreamId,
    ) -> Result<Option<Stream>, Failure> {
        let added = connection
            .prepare_cached(include_str!("sql/native_add_stream.sql"))?
            .execute(params![&*id.aggregate_type, id.aggregate_id.as_str()])?;
        Ok((added == 1).then(|| Stream {
            key: connection.last_insert_rowid(),
            next: None,
            odd: false,
        }))
    }

    fn insert(&self, insert: &mut Statement<'_>, row: &NewRow<'_>) -> Result<i64, Failure> {
        let event = row.event;
        let (kind, payload) = match &event.payload {
            PayloadBuf::Json(text) => (JSON, ValueRef::Text(text.as_bytes())),
            PayloadBuf::Avro(bytes) => (AVRO, ValueRef::Blob(bytes)),
        };
        let create_date = event.create_date.map_or(row.now, micros::floor);
        let content = checksum::of_content(row.stream, event, create_date);
        let position = insert.insert(params![
            row.key,
            row.place,
            (row.version != row.place).then_some(row.version),
            event.event_id.as_str(),
            event.event_type,
            event.event_version,
            kind,
            rusqlite::types::ToSqlOutput::Borrowed(payload),
            create_date,
            event.metadata,
            checksum::with_version(content, row.version),
        ])?;
        Ok(position)
    }

    fn mark_odd(&self, connection: &Connection, key: i64) -> Result<(), Failure> {
        connection
            .prepare_cached("UPDATE evgen_streams SET odd = 1 WHERE id = ?1")?
            .execute([key])?;
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

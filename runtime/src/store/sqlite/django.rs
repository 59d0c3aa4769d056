//! djangoevents' layout: table `event_journal`, read and written as djangoevents itself does.

use std::borrow::Cow;
use std::ops::Bound;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::types::{FromSqlError, Value};
use rusqlite::{Connection, OptionalExtension, Row, Rows, Statement, params};

use super::failure::Failure;
use super::layout::{NewRow, Reads, Sql, Stream, Table, Wanted};
use super::migrate;
use super::read::{self, LONG, MAX_BYTES};
use crate::django;
use crate::envelope::{Payload, PayloadBuf, RecordedEvent};
use crate::error::{AppendError, BoxError};
use crate::position::Position;
use crate::store::{
    self, Appended, Batch, Page, PageBuilder, StreamVersions, foreign, micros, repeat,
};
use crate::stream::{AggregateVersion, StreamId};

pub(super) struct Django {
    /// `None`: UTC.
    zone: Option<TimeZone>,
}

static SQL: Sql = Sql {
    insert: include_str!("sql/django_insert.sql"),
    head: "SELECT max(id) FROM event_journal",
    next_at: include_str!("sql/django_next_at.sql"),
    row_of_version: include_str!("sql/django_row_of_version.sql"),
};

static READS: Reads = Reads {
    stream_whole: None,
    stream_forward: Cow::Borrowed(include_str!("sql/django_stream_forward.sql")),
    stream_backward: Cow::Borrowed(include_str!("sql/django_stream_backward.sql")),
    all_forward: Cow::Borrowed(include_str!("sql/django_all_forward.sql")),
    all_backward: Cow::Borrowed(include_str!("sql/django_all_backward.sql")),
    by_event_id: Cow::Borrowed(include_str!("sql/django_by_event_id.sql")),
};

impl Django {
    pub(super) fn new(zone: TimeZone) -> Self {
        Self {
            zone: Some(zone).filter(|zone| *zone != TimeZone::UTC),
        }
    }

    fn parse_date(&self, text: &str) -> Result<Timestamp, BoxError> {
        let micros = django::parse_date(text).ok_or("it is not `YYYY-MM-DD HH:MM:SS.ffffff`")?;
        let time = Timestamp::from_microsecond(micros)?;
        match &self.zone {
            None => Ok(time),
            Some(zone) => Ok(zone.to_timestamp(TimeZone::UTC.to_datetime(time))?),
        }
    }

    /// The time whose clock in UTC shows what the zone's shows at `time`: what the column tells.
    fn local(&self, time: Timestamp) -> Timestamp {
        let local = self
            .zone
            .as_ref()
            .and_then(|zone| TimeZone::UTC.to_timestamp(zone.to_datetime(time)).ok());
        local.unwrap_or(time)
    }

    /// The current row of one of the SELECTs.
    fn event<'r>(&self, row: &'r Row<'_>) -> Result<RecordedEvent<'r>, Failure> {
        let position = row.get(0)?;
        let bad =
            |name: &'static str| move |error: FromSqlError| Failure::column(position, name, &error);
        let date = row.get_ref(6)?.as_str().map_err(bad("create_date"))?;
        let create_date = self.parse_date(date).map_err(|error| Failure::Row {
            row: position,
            problem: format!("column create_date `{date}`: {error}"),
        })?;
        Ok(RecordedEvent {
            position: Position(position),
            event_id: row.get_ref(1)?.as_str().map_err(bad("event_id"))?,
            event_type: row.get_ref(2)?.as_str().map_err(bad("event_type"))?,
            event_version: event_version(row, position)?,
            payload: Payload::Json(row.get_ref(4)?.as_str().map_err(bad("event_data"))?),
            aggregate_type: row.get_ref(8)?.as_str().map_err(bad("aggregate_type"))?,
            aggregate_id: row.get_ref(9)?.as_str().map_err(bad("aggregate_id"))?,
            version: AggregateVersion(row.get_ref(5)?.as_i64().map_err(bad("aggregate_version"))?),
            create_date,
            metadata: repeat::metadata(row.get_ref(7)?.as_str_or_null().map_err(bad("metadata"))?),
            django_class: Some((
                row.get_ref(10)?.as_str().map_err(bad("_module_name"))?,
                row.get_ref(11)?.as_str().map_err(bad("_class_name"))?,
            )),
            checksum: None,
        })
    }

    fn write_date(&self, micros: i64) -> String {
        let local = Timestamp::from_microsecond(micros).map(|time| micros::floor(self.local(time)));
        django::write_date(local.unwrap_or(micros))
    }
}

impl Table for Django {
    fn sql(&self) -> &'static Sql {
        &SQL
    }

    /// There are no checksums.
    fn reads(&self, _: bool) -> &'static Reads {
        &READS
    }

    /// Rows are stepped in place and copied once, into the page's buffers.
    fn page(&self, mut rows: Rows<'_>, wanted: &Wanted<'_>) -> Result<Page, Failure> {
        let mut page = PageBuilder::new();
        while let Some(row) = rows.next()? {
            if !wanted.only.is_empty() {
                let text = |column, name| {
                    let value = row.get_ref(column)?.as_str();
                    value.map_err(|error| Failure::column(row.get(0).unwrap_or(0), name, &error))
                };
                let (aggregate_type, event_type) =
                    (text(8, "aggregate_type")?, text(2, "event_type")?);
                if !store::takes(wanted.only, aggregate_type, event_type) {
                    continue;
                }
            }
            // A row behind a full page shows that it is not the last.
            if page.len() >= wanted.limit || page.size() >= MAX_BYTES {
                return Ok(page.finish(false));
            }
            if page.len() == LONG {
                page.reserve_like(wanted.limit, MAX_BYTES);
            }
            page.push(&self.event(row)?);
        }
        Ok(page.finish(true))
    }

    /// Texts of this form sort as the times that they tell. Bounds are narrowed on the zone's clock, not before: in an hour
    /// that comes twice the microsecond before its second beginning shows the hour's end.
    fn times(&self, (from, to): (Bound<Timestamp>, Bound<Timestamp>)) -> (Value, Value) {
        let local = |time| self.local(time);
        let (first, last) = micros::range((from.map(local), to.map(local)));
        let text = |micros| {
            Value::Text(match micros {
                i64::MIN => String::new(),
                i64::MAX => "~".to_owned(),
                micros => django::write_date(micros),
            })
        };
        (text(first), text(last))
    }

    fn prepare(&self, batch: Batch) -> Result<Batch, AppendError> {
        foreign::prepare(batch)
    }

    fn stream(&self, connection: &Connection, id: &StreamId) -> Result<Option<Stream>, Failure> {
        let next = read::next_at(connection, self, id, i64::MAX)?;
        Ok(next.map(|next| Stream {
            key: 0,
            next: Some(next),
            odd: false,
        }))
    }

    /// A stream is its rows.
    fn add_stream(&self, _: &Connection, _: &StreamId) -> Result<Option<Stream>, Failure> {
        Ok(Some(Stream {
            key: 0,
            next: None,
            odd: false,
        }))
    }

    fn insert(&self, insert: &mut Statement<'_>, row: &NewRow<'_>) -> Result<i64, Failure> {
        let event = row.event;
        let (PayloadBuf::Json(data), Some(class)) = (&event.payload, event.django) else {
            return Err(Failure::Row {
                row: 0,
                problem: format!("event {} was not prepared", event.event_id.as_str()),
            });
        };
        let (aggregate_type, aggregate_id) = (
            &*row.stream.aggregate_type,
            row.stream.aggregate_id.as_str(),
        );
        let id = insert.insert(params![
            event.event_id.as_str(),
            event.event_type,
            event.event_version,
            data,
            aggregate_id,
            aggregate_type,
            row.version,
            self.write_date(event.create_date.map_or(row.now, micros::floor)),
            event.metadata.as_deref().unwrap_or("null"),
            class.module,
            class.class,
            row.stream.to_string(),
        ])?;
        Ok(id)
    }

    /// The unique key tells of versions that are taken.
    fn mark_odd(&self, _: &Connection, _: i64) -> Result<(), Failure> {
        Ok(())
    }

    fn note_commands(
        &self,
        connection: &Connection,
        batch: &Batch,
        appended: &Appended,
    ) -> Result<(), Failure> {
        for (append, versions) in batch.streams.iter().zip(&appended.streams) {
            let Some(command_id) = append
                .command_id
                .as_deref()
                .filter(|_| !append.events.is_empty())
            else {
                continue;
            };
            connection.execute_batch(include_str!("sql/commands.sql"))?;
            connection
                .prepare_cached(include_str!("sql/note_command.sql"))?
                .execute(params![
                    &*append.stream.aggregate_type,
                    append.stream.aggregate_id.as_str(),
                    command_id,
                    versions.first.0,
                    versions.next.0,
                    versions.first_position.0,
                    appended.position.0,
                ])?;
        }
        Ok(())
    }

    fn find_command(
        &self,
        connection: &Connection,
        stream: &StreamId,
        command_id: &str,
    ) -> Result<Option<Appended>, Failure> {
        if !migrate::has_table(connection, "evgen_commands")? {
            return Ok(None);
        }
        let found = connection
            .prepare_cached(include_str!("sql/find_command.sql"))?
            .query_row(
                params![
                    &*stream.aggregate_type,
                    stream.aggregate_id.as_str(),
                    command_id
                ],
                |row| {
                    Ok(Appended {
                        position: Position(row.get(3)?),
                        streams: vec![StreamVersions {
                            first: AggregateVersion(row.get(0)?),
                            next: AggregateVersion(row.get(1)?),
                            first_position: Position(row.get(2)?),
                        }],
                    })
                },
            )
            .optional()?;
        Ok(found)
    }

    fn is_foreign(&self) -> bool {
        true
    }
}
fn event_version(row: &Row<'_>, position: i64) -> Result<Option<i32>, Failure> {
    let version = row.get_ref(3)?;
    let version = version
        .as_i64_or_null()
        .map_err(|error| Failure::column(position, "event_version", &error))?;
    version
        .map(i32::try_from)
        .transpose()
        .map_err(|_| Failure::Row {
            row: position,
            problem: format!(
                "event_version {} is out of range",
                version.unwrap_or_default()
            ),
        })
}

//! Reading pages of events. The server packs a page into one value (an array of records, in PostgreSQL's binary form),
//! which is taken apart here and copied once, into the page's buffers.

use sqlx::postgres::{PgArguments, PgRow, Postgres};
use sqlx::query::Query;
use sqlx::{PgConnection, Row, ValueRef};

use super::failure::Failure;
use super::sql::Sql;
use super::types::Time;
use crate::envelope::{Payload, RecordedEvent};
use crate::position::Position;
use crate::store::{Direction, JournalQuery, Page, PageBuilder, StreamQuery, micros, repeat};
use crate::stream::{AggregateVersion, StreamId};

/// A page ends at this many events or bytes.
const MAX_EVENTS: usize = 512;
const MAX_BYTES: usize = 1 << 20;

pub(super) async fn stream(
    connection: &mut PgConnection,
    sql: &Sql,
    query: &StreamQuery,
) -> Result<Page, Failure> {
    let (text, from) = match query.direction {
        Direction::Forward => (&sql.stream_forward, i64::MIN),
        Direction::Backward => (&sql.stream_backward, i64::MAX),
    };
    let (first, last) = micros::range(query.time);
    let limit = limit(query.limit);
    let select = sqlx::query(text.get())
        .bind(&*query.stream.aggregate_type)
        .bind(query.stream.aggregate_id.as_str())
        .bind(query.after.map_or(from, |after| after.0))
        .bind(query.from_version.map_or(i64::MIN, |version| version.0))
        .bind(query.until_version.map_or(i64::MAX, |version| version.0))
        .bind(Time::bound(first))
        .bind(Time::bound(last))
        .bind(behind(limit));
    page(connection, sql, select, Some(&query.stream), limit).await
}

pub(super) async fn all(
    connection: &mut PgConnection,
    sql: &Sql,
    query: &JournalQuery,
) -> Result<Page, Failure> {
    let filtered = !query.only.is_empty();
    let (text, from) = match (query.direction, filtered) {
        (Direction::Forward, false) => (&sql.all_forward, i64::MIN),
        (Direction::Forward, true) => (&sql.some_forward, i64::MIN),
        (Direction::Backward, false) => (&sql.all_backward, i64::MAX),
        (Direction::Backward, true) => (&sql.some_backward, i64::MAX),
    };
    let limit = limit(query.limit);
    let mut select = sqlx::query(text.get())
        .bind(query.after.map_or(from, |after| after.0))
        .bind(behind(limit));
    if filtered {
        let of = |any: bool| {
            let only = query.only.iter();
            only.filter(move |(_, event)| event.is_none() == any)
        };
        let any: Vec<&str> = of(true).map(|(aggregate, _)| aggregate.as_str()).collect();
        let (aggregates, events): (Vec<&str>, Vec<&str>) = of(false)
            .filter_map(|(aggregate, event)| Some((aggregate.as_str(), event.as_deref()?)))
            .unzip();
        select = select.bind(any).bind(aggregates).bind(events);
    }
    page(connection, sql, select, None, limit).await
}

/// The events of those ids, in the order of the journal.
pub(super) async fn by_event_ids(
    connection: &mut PgConnection,
    sql: &Sql,
    ids: &[&str],
) -> Result<Page, Failure> {
    let select = sqlx::query(sql.by_event_ids.get()).bind(ids);
    let mut builder = PageBuilder::new();
    if let Some(packed) = fetch(connection, select).await? {
        let mut records = Records::new(packed.bytes()?)?;
        while let Some(mut record) = records.next()? {
            builder.push(&record.event(None)?);
        }
    }
    Ok(builder.finish(true))
}

pub(super) async fn head(connection: &mut PgConnection, sql: &Sql) -> Result<i64, Failure> {
    let row = sqlx::query(sql.head.get()).fetch_one(connection).await?;
    Ok(row
        .try_get::<Option<i64>, _>(0)?
        .unwrap_or(Position::START.0))
}

/// What the stream's next event was to carry when `position` was the store's last; `None` where the stream has none.
pub(super) async fn next_at(
    connection: &mut PgConnection,
    sql: &Sql,
    stream: &StreamId,
    position: i64,
) -> Result<Option<i64>, Failure> {
    let row = sqlx::query(sql.next_at.get())
        .bind(&*stream.aggregate_type)
        .bind(stream.aggregate_id.as_str())
        .bind(position)
        .fetch_optional(connection)
        .await?;
    Ok(row
        .map(|row| row.try_get::<Option<i64>, _>(0))
        .transpose()?
        .flatten())
}

fn limit(limit: Option<usize>) -> usize {
    limit.map_or(MAX_EVENTS, |limit| limit.min(MAX_EVENTS))
}

/// One more: a row behind a full page shows that it is not the last.
fn behind(limit: usize) -> i64 {
    i64::try_from(limit).map_or(i64::MAX, |limit| limit.saturating_add(1))
}

async fn page(
    connection: &mut PgConnection,
    sql: &Sql,
    select: Query<'_, Postgres, PgArguments>,
    stream: Option<&StreamId>,
    limit: usize,
) -> Result<Page, Failure> {
    let mut page = PageBuilder::new();
    let Some(packed) = fetch(connection, select).await? else {
        return Ok(page.finish(true));
    };
    let mut records = Records::new(packed.bytes()?)?;
    while let Some(mut record) = records.next()? {
        if page.len() >= limit || page.size() >= MAX_BYTES {
            return Ok(page.finish(false));
        }
        if !record.is_big()? {
            page.push(&record.event(stream)?);
            continue;
        }
        let select = sqlx::query(sql.at.get()).bind(record.position()?);
        if let Some(packed) = fetch(connection, select).await?
            && let Some(mut record) = Records::new(packed.bytes()?)?.next()?
        {
            page.push(&record.event(stream)?);
        }
    }
    Ok(page.finish(true))
}

struct Packed(PgRow);

/// The one value of the one row; `None`: there is no event.
async fn fetch(
    connection: &mut PgConnection,
    select: Query<'_, Postgres, PgArguments>,
) -> Result<Option<Packed>, Failure> {
    let row = select.fetch_one(connection).await?;
    let none = row.try_get_raw(0)?.is_null();
    Ok((!none).then_some(Packed(row)))
}

impl Packed {
    fn bytes(&self) -> Result<&[u8], Failure> {
        let bytes = self.0.try_get_raw(0)?.as_bytes();
        bytes.map_err(|error| Failure::Postgres(sqlx::Error::Decode(error)))
    }
}

/// The records of an array, in PostgreSQL's binary form.
struct Records<'a> {
    rest: Bytes<'a>,
    left: i32,
}

/// One of them: its columns are position, version, create_date, checksum, event_version, event_id, event_type, payload as
/// JSON, payload as Avro, metadata, aggregate type, aggregate id, and djangoevents' module and class.
struct Record<'a> {
    columns: [Option<&'a [u8]>; COLUMNS],
}

const COLUMNS: usize = 14;

#[derive(Clone, Copy)]
struct Bytes<'a>(&'a [u8]);

impl<'a> Records<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, Failure> {
        let mut rest = Bytes(bytes);
        let dimensions = rest.i32()?;
        // Whether there are NULLs, and the type of the elements.
        rest.take(8)?;
        let mut left = 0;
        if dimensions == 1 {
            left = rest.i32()?;
            // The lower bound.
            rest.take(4)?;
        }
        Ok(Self { rest, left })
    }

    fn next(&mut self) -> Result<Option<Record<'a>>, Failure> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        // Length of the record, and number of its columns.
        self.rest.take(4)?;
        if usize::try_from(self.rest.i32()?) != Ok(COLUMNS) {
            return Err(unexpected());
        }
        let mut columns = [None; COLUMNS];
        for column in &mut columns {
            // Its type.
            self.rest.take(4)?;
            if let Ok(length) = usize::try_from(self.rest.i32()?) {
                *column = Some(self.rest.take(length)?);
            }
        }
        Ok(Some(Record { columns }))
    }
}

impl<'a> Record<'a> {
    fn position(&self) -> Result<i64, Failure> {
        self.i64(0)?.ok_or_else(unexpected)
    }

    /// Whether it was left to be read alone.
    fn is_big(&self) -> Result<bool, Failure> {
        Ok(self.columns[7].is_none() && self.columns[8].is_none())
    }

    fn event<'b>(&mut self, stream: Option<&'b StreamId>) -> Result<RecordedEvent<'b>, Failure>
    where
        'a: 'b,
    {
        let position = self.position()?;
        let row = |problem: &str| Failure::Row {
            row: position,
            problem: problem.to_owned(),
        };
        let payload = match (self.columns[7], self.columns[8]) {
            (Some(_), None) => Payload::Json(self.text(7)?.unwrap_or_default()),
            (None, Some(bytes)) => Payload::Avro(bytes),
            _ => {
                return Err(row(
                    "it has no payload, or two: a later version of evgen may have written it",
                ));
            }
        };
        let time = self.i64(2)?.and_then(Time::read);
        let event_version = match self.columns[4] {
            Some(bytes) => Some(i32::from_be_bytes(
                bytes.try_into().map_err(|_| unexpected())?,
            )),
            None => None,
        };
        let text = |column: usize, name: &str| match self.text(column) {
            Ok(Some(text)) => Ok(text),
            Ok(None) => Err(row(&format!("column {name} is NULL"))),
            Err(error) => Err(error),
        };
        Ok(RecordedEvent {
            position: Position(position),
            event_id: text(5, "event_id")?,
            event_type: text(6, "event_type")?,
            event_version,
            payload,
            aggregate_type: match stream {
                Some(stream) => &stream.aggregate_type,
                None => text(10, "aggregate_type")?,
            },
            aggregate_id: match stream {
                Some(stream) => stream.aggregate_id.as_str(),
                None => text(11, "aggregate_id")?,
            },
            version: AggregateVersion(self.i64(1)?.ok_or_else(unexpected)?),
            create_date: time.ok_or_else(|| row("column create_date is out of range"))?,
            metadata: repeat::metadata(self.text(9)?),
            django_class: match (self.columns[12], self.columns[13]) {
                (Some(_), Some(_)) => Some((text(12, "_module_name")?, text(13, "_class_name")?)),
                _ => None,
            },
            checksum: self.i64(3)?,
        })
    }

    fn text(&self, column: usize) -> Result<Option<&'a str>, Failure> {
        self.columns[column]
            .map(|bytes| {
                std::str::from_utf8(bytes).map_err(|error| Failure::Row {
                    row: self.position().unwrap_or_default(),
                    problem: format!("a text is not UTF-8: {error}"),
                })
            })
            .transpose()
    }

    fn i64(&self, column: usize) -> Result<Option<i64>, Failure> {
        self.columns[column]
            .map(|bytes| {
                Ok(i64::from_be_bytes(
                    bytes.try_into().map_err(|_| unexpected())?,
                ))
            })
            .transpose()
    }
}

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Failure> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(unexpected)?;
        self.0 = rest;
        Ok(taken)
    }

    fn i32(&mut self) -> Result<i32, Failure> {
        let bytes = self.take(4)?.try_into().map_err(|_| unexpected())?;
        Ok(i32::from_be_bytes(bytes))
    }
}

fn unexpected() -> Failure {
    let problem = "the server sent a page in another form than expected";
    Failure::Postgres(sqlx::Error::Protocol(problem.to_owned()))
}

//! Reading pages of events: columns are read in place, in PostgreSQL's binary form, and copied once, into the page's
//! buffers. (Packing a page into one value was tried: the server is slower at that than the driver at rows.)

use sqlx::postgres::{PgArguments, PgRow, Postgres};
use sqlx::query::Query;
use sqlx::{Executor, PgConnection, Row, ValueRef};

use super::failure::Failure;
use super::page::{self, Among};
use super::sql::Sql;
use super::types::Time;
use crate::position::Position;
use crate::store::{
    Direction, JournalQuery, Page, PageBuilder, StreamQuery, Unchecked, UncheckedPayload, micros,
};
use crate::stream::StreamId;

/// A page ends at this many events.
const MAX_EVENTS: usize = 1024;

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
    let limit = page::limit(query.limit, MAX_EVENTS);
    let select = sqlx::query(text.get())
        .bind(&*query.stream.aggregate_type)
        .bind(query.stream.aggregate_id.as_str())
        .bind(query.after.map_or(from, |after| after.0))
        .bind(query.from_version.map_or(i64::MIN, |version| version.0))
        .bind(query.until_version.map_or(i64::MAX, |version| version.0))
        .bind(Time::bound(first))
        .bind(Time::bound(last))
        .bind(page::behind(limit))
        .bind(query.checksums);
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
    let limit = page::limit(query.limit, MAX_EVENTS);
    let mut select = sqlx::query(text.get())
        .bind(query.after.map_or(from, |after| after.0))
        .bind(page::behind(limit))
        .bind(query.checksums);
    if filtered {
        let (any, aggregates, events) = page::only(query);
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
    let mut rows = connection.fetch_many(select);
    while let Some(row) = page::next(&mut rows).await? {
        Record(&row).put(&mut builder, None, Among::Others)?;
    }
    finish(builder, true)
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

async fn page(
    connection: &mut PgConnection,
    sql: &Sql,
    select: Query<'_, Postgres, PgArguments>,
    stream: Option<&StreamId>,
    limit: usize,
) -> Result<Page, Failure> {
    let mut page = PageBuilder::new();
    let stream = stream.map(|stream| {
        page.stream(
            stream.aggregate_type.as_bytes(),
            stream.aggregate_id.as_str().as_bytes(),
        )
    });
    let put = |page: &mut PageBuilder, row: &PgRow, among| Record(row).put(page, stream, among);
    let (page, more) = page::fill(page, connection, select, limit, &sql.at, put).await?;
    finish(page, !more)
}

fn finish(page: PageBuilder, last: bool) -> Result<Page, Failure> {
    page.checked(last).map_err(|not_text| Failure::Row {
        row: not_text.position.0,
        problem: format!("column {} is not UTF-8", not_text.part),
    })
}

fn no_payload(row: i64) -> Failure {
    Failure::Row {
        row,
        problem: "it has no payload, or two: a later version of evgen may have written it"
            .to_owned(),
    }
}

/// A row of an event. Its columns are position, version, create_date, checksum, event_version, event_id, event_type, payload
/// as JSON, payload as Avro, metadata; and, where the stream does not tell, aggregate type and aggregate id.
struct Record<'a>(&'a PgRow);

impl<'a> Record<'a> {
    fn position(&self) -> Result<i64, Failure> {
        self.i64(0)?.ok_or_else(unexpected)
    }

    /// Copies the event behind the others; `stream`: whose it is, where the query tells. `false`: it was left to be read alone.
    fn put(
        &self,
        page: &mut PageBuilder,
        stream: Option<usize>,
        among: Among,
    ) -> Result<bool, Failure> {
        let payload = match (self.bytes(7)?, self.bytes(8)?) {
            (Some(text), None) => UncheckedPayload::Json(text),
            (None, Some(bytes)) => UncheckedPayload::Avro(bytes),
            (None, None) if among == Among::Others => return Ok(false),
            _ => return Err(no_payload(self.position()?)),
        };
        let position = self.position()?;
        let time = self.i64(2)?.and_then(Time::read);
        let stream = match stream {
            Some(stream) => stream,
            None => page.stream(
                self.text(10, "aggregate_type")?,
                self.text(11, "aggregate_id")?,
            ),
        };
        let event = Unchecked {
            position,
            version: self.i64(1)?.ok_or_else(unexpected)?,
            create_date: time.ok_or_else(|| Failure::Row {
                row: position,
                problem: "column create_date is out of range".to_owned(),
            })?,
            checksum: self.i64(3)?,
            event_version: self.number(4)?.map(i32::from_be_bytes),
            event_type: self.text(6, "event_type")?,
            event_id: self.text(5, "event_id")?,
            payload,
            metadata: self.bytes(9)?.filter(|metadata| *metadata != b"null"),
        };
        page.put(&event, stream);
        Ok(true)
    }

    #[inline(always)]
    fn bytes(&self, column: usize) -> Result<Option<&'a [u8]>, Failure> {
        let found = self.0.try_get_raw(column);
        // Looked at where it is: to move it costs as much as all the rest.
        match &found {
            Ok(value) if value.is_null() => Ok(None),
            Ok(value) => match value.as_bytes() {
                Ok(bytes) => Ok(Some(bytes)),
                Err(error) => Err(Failure::Postgres(sqlx::Error::Decode(error))),
            },
            Err(_) => Err(unexpected()),
        }
    }

    fn text(&self, column: usize, name: &str) -> Result<&'a [u8], Failure> {
        match self.bytes(column)? {
            Some(text) => Ok(text),
            None => Err(Failure::Row {
                row: self.position()?,
                problem: format!("column {name} is NULL"),
            }),
        }
    }

    fn i64(&self, column: usize) -> Result<Option<i64>, Failure> {
        Ok(self.number(column)?.map(i64::from_be_bytes))
    }

    fn number<const N: usize>(&self, column: usize) -> Result<Option<[u8; N]>, Failure> {
        let bytes = self.bytes(column)?.map(<[u8; N]>::try_from);
        bytes.transpose().map_err(|_| unexpected())
    }
}

fn unexpected() -> Failure {
    let problem = "a column is not of the type that it should be";
    Failure::Postgres(sqlx::Error::Decode(problem.into()))
}

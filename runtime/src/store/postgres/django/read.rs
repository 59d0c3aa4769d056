//! Reading pages of events from `event_journal`.

use sqlx::postgres::{PgArguments, PgRow, Postgres};
use sqlx::query::Query;
use sqlx::{Executor, PgConnection, Row};

use super::super::failure::Failure;
use super::super::page::{self, Among};
use super::super::sql::Sql;
use super::super::types::Time;
use crate::envelope::{Payload, RecordedEvent};
use crate::position::Position;
use crate::store::{Direction, JournalQuery, Page, PageBuilder, StreamQuery, micros, repeat};
use crate::stream::{AggregateVersion, StreamId};

/// A page ends at this many events.
const MAX_EVENTS: usize = 512;

/// All that is visible of a stream: its versions, and so its order, are guarded by the unique key.
pub(in super::super) async fn stream(
    connection: &mut PgConnection,
    sql: &Sql,
    query: &StreamQuery,
) -> Result<Page, Failure> {
    let (text, from) = match query.direction {
        Direction::Forward => (&sql.django_stream_forward, i64::MIN),
        Direction::Backward => (&sql.django_stream_backward, i64::MAX),
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
        .bind(page::behind(limit));
    let (page, more) = page(connection, sql, select, Some(&query.stream), limit).await?;
    Ok(page.finish(!more))
}

/// Whether a read begins where nothing is known to be settled.
pub(super) fn begins_behind(query: &JournalQuery, settled: i64) -> bool {
    match (query.direction, query.after) {
        (Direction::Forward, after) => after.is_some_and(|after| after.0 >= settled),
        (Direction::Backward, after) => after.is_none_or(|after| after.0 > settled),
    }
}

/// Whether more may lie behind the end of what was settled.
pub(super) fn may_grow(query: &JournalQuery) -> bool {
    query.direction == Direction::Forward
}

/// Events of the journal up to id `until`, and whether there are more of them.
pub(super) async fn all(
    connection: &mut PgConnection,
    sql: &Sql,
    query: &JournalQuery,
    until: i64,
) -> Result<(PageBuilder, bool), Failure> {
    let (text, from) = match query.direction {
        Direction::Forward => (&sql.django_all_forward, i64::MIN),
        Direction::Backward => (&sql.django_all_backward, i64::MAX),
    };
    let limit = page::limit(query.limit, MAX_EVENTS);
    let (any, aggregates, events) = page::only(query);
    let select = sqlx::query(text.get())
        .bind(query.after.map_or(from, |after| after.0))
        .bind(page::behind(limit))
        .bind(until)
        .bind(!query.only.is_empty())
        .bind(any)
        .bind(aggregates)
        .bind(events);
    page(connection, sql, select, None, limit).await
}

/// The events of those ids, in the order of the journal. Nothing keeps an id from being there twice.
pub(super) async fn by_event_ids(
    connection: &mut PgConnection,
    sql: &Sql,
    ids: &[&str],
) -> Result<Page, Failure> {
    let select = sqlx::query(sql.django_by_event_ids.get()).bind(ids);
    let mut builder = PageBuilder::new();
    let mut rows = connection.fetch_many(select);
    while let Some(row) = page::next(&mut rows).await? {
        builder.push(&event(&row, None)?);
    }
    Ok(builder.finish(true))
}

/// What the next events of those streams were to carry when row `position` was the last; `None`: a stream has none.
pub(super) async fn next_at(
    connection: &mut PgConnection,
    sql: &Sql,
    streams: &[&StreamId],
    position: i64,
) -> Result<Vec<Option<i64>>, Failure> {
    let types: Vec<&str> = streams
        .iter()
        .map(|stream| &*stream.aggregate_type)
        .collect();
    let ids: Vec<&str> = streams
        .iter()
        .map(|stream| stream.aggregate_id.as_str())
        .collect();
    let rows = sqlx::query(sql.django_next_at.get())
        .bind(types)
        .bind(ids)
        .bind(position)
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

async fn page(
    connection: &mut PgConnection,
    sql: &Sql,
    select: Query<'_, Postgres, PgArguments>,
    stream: Option<&StreamId>,
    limit: usize,
) -> Result<(PageBuilder, bool), Failure> {
    let put = |page: &mut PageBuilder, row: &PgRow, among| {
        if among == Among::Others && row.try_get_unchecked::<Option<&str>, _>(8)?.is_none() {
            return Ok(false);
        }
        page.push(&event(row, stream)?);
        Ok(true)
    };
    let page = PageBuilder::new();
    page::fill(page, connection, select, limit, &sql.django_at, put).await
}

/// Columns are id, aggregate_version, create_date, event_version, event_id, event_type, module, class, data, metadata; and,
/// where the stream does not tell, aggregate type and aggregate id.
fn event<'r>(row: &'r PgRow, stream: Option<&'r StreamId>) -> Result<RecordedEvent<'r>, Failure> {
    let position: i64 = row.try_get(0)?;
    let bad = |problem: String| Failure::Row {
        row: position,
        problem,
    };
    let text = |column: usize, name: &str| {
        let text = row.try_get_unchecked::<&str, _>(column);
        text.map_err(|error| bad(format!("column {name}: {error}")))
    };
    let event_version = row
        .try_get_unchecked::<Option<i64>, _>(3)?
        .map(i32::try_from)
        .transpose()
        .map_err(|_| bad("event_version is out of range".to_owned()))?;
    let time = Time::read(row.try_get_unchecked(2)?);
    Ok(RecordedEvent {
        position: Position(position),
        event_id: text(4, "event_id")?,
        event_type: text(5, "event_type")?,
        event_version,
        payload: Payload::Json(text(8, "event_data")?),
        aggregate_type: match stream {
            Some(stream) => &stream.aggregate_type,
            None => text(10, "aggregate_type")?,
        },
        aggregate_id: match stream {
            Some(stream) => stream.aggregate_id.as_str(),
            None => text(11, "aggregate_id")?,
        },
        version: AggregateVersion(row.try_get_unchecked(1)?),
        create_date: time.ok_or_else(|| bad("column create_date is out of range".to_owned()))?,
        metadata: repeat::metadata(Some(text(9, "metadata")?)),
        django_class: Some((text(6, "_module_name")?, text(7, "_class_name")?)),
        checksum: None,
    })
}

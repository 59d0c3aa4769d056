//! Reading pages of events: rows are stepped in place and copied once, into the page's buffers.

use std::ops::Bound;

use rusqlite::{Connection, OptionalExtension, Row, Rows, params};

use super::failure::Failure;
use super::layout::Table;
use crate::position::Position;
use crate::store::{Direction, JournalQuery, Page, PageBuilder, StreamQuery};
use crate::stream::StreamId;

/// A page ends at this many events or bytes: enough that handing it from thread to thread costs nothing, and so little that
/// two of them fit in 4 MiB.
const MAX_EVENTS: usize = 2048;
const MAX_BYTES: usize = 1 << 19;
/// A page of more events gets room for a full one at once: growing step by step copies it again and again.
const LONG: usize = 64;

pub(super) fn stream(
    connection: &Connection,
    table: &dyn Table,
    query: &StreamQuery,
) -> Result<Page, Failure> {
    let (sql, from) = match query.direction {
        Direction::Forward => (table.sql().stream_forward, i64::MIN),
        Direction::Backward => (table.sql().stream_backward, i64::MAX),
    };
    let bounded = query.from_version.is_some()
        || query.until_version.is_some()
        || query.time != (Bound::Unbounded, Bound::Unbounded);
    if let (Direction::Forward, false, Some(sql)) =
        (query.direction, bounded, table.sql().stream_whole)
    {
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query(params![
            &*query.stream.aggregate_type,
            query.stream.aggregate_id.as_str(),
            query.after.map_or(from, |after| after.0),
        ])?;
        return page(rows, table, query.limit, None);
    }
    let (first, last) = table.times(query.time);
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query(params![
        &*query.stream.aggregate_type,
        query.stream.aggregate_id.as_str(),
        query.after.map_or(from, |after| after.0),
        query.from_version.map_or(i64::MIN, |version| version.0),
        query.until_version.map_or(i64::MAX, |version| version.0),
        first,
        last,
    ])?;
    page(rows, table, query.limit, None)
}

pub(super) fn all(
    connection: &Connection,
    table: &dyn Table,
    query: &JournalQuery,
) -> Result<Page, Failure> {
    let (sql, from) = match query.direction {
        Direction::Forward => (table.sql().all_forward, i64::MIN),
        Direction::Backward => (table.sql().all_backward, i64::MAX),
    };
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query([query.after.map_or(from, |after| after.0)])?;
    page(
        rows,
        table,
        query.limit,
        Some(query).filter(|query| !query.only.is_empty()),
    )
}

pub(super) fn head(connection: &Connection, table: &dyn Table) -> rusqlite::Result<i64> {
    let head: Option<i64> = connection
        .prepare_cached(table.sql().head)?
        .query_row([], |row| row.get(0))?;
    Ok(head.unwrap_or(Position::START.0))
}

/// The event of that id, as a page of one.
pub(super) fn by_event_id(
    connection: &Connection,
    table: &dyn Table,
    event_id: &str,
) -> Result<Option<Page>, Failure> {
    let mut statement = connection.prepare_cached(table.sql().by_event_id)?;
    let page = page(statement.query([event_id])?, table, Some(1), None)?;
    Ok(Some(page).filter(|page| !page.is_empty()))
}

/// What the stream's next event was to carry when `position` was the store's last; `None` where the stream has none.
pub(super) fn next_at(
    connection: &Connection,
    table: &dyn Table,
    stream: &StreamId,
    position: i64,
) -> Result<Option<i64>, Failure> {
    let next = connection
        .prepare_cached(table.sql().next_at)?
        .query_row(
            params![
                &*stream.aggregate_type,
                stream.aggregate_id.as_str(),
                position
            ],
            |row| row.get::<_, Option<i64>>(0),
        )
        .optional()?;
    Ok(next.flatten())
}

/// Column 3 of every SELECT of events.
pub(super) fn event_version(row: &Row<'_>, position: i64) -> Result<Option<i32>, Failure> {
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

fn page(
    mut rows: Rows<'_>,
    table: &dyn Table,
    limit: Option<usize>,
    filter: Option<&JournalQuery>,
) -> Result<Page, Failure> {
    let limit = limit.map_or(MAX_EVENTS, |limit| limit.min(MAX_EVENTS));
    let mut page = PageBuilder::new();
    // Of the row before.
    let mut stream = None;
    while let Some(row) = rows.next()? {
        if let Some(filter) = filter {
            let text = |column, name| {
                let value = row.get_ref(column)?.as_str();
                value.map_err(|error| Failure::column(row.get(0).unwrap_or(0), name, &error))
            };
            if !filter.takes(text(8, "aggregate_type")?, text(2, "event_type")?) {
                continue;
            }
        }
        // A row behind a full page shows that it is not the last.
        if page.len() >= limit || page.size() >= MAX_BYTES {
            return Ok(page.finish(false));
        }
        if page.len() == LONG {
            page.reserve_like(limit, MAX_BYTES);
        }
        let key = table.stream_key(row)?;
        if key.is_some() && key == stream {
            page.push_to_same_stream(&table.event(row, true)?);
        } else {
            page.push(&table.event(row, false)?);
            stream = key;
        }
    }
    Ok(page.finish(true))
}

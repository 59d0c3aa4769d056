//! Reading pages of events: which rows. How they come into a page is the layout's own way.

use std::ops::Bound;

use rusqlite::{Connection, OptionalExtension, params};

use super::failure::Failure;
use super::layout::{Table, Wanted, Whole};
use crate::position::Position;
use crate::store::{Direction, JournalQuery, Page, StreamQuery};
use crate::stream::StreamId;

/// A page ends at this many events or bytes: enough that handing it from thread to thread costs nothing, and so little that
/// three of them (read, waiting, used) fit in 2 MiB.
const MAX_EVENTS: usize = 512;
pub(super) const MAX_BYTES: usize = 1 << 18;
/// A page of more events gets room for a full one at once: growing step by step copies it again and again.
pub(super) const LONG: usize = 64;

pub(super) fn stream(
    connection: &Connection,
    table: &dyn Table,
    query: &StreamQuery,
) -> Result<Page, Failure> {
    let reads = table.reads(query.checksums);
    let (sql, from) = match query.direction {
        Direction::Forward => (&reads.stream_forward, i64::MIN),
        Direction::Backward => (&reads.stream_backward, i64::MAX),
    };
    let wanted = Wanted {
        limit: limit(query.limit),
        stream: Some(&query.stream),
        only: &[],
    };
    let bounded = query.from_version.is_some()
        || query.until_version.is_some()
        || query.time != (Bound::Unbounded, Bound::Unbounded);
    if let (Direction::Forward, false, Some(whole)) =
        (query.direction, bounded, &reads.stream_whole)
        && let Some(place) = place_behind(connection, whole, query)?
    {
        let mut statement = connection.prepare_cached(&whole.rows)?;
        let rows = statement.query(params![
            &*query.stream.aggregate_type,
            query.stream.aggregate_id.as_str(),
            place,
        ])?;
        return table.page(rows, &wanted);
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
    table.page(rows, &wanted)
}

/// From where on the stream is to be read; `None`: what it is to be read behind is not its own, so that its rows have to be
/// looked at.
fn place_behind(
    connection: &Connection,
    whole: &Whole,
    query: &StreamQuery,
) -> rusqlite::Result<Option<i64>> {
    let Some(after) = query.after else {
        return Ok(Some(i64::MIN));
    };
    connection
        .prepare_cached(whole.place_behind)?
        .query_row(
            params![
                &*query.stream.aggregate_type,
                query.stream.aggregate_id.as_str(),
                after.0
            ],
            |row| row.get(0),
        )
        .optional()
}

pub(super) fn all(
    connection: &Connection,
    table: &dyn Table,
    query: &JournalQuery,
) -> Result<Page, Failure> {
    let reads = table.reads(query.checksums);
    let (sql, from) = match query.direction {
        Direction::Forward => (&reads.all_forward, i64::MIN),
        Direction::Backward => (&reads.all_backward, i64::MAX),
    };
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query([query.after.map_or(from, |after| after.0)])?;
    let wanted = Wanted {
        limit: limit(query.limit),
        stream: None,
        only: &query.only,
    };
    table.page(rows, &wanted)
}

fn limit(limit: Option<usize>) -> usize {
    limit.map_or(MAX_EVENTS, |limit| limit.min(MAX_EVENTS))
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
    let mut statement = connection.prepare_cached(&table.reads(false).by_event_id)?;
    let wanted = Wanted {
        limit: 1,
        stream: None,
        only: &[],
    };
    let page = table.page(statement.query([event_id])?, &wanted)?;
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

//! Filling a page from the rows of a SELECT, whatever their columns are: how many rows, what is behind them, and which is read
//! alone. What a row's columns mean is not known here, but that the first is its position.

use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream;
use sqlx::postgres::{PgArguments, PgQueryResult, PgRow, Postgres};
use sqlx::query::Query;
use sqlx::{Either, Executor, PgConnection, Row};

use super::failure::Failure;
use super::sql::Text;
use crate::store::{JournalQuery, PageBuilder};

pub(super) type Rows<'e> =
    Pin<Box<dyn Stream<Item = Result<Either<PgQueryResult, PgRow>, sqlx::Error>> + Send + 'e>>;

/// A page ends at this many bytes.
const MAX_BYTES: usize = 1 << 20;
/// Room for the others is made after so many.
const SAMPLE: usize = 64;

/// Whether a row may be left to be read alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Among {
    Others,
    None,
}

pub(super) fn limit(limit: Option<usize>, most: usize) -> usize {
    limit.map_or(most, |limit| limit.min(most))
}

/// One more: a row behind a full page shows that there are more.
pub(super) fn behind(limit: usize) -> i64 {
    i64::try_from(limit).map_or(i64::MAX, |limit| limit.saturating_add(1))
}

/// What a query takes: whole aggregate types; and pairs of an aggregate type and an event type.
pub(super) fn only(query: &JournalQuery) -> (Vec<&str>, Vec<&str>, Vec<&str>) {
    let of = |any: bool| {
        let only = query.only.iter();
        only.filter(move |(_, event)| event.is_none() == any)
    };
    let any = of(true).map(|(aggregate, _)| aggregate.as_str()).collect();
    let (aggregates, events) = of(false)
        .filter_map(|(aggregate, event)| Some((aggregate.as_str(), event.as_deref()?)))
        .unzip();
    (any, aggregates, events)
}

/// Fills `page`, and says whether there are more rows. `at`: the statement that reads one row of a position, whole.
/// `put` copies a row; `false`: it is big, and left to be read alone.
pub(super) async fn fill(
    mut page: PageBuilder,
    connection: &mut PgConnection,
    select: Query<'_, Postgres, PgArguments>,
    limit: usize,
    at: &Text,
    put: impl Fn(&mut PageBuilder, &PgRow, Among) -> Result<bool, Failure>,
) -> Result<(PageBuilder, bool), Failure> {
    let mut big = None;
    let mut rows = connection.fetch_many(select);
    while let Some(row) = next(&mut rows).await? {
        if page.len() >= limit || page.size() >= MAX_BYTES {
            return Ok((page, true));
        }
        if !put(&mut page, &row, Among::Others)? {
            let position: i64 = row.try_get(0)?;
            big = Some((position, next(&mut rows).await?.is_some()));
            break;
        }
        if page.len() == SAMPLE {
            page.reserve_like(limit, MAX_BYTES);
        }
    }
    drop(rows);
    let Some((big, more)) = big else {
        return Ok((page, false));
    };
    if !page.is_empty() {
        return Ok((page, true));
    }
    // Alone, so that a page never has many of them.
    let row = sqlx::query(at.get())
        .bind(big)
        .fetch_one(connection)
        .await?;
    put(&mut page, &row, Among::None)?;
    Ok((page, more))
}

pub(super) async fn next(rows: &mut Rows<'_>) -> Result<Option<PgRow>, sqlx::Error> {
    loop {
        let item = poll_fn(|cx| rows.as_mut().poll_next(cx))
            .await
            .transpose()?;
        match item {
            Some(Either::Right(row)) => return Ok(Some(row)),
            // How many rows there were.
            Some(Either::Left(_)) => {}
            None => return Ok(None),
        }
    }
}

//! Appending a few events to one stream at the version that is expected: what most appends are, as one statement without the
//! overhead of a function (`sql/append_one.sql`), which is another one for each number of events.

use std::fmt::Write as _;

use jiff::Timestamp;
use sqlx::{PgConnection, Row};

use super::columns::Values;
use super::sql::{Names, Sql};
use crate::position::Position;
use crate::store::{Appended, Batch, StreamAppend, StreamVersions, micros};
use crate::stream::{AggregateVersion, ExpectedVersion};

/// Most events of such an append.
const MOST: usize = 16;
/// Parameters of all events, and of each.
const COMMON: usize = 3;
const EACH: [&str; 8] = [
    "timestamptz",
    "bigint",
    "integer",
    "text",
    "text",
    "text",
    "bytea",
    "text",
];

/// The statements for one event, for two, and so on.
pub(super) fn texts(names: &Names) -> impl Iterator<Item = String> {
    let text = names.text(include_str!("sql/append_one.sql"));
    (1..=MOST).map(move |count| {
        let mut rows = String::new();
        for n in 0..count {
            let _ = write!(rows, "{}({}::bigint", if n > 0 { ", " } else { "" }, n + 1);
            for (at, kind) in (COMMON + 1 + n * EACH.len()..).zip(EACH) {
                let _ = write!(rows, ", ${at}::{kind}");
            }
            rows.push(')');
        }
        text.replace("COUNT", &count.to_string())
            .replace("ROWS", &rows)
    })
}

/// The append, where it is such a one.
pub(super) struct One<'a> {
    append: &'a StreamAppend,
    /// `None`: the stream is to be new.
    expected: Option<AggregateVersion>,
}

impl<'a> One<'a> {
    pub(super) fn of(batch: &'a Batch) -> Option<Self> {
        let [append] = &batch.streams[..] else {
            return None;
        };
        let expected = match append.expected {
            ExpectedVersion::Any => return None,
            ExpectedVersion::NoStream => None,
            ExpectedVersion::Exact(version) => Some(version),
        };
        let names_version = append.events.iter().any(|event| event.version.is_some());
        (append.events.len() <= MOST && !names_version).then_some(Self { append, expected })
    }

    /// `None`: nothing was stored, and `append_1` tells why.
    pub(super) async fn append(
        self,
        connection: &mut PgConnection,
        sql: &Sql,
    ) -> Result<Option<Appended>, sqlx::Error> {
        let Self { append, expected } = self;
        let count = append.events.len();
        let Some(text) = count.checked_sub(1).and_then(|at| sql.append_one.get(at)) else {
            return Ok(None);
        };
        let now = micros::floor(Timestamp::now());
        let mut query = sqlx::query(text.get())
            .bind(&*append.stream.aggregate_type)
            .bind(append.stream.aggregate_id.as_str())
            .bind(expected.map(|version| version.0));
        for event in &append.events {
            let Values {
                date,
                checksum,
                version,
                id,
                event_type,
                json,
                avro,
                metadata,
            } = Values::of(&append.stream, event, now);
            query = query
                .bind(date)
                .bind(checksum)
                .bind(version)
                .bind(id)
                .bind(event_type)
                .bind(json)
                .bind(avro)
                .bind(metadata);
        }
        let Some(row) = query.fetch_optional(connection).await? else {
            return Ok(None);
        };
        let head: i64 = row.try_get(0)?;
        let count = count as i64;
        let first = expected.map_or(0, |version| version.0);
        Ok(Some(Appended {
            position: Position(head),
            streams: vec![StreamVersions {
                first: AggregateVersion(first),
                next: AggregateVersion(first.saturating_add(count)),
                first_position: Position(head - count + 1),
            }],
        }))
    }
}

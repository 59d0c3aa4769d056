//! Appending to one stream at the version that is expected: what most appends are, in fewer steps than a group takes.

use jiff::Timestamp;
use sqlx::{PgConnection, Row};

use super::columns::Columns;
use super::sql::Sql;
use crate::position::Position;
use crate::store::{Appended, Batch, StreamAppend, StreamVersions, micros};
use crate::stream::{AggregateVersion, ExpectedVersion};

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
        (!append.events.is_empty() && !names_version).then_some(Self { append, expected })
    }

    /// `None`: nothing was stored, for a conflict, or as another transaction holds the stream.
    pub(super) async fn append(
        self,
        connection: &mut PgConnection,
        sql: &Sql,
    ) -> Result<Option<Appended>, sqlx::Error> {
        let Self { append, expected } = self;
        let now = micros::floor(Timestamp::now());
        let mut events = Columns::default();
        for event in &append.events {
            events.push(&append.stream, event, now);
        }
        let head: Option<i64> = sqlx::query(sql.append_one.get())
            .bind(&*append.stream.aggregate_type)
            .bind(append.stream.aggregate_id.as_str())
            .bind(expected.map(|version| version.0))
            .bind(&events.dates)
            .bind(&events.checksums)
            .bind(&events.versions)
            .bind(&events.ids)
            .bind(&events.types)
            .bind(&events.json)
            .bind(&events.avro)
            .bind(&events.metadata)
            .fetch_one(connection)
            .await?
            .try_get(0)?;
        Ok(head.map(|head| {
            let count = append.events.len() as i64;
            let first = expected.map_or(0, |version| version.0);
            Appended {
                position: Position(head),
                streams: vec![StreamVersions {
                    first: AggregateVersion(first),
                    next: AggregateVersion(first + count),
                    first_position: Position(head - count + 1),
                }],
            }
        }))
    }
}

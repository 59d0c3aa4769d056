//! Appending to several streams at the versions that are expected, as one statement (`sql/append_group.sql`): what most
//! groups of a group commit are.

use std::collections::HashSet;

use jiff::Timestamp;
use sqlx::{PgConnection, Row};

use super::columns::Columns;
use super::sql::Sql;
use crate::position::Position;
use crate::store::{Appended, Batch, StreamAppend, StreamVersions, micros};
use crate::stream::{AggregateVersion, ExpectedVersion};

/// The appends, where they are such a group: each to one stream, all to different ones.
pub(super) struct Group<'a>(Vec<&'a StreamAppend>);

impl<'a> Group<'a> {
    pub(super) fn of(batches: &[&'a Batch]) -> Option<Self> {
        let mut seen = HashSet::with_capacity(batches.len());
        let appends = batches.iter().map(|batch| match &batch.streams[..] {
            [append] => {
                let names_version = append.events.iter().any(|event| event.version.is_some());
                let fits = !append.events.is_empty() && !names_version;
                (fits && seen.insert(&append.stream)).then_some(append)
            }
            _ => None,
        });
        Some(Self(appends.collect::<Option<_>>()?))
    }

    /// What became of each; `None`: it was not stored, and `append_1` tells why.
    pub(super) async fn append(
        self,
        connection: &mut PgConnection,
        sql: &Sql,
    ) -> Result<Vec<Option<Appended>>, sqlx::Error> {
        let Self(appends) = self;
        let now = micros::floor(Timestamp::now());
        let (mut types, mut ids) = (Vec::new(), Vec::new());
        let (mut whichever, mut expected, mut counts) = (Vec::new(), Vec::new(), Vec::new());
        let (mut numbers, mut offsets) = (Vec::new(), Vec::new());
        let mut events = Columns::default();
        for (n, append) in (1..).zip(&appends) {
            types.push(&*append.stream.aggregate_type);
            ids.push(append.stream.aggregate_id.as_str());
            whichever.push(append.expected == ExpectedVersion::Any);
            expected.push(match append.expected {
                ExpectedVersion::Exact(version) => Some(version.0),
                ExpectedVersion::Any | ExpectedVersion::NoStream => None,
            });
            counts.push(append.events.len() as i32);
            for (k, event) in (0..).zip(&append.events) {
                numbers.push(n);
                offsets.push(k);
                events.push(&append.stream, event, now);
            }
        }
        let rows = sqlx::query(sql.append_group.get())
            .bind(&types)
            .bind(&ids)
            .bind(&whichever)
            .bind(&expected)
            .bind(&counts)
            .bind::<&Vec<i32>>(&numbers)
            .bind::<&Vec<i32>>(&offsets)
            .bind(&events.dates)
            .bind(&events.checksums)
            .bind(&events.versions)
            .bind(&events.ids)
            .bind(&events.types)
            .bind(&events.json)
            .bind(&events.avro)
            .bind(&events.metadata)
            .fetch_all(connection)
            .await?;
        let mut outcomes = vec![None; appends.len()];
        for row in rows {
            let n: i64 = row.try_get(0)?;
            let (first, position): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
            let at = usize::try_from(n).ok().and_then(|n| n.checked_sub(1));
            let found = at.and_then(|at| Some((outcomes.get_mut(at)?, appends.get(at)?)));
            let Some((outcome, append)) = found else {
                return Err(sqlx::Error::Protocol(
                    "append_group answered for another append".to_owned(),
                ));
            };
            let count = append.events.len() as i64;
            *outcome = Some(Appended {
                position: Position(position + count - 1),
                streams: vec![StreamVersions {
                    first: AggregateVersion(first),
                    next: AggregateVersion(first.saturating_add(count)),
                    first_position: Position(position),
                }],
            });
        }
        Ok(outcomes)
    }
}

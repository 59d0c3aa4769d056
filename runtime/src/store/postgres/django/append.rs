//! Appending one batch in a transaction: expected versions are checked against what is visible, and the table's unique key
//! guards versions against whoever inserts meanwhile, as it does between Python's writers. What then is done again is in
//! `writer.rs`.

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::{Executor, PgConnection, Row};

use super::super::core::Core;
use super::super::failure::{Failure, is_taken};
use super::super::repeated::version_taken;
use super::super::sql::Sql;
use super::super::types::Time;
use super::{commands, read, repeated};
use crate::envelope::{NewEvent, Payload};
use crate::error::AppendError;
use crate::event::DjangoClass;
use crate::position::Position;
use crate::store::{Appended, Batch, StreamAppend, StreamVersions, micros};
use crate::stream::{AggregateVersion, StreamId};

/// How often an append whose version was taken meanwhile begins again.
pub(super) const MAX_ATTEMPTS: usize = 100;

/// Appends in the transaction that is open. `Postgres` with a unique key that is taken: roll back and do it again, since
/// another writer was faster; `again` says that this was done.
pub(super) async fn append(
    connection: &mut PgConnection,
    sql: &Sql,
    batch: &Batch,
    again: bool,
) -> Result<Appended, Failure> {
    if let Some(first_time) = repeated::find(connection, sql, batch).await? {
        return Ok(first_time);
    }
    let mut placed = place(connection, sql, batch).await?;
    while again && let Some(taken) = find_taken(connection, sql, batch, &placed).await? {
        // Unless it was stored just now, between the two looks.
        let since = place(connection, sql, batch).await?;
        if since == placed {
            return Err(Failure::Refused(taken));
        }
        placed = since;
    }
    let mut ids = insert(connection, sql, batch, &placed).await?.into_iter();
    let mut last = None;
    let mut streams = Vec::with_capacity(placed.len());
    for rows in &placed {
        let mut first_position = None;
        for id in ids.by_ref().take(rows.versions.len()) {
            first_position.get_or_insert(Position(id));
            last = Some(id);
        }
        streams.push(StreamVersions {
            first: AggregateVersion(rows.first),
            next: AggregateVersion(rows.next),
            first_position: first_position.unwrap_or(Position::START),
        });
    }
    let position = match last {
        Some(last) => last,
        None => {
            let row = sqlx::query(sql.django_last.get());
            row.fetch_one(&mut *connection).await?.try_get(0)?
        }
    };
    let appended = Appended {
        position: Position(position),
        streams,
    };
    commands::note(connection, sql, batch, &appended).await?;
    Ok(appended)
}

/// Appends in a caller's transaction; a refusal leaves it as it was.
pub(in super::super) async fn append_in(
    core: &Core,
    connection: &mut PgConnection,
    batch: &Batch,
) -> Result<Appended, Failure> {
    let mut attempts = 1;
    loop {
        connection.execute("SAVEPOINT evgen_append").await?;
        let done = append(&mut *connection, &core.sql, batch, attempts > 1).await;
        if !matches!(&done, Err(failure) if failure.is_lost()) {
            let end = match &done {
                Ok(_) => "RELEASE evgen_append",
                Err(_) => "ROLLBACK TO evgen_append; RELEASE evgen_append",
            };
            connection.execute(end).await?;
        }
        match done {
            Err(Failure::Postgres(error)) if is_taken(&error) && attempts < MAX_ATTEMPTS => {
                attempts += 1;
            }
            done => return done,
        }
    }
}

/// Which versions the events of an entry get.
#[derive(PartialEq)]
struct Placed {
    first: i64,
    next: i64,
    versions: Vec<i64>,
}

async fn place(
    connection: &mut PgConnection,
    sql: &Sql,
    batch: &Batch,
) -> Result<Vec<Placed>, Failure> {
    let streams: Vec<&StreamId> = batch.streams.iter().map(|append| &append.stream).collect();
    let found = read::next_at(connection, sql, &streams, i64::MAX).await?;
    let mut next: HashMap<&StreamId, Option<i64>> = streams.into_iter().zip(found).collect();
    let place = |append| place_in(append, &mut next).map_err(Failure::Refused);
    batch.streams.iter().map(place).collect()
}

fn place_in<'b>(
    append: &'b StreamAppend,
    streams: &mut HashMap<&'b StreamId, Option<i64>>,
) -> Result<Placed, AppendError> {
    let stream = streams.entry(&append.stream).or_default();
    let actual = stream.map(AggregateVersion);
    if !append.expected.is_met_by(actual) {
        return Err(AppendError::Conflict {
            stream: append.stream.clone(),
            expected: append.expected,
            actual,
        });
    }
    let mut next = stream.unwrap_or_default();
    let mut first = next;
    if let Some(event) = append.events.first() {
        first = event.version.map_or(next, |version| version.0);
        if stream.is_none() {
            next = first;
        }
    }
    let mut versions = Vec::with_capacity(append.events.len());
    for event in &append.events {
        versions.push(event.version.map_or(next, |version| version.0));
        next = next.saturating_add(1);
    }
    if !versions.is_empty() {
        *stream = Some(next);
    }
    Ok(Placed {
        first,
        next,
        versions,
    })
}

/// The row that holds a version which is needed.
async fn find_taken(
    connection: &mut PgConnection,
    sql: &Sql,
    batch: &Batch,
    placed: &[Placed],
) -> Result<Option<AppendError>, Failure> {
    for (append, rows) in batch.streams.iter().zip(placed) {
        let find = &sql.django_row_of_version;
        let taken = version_taken(connection, find, &append.stream, &rows.versions).await?;
        if taken.is_some() {
            return Ok(taken);
        }
    }
    Ok(None)
}

/// Inserts the rows, and says their ids, in order.
async fn insert(
    connection: &mut PgConnection,
    sql: &Sql,
    batch: &Batch,
    placed: &[Placed],
) -> Result<Vec<i64>, Failure> {
    let events: Vec<(&StreamId, &NewEvent)> = batch.events().collect();
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let now = micros::floor(Timestamp::now());
    let texts = |of: fn(&StreamId, &NewEvent) -> String| -> Vec<String> {
        events
            .iter()
            .map(|(stream, event)| of(stream, event))
            .collect()
    };
    // Prepared events have one.
    let classes = |of: fn(DjangoClass) -> &'static str| -> Vec<&str> {
        let class = |(_, event): &(_, &NewEvent)| event.django.map_or("", of);
        events.iter().map(class).collect()
    };
    let versions: Vec<i64> = placed
        .iter()
        .flat_map(|rows| rows.versions.iter().copied())
        .collect();
    let dates = events.iter().map(|(_, event)| {
        let micros = event.create_date.map_or(now, micros::floor);
        Time::bound(micros)
    });
    let rows = sqlx::query(sql.django_insert.get())
        .bind(texts(|_, event| event.event_id.as_str().to_owned()))
        .bind(texts(|_, event| event.event_type.clone().into_owned()))
        .bind(
            events
                .iter()
                .map(|(_, event)| event.event_version)
                .collect::<Vec<_>>(),
        )
        .bind(texts(|_, event| match event.payload.as_payload() {
            Payload::Json(text) => text.to_owned(),
            Payload::Avro(_) => String::new(),
        }))
        .bind(texts(|stream, _| stream.aggregate_id.as_str().to_owned()))
        .bind(texts(|stream, _| stream.aggregate_type.to_string()))
        .bind(versions)
        .bind(dates.collect::<Vec<_>>())
        .bind(texts(|_, event| {
            event.metadata.clone().unwrap_or_else(|| "null".to_owned())
        }))
        .bind(classes(|class| class.module))
        .bind(classes(|class| class.class))
        .fetch_all(connection)
        .await?;
    let ids: Result<Vec<i64>, sqlx::Error> = rows.iter().map(|row| row.try_get(0)).collect();
    let mut ids = ids?;
    ids.sort_unstable();
    Ok(ids)
}

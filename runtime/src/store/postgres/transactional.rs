//! Projections that are part of every append: each batch is folded in the transaction that stores it, in a savepoint of its own,
//! so that a refused one does not fail its neighbours.
//!
//! Folding may wait for rows that other transactions hold, hence it comes before positions are taken: whoever has taken them
//! holds up every other append. So positions are not known while folding. Two appends fold at once where they write other
//! rows; those that write the same ones follow each other, in the order of their positions. What writers that do not know the
//! projection have stored is folded first, by [`follow`]; `sql/transactional_2.sql` has the locks.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection, Row};

use super::append::{self, Answer, Held, Outcome, Positions};
use super::connections::Lent;
use super::core::Core;
use super::failure::{Failure, is_behind, is_transient};
use super::project::{Apply, caught, is_outdated};
use super::sql::Sql;
use super::{notes, read};
use crate::envelope::RecordedEvent;
use crate::error::{AppendError, BoxError, Refusal};
use crate::position::Position;
use crate::store::{
    Appended, Batch, BoxFuture, JournalQuery, NoteChange, NoteQuery, ProjectError, micros, repeat,
    transactional,
};
use crate::stream::{AggregateVersion, StreamId};

/// Folds one event, inside the transaction that stores it; made from the app's projection.
pub(crate) type Fold = dyn for<'c> Fn(&'c mut PgConnection, RecordedEvent<'c>) -> BoxFuture<'c, Result<(), BoxError>>
    + Send
    + Sync;

/// A projection that is part of every append through this store.
pub(crate) type Transactional = transactional::Transactional<Fold>;

/// Those of a store.
pub(super) type Attached = transactional::Attached<Fold>;

/// Those of one moment.
pub(super) type All = transactional::All<Fold>;

/// Most batches in one transaction: each has a savepoint, and a server slows down at more than 64.
pub(super) const MAX_GROUP: usize = 32;
/// How often an append tries again because a read model was behind, or a deadlock was resolved.
const MAX_TRIES: usize = 5;

/// How folding ended. After anything but `Done` the savepoint must be undone.
pub(super) enum Folded {
    Done,
    Refused(Refusal),
    /// Others hold rows that it needs, or a deadlock was resolved at its cost.
    Waits(Refusal),
    /// A statement was prepared when its tables looked different.
    Outdated(Refusal),
}

/// Appends the batches, each whole or not at all, and folds them, in one transaction.
pub(super) async fn append(
    core: &Core,
    connection: &mut Lent,
    projections: &All,
    batches: &[&Batch],
    held: Held,
) -> Result<Answer, Failure> {
    let described = describe(projections);
    let mut tries = 0;
    loop {
        tries += 1;
        let mut tx = connection.begin_for_app().await?;
        let done = together(&mut tx, &core.sql, projections, &described, batches, held).await;
        match done {
            Ok(Some(answer)) => {
                tx.commit().await?;
                return Ok(answer);
            }
            Ok(None) if tries < MAX_TRIES => {
                tx.rollback().await?;
                connection.clear_cached_statements().await?;
            }
            Ok(None) => {
                tx.rollback().await?;
                let why = "its read models stay behind, since builds that do not know them append, too; or its rows are locked \
                           in a circle, again and again";
                return Err(Failure::Unsettled(why));
            }
            Err(Failure::Postgres(error)) if is_behind(&error) && tries < MAX_TRIES => {
                tx.rollback().await?;
            }
            Err(failure) => {
                // Where the connection is gone, so is the transaction.
                let _ = tx.rollback().await;
                return Err(failure);
            }
        }
        for projection in projections.iter() {
            follow(core, projection, None)
                .await
                .map_err(Failure::Refused)?;
        }
    }
}

/// `None`: try again, a read model was behind or a deadlock was resolved.
async fn together(
    tx: &mut PgConnection,
    sql: &Sql,
    projections: &All,
    described: &str,
    batches: &[&Batch],
    held: Held,
) -> Result<Option<Answer>, Failure> {
    if !share(tx, sql, described).await? {
        return Ok(None);
    }
    let mut outcomes = Vec::with_capacity(batches.len());
    let mut pending = Vec::new();
    for batch in batches {
        // In a group it waits a moment for rows that others hold; then it leaves the group, and waits alone.
        tx.execute(match held {
            Held::LeaveOut => "SAVEPOINT evgen_append; SET LOCAL lock_timeout = '100ms'",
            Held::Wait => "SAVEPOINT evgen_append",
        })
        .await?;
        let batch = &dated(batch);
        let answer = append::append(tx, sql, &[batch], held, Positions::Later).await?;
        let Some(outcome) = answer.outcomes.into_iter().next() else {
            continue;
        };
        let Outcome::Stored(appended) = &outcome else {
            undo(tx).await?;
            outcomes.push(outcome);
            continue;
        };
        match fold(tx, projections, batch, appended).await {
            Folded::Done => {
                tx.execute("SET LOCAL lock_timeout TO DEFAULT; RELEASE SAVEPOINT evgen_append")
                    .await?;
                pending.extend(answer.pending);
                outcomes.push(outcome);
            }
            Folded::Refused(refusal) => {
                undo(tx).await?;
                // Others may have stored meanwhile what it would not refuse after.
                if are_behind(tx, sql, described).await? {
                    return Ok(None);
                }
                outcomes.push(Outcome::Conflict(refusal.into()));
            }
            Folded::Waits(refusal) if held == Held::LeaveOut => {
                undo(tx).await?;
                outcomes.push(Outcome::Held(refusal.stream));
            }
            Folded::Waits(_) | Folded::Outdated(_) => return Ok(None),
        }
    }
    let first = place(tx, sql, &pending, Some(described)).await?;
    let mut next = match first {
        Some(first) => first,
        None => read::head(tx, sql).await? + 1,
    };
    for (outcome, batch) in outcomes.iter_mut().zip(batches) {
        if let Outcome::Stored(appended) = outcome
            && batch.events().next().is_some()
        {
            let counts = batch.streams.iter().map(|append| append.events.len());
            next = placed(appended, counts, next);
        }
    }
    let head = next - 1;
    Ok(Some(Answer {
        head,
        outcomes,
        pending: None,
    }))
}

/// Begins to fold; `false`: a read model is behind.
pub(super) async fn share(
    tx: &mut PgConnection,
    sql: &Sql,
    described: &str,
) -> Result<bool, sqlx::Error> {
    let row = sqlx::query(sql.share.get()).bind(described);
    row.fetch_one(tx).await?.try_get(0)
}

/// Whether a read model is behind what is committed.
pub(super) async fn are_behind(
    connection: &mut PgConnection,
    sql: &Sql,
    described: &str,
) -> Result<bool, sqlx::Error> {
    let row = sqlx::query(sql.are_behind.get()).bind(described);
    row.fetch_one(connection).await?.try_get(0)
}

/// Gives appends their positions; `None`: there is nothing to give.
pub(super) async fn place(
    tx: &mut PgConnection,
    sql: &Sql,
    pending: &[i64],
    described: Option<&str>,
) -> Result<Option<i64>, sqlx::Error> {
    if pending.is_empty() {
        return Ok(None);
    }
    let row = sqlx::query(sql.place.get()).bind(pending).bind(described);
    row.fetch_one(tx).await?.try_get(0)
}

/// Tells an append where its events stand, from `first` on; gives the position behind them.
/// `counts`: how many it has of each stream.
pub(super) fn placed(
    appended: &mut Appended,
    counts: impl IntoIterator<Item = usize>,
    first: i64,
) -> i64 {
    let mut next = first;
    for (stream, count) in appended.streams.iter_mut().zip(counts) {
        if count > 0 {
            stream.first_position = Position(next);
            next += i64::try_from(count).unwrap_or_default();
        }
    }
    appended.position = Position(next - 1);
    next
}

/// Undoes an append and what was folded of it; the transaction goes on.
pub(super) async fn undo(tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    tx.execute("ROLLBACK TO SAVEPOINT evgen_append; RELEASE SAVEPOINT evgen_append")
        .await?;
    Ok(())
}

/// Notes what has folded an append of a caller's transaction: whoever commits it moves their checkpoints.
pub(super) async fn note(
    tx: &mut PgConnection,
    sql: &Sql,
    projections: &All,
    pending: i64,
) -> Result<(), sqlx::Error> {
    let noted = sqlx::query(sql.folded.get())
        .bind(pending)
        .bind(describe(projections));
    noted.execute(tx).await?;
    Ok(())
}

/// As [`share`]; what is behind is brought up to date first, on another connection, while the transaction holds nothing of it.
pub(super) async fn share_with_caller(
    tx: &mut PgConnection,
    core: &Core,
    projections: &All,
) -> Result<bool, Failure> {
    let described = describe(projections);
    if are_behind(tx, &core.sql, &described).await? {
        for projection in projections.iter() {
            // An earlier append in this transaction may be what it would wait for.
            let longest = Some(Duration::from_secs(2));
            follow(core, projection, longest)
                .await
                .map_err(Failure::Refused)?;
        }
    }
    Ok(share(tx, &core.sql, &described).await?)
}

/// Folds the events of a batch that has just been appended.
pub(super) async fn fold(
    tx: &mut PgConnection,
    projections: &All,
    batch: &Batch,
    appended: &Appended,
) -> Folded {
    for (append, versions) in batch.streams.iter().zip(&appended.streams) {
        let base = versions.next.0 - i64::try_from(append.events.len()).unwrap_or_default();
        for (event, counted) in append.events.iter().zip(base..) {
            let raw = RecordedEvent {
                position: Position::START,
                event_id: event.event_id.as_str(),
                event_type: &event.event_type,
                event_version: event.event_version,
                payload: event.payload.as_payload(),
                aggregate_type: &append.stream.aggregate_type,
                aggregate_id: append.stream.aggregate_id.as_str(),
                version: event.version.unwrap_or(AggregateVersion(counted)),
                create_date: event.create_date.unwrap_or_default(),
                metadata: repeat::metadata(event.metadata.as_deref()),
                django_class: None,
                checksum: None,
            };
            for projection in projections.iter() {
                let folded = caught((projection.fold)(&mut *tx, raw)).await;
                let Err(source) = folded else { continue };
                let (waits, outdated) = (has_to_wait(&*source), is_outdated(&*source));
                let refusal = Refusal {
                    stream: append.stream.clone(),
                    projection: projection.name,
                    source,
                };
                return match (waits, outdated) {
                    (true, _) => Folded::Waits(refusal),
                    (_, true) => Folded::Outdated(refusal),
                    _ => Folded::Refused(refusal),
                };
            }
        }
    }
    Folded::Done
}

/// Whether an error of a projection is that of a lock, at any depth.
fn has_to_wait(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<sqlx::Error>() {
            return is_transient(error) || super::failure::code(error) == Some("55P03");
        }
        cause = error.source();
    }
    false
}

/// The batch with the times that its events are stored with: folding must see them.
pub(super) fn dated(batch: &Batch) -> Batch {
    let now = micros::rounded(Timestamp::now());
    let mut batch = batch.clone();
    for event in batch
        .streams
        .iter_mut()
        .flat_map(|append| &mut append.events)
    {
        let date = event.create_date.map_or(now, micros::rounded);
        event.create_date = Some(date);
    }
    batch
}

/// As `sql/transactional_2.sql` takes them.
fn describe(projections: &All) -> String {
    let described = projections.iter().map(|projection| {
        let (any, some): (Vec<_>, Vec<_>) = projection.only.iter().partition(|(_, e)| e.is_none());
        let aggregates: Vec<_> = any.iter().map(|(aggregate, _)| aggregate).collect();
        let (types, events): (Vec<_>, Vec<_>) = some.iter().map(|(a, e)| (a, e)).unzip();
        json!({
            "checkpoint": projection.checkpoint,
            "aggregates": aggregates,
            "types": types,
            "events": events,
        })
    });
    serde_json::Value::Array(described.collect()).to_string()
}

/// Folds what is stored past a projection's checkpoint, a page at a time; nobody who knows the projection appends meanwhile.
/// `longest`: gives up after waiting so long for one lock.
pub(super) async fn follow(
    core: &Core,
    projection: &Arc<Transactional>,
    longest: Option<Duration>,
) -> Result<(), AppendError> {
    let save = |source: BoxError| AppendError::Save {
        what: format!("projection `{}`", projection.name),
        source,
    };
    loop {
        // Read before the page: everything up to here is in it.
        let head = core.read(|c, sql| Box::pin(read::head(c, sql)));
        let head = head.await.map_err(|error| save(error.into()))?;
        let key = &projection.checkpoint;
        let found = core.read(|c, sql| {
            let query = NoteQuery::of(key.clone());
            Box::pin(async move { notes::load(c, sql, &query).await })
        });
        let found = found.await.map_err(|error| save(error.into()))?;
        let saved = NoteQuery::value(key, found);
        let finished: Option<i64> = saved.as_ref().and_then(|text| text.parse().ok());
        if finished.is_some_and(|finished| finished >= head) {
            return Ok(());
        }
        let query = Arc::new(JournalQuery {
            after: finished.map(Position),
            only: projection.only.clone(),
            ..JournalQuery::default()
        });
        let page = core.read(|c, sql| {
            let query = Arc::clone(&query);
            Box::pin(async move { read::all(c, sql, &query).await })
        });
        let page = page.await.map_err(|error| save(error.into()))?;
        let last = page.iter().next_back().map_or(head, |raw| raw.position.0);
        let is_last = page.is_last() || page.is_empty();
        let reached = if is_last { head.max(last) } else { last };
        let refused = Arc::new(std::sync::Mutex::new(None));
        let (folding, at) = (Arc::clone(projection), Arc::clone(&refused));
        let apply: Apply = Box::new(move |tx| {
            Box::pin(async move {
                for raw in page.iter() {
                    let stream = StreamId::new(raw.aggregate_type, raw.aggregate_id);
                    *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(stream);
                    (folding.fold)(&mut *tx, raw).await?;
                }
                Ok(())
            })
        });
        let change = NoteChange::set(key, reached.to_string()).expecting(saved);
        match core.project(vec![change], apply, longest).await {
            Ok(()) if is_last => return Ok(()),
            // Another process has followed meanwhile.
            Ok(()) | Err(ProjectError::Changed { .. }) => {}
            Err(ProjectError::Refused { source }) => {
                let stream = refused
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                return Err(AppendError::Refused(Refusal {
                    stream: stream.clone().unwrap_or_else(|| StreamId::new("", "")),
                    projection: projection.name,
                    source,
                }));
            }
            Err(ProjectError::Closed) => return Err(AppendError::Closed),
            Err(error) => return Err(save(error.into())),
        }
    }
}

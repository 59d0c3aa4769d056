//! Appending in a caller's own transaction: events and the caller's own rows are stored together, or not at all.
//!
//! The append locks its streams, checks versions and notes the events; their positions are taken last, since whoever has
//! taken positions holds up every other append until it ends. `repository/in_tx.rs` is what services use.

use sqlx::{Executor, PgConnection, Postgres, Transaction};

use super::append::{self, Held, Outcome, Positions};
use super::core::Core;
use super::failure::{Failure, is_lost};
use super::transactional::{All, Folded};
use super::{PostgresStore, core, django, repeated, transactional};
use crate::error::AppendError;
use crate::store::{Appended, Batch, StreamAppend, StreamVersions, foreign, repeat};
use crate::stream::ExpectedVersion;

/// An append in a caller's transaction, which has not ended yet.
///
/// [`commit`](Self::commit) ends it and tells the positions. Callers who must commit by themselves just do: the events are
/// stored all the same, and subscribers are notified; only positions stay unknown, and inline handlers are not called.
/// A transaction that is rolled back stores nothing.
#[must_use = "it is stored when its transaction commits: see `commit`"]
pub struct Pending {
    store: PostgresStore,
    /// As it is known now: positions are, where all of it was stored before.
    appended: Appended,
    /// Number of events per entry of the batch.
    counts: Vec<usize>,
    row: Option<i64>,
    /// The batch without its events, for errors.
    batch: Batch,
}

impl Pending {
    /// For every entry of the batch: versions of its first and past its last event. Their positions are not known yet.
    #[must_use]
    pub fn streams(&self) -> &[StreamVersions] {
        &self.appended.streams
    }

    /// Gives the events their positions and commits. Every other append waits from here until the transaction has ended:
    /// there must be nothing left to do in it.
    ///
    /// # Errors
    /// `Interrupted` when the answer to the commit was lost: the events may be stored. Else nothing is.
    pub async fn commit(self, mut tx: Transaction<'_, Postgres>) -> Result<Appended, AppendError> {
        let Self {
            store,
            mut appended,
            counts,
            row,
            batch,
        } = self;
        let core = store.core();
        if let Some(row) = row {
            match transactional::place(&mut tx, &core.sql, &[row], None).await {
                Ok(Some(first)) => {
                    transactional::placed(&mut appended, counts, first);
                }
                // Somebody has made deferred constraints immediate: its positions are taken, and not told.
                Ok(None) => {
                    let source =
                        "its positions were taken before; commit the transaction itself".into();
                    return Err(batch.failed(source));
                }
                Err(error) => return Err(core.failed(&batch, Failure::Postgres(error))),
            }
        }
        match tx.commit().await {
            Ok(()) => {
                core.stored(appended.position.0).await;
                Ok(appended)
            }
            Err(error) if is_lost(&error) => Err(AppendError::Interrupted {
                source: core.error(error).into(),
            }),
            Err(error) => Err(core.failed(&batch, Failure::Postgres(error))),
        }
    }
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending")
            .field("streams", &self.appended.streams)
            .finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// Appends in the caller's transaction, to the same database and in isolation level READ COMMITTED; it waits while
    /// another transaction holds one of the streams. A conflict leaves the transaction as it was.
    ///
    /// Reads do not see the events before the commit, those in the transaction included. A second append to a stream in the
    /// same transaction continues behind the first. Prepared transactions (PREPARE TRANSACTION) are not supported.
    ///
    /// # Errors
    /// As for [`append`](crate::store::EventStore::append). After `Backend` the transaction is over: roll it back. After
    /// any other it is as it was.
    pub async fn append_in(
        &self,
        tx: &mut PgConnection,
        batch: Batch,
    ) -> Result<Pending, AppendError> {
        let core = self.core();
        if core.is_closed() {
            return Err(AppendError::Closed);
        }
        if core.read_only {
            return Err(batch.failed(core::READ_ONLY.into()));
        }
        let batch = match core.django {
            Some(_) => foreign::prepare(batch)?,
            None => batch,
        };
        append::check(&batch)?;
        let pending = |appended, row| Pending {
            store: self.clone(),
            appended,
            counts: batch
                .streams
                .iter()
                .map(|append| append.events.len())
                .collect(),
            row,
            batch: without_events(&batch),
        };
        let failed = |failure| core.failed(&batch, failure);
        if core.django.is_some() {
            let appended = django::append_in(core, tx, &batch).await.map_err(failed)?;
            return Ok(pending(appended, None));
        }
        // Now, while a refusal still leaves the transaction as it was.
        if let Some(first_time) = repeated::find(tx, &core.sql, &batch)
            .await
            .map_err(failed)?
        {
            return Ok(pending(first_time, None));
        }
        let projections = core.attached.now();
        // What is undone needs a savepoint; a stale version is refused before anything is written.
        let in_savepoint = !projections.is_empty() || takes_any_version(&batch);
        let postgres = |error| failed(Failure::Postgres(error));
        if in_savepoint {
            tx.execute("SAVEPOINT evgen_append")
                .await
                .map_err(postgres)?;
        }
        match later(tx, core, &projections, &batch)
            .await
            .map_err(failed)?
        {
            Ok((appended, row)) => {
                if in_savepoint {
                    let release = tx.execute("RELEASE SAVEPOINT evgen_append");
                    release.await.map_err(postgres)?;
                }
                Ok(pending(appended, row))
            }
            Err(refusal) => {
                if in_savepoint {
                    transactional::undo(tx).await.map_err(postgres)?;
                }
                // The same may have been stored while this waited.
                let found = repeated::find(tx, &core.sql, &batch).await;
                let found = found.map_err(failed)?;
                found.map_or(Err(refusal), |first_time| Ok(pending(first_time, None)))
            }
        }
    }
}

/// Whether no version of it is checked, so that its repetition would not be stale.
fn takes_any_version(batch: &Batch) -> bool {
    let mut streams = batch.streams.iter();
    streams.all(|append| append.expected == ExpectedVersion::Any || append.events.is_empty())
}

/// Appends and folds; the inner error is a refusal, after which the savepoint is to be undone.
async fn later(
    tx: &mut PgConnection,
    core: &Core,
    projections: &All,
    batch: &Batch,
) -> Result<Result<(Appended, Option<i64>), AppendError>, Failure> {
    let sql = &core.sql;
    if !projections.is_empty() && !transactional::share_with_caller(tx, core, projections).await? {
        let why = "a read model that is part of the append is behind: roll back, and try again";
        return Err(Failure::Unsettled(why));
    }
    let dated = transactional::dated(batch);
    let answer = append::append(tx, sql, &[&dated], Held::Wait, Positions::Later).await?;
    let appended = match answer.outcomes.into_iter().next() {
        Some(Outcome::Stored(appended)) => appended,
        Some(Outcome::Conflict(conflict)) => return Ok(Err(conflict)),
        Some(Outcome::Held(_)) | None => return Err(Failure::Unsettled("append_1 did not wait")),
    };
    if takes_any_version(batch) {
        // Its streams are held now: what is not stored yet will not be before it.
        match repeated::find(tx, sql, batch).await {
            Ok(None) => {}
            Ok(Some(_)) => {
                let first = batch.events().next();
                return match first {
                    Some((_, event)) => Ok(Err(repeat::taken(event))),
                    None => Ok(Ok((appended, None))),
                };
            }
            Err(Failure::Refused(taken)) => return Ok(Err(taken)),
            Err(failure) => return Err(failure),
        }
    }
    match transactional::fold(tx, projections, &dated, &appended).await {
        Folded::Done => {}
        Folded::Refused(refusal) => return Ok(Err(refusal.into())),
        // The database said no, not the projection.
        Folded::Waits(refusal) | Folded::Outdated(refusal) => {
            return Ok(Err(AppendError::Backend {
                stream: refusal.stream,
                source: refusal.source,
            }));
        }
    }
    if let Some(row) = answer.pending.filter(|_| !projections.is_empty()) {
        transactional::note(tx, sql, projections, row).await?;
    }
    Ok(Ok((appended, answer.pending)))
}

fn without_events(batch: &Batch) -> Batch {
    let streams = batch.streams.iter().map(|append| StreamAppend {
        stream: append.stream.clone(),
        expected: append.expected,
        events: Vec::new(),
        command_id: None,
    });
    Batch {
        streams: streams.collect(),
    }
}

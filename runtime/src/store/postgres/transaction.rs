//! Appending in a caller's own transaction: events and the caller's own rows are stored together, or not at all.
//!
//! The append locks its streams, checks versions and notes the events; their positions are taken last, since whoever has
//! taken positions holds up every other append until it ends. `repository/in_tx.rs` is what services use.

use sqlx::{PgConnection, Postgres, Row, Transaction};

use super::append::{self, Held, Outcome, Positions};
use super::failure::{Failure, is_lost};
use super::{PostgresStore, core, django, repeated};
use crate::error::AppendError;
use crate::position::Position;
use crate::store::{Appended, Batch, StreamAppend, StreamVersions, foreign};

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
            let placed = sqlx::query(core.sql.place.get())
                .bind(row)
                .fetch_one(&mut *tx)
                .await
                .and_then(|row| row.try_get::<Option<i64>, _>(0));
            let mut next = match placed {
                Ok(Some(first)) => first,
                // Somebody has made deferred constraints immediate: its positions are taken, and not told.
                Ok(None) => {
                    let source =
                        "its positions were taken before; commit the transaction itself".into();
                    return Err(batch.failed(source));
                }
                Err(error) => return Err(core.failed(&batch, Failure::Postgres(error))),
            };
            for (stream, count) in appended.streams.iter_mut().zip(counts) {
                if count > 0 {
                    stream.first_position = Position(next);
                    next += i64::try_from(count).unwrap_or_default();
                }
            }
            appended.position = Position(next - 1);
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
    /// As for [`append`](crate::store::EventStore::append). After `Backend` the transaction is over: roll it back.
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
        let answer = append::append(tx, &core.sql, &[&batch], Held::Wait, Positions::Later).await;
        let mut answer = answer.map_err(|error| failed(Failure::Postgres(error)))?;
        match answer.outcomes.pop() {
            Some(Outcome::Stored(appended)) => Ok(pending(appended, answer.pending)),
            Some(Outcome::Conflict(conflict)) => {
                // The same may have been stored while this waited.
                let found = repeated::find(tx, &core.sql, &batch)
                    .await
                    .map_err(failed)?;
                found.map_or(Err(conflict), |first_time| Ok(pending(first_time, None)))
            }
            Some(Outcome::Held(_)) | None => {
                let source = "append_1 did not wait".into();
                Err(batch.failed(source))
            }
        }
    }
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

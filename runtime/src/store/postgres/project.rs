//! Projections whose read model is in the journal's database: effect and notes in one transaction, exactly once.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use sqlx::{Connection, PgConnection, Postgres, Transaction};

use super::PostgresStore;
use super::connections::Lent;
use super::core::READ_ONLY;
use super::failure::{Failure, is_lost};
use super::notes::{self, Changed};
use crate::error::BoxError;
use crate::store::{self, BoxFuture, NoteChange, ProjectError};

/// What a projection does in its transaction. It must not end it.
pub type Apply =
    Box<dyn for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<(), BoxError>> + Send>;

impl PostgresStore {
    /// Changes notes and calls `apply`, in one transaction of isolation level READ COMMITTED: all of it or nothing. Whoever
    /// wants to change the same notes waits meanwhile.
    ///
    /// # Errors
    /// See [`ProjectError`]. After `Backend` it may be stored: the answer to the commit may have been lost.
    pub async fn project(
        &self,
        changes: Vec<NoteChange>,
        apply: Apply,
    ) -> Result<(), ProjectError> {
        let core = self.core();
        if core.is_closed() {
            return Err(ProjectError::Closed);
        }
        let backend = |source| ProjectError::Backend {
            what: store::keys(&changes),
            source,
        };
        if core.read_only {
            return Err(backend(READ_ONLY.into()));
        }
        let failed = |error: sqlx::Error| match core.is_closed() {
            true => ProjectError::Closed,
            false => backend(core.source(Failure::Postgres(error))),
        };
        let mut lent = self.awake().await.map_err(failed)?;
        let mut tx = begin(&mut lent).await.map_err(failed)?;
        let saved = notes::save(&mut tx, &core.sql, &changes).await;
        if let Err(Changed { key, actual }) = saved.map_err(failed)? {
            tx.rollback().await.map_err(failed)?;
            return Err(ProjectError::Changed { key, actual });
        }
        if let Err(source) = caught(apply(&mut tx)).await {
            // A connection that is gone is not the projection's mistake.
            tx.rollback().await.map_err(failed)?;
            return Err(ProjectError::Refused { source });
        }
        tx.commit().await.map_err(failed)
    }

    /// A connection that answers: one that died in the pool is replaced.
    async fn awake(&self) -> Result<Lent, sqlx::Error> {
        let connections = &self.core().connections;
        loop {
            let mut lent = connections.get().await?;
            match lent.ping().await {
                Err(error) if is_lost(&error) && lent.reused => {
                    lent.spoil();
                    if connections.are_borrowed() {
                        return Err(error);
                    }
                    connections.forget();
                }
                Err(error) => {
                    lent.spoil();
                    return Err(error);
                }
                Ok(()) => return Ok(lent),
            }
        }
    }
}

async fn begin(lent: &mut Lent) -> Result<Transaction<'_, Postgres>, sqlx::Error> {
    lent.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED")
        .await
}

/// A panic is an error as any other.
async fn caught(work: BoxFuture<'_, Result<(), BoxError>>) -> Result<(), BoxError> {
    let mut work = pin!(work);
    poll_fn(|cx| {
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx)))
            .unwrap_or_else(|_| Poll::Ready(Err("the projection panicked".into())))
    })
    .await
}

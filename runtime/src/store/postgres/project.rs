//! Projections whose read model is in the journal's database: effect and notes in one transaction, exactly once.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::PostgresStore;
use super::connections::Lent;
use super::core::{Core, READ_ONLY};
use super::failure::{Failure, code, is_lost};
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
        self.core().project(changes, apply, None).await
    }
}

impl Core {
    /// As [`PostgresStore::project`]; `longest`: it gives up after waiting so long for one lock.
    pub(super) async fn project(
        &self,
        changes: Vec<NoteChange>,
        apply: Apply,
        longest: Option<Duration>,
    ) -> Result<(), ProjectError> {
        if self.is_closed() {
            return Err(ProjectError::Closed);
        }
        let backend = |source| ProjectError::Backend {
            what: store::keys(&changes),
            source,
        };
        if self.read_only {
            return Err(backend(READ_ONLY.into()));
        }
        let failed = |error: sqlx::Error| match self.is_closed() {
            true => ProjectError::Closed,
            false => backend(self.source(Failure::Postgres(error))),
        };
        let mut lent = self.awake().await.map_err(failed)?;
        let mut tx = lent.begin_for_app().await.map_err(failed)?;
        if let Some(longest) = longest {
            let text = format!("SET LOCAL lock_timeout = {}", longest.as_millis());
            tx.execute(AssertSqlSafe(text)).await.map_err(failed)?;
        }
        let saved = notes::save(&mut tx, &self.sql, &changes).await;
        if let Err(Changed { key, actual }) = saved.map_err(failed)? {
            tx.rollback().await.map_err(failed)?;
            return Err(ProjectError::Changed { key, actual });
        }
        if let Err(source) = caught(apply(&mut tx)).await {
            // A connection that is gone is not the projection's mistake.
            tx.rollback().await.map_err(failed)?;
            if is_outdated(&*source) {
                lent.spoil();
            }
            return Err(ProjectError::Refused { source });
        }
        tx.commit().await.map_err(failed)
    }

    /// A connection that answers: one that died in the pool is replaced.
    async fn awake(&self) -> Result<Lent, sqlx::Error> {
        let connections = &self.connections;
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

/// Whether a statement was prepared when its tables looked different: another connection has not prepared it.
pub(super) fn is_outdated(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<sqlx::Error>() {
            return code(error) == Some("0A000");
        }
        cause = error.source();
    }
    false
}

/// A panic is an error as any other.
pub(super) async fn caught(work: BoxFuture<'_, Result<(), BoxError>>) -> Result<(), BoxError> {
    let mut work = pin!(work);
    poll_fn(|cx| {
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx)))
            .unwrap_or_else(|_| Poll::Ready(Err("the projection panicked".into())))
    })
    .await
}

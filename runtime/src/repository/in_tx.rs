//! Creating and changing an aggregate in a caller's own PostgreSQL transaction: decided and checked now, stored when that
//! transaction commits. How the store does it is in `store/postgres/transaction.rs`.

use sqlx::{PgConnection, Postgres, Transaction};

use crate::app::{App, StreamCommit, StreamPublish};
use crate::committed::Committed;
use crate::error::AppendError;
use crate::failure::StoreFailure;
use crate::position::Position;
use crate::store::postgres::{Pending, PostgresStore};
use crate::store::{Batch, StreamVersions};
use crate::stream::AggregateVersion;

type WhenStored = Box<dyn FnOnce(StreamVersions) + Send>;

/// What an aggregate decided in a caller's transaction, which has not ended yet.
///
/// [`commit`](Self::commit) ends it and calls inline handlers. Callers who must commit by themselves just do: the events are
/// stored, durable handlers and projections get them, and inline handlers are not called.
#[must_use = "it is stored when its transaction commits: see `commit`"]
pub struct PendingCommit {
    app: App,
    /// `None`: there was nothing to decide, or the command was carried out before.
    append: Option<(Pending, StreamPublish, Option<WhenStored>)>,
    done: Committed,
}

impl PendingCommit {
    /// What is done already: nothing was decided, or it was stored before.
    pub(super) fn done(app: &App, done: Committed) -> Self {
        Self {
            app: app.clone(),
            append: None,
            done,
        }
    }

    /// The stream's next version, once the transaction is committed.
    #[must_use]
    pub fn version(&self) -> AggregateVersion {
        self.done.version
    }

    /// Commits the transaction, then calls inline handlers. Every other append waits while it commits: there must be
    /// nothing left to do in it.
    ///
    /// # Errors
    /// `Interrupted` when the answer to the commit was lost: the events may be stored. Else nothing is.
    pub async fn commit(self, tx: Transaction<'_, Postgres>) -> Result<Committed, StoreFailure> {
        let Self { app, append, done } = self;
        let Some((pending, publish, stored)) = append else {
            tx.commit().await.map_err(|source| AppendError::Save {
                what: "the caller's transaction".to_owned(),
                source: source.into(),
            })?;
            return Ok(done);
        };
        let flight = app.flight();
        let appended = pending.commit(tx).await?;
        let Some(&versions) = appended.streams.first() else {
            return Ok(done);
        };
        if let Some(stored) = stored {
            stored(versions);
        }
        // In a task of its own: a caller who hangs up cancels no handler.
        let publishing = tokio::spawn(async move {
            let published = publish.at(&app, versions);
            let failures = app.publish(published).await;
            drop(flight);
            failures
        });
        let handler_failures = publishing
            .await
            .map_err(|stopped| AppendError::Interrupted {
                source: stopped.into(),
            })?;
        Ok(Committed::new(&appended, handler_failures))
    }
}

impl std::fmt::Debug for PendingCommit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PendingCommit")
            .field("version", &self.done.version)
            .finish_non_exhaustive()
    }
}

/// Appends one stream's part in the transaction.
pub(super) async fn append(
    app: &App,
    tx: &mut PgConnection,
    part: StreamCommit,
) -> Result<PendingCommit, AppendError> {
    let StreamCommit {
        append,
        typed,
        stored,
        // Only raw events have one.
        other: _,
    } = part;
    let Some(store) = app.event_store().as_any().downcast_ref::<PostgresStore>() else {
        return Err(AppendError::Backend {
            stream: append.stream,
            source: "an append in a transaction needs the app to be on a PostgresStore".into(),
        });
    };
    let publish = StreamPublish::new(&append, typed);
    let batch = Batch {
        streams: vec![append],
    };
    app.save_schemas(&batch).await?;
    let pending = store.append_in(tx, batch).await?;
    let version = pending.streams().first().map(|stream| stream.next);
    let done = Committed {
        position: Position::START,
        version: version.unwrap_or_default(),
        handler_failures: Vec::new(),
    };
    Ok(PendingCommit {
        app: app.clone(),
        append: Some((pending, publish, stored)),
        done,
    })
}

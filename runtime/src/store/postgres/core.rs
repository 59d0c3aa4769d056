//! What all parts of a store share: its connections, statements and settings.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::PgConnection;

use super::connections::Connections;
use super::django::Django;
use super::failure::{Failure, PostgresError};
use super::sql::{Names, Sql};
use super::subscribe::Changes;
use super::transactional::Attached;
use crate::error::{AppendError, BoxError, ReadError};
use crate::store::{Batch, BoxFuture};

pub(super) struct Core {
    pub(super) connections: Connections,
    pub(super) sql: Sql,
    pub(super) names: Names,
    /// What a journal of djangoevents' layout has beside.
    pub(super) django: Option<Django>,
    /// How errors call the server: never with its password.
    pub(super) server: Arc<str>,
    pub(super) read_only: bool,
    /// How long an append tries again while the server is away.
    pub(super) patience: Duration,
    /// How often other processes' appends are looked for, beside being told of them.
    pub(super) poll: Duration,
    pub(super) changes: Changes,
    /// What is part of every append.
    pub(super) attached: Attached,
    pub(super) closed: AtomicBool,
}

impl Core {
    /// Runs a query that may run twice; a connection that died in the pool is replaced.
    pub(super) async fn run<T>(
        &self,
        query: impl for<'c> Fn(&'c mut PgConnection, &'c Sql) -> BoxFuture<'c, Result<T, Failure>>,
    ) -> Result<T, Failure> {
        loop {
            let mut lent = self.connections.get().await?;
            match query(&mut lent, &self.sql).await {
                Err(failure) if failure.is_lost() => {
                    let reused = lent.reused;
                    lent.spoil();
                    // The others died with it.
                    self.connections.forget();
                    if !reused || self.connections.are_borrowed() {
                        return Err(failure);
                    }
                }
                done => return done,
            }
        }
    }

    pub(super) async fn read<T>(
        &self,
        query: impl for<'c> Fn(&'c mut PgConnection, &'c Sql) -> BoxFuture<'c, Result<T, Failure>>,
    ) -> Result<T, ReadError> {
        if self.is_closed() {
            return Err(ReadError::Closed);
        }
        match self.run(query).await {
            Err(_) if self.is_closed() => Err(ReadError::Closed),
            done => done.map_err(|failure| failure.into_read_error(&self.server)),
        }
    }

    /// `what`: a snapshot, say, and whose.
    pub(super) async fn save(
        &self,
        what: impl Fn() -> String,
        query: impl for<'c> Fn(&'c mut PgConnection, &'c Sql) -> BoxFuture<'c, Result<(), Failure>>,
    ) -> Result<(), AppendError> {
        if self.is_closed() {
            return Err(AppendError::Closed);
        }
        if self.read_only {
            let source = READ_ONLY.into();
            return Err(AppendError::Save {
                what: what(),
                source,
            });
        }
        match self.run(query).await {
            Ok(()) => Ok(()),
            Err(_) if self.is_closed() => Err(AppendError::Closed),
            Err(failure) => Err(AppendError::Save {
                what: what(),
                source: self.source(failure),
            }),
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    pub(super) fn error(&self, error: sqlx::Error) -> PostgresError {
        PostgresError::new(&self.server, error)
    }

    pub(super) fn source(&self, failure: Failure) -> BoxError {
        match failure {
            Failure::Refused(error) => error.into(),
            Failure::Row { row, problem } => format!("row {row}: {problem}").into(),
            Failure::Unsettled(why) => why.into(),
            Failure::Postgres(error) => self.error(error).into(),
        }
    }

    /// The error of an append that the backend did not do.
    pub(super) fn failed(&self, batch: &Batch, failure: Failure) -> AppendError {
        match failure {
            Failure::Refused(error) => error,
            failure => batch.failed(self.source(failure)),
        }
    }
}

pub(super) const READ_ONLY: &str = "the store was opened to be read only";

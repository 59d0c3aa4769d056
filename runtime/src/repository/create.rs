//! Creating an aggregate.

use std::future::IntoFuture;

use super::{CreateError, Repository, take_when_due};
use crate::aggregate::Aggregate;
use crate::app::{Commit, Encoder, StreamCommit, Turn, WriteOptions, write_options};
use crate::committed::Committed;
use crate::error::AppendError;
use crate::event::{AggregateEvent, OnDiscard};
use crate::failure::{InvalidEvent, StoreFailure};
use crate::load::Past;
use crate::metadata::Metadata;
use crate::store::{BoxFuture, StreamAppend};
use crate::stream::{ExpectedVersion, StreamId};

/// Creates an aggregate; made by [`Repository::create`].
#[derive(Debug)]
#[must_use = "nothing is stored until it is awaited"]
pub struct Create<'a, A: Aggregate> {
    repository: &'a Repository<A>,
    stream: StreamId,
    events: Vec<A::Event>,
    options: WriteOptions,
}

impl<'a, A: Aggregate> Create<'a, A> {
    write_options!();

    pub(super) fn new(
        repository: &'a Repository<A>,
        stream: StreamId,
        events: Vec<A::Event>,
    ) -> Self {
        Self {
            repository,
            stream,
            events,
            options: WriteOptions::default(),
        }
    }

    async fn run(mut self) -> Result<Committed, CreateError> {
        let metadata = self.options.take_metadata().map_err(InvalidEvent::from)?;
        let app = &self.repository.app;
        let turn = app.turns().next(&self.stream).await;
        if let Some(done) = app.repeated(&self.stream, &self.options).await? {
            return Ok(done);
        }
        let mut expected = ExpectedVersion::NoStream;
        let mut turn = Some(turn);
        // Twice at most: a removed aggregate is created again behind its old events.
        loop {
            let error = match self.append(expected, metadata.clone(), turn.take()).await? {
                Ok(committed) => return self.answer(committed),
                Err((error, back)) => {
                    turn = back;
                    error
                }
            };
            match error {
                AppendError::Conflict { .. } | AppendError::EventIdTaken { .. } => {
                    // Another process may have carried out the same command just now.
                    if let Some(done) = app.repeated(&self.stream, &self.options).await? {
                        return Ok(done);
                    }
                    let removed = match expected {
                        ExpectedVersion::NoStream => self.removed().await?,
                        _ => None,
                    };
                    match (removed, error) {
                        (Some(next), AppendError::Conflict { .. }) => expected = next,
                        (_, AppendError::Conflict { stream, .. }) => {
                            return Err(CreateError::AlreadyExists(stream));
                        }
                        (_, other) => return Err(StoreFailure::from(other).into()),
                    }
                }
                AppendError::Refused(refusal) => return Err(refusal.into()),
                other => return Err(StoreFailure::from(other).into()),
            }
        }
    }

    /// Creates the aggregate within the caller's own transaction, to the database of the app's `PostgresStore`, in isolation
    /// level READ COMMITTED. A refusal leaves the transaction as it was.
    ///
    /// # Errors
    /// As of awaiting the creation.
    #[cfg(feature = "postgres")]
    pub async fn in_tx(
        mut self,
        tx: &mut sqlx::PgConnection,
    ) -> Result<super::PendingCommit, CreateError> {
        let metadata = self.options.take_metadata().map_err(InvalidEvent::from)?;
        let app = &self.repository.app;
        let _turn = app.turns().next(&self.stream).await;
        if let Some(done) = app.repeated(&self.stream, &self.options).await? {
            return Ok(super::PendingCommit::done(app, done));
        }
        let expected = match self.removed().await? {
            Some(next) => next,
            None => ExpectedVersion::NoStream,
        };
        let part = self.part(expected, metadata)?;
        match super::in_tx::append(app, tx, part).await {
            Ok(pending) => Ok(pending),
            Err(AppendError::Refused(refusal)) => Err(refusal.into()),
            Err(error @ (AppendError::Conflict { .. } | AppendError::EventIdTaken { .. })) => {
                // Another process may have carried out the same command just now.
                if let Some(done) = app.repeated(&self.stream, &self.options).await? {
                    return Ok(super::PendingCommit::done(app, done));
                }
                match error {
                    AppendError::Conflict { stream, .. } => Err(CreateError::AlreadyExists(stream)),
                    other => Err(StoreFailure::from(other).into()),
                }
            }
            Err(other) => Err(StoreFailure::from(other).into()),
        }
    }

    /// What is to be appended.
    fn part(
        &self,
        expected: ExpectedVersion,
        metadata: Metadata,
    ) -> Result<StreamCommit, CreateError> {
        let app = &self.repository.app;
        let command_id = self.options.command_id.as_deref();
        let encoder = Encoder::new(app, &self.stream, command_id, metadata);
        let mut part = StreamCommit::new(StreamAppend {
            stream: self.stream.clone(),
            expected,
            events: encoder.events(&self.events, 0)?,
            command_id: self.options.command_id.clone(),
        });
        part.keep(app, &self.events[..]);
        part.stored = take_when_due::<A>(app, &self.stream);
        Ok(part)
    }

    async fn append(
        &self,
        expected: ExpectedVersion,
        metadata: Metadata,
        turn: Option<Turn>,
    ) -> Result<Result<Committed, (AppendError, Option<Turn>)>, CreateError> {
        let app = &self.repository.app;
        let part = self.part(expected, metadata)?;
        let commit = Commit {
            streams: vec![part],
            turn,
        };
        Ok(match app.commit(commit).await {
            Ok(stored) => Ok(stored.committed()),
            Err(not_stored) => Err((not_stored.error, not_stored.turn)),
        })
    }

    /// The version to create again at, where discarding removed the aggregate (`on_discard: remove`).
    async fn removed(&self) -> Result<Option<ExpectedVersion>, CreateError> {
        if A::Event::AGGREGATE.on_discard == OnDiscard::Keep {
            return Ok(None);
        }
        let folded = self
            .repository
            .load(&self.stream, Past::default())
            .await
            .map_err(StoreFailure::from)?;
        Ok(folded
            .next
            .filter(|_| folded.state.is_none())
            .map(ExpectedVersion::Exact))
    }

    fn answer(self, committed: Committed) -> Result<Committed, CreateError> {
        if self.options.strict && !committed.handler_failures.is_empty() {
            return Err(CreateError::HandlerFailed(committed));
        }
        Ok(committed)
    }
}

impl<'a, A: Aggregate> IntoFuture for Create<'a, A> {
    type Output = Result<Committed, CreateError>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

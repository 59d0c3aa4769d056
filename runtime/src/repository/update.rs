//! Changing an aggregate: load, decide, append; again when another writer was faster.

use std::future::IntoFuture;

use super::{Repository, UpdateError, take_when_due};
use crate::aggregate::Aggregate;
use crate::app::{Commit, Encoder, StreamCommit, Turn, WriteOptions, write_options};
use crate::committed::Committed;
use crate::decision::Decision;
use crate::error::AppendError;
use crate::failure::{InvalidEvent, StoreFailure};
use crate::load::Past;
use crate::loaded::Loaded;
use crate::metadata::Metadata;
use crate::store::{BoxFuture, StreamAppend};
use crate::stream::{AggregateVersion, ExpectedVersion, StreamId};

/// Changes an aggregate; made by [`Repository::update`].
#[derive(Debug)]
#[must_use = "nothing is stored until it is awaited"]
pub struct Update<'a, A, F> {
    change: Change<'a, A>,
    decide: F,
    options: WriteOptions,
}

/// An update without the closure that decides, so that what borrows it can cross threads.
#[derive(Debug)]
struct Change<'a, A> {
    repository: &'a Repository<A>,
    stream: StreamId,
    expected: Option<AggregateVersion>,
}

/// What is to be appended now.
enum Decided<E> {
    /// Nothing: it was carried out before, or there is no event.
    Done(Committed),
    /// These, from this version on.
    Events(AggregateVersion, Vec<E>),
}

/// One attempt to append.
enum Attempt {
    Stored(Committed),
    Failed(AppendError, Option<Turn>),
}

impl<'a, A: Aggregate, F> Update<'a, A, F> {
    write_options!();

    pub(super) fn new(repository: &'a Repository<A>, stream: StreamId, decide: F) -> Self {
        let change = Change {
            repository,
            stream,
            expected: None,
        };
        Self {
            change,
            decide,
            options: WriteOptions::default(),
        }
    }

    /// Changes the aggregate only where its next version is still this one ([`Loaded::version`], an HTTP `If-Match`);
    /// else the answer is `Conflict`, without another attempt.
    pub fn expect_version(mut self, version: impl Into<AggregateVersion>) -> Self {
        self.change.expected = Some(version.into());
        self
    }

    async fn run<D>(self) -> Result<Committed, UpdateError<D::Error>>
    where
        F: FnMut(&Loaded<A>) -> D + Send,
        D: Decision<A>,
        D::Error: Send,
    {
        let Self {
            change,
            mut decide,
            mut options,
        } = self;
        let metadata = options.take_metadata().map_err(InvalidEvent::from)?;
        let app = &change.repository.app;
        let mut turn = Some(app.turns().next(&change.stream).await);
        let mut attempts = 1;
        loop {
            let (version, events) = match change.decide(&mut decide, &options).await? {
                Decided::Done(done) => return Ok(done),
                Decided::Events(version, events) => (version, events),
            };
            match change
                .append(version, events, metadata.clone(), &options, turn.take())
                .await?
            {
                Attempt::Stored(committed) => {
                    if options.strict && !committed.handler_failures.is_empty() {
                        return Err(UpdateError::HandlerFailed(committed));
                    }
                    return Ok(committed);
                }
                Attempt::Failed(error, back) => {
                    if !change.may_pass(&error, &options) || attempts >= app.options().attempts {
                        return Err(failed(error));
                    }
                    tracing::debug!(stream = %change.stream, attempts, "another writer was faster");
                    attempts += 1;
                    turn = back;
                }
            }
        }
    }
}

#[cfg(feature = "postgres")]
impl<A: Aggregate, F> Update<'_, A, F> {
    /// Changes the aggregate within the caller's own transaction, to the database of the app's `PostgresStore`, in isolation
    /// level READ COMMITTED. It waits while another transaction changes the aggregate, and a conflict or refusal leaves the
    /// transaction as it was. A command that was carried out before is answered as then, and has nothing to store. A transaction has one update per aggregate: what it has not committed is not loaded.
    ///
    /// # Errors
    /// As of awaiting the update.
    pub async fn in_tx<D>(
        self,
        tx: &mut sqlx::PgConnection,
    ) -> Result<super::PendingCommit, UpdateError<D::Error>>
    where
        F: FnMut(&Loaded<A>) -> D + Send,
        D: Decision<A>,
        D::Error: Send,
    {
        let Self {
            change,
            mut decide,
            mut options,
        } = self;
        let metadata = options.take_metadata().map_err(InvalidEvent::from)?;
        let app = &change.repository.app;
        let _turn = app.turns().next(&change.stream).await;
        let mut attempts = 1;
        loop {
            let (version, events) = match change.decide(&mut decide, &options).await? {
                Decided::Done(done) => return Ok(super::PendingCommit::done(app, done)),
                Decided::Events(version, events) => (version, events),
            };
            let part = change.part(version, events, metadata.clone(), &options)?;
            match super::in_tx::append(app, tx, part).await {
                Ok(pending) => return Ok(pending),
                Err(error)
                    if !change.may_pass(&error, &options) || attempts >= app.options().attempts =>
                {
                    return Err(failed(error));
                }
                Err(_) => {}
            }
            attempts += 1;
        }
    }
}

impl<A: Aggregate> Change<'_, A> {
    /// Loads the aggregate and lets the command decide.
    async fn decide<F, D>(
        &self,
        decide: &mut F,
        options: &WriteOptions,
    ) -> Result<Decided<A::Event>, UpdateError<D::Error>>
    where
        F: FnMut(&Loaded<A>) -> D + Send,
        D: Decision<A>,
        D::Error: Send,
    {
        let app = &self.repository.app;
        if let Some(done) = app.repeated(&self.stream, options).await? {
            return Ok(Decided::Done(done));
        }
        let loaded = self.load().await?;
        let events = match decide(&loaded).decide() {
            Ok(events) => events,
            Err(refusal) => return Err(UpdateError::Rejected(refusal)),
        };
        if events.is_empty() {
            return Ok(Decided::Done(Committed {
                position: loaded.position,
                version: loaded.version,
                handler_failures: Vec::new(),
            }));
        }
        Ok(Decided::Events(loaded.version, events))
    }

    /// Whether another attempt may succeed.
    fn may_pass(&self, error: &AppendError, options: &WriteOptions) -> bool {
        match error {
            AppendError::Conflict { .. } => self.expected.is_none(),
            // The same command, carried out in another process just now: it is found next time.
            AppendError::EventIdTaken { .. } => options.command_id.is_some(),
            _ => false,
        }
    }

    /// The aggregate, if it is there and where the caller believes it.
    async fn load<E>(&self) -> Result<Loaded<A>, UpdateError<E>> {
        let stream = &self.stream;
        let folded = self.repository.load(stream, Past::default()).await?;
        let loaded = folded
            .loaded(stream)
            .ok_or_else(|| UpdateError::NotFound(stream.clone()))?;
        if loaded.discarded {
            return Err(UpdateError::Discarded(stream.clone()));
        }
        match self.expected {
            Some(expected) if expected != loaded.version => Err(UpdateError::Conflict {
                stream: stream.clone(),
                expected: ExpectedVersion::Exact(expected),
                actual: Some(loaded.version),
            }),
            _ => Ok(loaded),
        }
    }

    /// What is to be appended.
    fn part(
        &self,
        version: AggregateVersion,
        events: Vec<A::Event>,
        metadata: Metadata,
        options: &WriteOptions,
    ) -> Result<StreamCommit, InvalidEvent> {
        let app = &self.repository.app;
        let command_id = options.command_id.as_deref();
        let encoder = Encoder::new(app, &self.stream, command_id, metadata);
        let mut part = StreamCommit::new(StreamAppend {
            stream: self.stream.clone(),
            expected: ExpectedVersion::Exact(version),
            events: encoder.events(&events, 0)?,
            command_id: options.command_id.clone(),
        });
        part.keep(app, events);
        part.stored = take_when_due::<A>(app, &self.stream);
        Ok(part)
    }

    async fn append(
        &self,
        version: AggregateVersion,
        events: Vec<A::Event>,
        metadata: Metadata,
        options: &WriteOptions,
        turn: Option<Turn>,
    ) -> Result<Attempt, InvalidEvent> {
        let app = &self.repository.app;
        let part = self.part(version, events, metadata, options)?;
        Ok(
            match app
                .commit(Commit {
                    streams: vec![part],
                    turn,
                })
                .await
            {
                Ok(stored) => Attempt::Stored(stored.committed()),
                Err(not_stored) => Attempt::Failed(not_stored.error, not_stored.turn),
            },
        )
    }
}

fn failed<E>(error: AppendError) -> UpdateError<E> {
    match error {
        AppendError::Conflict {
            stream,
            expected,
            actual,
        } => UpdateError::Conflict {
            stream,
            expected,
            actual,
        },
        AppendError::Refused(refusal) => UpdateError::Refused(refusal),
        other => UpdateError::Store(StoreFailure::from(other)),
    }
}

impl<'a, A, F, D> IntoFuture for Update<'a, A, F>
where
    A: Aggregate,
    F: FnMut(&Loaded<A>) -> D + Send + 'a,
    D: Decision<A> + 'a,
    D::Error: Send,
{
    type Output = Result<Committed, UpdateError<D::Error>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

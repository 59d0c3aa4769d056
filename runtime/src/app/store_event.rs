//! Storing a typed event without a repository, at a version that the caller names.

use std::future::IntoFuture;

use super::{App, Commit, Encoder, StoreError, StreamCommit, WriteOptions, write_options};
use crate::aggregate::Aggregate;
use crate::committed::Committed;
use crate::event::{AggregateEvent, Effect};
use crate::failure::StoreFailure;
use crate::store::{BoxFuture, StreamAppend};
use crate::stream::{AggregateId, AggregateVersion, ExpectedVersion, StreamId};

impl App {
    /// Stores an event of aggregate `A` at `version`, without loading or asking the aggregate.
    ///
    /// An event that creates begins its stream (else `AlreadyExists`); any other must stand next in it (else `Conflict`).
    /// [`StoreEvent::expect`] says otherwise.
    pub fn store<A: Aggregate>(
        &self,
        id: impl Into<AggregateId>,
        version: impl Into<AggregateVersion>,
        event: impl Into<A::Event>,
    ) -> StoreEvent<'_, A::Event> {
        self.store_event(id, version, event)
    }

    /// As [`App::store`], where only the events are known: `E` is the enum of an aggregate's events.
    pub fn store_event<E: AggregateEvent>(
        &self,
        id: impl Into<AggregateId>,
        version: impl Into<AggregateVersion>,
        event: impl Into<E>,
    ) -> StoreEvent<'_, E> {
        let event = event.into();
        let version = version.into();
        StoreEvent {
            app: self,
            stream: StreamId::new(E::AGGREGATE.aggregate_type, id),
            version,
            expected: expected(event.descriptor().effect, version),
            event,
            options: WriteOptions::default(),
        }
    }
}

/// What must hold of the stream for an event to stand at `version`, unless the caller says otherwise.
pub(super) fn expected(effect: Effect, version: AggregateVersion) -> ExpectedVersion {
    match effect {
        Effect::Creates => ExpectedVersion::NoStream,
        _ => ExpectedVersion::Exact(version),
    }
}

/// Stores one event; made by [`App::store`].
#[derive(Debug)]
#[must_use = "nothing is stored until it is awaited"]
pub struct StoreEvent<'a, E> {
    app: &'a App,
    stream: StreamId,
    version: AggregateVersion,
    expected: ExpectedVersion,
    event: E,
    options: WriteOptions,
}

impl<E: AggregateEvent> StoreEvent<'_, E> {
    write_options!();

    /// What must hold of the stream. With `Any`, only the version must be free: djangoevents' own rule, for streams with
    /// gaps or out of order.
    pub fn expect(mut self, expected: ExpectedVersion) -> Self {
        self.expected = expected;
        self
    }

    async fn run(self) -> Result<Committed, StoreError> {
        let Self {
            app,
            stream,
            version,
            expected,
            event,
            mut options,
        } = self;
        let metadata = options.take_metadata().map_err(crate::InvalidEvent::from)?;
        let turn = app.turns().next(&stream).await;
        if let Some(done) = app.repeated(&stream, &options).await? {
            return Ok(done);
        }
        let events = [event];
        let encoder = Encoder::new(app, &stream, options.command_id.as_deref(), metadata);
        let mut new = encoder.events(&events, 0)?;
        for event in &mut new {
            event.version = Some(version);
        }
        let mut part = StreamCommit::new(StreamAppend {
            stream: stream.clone(),
            expected,
            events: new,
            command_id: options.command_id.clone(),
        });
        part.keep(app, Vec::from(events));
        app.commit_one(part, Some(turn), options.strict).await
    }
}

impl<'a, E: AggregateEvent> IntoFuture for StoreEvent<'a, E> {
    type Output = Result<Committed, StoreError>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl App {
    /// What a command answered the first time, if it names itself and was carried out before.
    pub(crate) async fn repeated(
        &self,
        stream: &StreamId,
        options: &WriteOptions,
    ) -> Result<Option<Committed>, StoreFailure> {
        let Some(command_id) = &options.command_id else {
            return Ok(None);
        };
        let found = self.inner.store.find_command(stream, command_id).await?;
        Ok(found.map(|appended| Committed::new(&appended, Vec::new())))
    }

    /// Commits to one stream, as `store` and `store_raw` answer.
    pub(super) async fn commit_one(
        &self,
        part: StreamCommit,
        turn: Option<super::Turn>,
        strict: bool,
    ) -> Result<Committed, StoreError> {
        let commit = Commit {
            streams: vec![part],
            turn,
        };
        let stored = self
            .commit(commit)
            .await
            .map_err(|not_stored| not_stored.error)?;
        let committed = stored.committed();
        if strict && !committed.handler_failures.is_empty() {
            return Err(StoreError::HandlerFailed(committed));
        }
        Ok(committed)
    }
}

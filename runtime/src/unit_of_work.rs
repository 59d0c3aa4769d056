//! `UnitOfWork`: events of several aggregates, stored all or none.

use std::any::Any;
use std::collections::HashMap;

use crate::aggregate::Aggregate;
use crate::app::{
    App, Commit, Encoder, StoreError, StreamCommit, WriteOptions, envelope, write_options,
};
use crate::committed::{Committed, WorkCommitted};
use crate::decision::{Creates, Decision, certain};
use crate::event::{AggregateEvent, OnDiscard};
use crate::failure::{InvalidEvent, StoreFailure};
use crate::load::{Folded, Past, load};
use crate::loaded::Loaded;
use crate::metadata::{Metadata, keys};
use crate::repository::{CreateError, UpdateError, take_when_due};
use crate::store::StreamAppend;
use crate::stream::{AggregateId, ExpectedVersion, StreamId};

/// Gathers what happens to several aggregates, and stores all of it or nothing.
///
/// Each aggregate is seen as it was loaded first, with what this work has decided since. When another writer changes one
/// of them before the commit, the commit is a `Conflict` that names its stream, and nothing is stored: begin again.
#[must_use = "nothing is stored until `commit`"]
pub struct UnitOfWork {
    app: App,
    staged: Vec<Option<Staged>>,
    places: HashMap<StreamId, usize>,
    options: WriteOptions,
    /// Kept apart from `options`, for all events of the work.
    metadata: Option<Metadata>,
    /// The command was carried out before: what it answered then, stream by stream. Nothing is decided or stored again.
    done: Vec<(StreamId, Committed)>,
}

struct Staged {
    part: StreamCommit,
    /// A `Folded<A>`: the aggregate with what was decided.
    folded: Box<dyn Any + Send>,
}

impl App {
    /// Begins a unit of work: events of several aggregates, stored all or none.
    pub fn unit_of_work(&self) -> UnitOfWork {
        UnitOfWork {
            app: self.clone(),
            staged: Vec::new(),
            places: HashMap::new(),
            options: WriteOptions::default(),
            metadata: None,
            done: Vec::new(),
        }
    }
}

/// Why events did not join the work.
enum Unstaged {
    Invalid(InvalidEvent),
    Failure(StoreFailure),
}

impl From<InvalidEvent> for Unstaged {
    fn from(invalid: InvalidEvent) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<StoreFailure> for Unstaged {
    fn from(failure: StoreFailure) -> Self {
        Self::Failure(failure)
    }
}

impl From<Unstaged> for CreateError {
    fn from(unstaged: Unstaged) -> Self {
        match unstaged {
            Unstaged::Invalid(invalid) => Self::Invalid(invalid),
            Unstaged::Failure(failure) => Self::Store(failure),
        }
    }
}

impl<E> From<Unstaged> for UpdateError<E> {
    fn from(unstaged: Unstaged) -> Self {
        match unstaged {
            Unstaged::Invalid(invalid) => Self::Invalid(invalid),
            Unstaged::Failure(failure) => Self::Store(failure),
        }
    }
}

impl UnitOfWork {
    write_options!();

    /// Creates an aggregate when the work is committed.
    ///
    /// # Errors
    /// There is one of that id; a writer who is faster yet is told at the commit.
    pub async fn create<A: Aggregate>(
        &mut self,
        id: impl Into<AggregateId>,
        event: impl Creates<A>,
    ) -> Result<(), CreateError> {
        let stream = StreamId::new(A::Event::AGGREGATE.aggregate_type, id);
        let events = certain(event);
        self.begin::<A>(&stream).await?;
        let Some((part, folded)) = self.staged::<A>(&stream) else {
            return Ok(());
        };
        let removed = A::Event::AGGREGATE.on_discard == OnDiscard::Remove && folded.state.is_none();
        match folded.next {
            None => part.append.expected = ExpectedVersion::NoStream,
            Some(_) if removed => {}
            Some(_) => return Err(CreateError::AlreadyExists(stream)),
        }
        self.stage::<A, CreateError>(&stream, events)
    }

    /// Changes an aggregate when the work is committed.
    ///
    /// # Errors
    /// As with [`Repository::update`](crate::Repository::update), but for conflicts: those are told at the commit.
    pub async fn update<A, F, D>(
        &mut self,
        id: impl Into<AggregateId>,
        decide: F,
    ) -> Result<(), UpdateError<D::Error>>
    where
        A: Aggregate,
        F: FnOnce(&Loaded<A>) -> D,
        D: Decision<A>,
    {
        let stream = StreamId::new(A::Event::AGGREGATE.aggregate_type, id);
        self.begin::<A>(&stream).await?;
        let Some((_, folded)) = self.staged::<A>(&stream) else {
            return Ok(());
        };
        let Some(loaded) = std::mem::replace(folded, Folded::empty()).loaded(&stream) else {
            // Missing as it was: loaded again if it is asked for again.
            self.forget(&stream);
            return Err(UpdateError::NotFound(stream));
        };
        let decided = (!loaded.discarded()).then(|| decide(&loaded).decide());
        *folded = Folded::of(loaded);
        match decided {
            None => Err(UpdateError::Discarded(stream)),
            Some(Err(refusal)) => Err(UpdateError::Rejected(refusal)),
            Some(Ok(events)) => self.stage::<A, UpdateError<D::Error>>(&stream, events),
        }
    }

    /// Stores everything, or nothing, and calls inline handlers.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] or [`StoreError::AlreadyExists`] name the stream where another writer was faster.
    pub async fn commit(self) -> Result<WorkCommitted, StoreError> {
        let Self {
            app,
            staged,
            options,
            done,
            ..
        } = self;
        if let Some(position) = done.iter().map(|(_, done)| done.position).max() {
            return Ok(WorkCommitted {
                position,
                versions: done
                    .into_iter()
                    .map(|(stream, done)| (stream, done.version))
                    .collect(),
                handler_failures: Vec::new(),
            });
        }
        let mut streams: Vec<_> = staged
            .into_iter()
            .flatten()
            .map(|staged| staged.part)
            .collect();
        // A stream that was only looked at is checked, too: what was decided rests on it.
        let names: Vec<_> = streams
            .iter()
            .map(|part| part.append.stream.clone())
            .collect();
        if streams.iter().all(|part| part.append.events.is_empty()) {
            streams.clear();
        }
        if streams.is_empty() {
            let position = app.event_store().head().await.map_err(StoreFailure::from)?;
            return Ok(WorkCommitted {
                position,
                versions: Vec::new(),
                handler_failures: vec![],
            });
        }
        let commit = Commit {
            streams,
            turn: None,
        };
        let stored = app
            .commit(commit)
            .await
            .map_err(|not_stored| not_stored.error)?;
        if options.strict && !stored.handler_failures.is_empty() {
            return Err(StoreError::HandlerFailed(stored.committed()));
        }
        let versions = stored.appended.streams.iter().map(|versions| versions.next);
        Ok(WorkCommitted {
            position: stored.appended.position,
            versions: names.into_iter().zip(versions).collect(),
            handler_failures: stored.handler_failures,
        })
    }

    /// Loads the aggregate when the work meets it first, and learns there whether its command was carried out before.
    async fn begin<A: Aggregate>(&mut self, stream: &StreamId) -> Result<(), Unstaged> {
        if self.places.contains_key(stream) || self.done.iter().any(|(known, _)| known == stream) {
            return Ok(());
        }
        if self.metadata.is_none() {
            self.metadata = Some(self.options.take_metadata().map_err(InvalidEvent::from)?);
        }
        if let Some(done) = self.app.repeated(stream, &self.options).await? {
            self.done.push((stream.clone(), done));
        }
        if !self.done.is_empty() {
            return Ok(());
        }
        let folded = load::<A>(&**self.app.event_store(), stream, Past::default())
            .await
            .map_err(StoreFailure::from)?;
        let mut part = StreamCommit::new(StreamAppend {
            stream: stream.clone(),
            expected: folded
                .next
                .map_or(ExpectedVersion::NoStream, ExpectedVersion::Exact),
            events: Vec::new(),
            command_id: self.options.command_id.clone(),
        });
        part.stored = take_when_due::<A>(&self.app, stream);
        self.places.insert(stream.clone(), self.staged.len());
        self.staged.push(Some(Staged {
            part,
            folded: Box::new(folded),
        }));
        Ok(())
    }

    /// What is staged of the aggregate; `None`: the work was done before.
    fn staged<A: Aggregate>(
        &mut self,
        stream: &StreamId,
    ) -> Option<(&mut StreamCommit, &mut Folded<A>)> {
        let place = *self.places.get(stream)?;
        let Staged { part, folded } = self.staged.get_mut(place)?.as_mut()?;
        Some((part, folded.downcast_mut()?))
    }

    fn forget(&mut self, stream: &StreamId) {
        if let Some(place) = self.places.remove(stream) {
            self.staged[place] = None;
        }
    }

    fn stage<A: Aggregate, E: From<Unstaged>>(
        &mut self,
        stream: &StreamId,
        events: Vec<A::Event>,
    ) -> Result<(), E> {
        let app = self.app.clone();
        let metadata = self.metadata.clone().unwrap_or_default();
        let command_id = self.options.command_id.clone();
        let Some((part, folded)) = self.staged::<A>(stream) else {
            return Ok(());
        };
        let encoder = Encoder::new(&app, stream, command_id.as_deref(), metadata);
        let before = part.append.events.len();
        let new = encoder.events(&events, before).map_err(Unstaged::from)?;
        for (event, new) in events.iter().zip(&new) {
            let raw = envelope(new, stream, folded.next.unwrap_or_default());
            folded
                .take(event, &raw)
                .map_err(|error| Unstaged::from(StoreFailure::from(error)))?;
        }
        let first = new.first().map(|event| event.metadata.clone());
        part.append.events.extend(new);
        part.keep(&app, events);
        // All events of the work belong to one chain.
        let first = Metadata::from_stored(first.flatten().as_deref());
        if let (Some(chain), Some(metadata)) = (first.correlation_id(), &mut self.metadata) {
            metadata.fill(keys::CORRELATION_ID, chain);
        }
        Ok(())
    }
}

impl std::fmt::Debug for UnitOfWork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnitOfWork")
            .field("streams", &self.places.keys())
            .finish_non_exhaustive()
    }
}

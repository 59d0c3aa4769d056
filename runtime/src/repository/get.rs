//! Getting an aggregate, now or as it was.

use std::future::IntoFuture;

use jiff::Timestamp;

use super::{GetError, Repository};
use crate::aggregate::Aggregate;
use crate::load::Past;
use crate::loaded::Loaded;
use crate::store::BoxFuture;
use crate::stream::{AggregateVersion, StreamId};

/// Gets an aggregate; made by [`Repository::get`] and [`Repository::get_any`].
#[derive(Debug)]
#[must_use = "nothing is read until it is awaited"]
pub struct Get<'a, A> {
    repository: &'a Repository<A>,
    stream: StreamId,
    past: Past,
    discarded_too: bool,
}

impl<'a, A: Aggregate> Get<'a, A> {
    pub(super) fn new(repository: &'a Repository<A>, stream: StreamId) -> Self {
        Self {
            repository,
            stream,
            past: Past::default(),
            discarded_too: false,
        }
    }

    pub(super) fn discarded_too(mut self) -> Self {
        self.discarded_too = true;
        self
    }

    /// As it was at a version: the state that [`Loaded::version`] said it of.
    pub fn at_version(mut self, version: impl Into<AggregateVersion>) -> Self {
        self.past.version = Some(version.into());
        self
    }

    /// As it was at a time: with all events made up to then.
    pub fn at_time(mut self, time: Timestamp) -> Self {
        self.past.time = Some(time);
        self
    }

    async fn run(self) -> Result<Loaded<A>, GetError> {
        let Self {
            repository,
            stream,
            past,
            discarded_too,
        } = self;
        let folded = repository.load(&stream, past).await?;
        let Some(loaded) = folded.loaded(&stream) else {
            return Err(GetError::NotFound(stream));
        };
        if let Some(version) = past
            .version
            .filter(|version| past.time.is_none() && loaded.version < *version)
        {
            return Err(GetError::NoVersion {
                stream,
                version,
                latest: loaded.version,
            });
        }
        if loaded.discarded && !discarded_too {
            return Err(GetError::Discarded(stream));
        }
        Ok(loaded)
    }
}

impl<'a, A: Aggregate> IntoFuture for Get<'a, A> {
    type Output = Result<Loaded<A>, GetError>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

//! `Plan`: which events a runner takes, and where their effects go.

use crate::app::BuildError;
use crate::envelope::{EventContext, RecordedEvent};
use crate::event::{self, AggregateDescriptor, AnyEvent, EventDescriptor};
use crate::failure::StoreFailure;
use crate::handler::{Delivery, HandlerCall, HandlerEntry, RunOptions};
use crate::load::ReplayError;
use crate::projection::{ProjectionEntry, ProjectionStore};
use crate::store::EventStore;

/// A projection or durable handler, ready to run.
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    /// The beginning of the keys of its notes.
    pub(crate) key: String,
    pub(crate) on: &'static [&'static EventDescriptor],
    pub(crate) run: RunOptions,
    /// Whether it is a handler: its effects are not to be repeated by the page, nor by a rebuild.
    pub(crate) is_handler: bool,
    /// Whether it is part of every append, and has no task.
    #[cfg_attr(
        not(any(feature = "sqlite", feature = "postgres")),
        expect(dead_code, reason = "only read models of a database can be")
    )]
    pub(crate) transactional: bool,
    pub(super) target: Target,
}

/// Where effects go.
pub(super) enum Target {
    /// Wherever the user keeps them.
    Own(HandlerCall),
    /// Into the journal's own SQLite file.
    #[cfg(feature = "sqlite")]
    Sqlite(super::sqlite::Target),
    /// Into the journal's own PostgreSQL database.
    #[cfg(feature = "postgres")]
    Postgres(super::postgres::Target),
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl Target {
    /// The read model in the journal's database, where it is there.
    pub(super) fn read_model(&self) -> Option<&dyn super::exactly_once::ReadModel> {
        match self {
            Self::Own(_) => None,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(target) => Some(target),
            #[cfg(feature = "postgres")]
            Self::Postgres(target) => Some(target),
        }
    }
}

impl Plan {
    #[cfg_attr(
        not(any(feature = "sqlite", feature = "postgres")),
        expect(unused_variables, reason = "only stores with read models can be wrong")
    )]
    pub(crate) fn of_projection(
        projection: ProjectionEntry,
        store: &dyn EventStore,
    ) -> Result<Self, BuildError> {
        let name = projection.name;
        let transactional = projection.delivery == Delivery::Transactional;
        let target = match projection.store {
            ProjectionStore::Own(_) if transactional => {
                return Err(BuildError::NotTransactional { projection: name });
            }
            ProjectionStore::Own(call) => Target::Own(call),
            #[cfg(feature = "sqlite")]
            ProjectionStore::Sqlite { prepare, apply } => {
                match super::sqlite::Target::new(store, prepare, apply) {
                    Some(target) => Target::Sqlite(target),
                    None => {
                        let needs = "sqlite";
                        return Err(BuildError::OtherStore {
                            projection: name,
                            needs,
                        });
                    }
                }
            }
            #[cfg(feature = "postgres")]
            ProjectionStore::Postgres { prepare, apply } => {
                match super::postgres::Target::new(store, prepare, apply) {
                    Some(target) => Target::Postgres(target),
                    None => {
                        let needs = "postgres";
                        return Err(BuildError::OtherStore {
                            projection: name,
                            needs,
                        });
                    }
                }
            }
        };
        Ok(Self {
            name,
            key: name.to_owned(),
            on: projection.on,
            run: projection.run,
            is_handler: false,
            transactional,
            target,
        })
    }

    /// Makes the tables of its read model, where they are the store's.
    #[cfg_attr(
        not(any(feature = "sqlite", feature = "postgres")),
        expect(clippy::unused_async, reason = "with a database it waits")
    )]
    pub(crate) async fn prepare(&self) -> Result<(), BuildError> {
        #[cfg(any(feature = "sqlite", feature = "postgres"))]
        if let Some(read_model) = self.target.read_model() {
            let prepared = read_model.prepare().await;
            return prepared.map_err(|source| BuildError::Prepare {
                projection: self.name,
                source,
            });
        }
        Ok(())
    }

    pub(crate) fn of_handler(handler: HandlerEntry) -> Self {
        Self {
            name: handler.name,
            key: format!("handler:{}", handler.name),
            on: handler.on,
            run: handler.run,
            is_handler: true,
            transactional: false,
            target: Target::Own(handler.call),
        }
    }

    /// Whether its read model is kept elsewhere.
    pub(crate) fn is_own(&self) -> bool {
        matches!(self.target, Target::Own(_))
    }

    /// The filter of its reads: its events, under all types that rows of them are stored as.
    pub(crate) fn filter(
        &self,
        aggregates: &[&'static AggregateDescriptor],
    ) -> Vec<(String, Option<String>)> {
        let mut only = Vec::new();
        let mut let_through = |event: &EventDescriptor| {
            // Old rows of djangoevents name the event by its class, not by its type.
            let event_type = event.django.is_none().then(|| event.event_type.to_owned());
            let pair = (event.aggregate_type.to_owned(), event_type);
            if !only.contains(&pair) {
                only.push(pair);
            }
        };
        for event in self.on {
            let aggregate = aggregates
                .iter()
                .find(|aggregate| aggregate.aggregate_type == event.aggregate_type);
            match aggregate {
                Some(aggregate) => aggregate.stored_as(event).for_each(&mut let_through),
                None => let_through(event),
            }
        }
        only
    }

    /// The event as its type; `None`: it is not for this runner.
    pub(crate) fn read(
        &self,
        aggregates: &[&'static AggregateDescriptor],
        raw: &RecordedEvent<'_>,
    ) -> Result<Option<AnyEvent>, StoreFailure> {
        let Some((aggregate, found)) = event::find(aggregates, raw) else {
            return Ok(None);
        };
        let Some(event) = found.event else {
            return Ok(None);
        };
        let is_for = |on: &&EventDescriptor| {
            on.aggregate_type == event.aggregate_type && on.name == event.name
        };
        if !self.on.iter().any(is_for) {
            return Ok(None);
        }
        (aggregate.read)(found.index, raw, &EventContext::new(*raw))
            .map(Some)
            .map_err(|error| ReplayError::new(raw, error).into())
    }
}

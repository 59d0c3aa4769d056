//! `Plan`: which events a runner takes, and where their effects go.

use tracing::Instrument as _;

use crate::app::{App, BuildError, call};
use crate::envelope::{EventContext, RecordedEvent};
use crate::event::{AggregateDescriptor, AnyEvent, EventDescriptor};
use crate::failure::StoreFailure;
use crate::handler::{HandlerCall, HandlerContext, HandlerEntry, HandlerError};
use crate::load::ReplayError;
use crate::projection::{ProjectionEntry, ProjectionStore};
use crate::store::EventStore;

/// A projection or durable handler, ready to run.
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    pub(crate) checkpoint: String,
    pub(crate) on: &'static [&'static EventDescriptor],
    /// Whether the checkpoint is stored after each event: effects of handlers are not to be repeated by the page.
    pub(crate) saves_each: bool,
    pub(super) target: Target,
}

/// Where effects go.
pub(super) enum Target {
    /// Wherever the user keeps them.
    Own(HandlerCall),
    /// Into the journal's own SQLite file.
    #[cfg(feature = "sqlite")]
    Sqlite(super::sqlite::Target),
}

impl Plan {
    #[cfg_attr(
        not(feature = "sqlite"),
        expect(
            clippy::unnecessary_wraps,
            unused_variables,
            reason = "only stores with read models can be wrong"
        )
    )]
    pub(crate) fn of_projection(
        projection: ProjectionEntry,
        store: &dyn EventStore,
    ) -> Result<Self, BuildError> {
        let name = projection.name;
        let target = match projection.store {
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
        };
        let on = projection.on;
        Ok(Self {
            name,
            checkpoint: name.to_owned(),
            on,
            saves_each: false,
            target,
        })
    }

    /// Makes the tables of its read model, where they are the store's.
    #[cfg(feature = "sqlite")]
    pub(crate) async fn prepare(&self) -> Result<(), BuildError> {
        if let Target::Sqlite(target) = &self.target {
            let prepared = target.prepare(&self.checkpoint).await;
            prepared.map_err(|source| BuildError::Prepare {
                projection: self.name,
                source,
            })?;
        }
        Ok(())
    }

    pub(crate) fn of_handler(handler: HandlerEntry) -> Self {
        Self {
            name: handler.name,
            checkpoint: format!("handler:{}", handler.name),
            on: handler.on,
            saves_each: true,
            target: Target::Own(handler.call),
        }
    }

    /// The filter of its reads.
    pub(crate) fn filter(&self) -> Vec<(String, Option<String>)> {
        let mut only = Vec::new();
        for event in self.on {
            // Old rows of djangoevents name the event by its class, not by its type.
            let event_type = event.django.is_none().then(|| event.event_type.to_owned());
            let pair = (event.aggregate_type.to_owned(), event_type);
            if !only.contains(&pair) {
                only.push(pair);
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
        let found = aggregates
            .iter()
            .find(|aggregate| aggregate.aggregate_type == raw.aggregate_type)
            .and_then(|aggregate| Some((*aggregate, aggregate.find(raw)?)));
        let Some((aggregate, index)) = found else {
            return Ok(None);
        };
        let event = aggregate.events[index];
        let is_for = |on: &&EventDescriptor| {
            on.aggregate_type == event.aggregate_type && on.name == event.name
        };
        if !self.on.iter().any(is_for) {
            return Ok(None);
        }
        (aggregate.read)(index, raw, &EventContext::new(*raw))
            .map(Some)
            .map_err(|error| ReplayError::new(raw, error).into())
    }
}

/// Calls a handler, or a projection that keeps its read model elsewhere.
pub(super) async fn call_own(
    target: &HandlerCall,
    app: &App,
    event: AnyEvent,
    raw: &RecordedEvent<'_>,
) -> Result<(), HandlerError> {
    let context = HandlerContext::of_recorded(app, raw);
    let span = tracing::info_span!(
        "event",
        event = raw.event_type,
        stream = %context.stream(),
        version = raw.version.0,
    );
    call(target, event, context).instrument(span).await
}

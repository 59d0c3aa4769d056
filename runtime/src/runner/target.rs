//! `Plan`: which events a runner takes, and what each of them does.

use crate::app::{App, BuildError, call};
use crate::envelope::{EventContext, RecordedEvent};
use crate::event::{AggregateDescriptor, AnyEvent, EventDescriptor};
use crate::failure::StoreFailure;
use crate::handler::{HandlerContext, HandlerEntry, HandlerError};
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
    target: ProjectionStore,
}

impl Plan {
    pub(crate) fn of_projection(
        projection: ProjectionEntry,
        store: &dyn EventStore,
    ) -> Result<Self, BuildError> {
        let ProjectionEntry {
            name,
            on,
            store: target,
        } = projection;
        #[cfg(feature = "sqlite")]
        if matches!(target, ProjectionStore::Sqlite(_)) {
            return Err(BuildError::OtherStore {
                projection: name,
                needs: "sqlite",
            });
        }
        let _ = store;
        Ok(Self {
            name,
            checkpoint: name.to_owned(),
            on,
            saves_each: false,
            target,
        })
    }

    pub(crate) fn of_handler(handler: HandlerEntry) -> Self {
        Self {
            name: handler.name,
            checkpoint: format!("handler:{}", handler.name),
            on: handler.on,
            saves_each: true,
            target: ProjectionStore::Own(handler.call),
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
        if !self.on.iter().any(|on| is_for(on)) {
            return Ok(None);
        }
        (aggregate.read)(index, raw, &EventContext::new(*raw))
            .map(Some)
            .map_err(|error| ReplayError::new(raw, error).into())
    }

    /// Does what the event is to do.
    pub(crate) async fn call(
        &self,
        app: &App,
        store: &dyn EventStore,
        event: &AnyEvent,
        raw: &RecordedEvent<'_>,
    ) -> Result<(), HandlerError> {
        match &self.target {
            ProjectionStore::Own(handler) => {
                let context = HandlerContext::of_recorded(app, raw);
                call(handler, event.clone(), context).await
            }
            #[cfg(feature = "sqlite")]
            ProjectionStore::Sqlite(_) => {
                let _ = store;
                Ok(())
            }
        }
    }
}

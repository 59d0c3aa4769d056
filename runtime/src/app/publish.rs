//! Calls inline handlers for events that were stored just now. Order and nesting are djangoevents': handlers in the order of
//! registration, each once per event, events in their order; what a handler stores is published inside it; a handler that
//! fails ends the round of its event. `subscription.rs` describes a round.

use std::any::Any;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use tracing::Instrument as _;

use super::App;
use crate::envelope::NewEvent;
use crate::event::{AnyEvent, EventDescriptor};
use crate::handler::{HandlerCall, HandlerContext, HandlerEntry, HandlerError, HandlerFailure};
use crate::metadata::Metadata;
use crate::position::Position;
use crate::store::{StreamAppend, StreamVersions};
use crate::stream::{AggregateVersion, StreamId};

/// The inline handlers by the events that they listen to.
pub(crate) struct InlineHandlers {
    handlers: Vec<HandlerEntry>,
    /// (aggregate type, event name) → indices into `handlers`, in the order of registration.
    listeners: HashMap<(&'static str, &'static str), Vec<usize>>,
}

impl InlineHandlers {
    pub(crate) fn new(handlers: Vec<HandlerEntry>) -> Self {
        let mut listeners: HashMap<_, Vec<usize>> = HashMap::new();
        for (index, handler) in handlers.iter().enumerate() {
            for event in handler.on {
                let indices = listeners
                    .entry((event.aggregate_type, event.name))
                    .or_default();
                if indices.last() != Some(&index) {
                    indices.push(index);
                }
            }
        }
        Self {
            handlers,
            listeners,
        }
    }

    pub(crate) fn listens(&self, event: &'static EventDescriptor) -> bool {
        !self.listeners.is_empty()
            && self
                .listeners
                .contains_key(&(event.aggregate_type, event.name))
    }

    fn of(&self, event: &'static EventDescriptor) -> impl Iterator<Item = &HandlerEntry> {
        let indices = self.listeners.get(&(event.aggregate_type, event.name));
        indices
            .into_iter()
            .flatten()
            .map(|&index| &self.handlers[index])
    }
}

/// What handlers need of the events of one stream, kept while the store has them.
pub(crate) struct StreamPublish {
    stream: StreamId,
    events: Vec<(AnyEvent, NewEvent)>,
}

/// A stored event and its context.
pub(crate) struct Published {
    event: AnyEvent,
    context: HandlerContext,
}

impl StreamPublish {
    pub(crate) fn new(append: &StreamAppend, typed: Vec<AnyEvent>) -> Self {
        // The payload goes to the store alone.
        let envelopes = append.events.iter().map(|event| NewEvent {
            event_id: event.event_id.clone(),
            event_type: event.event_type.clone(),
            event_version: event.event_version,
            payload: crate::envelope::PayloadBuf::Json(String::new()),
            create_date: event.create_date,
            metadata: event.metadata.clone(),
            version: event.version,
            django: event.django,
        });
        Self {
            stream: append.stream.clone(),
            events: typed.into_iter().zip(envelopes).collect(),
        }
    }

    /// The events at the versions and positions that they got.
    pub(crate) fn at(self, app: &App, versions: StreamVersions) -> Vec<Published> {
        let Self { stream, events } = self;
        events
            .into_iter()
            .zip(0_i64..)
            .map(|((event, envelope), n)| Published {
                event,
                context: HandlerContext::new(
                    app,
                    stream.clone(),
                    envelope
                        .version
                        .unwrap_or(AggregateVersion(versions.first.0 + n)),
                    Position(versions.first_position.0 + n),
                    envelope.event_id,
                    envelope.create_date.unwrap_or_default(),
                    Metadata::from_stored(envelope.metadata.as_deref()),
                ),
            })
            .collect()
    }
}

impl App {
    /// Publishes each event in turn: one round of its predicates, inline handlers and subscribed handlers.
    pub(crate) async fn publish(&self, events: Vec<Published>) -> Vec<HandlerFailure> {
        let mut failures = Vec::new();
        for Published { event, context } in events {
            if let Err((handler, error)) = self.round(&event, &context).await {
                let failure = HandlerFailure {
                    handler,
                    event_type: event.descriptor().event_type,
                    event_id: context.event_id.clone(),
                    stream: context.stream.clone(),
                    version: context.version,
                    position: context.position,
                    error: Arc::new(error),
                };
                tracing::error!(handler, "{failure}");
                if let Some(on_failure) = &self.inner.options.on_handler_failure {
                    // What is stored is stored, whatever the callback does.
                    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| on_failure(&failure))) {
                        tracing::error!("on_handler_failure {}", panicked(&*panic));
                    }
                }
                failures.push(failure);
            }
        }
        failures
    }

    /// Calls what an event is for; the first that fails ends it, and is named.
    async fn round(
        &self,
        event: &AnyEvent,
        context: &HandlerContext,
    ) -> Result<(), (&'static str, HandlerError)> {
        let subscribers = self
            .subscriptions()
            .of(event, context)
            .map_err(|failed| (failed.name, failed.error))?;
        let declared = self.inner.inline.of(event.descriptor());
        let declared = declared.map(|handler| (handler.name, &handler.call));
        let subscribed = subscribers.iter().map(|s| (s.name(), s.call()));
        for (name, handler) in declared.chain(subscribed) {
            let span = tracing::info_span!(
                "handler",
                name,
                event = event.descriptor().event_type,
                stream = %context.stream,
                version = context.version.0,
            );
            let called = call(handler, event.clone(), context.clone()).instrument(span);
            called.await.map_err(|error| (name, error))?;
        }
        Ok(())
    }
}

/// Calls a handler. Its panic is its error: one handler must not take the answer from a caller whose events are stored.
pub(crate) async fn call(
    handler: &HandlerCall,
    event: AnyEvent,
    context: HandlerContext,
) -> Result<(), HandlerError> {
    let mut future = pin!(async { handler(event, context).await });
    std::future::poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(poll) => poll,
            Err(panic) => Poll::Ready(Err(panicked(&*panic))),
        },
    )
    .await
}

/// The error of a handler that panicked.
pub(crate) fn panicked(panic: &(dyn Any + Send)) -> HandlerError {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message");
    HandlerError::message(format!("panicked: {text}"))
}

//! `App::commit`: hands events to the store and calls inline handlers, in a task of its own, so that a caller who hangs up
//! cancels neither.

use std::borrow::Cow;

use tracing::Instrument as _;

use super::publish::{Published, StreamPublish};
use super::{App, Turn};
use crate::committed::Committed;
use crate::envelope::PayloadBuf;
use crate::error::AppendError;
use crate::event::{AggregateEvent, AnyEvent};
use crate::handler::HandlerFailure;
use crate::store::{Appended, Batch, StreamAppend, blocking};

/// What one append writes, and what follows it.
#[derive(Default)]
pub(crate) struct Commit {
    pub(crate) streams: Vec<StreamCommit>,
    /// Held until the events are stored; handlers may write to the same aggregate.
    pub(crate) turn: Option<Turn>,
}

/// The part of one stream.
pub(crate) struct StreamCommit {
    pub(crate) append: StreamAppend,
    /// The events for inline handlers, as many as are appended; empty where no handler listens to any of them.
    pub(crate) typed: Vec<AnyEvent>,
    /// The data of its only event in the other format: what an earlier append of the same event may have stored.
    pub(crate) other: Option<PayloadBuf>,
    /// Called when the events are stored, with the versions that they got.
    pub(crate) stored: Option<Box<dyn FnOnce(crate::store::StreamVersions) + Send>>,
}

impl StreamCommit {
    pub(crate) fn new(append: StreamAppend) -> Self {
        Self {
            append,
            typed: Vec::new(),
            other: None,
            stored: None,
        }
    }

    /// Keeps the events for inline handlers, if any listens.
    pub(crate) fn keep<'e, E: AggregateEvent>(
        &mut self,
        app: &App,
        events: impl Into<Cow<'e, [E]>>,
    ) {
        let events = events.into();
        if events.iter().any(|event| app.listens(event.descriptor())) {
            let events = events.into_owned();
            self.typed.extend(events.into_iter().map(AnyEvent::new));
        }
    }
}

/// The events were not stored. The turn comes back for another attempt.
pub(crate) struct NotStored {
    pub(crate) error: AppendError,
    pub(crate) turn: Option<Turn>,
}

/// The events are stored, and inline handlers were called.
pub(crate) struct Stored {
    pub(crate) appended: Appended,
    pub(crate) handler_failures: Vec<HandlerFailure>,
}

impl Stored {
    pub(crate) fn committed(self) -> Committed {
        Committed::new(&self.appended, self.handler_failures)
    }
}

impl App {
    /// Appends, then calls inline handlers. Once this is polled first, dropping it cancels nothing.
    pub(crate) async fn commit(&self, commit: Commit) -> Result<Stored, NotStored> {
        // What a handler stores belongs to an append under way, and is let through during a shutdown.
        if self.inner.flights.is_closed() && self.cause.is_none() {
            return Err(NotStored {
                error: AppendError::Closed,
                turn: commit.turn,
            });
        }
        let flight = self.inner.flights.begin();
        let app = self.clone();
        let task = tokio::spawn(
            async move {
                let done = app.append(commit).await;
                drop(flight);
                done
            }
            .in_current_span(),
        );
        match task.await {
            Ok(done) => done,
            // Handlers' panics are caught: the runtime was shut down under the task, or the store panicked.
            Err(error) => Err(NotStored {
                error: AppendError::Interrupted {
                    source: Box::new(error),
                },
                turn: None,
            }),
        }
    }

    /// Something that a shutdown waits for.
    #[cfg(feature = "postgres")]
    pub(crate) fn flight(&self) -> super::flights::Flight {
        self.inner.flights.begin()
    }

    /// Saves the schemas of what the batch holds, as every append does.
    #[cfg(feature = "postgres")]
    pub(crate) async fn save_schemas(&self, batch: &Batch) -> Result<(), AppendError> {
        let (store, schemas) = (&*self.inner.store, &self.inner.schemas);
        schemas.save(store, self.inner.aggregates, batch).await
    }

    async fn append(&self, commit: Commit) -> Result<Stored, NotStored> {
        let Commit { streams, turn } = commit;
        let mut batch = Batch::default();
        let mut publish = Vec::new();
        let mut stored = Vec::new();
        let mut other = None;
        for stream in streams {
            other = other.or_else(|| in_other_format(&stream));
            publish.push(StreamPublish::new(&stream.append, stream.typed));
            stored.push(stream.stored);
            batch.streams.push(stream.append);
        }
        let events: usize = batch.streams.iter().map(|append| append.events.len()).sum();
        let span = match batch.streams.first() {
            Some(first) => tracing::debug_span!(
                "append",
                stream = %first.stream,
                streams = batch.streams.len(),
                events,
                expected = %first.expected,
            ),
            None => tracing::debug_span!("append", streams = 0, events),
        };
        let store = &*self.inner.store;
        let appended = async {
            let schemas = &self.inner.schemas;
            schemas.save(store, self.inner.aggregates, &batch).await?;
            // This is a task of its own: the store may block its thread.
            let appended = blocking::allow(|| store.append(batch)).await;
            match (appended, other) {
                // The id is taken: by this very event, if its data is the same in the other format.
                (Err(error @ AppendError::EventIdTaken { .. }), Some(other)) => {
                    store.append(other).await.map_err(|_| error)
                }
                (appended, _) => appended,
            }
        };
        let appended = match appended.instrument(span).await {
            Ok(appended) => appended,
            Err(error) => return Err(NotStored { error, turn }),
        };
        drop(turn);
        for (stored, versions) in stored.into_iter().zip(&appended.streams) {
            if let Some(stored) = stored {
                stored(*versions);
            }
        }
        let published: Vec<Published> = publish
            .into_iter()
            .zip(&appended.streams)
            .flat_map(|(publish, versions)| publish.at(self, *versions))
            .collect();
        let handler_failures = self.publish(published).await;
        Ok(Stored {
            appended,
            handler_failures,
        })
    }
}

/// The append of one event with its data in the other format.
fn in_other_format(stream: &StreamCommit) -> Option<Batch> {
    let payload = stream.other.clone()?;
    let mut append = stream.append.clone();
    append.events.first_mut()?.payload = payload;
    Some(Batch {
        streams: vec![append],
    })
}

//! The journal as it is stored, then what comes: the part of a subscription that knows no types.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use tokio::sync::watch;

use crate::app::Backoff;
use crate::envelope::RecordedEvent;
use crate::error::ReadError;
use crate::event::AggregateDescriptor;
use crate::position::Position;
use crate::schemas;
use crate::store::{Ahead, Direction, EventStore, JournalQuery, Page, StreamQuery};
use crate::stream::StreamId;

/// A stored event, unread. Clones share it.
#[derive(Clone)]
pub struct StoredEvent {
    page: Arc<Page>,
    index: usize,
}

impl StoredEvent {
    /// The event.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "it never does")]
    pub fn event(&self) -> RecordedEvent<'_> {
        self.page
            .get(self.index)
            .expect("it is made for an index of the page")
    }
}

impl fmt::Debug for StoredEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.event().fmt(f)
    }
}

/// While the store cannot be reached.
const RETRY: Backoff = Backoff {
    first: Duration::from_millis(50),
    longest: Duration::from_secs(5),
};

/// Events of the journal as they are stored, then those to come; made by [`App::raw_events`](crate::App::raw_events).
#[must_use = "nothing is read until it is asked for"]
pub struct RawEventStream {
    reader: Reader,
    page: Arc<Page>,
    index: usize,
    state: State,
}

/// What a read needs.
#[derive(Clone)]
struct Reader {
    store: Arc<dyn EventStore>,
    changes: watch::Receiver<Position>,
    after: Option<Position>,
    stream: Option<StreamId>,
    until_now: bool,
    /// Whose events are to be read as types.
    aggregates: &'static [&'static AggregateDescriptor],
}

enum State {
    /// The page may hold more. The one behind it is being read.
    Paging(Option<Ahead<'static>>),
    Reading(Ahead<'static>),
    Ended,
}

impl RawEventStream {
    pub(crate) fn new(store: &Arc<dyn EventStore>) -> Self {
        Self {
            reader: Reader {
                store: Arc::clone(store),
                changes: store.changes(),
                after: None,
                stream: None,
                until_now: false,
                aggregates: &[],
            },
            page: Arc::new(crate::store::PageBuilder::new().finish(false)),
            index: 0,
            state: State::Paging(None),
        }
    }

    /// Only events past this position.
    pub fn after(mut self, position: Position) -> Self {
        self.reader.after = Some(position);
        self
    }

    /// Only events that are stored after this call.
    ///
    /// # Errors
    /// The store could not be read.
    pub async fn from_now(mut self) -> Result<Self, ReadError> {
        self.reader.after = Some(self.reader.store.head().await?);
        Ok(self)
    }

    /// Only events of this aggregate.
    pub fn of_stream(mut self, stream: StreamId) -> Self {
        self.reader.stream = Some(stream);
        self
    }

    /// Ends with the last event that is stored now, instead of waiting for more.
    pub fn until_now(mut self) -> Self {
        self.reader.until_now = true;
        self
    }

    /// The next event; `None` when there will be none: the store was closed, or the end of [`Self::until_now`].
    ///
    /// A row that is no event is an error, and the end: what is behind it cannot be reached without skipping it.
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<StoredEvent, ReadError>> {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    /// Learns what is needed to read the events of these as their types.
    pub(super) fn typed(mut self, aggregates: &'static [&'static AggregateDescriptor]) -> Self {
        self.reader.aggregates = aggregates;
        self
    }

    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<StoredEvent, ReadError>>> {
        loop {
            match &mut self.state {
                State::Ended => return Poll::Ready(None),
                State::Paging(next) => {
                    if let Some(event) = self.page.get(self.index) {
                        self.reader.after = Some(event.position);
                        let stored = StoredEvent {
                            page: Arc::clone(&self.page),
                            index: self.index,
                        };
                        self.index += 1;
                        return Poll::Ready(Some(Ok(stored)));
                    }
                    if self.page.is_last() && self.reader.until_now {
                        self.state = State::Ended;
                    } else {
                        let next = next.take();
                        let read = || Ahead::start(Box::pin(self.reader.clone().page()), cx);
                        self.state = State::Reading(next.unwrap_or_else(read));
                    }
                }
                State::Reading(page) => match std::task::ready!(Pin::new(page).poll(cx)) {
                    Ok(page) => {
                        let behind = page.iter().next_back().filter(|_| !page.is_last());
                        let next = behind.map(|last| {
                            let mut reader = self.reader.clone();
                            reader.after = Some(last.position);
                            Ahead::start(Box::pin(reader.page()), cx)
                        });
                        self.page = Arc::new(page);
                        self.index = 0;
                        self.state = State::Paging(next);
                    }
                    Err(error) => {
                        self.state = State::Ended;
                        let closed = matches!(error, ReadError::Closed);
                        return Poll::Ready((!closed).then_some(Err(error)));
                    }
                },
            }
        }
    }
}

impl Reader {
    /// The next page that has events, waiting for them; an empty one only at the end of `until_now`.
    async fn page(mut self) -> Result<Page, ReadError> {
        let mut failures = 0;
        loop {
            // Before the read: what is stored after it is a change.
            self.changes.mark_unchanged();
            match self.read().await {
                Ok(page) if !page.is_empty() || (self.until_now && page.is_last()) => {
                    return Ok(page);
                }
                // A filter may leave a page empty that is not the last.
                Ok(page) if !page.is_last() => {}
                Ok(_) => {
                    failures = 0;
                    if self.changes.changed().await.is_err() {
                        return Err(ReadError::Closed);
                    }
                }
                Err(ReadError::Backend { source }) => {
                    failures += 1;
                    let pause = RETRY.pause(failures);
                    tracing::warn!(error = %source, ?pause, "a subscription could not read, will try again");
                    tokio::time::sleep(pause).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn read(&self) -> Result<Page, ReadError> {
        let page = self.read_page().await?;
        schemas::learn(&*self.store, self.aggregates, &page).await?;
        Ok(page)
    }

    async fn read_page(&self) -> Result<Page, ReadError> {
        match &self.stream {
            Some(stream) => {
                let mut query = StreamQuery::new(stream.clone());
                query.after = self.after;
                self.store.read_stream(query).await
            }
            None => {
                let query = JournalQuery {
                    after: self.after,
                    only: Vec::new(),
                    limit: None,
                    direction: Direction::Forward,
                    checksums: false,
                };
                self.store.read_all(query).await
            }
        }
    }
}

impl Stream for RawEventStream {
    type Item = Result<StoredEvent, ReadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll(cx)
    }
}

impl fmt::Debug for RawEventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawEventStream")
            .field("after", &self.reader.after)
            .finish_non_exhaustive()
    }
}

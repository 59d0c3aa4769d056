//! The journal as it is stored, then what comes: the part of a subscription that knows no types.

use std::fmt;
use std::future::poll_fn;
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
use crate::store::{
    Ahead, Direction, EventStore, JournalQuery, Page, PageQuery, PageSource, StreamQuery,
};
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
    Paging(Option<Reading>),
    Reading(Reading),
    Ended,
}

/// A page that is read, and what reads on behind it.
type Reading = Ahead<'static, (Page, Option<Box<dyn PageSource>>)>;

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
        poll_fn(|cx| self.poll(cx)).await
    }

    /// The page that events are given of.
    pub(super) fn page(&self) -> &Page {
        &self.page
    }

    /// Learns what is needed to read the events of these as their types.
    pub(super) fn typed(mut self, aggregates: &'static [&'static AggregateDescriptor]) -> Self {
        self.reader.aggregates = aggregates;
        self
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<StoredEvent, ReadError>>> {
        let place = std::task::ready!(self.poll_place(cx));
        let stored = |index| StoredEvent {
            page: Arc::clone(&self.page),
            index,
        };
        Poll::Ready(place.map(|place| place.map(stored)))
    }

    /// As [`Self::poll`]; gives the event's place in the page.
    pub(super) fn poll_place(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<usize, ReadError>>> {
        loop {
            match &mut self.state {
                State::Ended => return Poll::Ready(None),
                State::Paging(next) => {
                    if let Some(position) = self.page.position(self.index) {
                        self.reader.after = Some(position);
                        self.index += 1;
                        return Poll::Ready(Some(Ok(self.index - 1)));
                    }
                    if self.page.is_last() && self.reader.until_now {
                        self.state = State::Ended;
                    } else {
                        let next = next.take();
                        let read = || Ahead::start(Box::pin(self.reader.clone().page(None)), cx);
                        self.state = State::Reading(next.unwrap_or_else(read));
                    }
                }
                State::Reading(page) => match std::task::ready!(Pin::new(page).poll(cx)) {
                    Ok((page, source)) => {
                        let behind = page.last_position().filter(|_| !page.is_last());
                        let next = behind.map(|last| {
                            let mut reader = self.reader.clone();
                            reader.after = Some(last);
                            Ahead::start(Box::pin(reader.page(source)), cx)
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
    /// The next page that has events, waiting for them, and what reads on behind it; an empty one only at the end of
    /// `until_now`.
    async fn page(
        mut self,
        mut source: Option<Box<dyn PageSource>>,
    ) -> Result<(Page, Option<Box<dyn PageSource>>), ReadError> {
        let mut failures = 0;
        loop {
            // Before the read: what is stored after it is a change. A source may have read before.
            let is_fresh = source.is_none();
            if is_fresh {
                self.changes.mark_unchanged();
            }
            match self.read(&mut source).await {
                Ok(page) if !page.is_empty() => {
                    let source = source.filter(|_| !page.is_last());
                    return Ok((page, source));
                }
                Ok(page) if self.until_now && page.is_last() => return Ok((page, None)),
                // A filter may leave a page empty that is not the last.
                Ok(page) if !page.is_last() || !is_fresh => source = None,
                Ok(_) => {
                    (failures, source) = (0, None);
                    if self.changes.changed().await.is_err() {
                        return Err(ReadError::Closed);
                    }
                }
                Err(ReadError::Backend { source: error }) => {
                    failures += 1;
                    source = None;
                    let pause = RETRY.pause(failures);
                    tracing::warn!(%error, ?pause, "a subscription could not read, will try again");
                    tokio::time::sleep(pause).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn read(&self, source: &mut Option<Box<dyn PageSource>>) -> Result<Page, ReadError> {
        let page = self.read_page(source).await?;
        schemas::learn(&*self.store, self.aggregates, &page).await?;
        Ok(page)
    }

    async fn read_page(&self, source: &mut Option<Box<dyn PageSource>>) -> Result<Page, ReadError> {
        if source.is_none() {
            *source = self.store.page_source(&self.query());
        }
        match (source, self.query()) {
            (Some(source), _) => poll_fn(|cx| source.poll_next(cx)).await,
            (None, PageQuery::Stream(query)) => self.store.read_stream(query).await,
            (None, PageQuery::All(query)) => self.store.read_all(query).await,
        }
    }

    fn query(&self) -> PageQuery {
        match &self.stream {
            Some(stream) => {
                let mut query = StreamQuery::new(stream.clone());
                query.after = self.after;
                PageQuery::Stream(query)
            }
            None => PageQuery::All(JournalQuery {
                after: self.after,
                only: Vec::new(),
                limit: None,
                direction: Direction::Forward,
                checksums: false,
            }),
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

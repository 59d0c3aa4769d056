//! Subscriptions to the journal: what is stored already, then what comes, as one stream. Events of all processes are seen, in
//! the order of the journal. Handlers that come and go while the app runs, and see this process alone, are in
//! `subscription.rs`; what keeps a checkpoint by itself is in `runner.rs`.
//!
//! ```
//! # use evgen_runtime::{prelude::*, AnyEvent};
//! # async fn example(app: &App, last: Position) -> Result<(), Box<dyn std::error::Error>> {
//! let mut events = app.events::<AnyEvent>().after(last);
//! while let Some(event) = events.next().await {
//!     let event = event?;
//!     println!("{} {:?} of {}", event.position, event.event, event.stream);
//!     // Keep event.position; after a restart, go on from there.
//! }
//! # Ok(())
//! # }
//! ```
//!
//! - Nothing is skipped, and nothing comes twice: the next event is the one that follows the last position. Keep it, and give
//!   it to `after` when the process begins again.
//! - A row that the manifest splits comes as several events of one position. Keep it when the last of them was taken
//!   ([`Part::is_last`]): behind a position, the row is not begun again.
//! - Who is slow is not flooded: no more than four pages are held, the one whose events are given and those behind it that
//!   the store has read ahead.
//! - While the store cannot be reached, the stream waits, and tries again with growing pauses. It ends when the app is shut
//!   down.
//! - An event that this build cannot read is an `Err` that names it; the one behind it can be asked for.

use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::app::App;
use crate::envelope::{Envelope, EventContext, RecordedEvent};
use crate::error::ReadError;
use crate::event::{self, AggregateDescriptor, AnyEvent, EventDescriptor, Found};
use crate::failure::StoreFailure;
use crate::load::ReplayError;
use crate::part::Part;
use crate::position::Position;
use crate::stream::StreamId;
use crate::subscription::Subscribed;

mod raw;

pub use raw::{RawEventStream, StoredEvent};

impl App {
    /// The events of the journal that `S` names, from the first one on, then those to come: `app.events::<todo::Created>()`,
    /// `app.events::<todo::Event>()`, a tuple of these, or `app.events::<AnyEvent>()`.
    ///
    /// [`EventStream`] is a `Stream`, and has [`EventStream::next`]. The module [`event_stream`](crate::event_stream) has
    /// what it promises.
    pub fn events<S: Subscribed>(&self) -> EventStream<S> {
        EventStream {
            raw: self.raw_events().typed(self.aggregates()),
            typing: Typing {
                app: self.clone(),
                takes: Vec::new(),
                last: None,
                rest: VecDeque::new(),
                subscribed: PhantomData,
            },
        }
    }

    /// Every event of the journal as it is stored, unread, and those to come; those too that this build does not know.
    pub fn raw_events(&self) -> RawEventStream {
        RawEventStream::new(self.event_store())
    }
}

/// Events of the journal, typed, then those to come; made by [`App::events`].
///
/// It holds the app: as long as it lives, the app is not dropped.
#[must_use = "nothing is read until it is asked for"]
pub struct EventStream<S: Subscribed> {
    raw: RawEventStream,
    typing: Typing<S>,
}

/// Makes stored events those that `S` names.
struct Typing<S: Subscribed> {
    app: App,
    /// Whether `S` takes an event, as far as it was seen: others need not be read.
    takes: Vec<(&'static EventDescriptor, bool)>,
    /// The stream of the last event: neighbours mostly share it.
    last: Option<StreamId>,
    /// What else the last row is read as.
    rest: VecDeque<Envelope<S::Given>>,
    subscribed: PhantomData<fn() -> S>,
}

impl<S: Subscribed> EventStream<S> {
    /// Only events past this position.
    pub fn after(mut self, position: Position) -> Self {
        self.raw = self.raw.after(position);
        self
    }

    /// Only events that are stored after this call.
    ///
    /// # Errors
    /// The store could not be read.
    pub async fn from_now(mut self) -> Result<Self, ReadError> {
        self.raw = self.raw.from_now().await?;
        Ok(self)
    }

    /// Only events of this aggregate.
    pub fn of_stream(mut self, stream: StreamId) -> Self {
        self.raw = self.raw.of_stream(stream);
        self
    }

    /// Ends with the last event that is stored now, instead of waiting for more.
    pub fn until_now(mut self) -> Self {
        self.raw = self.raw.until_now();
        self
    }

    /// The next event; `None` when there will be none: the app was shut down, or the end of [`Self::until_now`].
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<Envelope<S::Given>, StoreFailure>> {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Envelope<S::Given>, StoreFailure>>> {
        let Self { raw, typing } = self;
        if let Some(event) = typing.rest.pop_front() {
            return Poll::Ready(Some(Ok(event)));
        }
        loop {
            let given = match std::task::ready!(raw.poll_place(cx)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => Err(error.into()),
                Some(Ok(place)) => match raw.page().get(place) {
                    Some(event) => typing.given(&event),
                    None => Ok(None),
                },
            };
            if let Some(item) = given.transpose() {
                return Poll::Ready(Some(item));
            }
        }
    }
}

impl<S: Subscribed> Typing<S> {
    fn given(
        &mut self,
        raw: &RecordedEvent<'_>,
    ) -> Result<Option<Envelope<S::Given>>, StoreFailure> {
        // An event that this build does not know, or does not read any more, is none of S.
        let Some((aggregate, found)) = event::find(self.app.aggregates(), raw) else {
            return Ok(None);
        };
        if found.splits.is_some() {
            return self.given_parts(aggregate, &found, raw);
        }
        let Some(descriptor) = found.event else {
            return Ok(None);
        };
        let mut takes = self.takes.iter();
        let known = takes.find(|(known, _)| std::ptr::eq(*known, descriptor));
        if let Some((_, false)) = known {
            return Ok(None);
        }
        let is_new = known.is_none();
        let event: AnyEvent = (aggregate.read)(found.index, raw, &EventContext::new(*raw))
            .map_err(|error| ReplayError::new(raw, error))?;
        let given = S::given_whole(event);
        if is_new {
            self.takes.push((descriptor, given.is_some()));
        }
        Ok(given
            .map(|event| Envelope::new(event, found.stored, raw, Part::WHOLE, self.stream_of(raw))))
    }

    /// The first of those that a row is read as; the others wait.
    #[cold]
    fn given_parts(
        &mut self,
        aggregate: &AggregateDescriptor,
        found: &Found,
        raw: &RecordedEvent<'_>,
    ) -> Result<Option<Envelope<S::Given>>, StoreFailure> {
        let parts = found.read_any(aggregate, raw);
        let parts = parts.map_err(|error| ReplayError::new(raw, error))?;
        let stream = self.stream_of(raw);
        let given = parts.filter_map(S::given_whole);
        self.rest = given
            .into_iter()
            .map(|(part, event)| Envelope::new(event, found.stored, raw, part, stream.clone()))
            .collect();
        Ok(self.rest.pop_front())
    }

    fn stream_of(&mut self, raw: &RecordedEvent<'_>) -> StreamId {
        let same = |stream: &&StreamId| {
            stream.aggregate_id.as_str() == raw.aggregate_id
                && *stream.aggregate_type == *raw.aggregate_type
        };
        if let Some(stream) = self.last.as_ref().filter(same) {
            return stream.clone();
        }
        let stream = StreamId::new(raw.aggregate_type, raw.aggregate_id);
        self.last = Some(stream.clone());
        stream
    }
}

// Nothing in it is pinned.
impl<S: Subscribed> Unpin for EventStream<S> {}

impl<S: Subscribed> Stream for EventStream<S> {
    type Item = Result<Envelope<S::Given>, StoreFailure>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll(cx)
    }
}

impl<S: Subscribed> fmt::Debug for EventStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("raw", &self.raw)
            .finish_non_exhaustive()
    }
}

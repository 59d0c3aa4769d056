//! Pages of one query, one after the other, each read while the one before is used.

use super::{Ahead, EventStore, JournalQuery, Page, StreamQuery};
use crate::error::ReadError;
use crate::position::Position;

/// The pages of a query, in turn: the store reads the next one while the last one is used.
///
/// ```
/// # use evgen_runtime::store::{EventStore, JournalQuery, Pages};
/// # async fn example(store: &dyn EventStore) -> Result<(), evgen_runtime::ReadError> {
/// let mut pages = Pages::all(store, JournalQuery::default());
/// while let Some(page) = pages.next().await? {
///     for event in page.iter() {
///         println!("{} {}", event.position, event.event_type);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is read until it is asked for"]
pub struct Pages<'a> {
    store: &'a dyn EventStore,
    query: Query,
    next: Option<Ahead<'a>>,
    ended: bool,
}

#[derive(Debug)]
enum Query {
    All(JournalQuery),
    Stream(StreamQuery),
}

impl<'a> Pages<'a> {
    /// Of the whole journal. The query's limit is that of each page.
    pub fn all(store: &'a dyn EventStore, query: JournalQuery) -> Self {
        Self::of(store, Query::All(query))
    }

    /// Of one stream. The query's limit is that of each page.
    pub fn stream(store: &'a dyn EventStore, query: StreamQuery) -> Self {
        Self::of(store, Query::Stream(query))
    }

    fn of(store: &'a dyn EventStore, query: Query) -> Self {
        Self {
            store,
            query,
            next: None,
            ended: false,
        }
    }

    /// The next page; `None` behind the last one. Nothing is read ahead before the first is asked for.
    ///
    /// # Errors
    /// Those of the read. Asking again reads the same page again.
    pub async fn next(&mut self) -> Result<Option<Page>, ReadError> {
        if self.ended {
            return Ok(None);
        }
        let page = match self.next.take() {
            Some(next) => next.await?,
            None => self.read().await?,
        };
        match page.iter().next_back().map(|last| last.position) {
            Some(last) if !page.is_last() => {
                self.go_on_after(last);
                self.next = Some(Ahead::begin(self.read()).await);
            }
            _ => self.ended = true,
        }
        Ok(Some(page))
    }

    fn read(&self) -> super::BoxFuture<'a, Result<Page, ReadError>> {
        let store = self.store;
        match &self.query {
            Query::All(query) => store.read_all(query.clone()),
            Query::Stream(query) => store.read_stream(query.clone()),
        }
    }

    fn go_on_after(&mut self, position: Position) {
        match &mut self.query {
            Query::All(query) => query.after = Some(position),
            Query::Stream(query) => query.after = Some(position),
        }
    }
}

impl std::fmt::Debug for Pages<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages")
            .field("query", &self.query)
            .finish_non_exhaustive()
    }
}

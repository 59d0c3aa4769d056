//! Pages of one query, one after the other, each read while the one before is used.

use std::future::poll_fn;

use super::{Ahead, BoxFuture, EventStore, JournalQuery, Page, PageQuery, PageSource, StreamQuery};
use crate::error::ReadError;

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
    query: PageQuery,
    reads: Reads<'a>,
}

enum Reads<'a> {
    Unbegun,
    /// The store reads ahead.
    Source(Box<dyn PageSource>),
    /// A page is asked for when the one before has come.
    Turns(Option<Ahead<'a, Page>>),
    Ended,
}

impl<'a> Pages<'a> {
    /// Of the whole journal. The query's limit is that of each page.
    pub fn all(store: &'a dyn EventStore, query: JournalQuery) -> Self {
        Self::of(store, PageQuery::All(query))
    }

    /// Of one stream. The query's limit is that of each page.
    pub fn stream(store: &'a dyn EventStore, query: StreamQuery) -> Self {
        Self::of(store, PageQuery::Stream(query))
    }

    fn of(store: &'a dyn EventStore, query: PageQuery) -> Self {
        Self {
            store,
            query,
            reads: Reads::Unbegun,
        }
    }

    /// The next page; `None` behind the last one. Nothing is read ahead before the first is asked for.
    ///
    /// # Errors
    /// Those of the read. Asking again reads the same page again.
    pub async fn next(&mut self) -> Result<Option<Page>, ReadError> {
        if let Reads::Unbegun = self.reads {
            self.reads = match self.store.page_source(&self.query) {
                Some(source) => Reads::Source(source),
                None => Reads::Turns(None),
            };
        }
        let page = match &mut self.reads {
            Reads::Source(source) => poll_fn(|cx| source.poll_next(cx)).await?,
            Reads::Turns(next) => match next.take() {
                Some(next) => next.await?,
                None => self.read().await?,
            },
            Reads::Unbegun | Reads::Ended => return Ok(None),
        };
        match page.last_position() {
            Some(last) if !page.is_last() => {
                self.query.go_on_after(last);
                if let Reads::Turns(_) = self.reads {
                    self.reads = Reads::Turns(Some(Ahead::begin(self.read()).await));
                }
            }
            _ => self.reads = Reads::Ended,
        }
        Ok(Some(page))
    }

    fn read(&self) -> BoxFuture<'a, Result<Page, ReadError>> {
        let store = self.store;
        match &self.query {
            PageQuery::All(query) => store.read_all(query.clone()),
            PageQuery::Stream(query) => store.read_stream(query.clone()),
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

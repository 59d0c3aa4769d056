//! `PageSource`: the pages of a query by a store that goes on reading while they are used. Who has none is asked page by page
//! (`pages.rs`).

use std::task::{Context, Poll};

use super::{JournalQuery, Page, StreamQuery};
use crate::error::ReadError;
use crate::position::Position;

/// What is read page by page.
#[derive(Clone, Debug)]
pub enum PageQuery {
    /// The whole journal. The limit is that of each page.
    All(JournalQuery),
    /// One stream. The limit is that of each page.
    Stream(StreamQuery),
}

impl PageQuery {
    /// Asks for what follows that position.
    pub fn go_on_after(&mut self, position: Position) {
        match self {
            Self::All(query) => query.after = Some(position),
            Self::Stream(query) => query.after = Some(position),
        }
    }
}

/// The pages of a query, in turn; made by [`EventStore::page_source`](super::EventStore::page_source).
pub trait PageSource: Send {
    /// The next page. Whoever was given the last one does not ask again.
    ///
    /// After an error, it is the same page again. A page may have been read before it is asked for, but not before the first
    /// was: what was stored since the first call may be missing.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Page, ReadError>>;
}

//! Reading a journal page by page: a thread reads the next pages while this one is worked on. A row that is no event is
//! told of, and the read goes on behind it.

use std::ops::ControlFlow;
use std::sync::mpsc::{SyncSender, sync_channel};

use evgen_runtime::store::{Direction, JournalQuery, Page, StreamQuery};
use evgen_runtime::{Position, ReadError};

use super::super::stop::Stop;
use super::store_url::Journal;

/// How many pages are read ahead.
const AHEAD: usize = 2;

/// How many events a page has at most when a row in it is looked for; stores give no more.
const LARGEST: usize = 512;

/// What to read.
#[derive(Debug, Clone)]
pub(super) enum Query {
    /// The whole journal, or some aggregates of it.
    Journal(JournalQuery),
    /// One stream.
    Stream(StreamQuery),
}

/// What a read gives.
pub(super) enum Read {
    /// Events, in the order of the read.
    Events(Page),
    /// A row that cannot be one.
    NotAnEvent { position: Position, problem: String },
}

impl Query {
    /// The whole journal.
    pub(super) fn all() -> Self {
        Self::Journal(JournalQuery::default())
    }

    /// With what tells of edited rows.
    pub(super) fn with_checksums(mut self) -> Self {
        match &mut self {
            Self::Journal(query) => query.checksums = true,
            Self::Stream(query) => query.checksums = true,
        }
        self
    }

    /// Goes on behind `position`.
    pub(super) fn set_after(&mut self, position: Position) {
        match self {
            Self::Journal(query) => query.after = Some(position),
            Self::Stream(query) => query.after = Some(position),
        }
    }

    pub(super) fn set_direction(&mut self, direction: Direction) {
        match self {
            Self::Journal(query) => query.direction = direction,
            Self::Stream(query) => query.direction = direction,
        }
    }

    fn set_limit(&mut self, limit: Option<usize>) {
        match self {
            Self::Journal(query) => query.limit = limit,
            Self::Stream(query) => query.limit = limit,
        }
    }

    fn page(&self, journal: &Journal) -> Result<Page, ReadError> {
        match self {
            Self::Journal(query) => journal.wait(journal.store.read_all(query.clone())),
            Self::Stream(query) => journal.wait(journal.store.read_stream(query.clone())),
        }
    }
}

/// Gives everything that `query` asks for to `each`, until that has enough.
pub(super) fn scan(
    journal: &Journal,
    query: Query,
    mut each: impl FnMut(Read) -> Result<ControlFlow<()>, Stop>,
) -> Result<(), Stop> {
    let (sender, pages) = sync_channel(AHEAD);
    std::thread::scope(|scope| {
        scope.spawn(move || read(journal, query, &sender));
        // Leaving early drops `pages`, which ends the thread.
        for read in pages {
            if each(read?)?.is_break() {
                break;
            }
        }
        Ok(())
    })
}

fn read(journal: &Journal, mut query: Query, pages: &SyncSender<Result<Read, Stop>>) {
    let mut limit = None;
    loop {
        query.set_limit(limit);
        let (read, more) = match query.page(journal) {
            Ok(page) => {
                let last = page.len().checked_sub(1).and_then(|last| page.get(last));
                let more = !page.is_last() && last.is_some();
                if let Some(last) = last {
                    query.set_after(last.position);
                }
                (Ok(Read::Events(page)), more)
            }
            Err(ReadError::Row { row, problem }) if limit == Some(1) => {
                limit = None;
                query.set_after(row);
                let position = row;
                (Ok(Read::NotAnEvent { position, problem }), true)
            }
            // Those before it are read in ever smaller pages.
            Err(ReadError::Row { .. }) => {
                limit = Some((limit.unwrap_or(LARGEST) / 2).max(1));
                continue;
            }
            Err(error) => (Err(journal.failed(error)), false),
        };
        if pages.send(read).is_err() || !more {
            return;
        }
    }
}

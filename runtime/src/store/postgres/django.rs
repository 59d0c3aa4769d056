//! djangoevents' layout: the table `event_journal`, opened in place, read and written as djangoevents itself does, with Python
//! writing beside us. Its ids come from a plain sequence: they may have gaps, and become visible in another order than they
//! were given, so readers of the journal go no further than `horizon.rs` says. evgen's own tables stand beside it, made by
//! migrating; reading and appending need none of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::connections::Connections;
use super::core::Core;
use super::failure::Failure;
use crate::error::ReadError;
use crate::store::{JournalQuery, Page};

mod append;
mod commands;
mod horizon;
pub(super) mod open;
pub(super) mod read;
mod repeated;
mod writer;

pub(super) use append::append_in;
pub(super) use commands::find as find_command;
use horizon::Horizon;
pub(super) use writer::Writer;

/// What a store of this layout has beside the others' parts.
pub(super) struct Django {
    pub(super) horizon: Horizon,
    /// Those of appends: they may wait for others' transactions, and readers must not wait with them.
    appends: Connections,
    /// Known to be there. They are never removed.
    own_tables: AtomicBool,
}

impl Django {
    pub(super) fn new(appends: Connections) -> Self {
        Self {
            horizon: Horizon::default(),
            appends,
            own_tables: AtomicBool::new(false),
        }
    }

    pub(super) fn close(&self) {
        self.appends.close();
    }
}

impl Core {
    /// A page of the journal, up to where it is settled.
    pub(super) async fn read_settled(
        &self,
        django: &Django,
        query: JournalQuery,
    ) -> Result<Page, ReadError> {
        if self.is_closed() {
            return Err(ReadError::Closed);
        }
        match self.settled_page(django, Arc::new(query)).await {
            Err(_) if self.is_closed() => Err(ReadError::Closed),
            done => done.map_err(|failure| failure.into_read_error(&self.server)),
        }
    }

    async fn settled_page(
        &self,
        django: &Django,
        query: Arc<JournalQuery>,
    ) -> Result<Page, Failure> {
        let mut until = django.horizon.settled();
        if read::begins_behind(&query, until) {
            until = django.horizon.settle(self).await?;
        }
        let mut looked = false;
        loop {
            let asked = Arc::clone(&query);
            let (page, more) = self
                .run(move |connection, sql| {
                    let query = Arc::clone(&asked);
                    Box::pin(async move { read::all(connection, sql, &query, until).await })
                })
                .await?;
            if more || !read::may_grow(&query) {
                return Ok(page.finish(!more));
            }
            // Nothing more is settled, as far as was known.
            let settled = django.horizon.settle(self).await?;
            if settled == until {
                return Ok(page.finish(true));
            }
            // Once more, for what came meanwhile; with many writers there is always something.
            if looked && !page.is_empty() {
                return Ok(page.finish(false));
            }
            (until, looked) = (settled, true);
        }
    }

    /// Whether evgen's own tables are there; beside djangoevents' journal they may be missing.
    pub(super) async fn has_own_tables(&self) -> Result<bool, Failure> {
        let Some(django) = &self.django else {
            return Ok(true);
        };
        if django.own_tables.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let found = self.run(|connection, sql| Box::pin(commands::has_own_tables(connection, sql)));
        let found = found.await?;
        django.own_tables.store(found, Ordering::Relaxed);
        Ok(found)
    }
}

//! Reading ahead: one thread reads page after page while they are used, instead of being woken for each. It goes when so many
//! wait that nobody is in a hurry, and comes back when one of them is taken.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::read;
use super::readers::Readers;
use crate::error::ReadError;
use crate::position::Position;
use crate::store::{BoxFuture, Page, PageBuilder, PageQuery, PageSource};

/// Pages that wait at most; one more is used meanwhile.
const WAITING: usize = 2;

pub(super) struct ReadAhead {
    readers: Readers,
    query: PageQuery,
    line: Arc<Mutex<Line>>,
    /// The thread that reads, until it has given its connection back.
    running: Option<BoxFuture<'static, Result<(), ReadError>>>,
}

/// Pages on their way from the thread that reads to who uses them.
#[derive(Default)]
struct Line {
    pages: VecDeque<Page>,
    /// Of the last event that was put in line.
    reached: Option<Position>,
    /// Whether nothing lies behind what was put in line.
    ended: bool,
    waiting: Option<Waker>,
    /// Nobody waits for more.
    dropped: bool,
}

impl ReadAhead {
    pub(super) fn new(readers: Readers, query: PageQuery) -> Self {
        Self {
            readers,
            query,
            line: Arc::default(),
            running: None,
        }
    }

    /// Has the thread read on, if it is not at it and there is something to read; gives its error.
    fn drive(&mut self, cx: &mut Context<'_>) -> Result<(), ReadError> {
        loop {
            if let Some(running) = &mut self.running {
                let Poll::Ready(done) = running.as_mut().poll(cx) else {
                    return Ok(());
                };
                self.running = None;
                done?;
            }
            let line = lock(&self.line);
            if line.ended || line.pages.len() >= WAITING {
                return Ok(());
            }
            let mut query = self.query.clone();
            if let Some(reached) = line.reached {
                query.go_on_after(reached);
            }
            drop(line);
            let (readers, line) = (self.readers.clone(), Arc::clone(&self.line));
            self.running = Some(Box::pin(read_on(readers, query, line)));
        }
    }
}

impl PageSource for ReadAhead {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Page, ReadError>> {
        if let Some(page) = self.take(cx) {
            // An error is of a page behind this one: it comes again when that is asked for.
            let _ = self.drive(cx);
            return Poll::Ready(Ok(page));
        }
        let driven = self.drive(cx);
        // What came before an error is in line before it.
        match (self.take(cx), driven) {
            (Some(page), _) => Poll::Ready(Ok(page)),
            (None, Err(error)) => Poll::Ready(Err(error)),
            (None, Ok(())) => Poll::Pending,
        }
    }
}

impl ReadAhead {
    fn take(&self, cx: &mut Context<'_>) -> Option<Page> {
        let mut line = lock(&self.line);
        let page = match line.pages.pop_front() {
            None if line.ended => Some(PageBuilder::new().finish(true)),
            page => page,
        };
        line.waiting = page.is_none().then(|| cx.waker().clone());
        page
    }
}

impl Drop for ReadAhead {
    fn drop(&mut self) {
        lock(&self.line).dropped = true;
    }
}

/// Reads pages of the query and puts them in line, as long as they are taken.
async fn read_on(
    readers: Readers,
    mut query: PageQuery,
    line: Arc<Mutex<Line>>,
) -> Result<(), ReadError> {
    let crowd = readers.clone();
    let read = readers.run(move |connection, file| {
        loop {
            let page = match &query {
                PageQuery::All(query) => read::all(connection, &*file.table, query)?,
                PageQuery::Stream(query) => read::stream(connection, &*file.table, query)?,
            };
            let reached = page.last_position();
            let ended = page.is_last() || reached.is_none();
            let mut line = lock(&line);
            line.pages.push_back(page);
            line.ended = ended;
            line.reached = reached.or(line.reached);
            let stops = ended || line.dropped || line.pages.len() >= WAITING;
            let waiting = line.waiting.take();
            drop(line);
            if let Some(waiting) = waiting {
                waiting.wake();
            }
            // Others wait for a turn: behind them.
            if stops || crowd.is_crowded() {
                return Ok(());
            }
            if let Some(reached) = reached {
                query.go_on_after(reached);
            }
        }
    });
    read.await
}

fn lock(line: &Mutex<Line>) -> MutexGuard<'_, Line> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}

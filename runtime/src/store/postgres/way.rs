//! The way to the server: the connection that appends share. An append in a task of its own that finds it idle takes it there
//! and then, which saves the way to the writer's task and back; not while appends meet each other, since together they are
//! cheaper.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Mutex, OwnedMutexGuard, watch};

use super::connections::Lent;

/// So many groups of one append, one after the other, end a crowd.
const CALM: usize = 16;

pub(super) struct Way {
    connection: Arc<Mutex<Option<Lent>>>,
    /// Appends that were handed to the writer and not answered yet.
    waiting: AtomicUsize,
    /// How many writers met lately; 0: they come one by one.
    crowd: AtomicUsize,
    /// Tells other processes.
    pub(super) announce: watch::Sender<i64>,
}

/// The connection, while somebody has it. Empty: it is to be made.
pub(super) type Taken = OwnedMutexGuard<Option<Lent>>;

impl Way {
    pub(super) fn new(announce: watch::Sender<i64>) -> Arc<Self> {
        Arc::new(Self {
            connection: Arc::default(),
            waiting: AtomicUsize::new(0),
            crowd: AtomicUsize::new(0),
            announce,
        })
    }

    /// For an append that nobody is before, nor was lately.
    pub(super) fn take_idle(&self) -> Option<Taken> {
        if self.waiting.load(Ordering::Acquire) > 0 || self.crowd.load(Ordering::Relaxed) > 0 {
            return None;
        }
        self.try_take()
    }

    pub(super) fn try_take(&self) -> Option<Taken> {
        Arc::clone(&self.connection).try_lock_owned().ok()
    }

    /// Waits for who has it.
    pub(super) async fn take(&self) -> Taken {
        Arc::clone(&self.connection).lock_owned().await
    }

    /// Notes how many appends the writer took at once.
    pub(super) fn met(&self, group: usize) {
        let before = self.crowd.load(Ordering::Relaxed);
        let now = if group > 1 {
            CALM
        } else {
            before.saturating_sub(1)
        };
        self.crowd.store(now, Ordering::Relaxed);
    }

    pub(super) fn wait(self: &Arc<Self>) -> Waits {
        self.waiting.fetch_add(1, Ordering::AcqRel);
        Waits(Arc::clone(self))
    }
}

/// An append waits for the writer, until this is dropped.
pub(super) struct Waits(Arc<Way>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

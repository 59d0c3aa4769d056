//! `Flights`: what is under way and must end before the store is closed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Notify;

#[derive(Default)]
pub(crate) struct Flights {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    closed: AtomicBool,
    under_way: AtomicUsize,
    landed: Notify,
}

/// Something that `landed` waits for, until it is dropped.
pub(crate) struct Flight {
    shared: Arc<Shared>,
}

impl Flights {
    pub(crate) fn begin(&self) -> Flight {
        self.shared.under_way.fetch_add(1, Ordering::SeqCst);
        Flight {
            shared: Arc::clone(&self.shared),
        }
    }

    /// From now on nothing new is to begin, but for what belongs to something under way.
    pub(crate) fn close(&self) {
        self.shared.closed.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.shared.closed.load(Ordering::SeqCst)
    }

    /// Waits until nothing is under way.
    pub(crate) async fn landed(&self) {
        loop {
            let notified = self.shared.landed.notified();
            if self.shared.under_way.load(Ordering::SeqCst) == 0 {
                return;
            }
            notified.await;
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if self.shared.under_way.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.shared.landed.notify_waiters();
        }
    }
}

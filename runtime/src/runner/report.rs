//! Where a runner tells how it gets on: its `Progress`, and the measures of feature `metrics`.

use tokio::sync::watch;

use super::Progress;
use super::measures;
use crate::position::Position;

pub(super) struct Report {
    name: &'static str,
    progress: watch::Sender<Progress>,
}

impl Report {
    pub(super) fn new(name: &'static str, progress: watch::Sender<Progress>) -> Self {
        Self { name, progress }
    }

    /// Whether this process runs it. Where another does, it is that one's to measure.
    pub(super) fn owned(&self, owned: bool) {
        if !owned {
            measures::lag(self.name, 0);
            measures::parked(self.name, 0);
        }
        self.progress.send_modify(|progress| {
            progress.owned = owned;
            progress.failing = None;
        });
    }

    /// Everything up to `position` is finished, `events` more than before.
    pub(super) fn finished(&self, position: Position, events: u64) {
        measures::finished(self.name, events);
        self.progress.send_modify(|progress| {
            progress.finished = position;
            progress.failing = None;
            progress.handled += events;
            if events > 0 {
                progress.rate.add(events);
            }
        });
    }

    /// There was nothing past `position`.
    pub(super) fn caught_up(&self, position: Position) {
        self.finished(position, 0);
        measures::lag(self.name, 0);
    }

    /// `head` is the last event that is known to be stored.
    #[cfg(feature = "metrics")]
    pub(super) fn head(&self, head: Position) {
        measures::lag(self.name, head.0 - self.progress.borrow().finished.0);
    }

    pub(super) fn failed(&self, error: &str) {
        measures::failed(self.name);
        let text = error.to_owned();
        self.progress
            .send_modify(|progress| progress.failing = Some(text));
    }

    pub(super) fn parked(&self, streams: usize) {
        measures::parked(self.name, streams);
    }
}

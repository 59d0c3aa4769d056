//! Where a runner tells how it gets on: its `Progress`, and the measures of feature `metrics`.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::Progress;
use super::measures;
use crate::position::Position;

/// A rate is counted over so long.
const WINDOW: Duration = Duration::from_secs(2);

pub(super) struct Report {
    name: &'static str,
    progress: watch::Sender<Progress>,
    window: Mutex<Window>,
}

struct Window {
    since: Instant,
    events: u64,
}

impl Report {
    pub(super) fn new(name: &'static str, progress: watch::Sender<Progress>) -> Self {
        Self {
            name,
            progress,
            window: Mutex::new(Window {
                since: Instant::now(),
                events: 0,
            }),
        }
    }

    pub(super) fn owned(&self, owned: bool) {
        self.progress.send_modify(|progress| {
            progress.owned = owned;
            progress.failing = None;
        });
    }

    /// Everything up to `position` is finished; `head` is the last event that is stored, where it is known.
    pub(super) fn finished(&self, position: Position, events: u64, head: Option<Position>) {
        let rate = self.rate(events);
        measures::finished(self.name, events, head.map(|head| head.0 - position.0));
        self.progress.send_modify(|progress| {
            progress.finished = position;
            progress.failing = None;
            progress.handled += events;
            progress.rate = rate.unwrap_or(progress.rate);
        });
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

    #[expect(clippy::cast_precision_loss, reason = "a rate is no exact number")]
    fn rate(&self, events: u64) -> Option<f64> {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        window.events += events;
        let elapsed = window.since.elapsed();
        if elapsed < WINDOW {
            return None;
        }
        let rate = window.events as f64 / elapsed.as_secs_f64();
        *window = Window {
            since: Instant::now(),
            events: 0,
        };
        Some(rate)
    }
}

//! How many events a runner handles per second, lately.

use std::time::Duration;

use tokio::time::Instant;

/// After so long an event counts for a third of what it did.
const MEMORY: Duration = Duration::from_secs(5);

/// A mean that forgets: while nothing is handled it goes to nothing by itself.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rate {
    /// What it was, and when.
    last: Option<(f64, Instant)>,
}

impl Rate {
    #[expect(clippy::cast_precision_loss, reason = "a rate is no exact number")]
    pub(crate) fn add(&mut self, events: u64) {
        let rate = self.per_second() + events as f64 / MEMORY.as_secs_f64();
        self.last = Some((rate, Instant::now()));
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.last.map_or(0.0, |(rate, at)| {
            rate * (-at.elapsed().as_secs_f64() / MEMORY.as_secs_f64()).exp()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_follows_what_is_handled() {
        let mut rate = Rate::default();
        assert!(rate.per_second() < 0.001);
        tokio::time::advance(Duration::from_secs(3600)).await;
        for _ in 0..300 {
            tokio::time::advance(Duration::from_millis(100)).await;
            rate.add(2);
        }
        assert!((rate.per_second() - 20.0).abs() < 1.0, "{rate:?}");
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(rate.per_second() < 0.001, "{rate:?}");
    }
}

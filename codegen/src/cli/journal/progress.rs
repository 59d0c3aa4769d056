//! How far long work is: one line on stderr that is drawn over, on a terminal only.

use std::time::{Duration, Instant};

use super::super::console::Console;
use super::numbers::grouped;

const EVERY: Duration = Duration::from_millis(100);

/// Draws the line now and then, and takes it away at the end.
pub(super) struct Progress {
    what: &'static str,
    total: u64,
    start: Instant,
    drawn: Option<Instant>,
}

impl Progress {
    /// `what` is being done to `total` events, or about so many.
    pub(super) fn new(what: &'static str, total: u64) -> Self {
        Self {
            what,
            total,
            start: Instant::now(),
            drawn: None,
        }
    }

    /// `done` of them are done.
    pub(super) fn at(&mut self, done: u64, console: &mut Console<'_>) {
        let Some(live) = console.live() else { return };
        let last = self.drawn.unwrap_or(self.start);
        if last.elapsed() < EVERY {
            return;
        }
        self.drawn = Some(Instant::now());
        let line = line(self.what, done, self.total, self.start.elapsed());
        // Nobody is left to be told that stderr is gone. So below.
        let _ = write!(live, "\r\x1b[K{line}").and_then(|()| live.flush());
    }

    /// Takes the line away.
    pub(super) fn end(self, console: &mut Console<'_>) {
        if let (Some(_), Some(live)) = (self.drawn, console.live()) {
            let _ = write!(live, "\r\x1b[K").and_then(|()| live.flush());
        }
    }
}

fn line(what: &str, done: u64, total: u64, elapsed: Duration) -> String {
    let per_second = done as f64 / elapsed.as_secs_f64().max(1e-3);
    let percent = (done.min(total) * 100).checked_div(total).unwrap_or(100);
    let filled = usize::try_from(percent / 5).unwrap_or(20);
    let bar = format!("{}{}", "█".repeat(filled), "░".repeat(20 - filled));
    let left = (total.saturating_sub(done)) as f64 / per_second.max(1.0);
    format!(
        "{what} {bar} {percent:>3} %  {} of {}  {}/s  {:.0} s left",
        grouped(done),
        grouped(total),
        grouped(per_second as u64),
        left.ceil()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is() {
        assert_eq!(
            line("verifying", 5000, 10_000, Duration::from_secs(1)),
            "verifying ██████████░░░░░░░░░░  50 %  5,000 of 10,000  5,000/s  1 s left"
        );
        assert!(line("verifying", 0, 0, Duration::ZERO).contains("100 %"));
    }
}

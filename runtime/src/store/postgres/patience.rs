//! How long to try again while the server is away: with back-off and jitter, up to a limit.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

const FIRST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_secs(2);

pub(super) struct Patience {
    until: Option<Instant>,
    pause: Duration,
}

impl Patience {
    /// Ends after `limit`; `None`: never.
    pub(super) fn new(limit: Option<Duration>) -> Self {
        Self {
            until: limit.map(|limit| Instant::now() + limit),
            pause: FIRST,
        }
    }

    /// Waits before another attempt; `false`: it has come to an end.
    pub(super) async fn wait(&mut self) -> bool {
        if self.until.is_some_and(|until| Instant::now() >= until) {
            return false;
        }
        // Many clients must not come back at the same moment.
        let jitter = RandomState::new().hash_one(0) % 512;
        let part = u32::try_from(jitter).unwrap_or_default() + 512;
        tokio::time::sleep(self.pause * part / 1024).await;
        self.pause = (self.pause * 2).min(LONGEST);
        true
    }
}

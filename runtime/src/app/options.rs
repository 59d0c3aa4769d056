//! What an app was built with, beside its store and tables.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::time::Duration;

use super::builder::Settings;
use crate::envelope::PayloadFormat;
use crate::handler::HandlerFailure;

/// Called for every inline handler that fails.
pub(crate) type OnHandlerFailure = Arc<dyn Fn(&HandlerFailure) + Send + Sync>;

#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) settings: Settings,
    pub(crate) payload: PayloadFormat,
    /// `None`: as the journal's layout has it.
    pub(crate) fill_metadata: Option<bool>,
    /// How often `update` decides before it gives up on other writers.
    pub(crate) attempts: u32,
    pub(crate) backoff: Backoff,
    /// How often a runner tries an event before it parks it, where the manifest does not say.
    pub(crate) handler_attempts: u32,
    /// How long the owner of a runner may be silent before another process takes over.
    pub(crate) lease: Duration,
    /// Whether projections and durable handlers are run.
    pub(crate) runs: bool,
    pub(crate) on_handler_failure: Option<OnHandlerFailure>,
}

impl Options {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            settings,
            payload: PayloadFormat::default(),
            fill_metadata: None,
            attempts: 10,
            backoff: Backoff {
                first: Duration::from_millis(100),
                longest: Duration::from_secs(30),
            },
            handler_attempts: 8,
            lease: Duration::from_secs(15),
            runs: true,
            on_handler_failure: None,
        }
    }
}

/// How long a projection or durable handler waits before it tries an event again: doubled each time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Backoff {
    pub(crate) first: Duration,
    pub(crate) longest: Duration,
}

impl Backoff {
    /// The pause after `failures` failures in a row, from 1.
    pub(crate) fn pause(self, failures: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        self.first.saturating_mul(doubled).min(self.longest)
    }

    /// The same, between half and all of it: those who failed together do not come back together.
    pub(crate) fn jittered(self, failures: u32) -> Duration {
        // Each state of the hasher is seeded at random.
        let random = RandomState::new().hash_one(failures) % 512;
        let pause = self.pause(failures);
        pause / 2 + (pause / 1024) * u32::try_from(random).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_doubles_up_to_the_longest() {
        let backoff = Backoff {
            first: Duration::from_millis(100),
            longest: Duration::from_secs(1),
        };
        let pauses: Vec<_> = (1..=5).map(|n| backoff.pause(n).as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1000]);
        for failures in 1..=5 {
            let (jittered, pause) = (backoff.jittered(failures), backoff.pause(failures));
            assert!(
                jittered <= pause && jittered >= pause / 2,
                "{jittered:?} {pause:?}"
            );
        }
        assert_eq!(backoff.pause(u32::MAX), Duration::from_secs(1));
    }
}

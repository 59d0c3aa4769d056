//! What an app was built with, beside its store and tables.

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
        assert_eq!(backoff.pause(u32::MAX), Duration::from_secs(1));
    }
}

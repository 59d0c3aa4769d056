//! `Position`: an event's place in the order of all events of a store. Places in one stream are in `stream.rs`.

use std::fmt;

/// Place in the order of all events of a store, from 1; 0 is "before the first event".
///
/// Increasing, and gapless in the native layout. In a djangoevents journal it is the row's `id`, which may have gaps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Position(pub i64);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

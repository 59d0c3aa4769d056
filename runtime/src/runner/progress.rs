//! `Progress`: how far a runner has come, as `wait_for` and `App::progress` see it.

use super::rate::Rate;
use crate::position::Position;

/// How far a projection or durable handler has come in this process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress {
    pub(crate) finished: Position,
    /// The last error, while an event is tried again.
    pub(crate) failing: Option<String>,
    /// Whether this process owns it.
    pub(crate) owned: bool,
    /// Events handled since it was owned last.
    pub(crate) handled: u64,
    /// Events per second, lately.
    pub(crate) rate: Rate,
}

//! `Committed`: where an append ended up, as the caller of a repository or an app learns it.

use crate::handler::HandlerFailure;
use crate::position::Position;
use crate::store::Appended;
use crate::stream::{AggregateVersion, StreamId};

/// Events are stored, or nothing was to be stored.
#[derive(Debug, Clone)]
pub struct Committed {
    /// Position of the last event: what `wait_for` takes to read one's own write.
    pub position: Position,
    /// The next version of the stream; of several, of the first.
    pub version: AggregateVersion,
    /// Inline handlers that failed. The events are stored all the same.
    pub handler_failures: Vec<HandlerFailure>,
}

impl Committed {
    pub(crate) fn new(appended: &Appended, handler_failures: Vec<HandlerFailure>) -> Self {
        Self {
            position: appended.position,
            version: appended
                .streams
                .first()
                .map_or_else(AggregateVersion::default, |s| s.next),
            handler_failures,
        }
    }
}

/// The events of a unit of work are stored.
#[derive(Debug, Clone)]
pub struct WorkCommitted {
    /// Position of the last event.
    pub position: Position,
    /// The next version of every stream that took events.
    pub versions: Vec<(StreamId, AggregateVersion)>,
    /// Inline handlers that failed. The events are stored all the same.
    pub handler_failures: Vec<HandlerFailure>,
}

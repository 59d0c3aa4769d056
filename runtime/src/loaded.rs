//! `Loaded`: an aggregate with what the repository knows of it. It is made in `load.rs`.

use std::ops::Deref;

use crate::position::Position;
use crate::stream::{AggregateId, AggregateVersion};

/// An aggregate as it was loaded: derefs to the state, and knows its id, version and whether it is discarded.
///
/// A command that needs them takes `&Loaded<Todo>` in place of `&self`.
#[derive(Debug, Clone)]
pub struct Loaded<A> {
    pub(crate) state: A,
    pub(crate) id: AggregateId,
    pub(crate) version: AggregateVersion,
    pub(crate) position: Position,
    pub(crate) discarded: bool,
}

impl<A> Loaded<A> {
    /// The aggregate's id.
    #[must_use]
    pub fn id(&self) -> &AggregateId {
        &self.id
    }

    /// The next version: what its next event will carry, and what `expect_version` takes.
    #[must_use]
    pub fn version(&self) -> AggregateVersion {
        self.version
    }

    /// Position of the last event in it.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// Whether an event discarded it.
    #[must_use]
    pub fn discarded(&self) -> bool {
        self.discarded
    }

    /// The state alone.
    #[must_use]
    pub fn into_state(self) -> A {
        self.state
    }
}

impl<A> Deref for Loaded<A> {
    type Target = A;

    fn deref(&self) -> &A {
        &self.state
    }
}

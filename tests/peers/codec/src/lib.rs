//! What the benches compare: the two record shapes as evgen generates them, and the same by hand and by peers.

pub mod hand;
pub mod samples;

/// The generated events.
pub mod events {
    evgen_runtime::include_events!();
}

/// The aggregate that the events are of; nothing is replayed here.
pub struct Todo;

impl events::todo::Mutator for Todo {
    fn created(_: &events::todo::Created, _: &evgen_runtime::EventContext<'_>) -> Self {
        Self
    }
}

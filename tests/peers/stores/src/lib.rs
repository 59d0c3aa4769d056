//! What the benches compare: evgen's stores, and the same written by hand on rusqlite and tokio-postgres.

pub mod hand;
pub mod hand_peer;
pub mod hand_postgres;
pub mod orders;
pub mod ours;
pub mod server;
pub mod turns;
pub mod usage;

/// The generated events.
pub mod events {
    evgen_runtime::include_events!();
}

use events::todo::{self, Created, LabelChanged, created::Priority};
use evgen_runtime::EventContext;

/// Its state is the last label: a replay decodes every event, and does little more.
pub struct Todo {
    pub label: String,
}

impl todo::Mutator for Todo {
    fn created(event: &Created, _: &EventContext<'_>) -> Self {
        Self {
            label: event.label.clone(),
        }
    }

    fn label_changed(&mut self, event: &LabelChanged, _: &EventContext<'_>) {
        self.label.clone_from(&event.label);
    }
}

/// The first event of a todo.
pub fn created(id: &str) -> Created {
    Created {
        id: id.to_owned(),
        label: orders::label(0),
        tags: ["home", "shopping", "this-week"].map(str::to_owned).into(),
        priority: Priority::High,
        due: None,
        meta: [("channel", "web"), ("session", "a1b2c3d4")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
    }
}

/// Any later event.
pub fn label_changed(n: usize) -> LabelChanged {
    LabelChanged {
        label: orders::label(n),
    }
}

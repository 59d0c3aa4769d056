//! The events of the workload with serde, as all of these crates take them; their content is that of `../stores`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::orders::label;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Priority {
    Low,
    Medium,
    High,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    pub label: String,
    pub tags: Vec<String>,
    pub priority: Priority,
    pub due: Option<i64>,
    pub meta: BTreeMap<String, String>,
}

/// The first event's content.
pub fn created() -> Created {
    Created {
        label: label(0),
        tags: ["home", "shopping", "this-week"].map(str::to_owned).into(),
        priority: Priority::High,
        due: None,
        meta: [("channel", "web"), ("session", "a1b2c3d4")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
    }
}

/// Events as one enum, for the crates that ask for no more than serde.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    Created {
        id: uuid::Uuid,
        #[serde(flatten)]
        created: Created,
    },
    LabelChanged {
        label: String,
    },
}

impl Event {
    /// The label that it gives.
    pub fn label(self) -> String {
        match self {
            Self::Created { created, .. } => created.label,
            Self::LabelChanged { label } => label,
        }
    }

    /// The events of a new todo.
    pub fn history(id: uuid::Uuid, events: usize) -> impl Iterator<Item = Self> + Send {
        let first = Self::Created {
            id,
            created: created(),
        };
        std::iter::once(first).chain((1..events).map(|n| Self::LabelChanged { label: label(n) }))
    }
}

impl cqrs_es::DomainEvent for Event {
    fn event_type(&self) -> String {
        match self {
            Self::Created { .. } => "todo_created",
            Self::LabelChanged { .. } => "todo_label_changed",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1.0".to_owned()
    }
}

/// An id as these crates take it.
pub fn uuid(id: &str) -> uuid::Uuid {
    id.parse().expect("ids are UUIDs")
}

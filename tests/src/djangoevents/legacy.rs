//! eventsourcing's own entities, whose events have no schemas, and the deprecated `BaseEntity`.

use evgen_runtime::JsonObject;
use evgen_runtime::prelude::*;
use serde_json::{Map, Value, json};

use super::events::{note, short_note, strict_note, ticket};
use super::{Attributes, member};

/// An `EventSourcedEntity`: attributes by name, any of which an event may set.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entity(Map<String, Value>);

impl Entity {
    /// Attributes out of the members of the same names.
    pub(super) fn new(data: &JsonObject, names: &[&str]) -> Self {
        let attribute = |name: &&str| (format!("_{name}"), member(data, name));
        Self(names.iter().map(attribute).collect())
    }

    pub(super) fn set(&mut self, data: &JsonObject) {
        if let Value::String(name) = member(data, "name") {
            self.0.insert(name, member(data, "value"));
        }
    }
}

impl Attributes for Entity {
    fn attributes(&self) -> Value {
        Value::Object(self.0.clone())
    }
}

macro_rules! entity {
    ($(#[$docs:meta])* $name:ident, $module:ident, $attributes:expr) => {
        $(#[$docs])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name(Entity);

        impl $module::Mutator for $name {
            fn created(event: &$module::Created, _: &EventContext) -> Self {
                Self(Entity::new(&event.data, $attributes))
            }

            fn attribute_changed(&mut self, event: &$module::AttributeChanged, _: &EventContext) {
                self.0.set(&event.data);
            }
        }

        impl Attributes for $name {
            fn attributes(&self) -> Value {
                self.0.attributes()
            }
        }
    };
}

entity! {
    /// A note.
    Note, note, &["title", "body"]
}
entity! {
    /// A note that djangoevents reads from its end.
    ShortNote, short_note, &["text"]
}
entity! {
    /// A note whose versions djangoevents checks on replay.
    StrictNote, strict_note, &["text"]
}

/// A `BaseEntity`.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket {
    subject: String,
    is_dirty: bool,
}

impl ticket::Mutator for Ticket {
    fn created(event: &ticket::Created, _: &EventContext) -> Self {
        Self {
            subject: event.subject.clone(),
            is_dirty: false,
        }
    }

    fn updated(&mut self, event: &ticket::Updated, _: &EventContext) {
        self.is_dirty = true;
        self.subject.clone_from(&event.subject);
    }
}

impl Attributes for Ticket {
    fn attributes(&self) -> Value {
        json!({"subject": self.subject, "is_dirty": self.is_dirty})
    }
}

//! The README's aggregate of djangoevents.

use evgen_runtime::prelude::*;
use serde_json::{Value, json};

use super::Attributes;
use super::events::todo;

/// Something to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Todo {
    label: String,
    done: bool,
}

impl todo::Mutator for Todo {
    fn created(event: &todo::Created, _: &EventContext) -> Self {
        Self {
            label: event.label.clone(),
            done: false,
        }
    }

    fn changed_label(&mut self, event: &todo::ChangedLabel, _: &EventContext) {
        self.label.clone_from(&event.label);
    }

    fn completed(&mut self, _: &todo::Completed, _: &EventContext) {
        self.done = true;
    }

    fn reopened(&mut self, _: &todo::Reopened, _: &EventContext) {
        self.done = false;
    }
}

impl Attributes for Todo {
    fn attributes(&self) -> Value {
        json!({"label": self.label, "done": self.done})
    }
}

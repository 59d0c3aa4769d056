//! An abstract aggregate and its children. A Hamster has no events of its own: its rows are Animals.

use evgen_runtime::prelude::*;
use serde_json::{Value, json};

use super::events::{animal, cat, dog};
use super::{Attributes, member};

/// What all animals have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Animal {
    label: String,
    done: bool,
}

impl animal::Mutator for Animal {
    fn created(event: &animal::Created, _: &EventContext) -> Self {
        Self {
            label: event.label.clone(),
            done: false,
        }
    }

    fn renamed(&mut self, event: &animal::Renamed, _: &EventContext) {
        self.label.clone_from(&event.label);
    }
}

impl Attributes for Animal {
    fn attributes(&self) -> Value {
        json!({"label": self.label, "done": self.done})
    }
}

/// An animal that barks.
#[derive(Debug, Clone, PartialEq)]
pub struct Dog {
    animal: Animal,
    barks: i64,
}

impl dog::Mutator for Dog {
    fn animal(&mut self) -> &mut Animal {
        &mut self.animal
    }

    fn created(animal: Animal, _: &dog::Created, _: &EventContext) -> Self {
        Self { animal, barks: 0 }
    }

    fn barked(&mut self, event: &dog::Barked, _: &EventContext) {
        self.barks += member(&event.data, "times").as_i64().unwrap_or_default();
    }
}

impl Attributes for Dog {
    fn attributes(&self) -> Value {
        json!({"label": self.animal.label, "done": self.animal.done, "barks": self.barks})
    }
}

/// An animal that is never renamed.
#[derive(Debug, Clone, PartialEq)]
pub struct Cat {
    animal: Animal,
}

impl cat::Mutator for Cat {
    fn animal(&mut self) -> &mut Animal {
        &mut self.animal
    }

    fn created(animal: Animal, _: &cat::Created, _: &EventContext) -> Self {
        Self { animal }
    }
}

impl Attributes for Cat {
    fn attributes(&self) -> Value {
        self.animal.attributes()
    }
}

//! What a draft guesses of events taken together: what creates and what discards, event types, parents.

use std::collections::BTreeMap;

use super::super::journal::Class;
use super::{Aggregate, Draft, Event, count};
use crate::model::event::Effect;
use crate::model::naming::event_type;

impl Draft {
    /// An abstract class has rows of its own where children did not declare an event again.
    pub(super) fn hint_at_parents(&mut self) {
        let may_be_child = |parent: &Aggregate, child: &Aggregate| {
            let has = |event: &Event| {
                child
                    .events
                    .iter()
                    .any(|of_child| of_child.name == event.name)
            };
            child.events.iter().any(|event| event.typed)
                && child.module == parent.module
                && parent.events.iter().all(has)
        };
        for index in 0..self.aggregates.len() {
            let parent = &self.aggregates[index];
            if parent.removed_on_discard || parent.events.iter().any(|event| event.typed) {
                continue;
            }
            let child = self
                .aggregates
                .iter()
                .find(|child| may_be_child(parent, child));
            let hint = child.map(|child| {
                let (parent, child) = (&parent.name, &child.name);
                format!("the abstract class of `{child}`? Then `abstract: true`, and `extends: {parent}` in `{child}`")
            });
            self.aggregates[index].notes.extend(hint);
        }
    }
}

impl Aggregate {
    /// What follows from all events together: the module, what creates and discards, what has no schema.
    pub(super) fn finish(&mut self) {
        self.module = self.common_module();
        for event in &mut self.events {
            event.name_in_journal(&self.name);
        }
        self.guess_creation();
        if let Some(event) = self
            .events
            .iter_mut()
            .find(|event| event.name == "Discarded")
        {
            event.effect = Effect::Discards;
        } else {
            let is_an_end = |event: &&mut Event| {
                event.effect == Effect::Changes
                    && ["Archived", "Deleted", "Destroyed"].contains(&event.name.as_str())
            };
            for event in self.events.iter_mut().filter(is_an_end) {
                event
                    .notes
                    .push("ends the aggregate? then `discards: true`".to_owned());
            }
        }
        if self.events.iter().all(|event| !event.typed) {
            let is_entity = |event: &Event| {
                ["Created", "AttributeChanged", "Discarded"].contains(&event.name.as_str())
            };
            if self.events.len() > 1 && self.events.iter().all(is_entity) {
                self.removed_on_discard = true;
                self.notes.push(
                    "no schemas, and the events of eventsourcing's EventSourcedEntity".to_owned(),
                );
            } else {
                self.notes.push("no schemas".to_owned());
            }
        } else {
            for event in self.events.iter_mut().filter(|event| !event.typed) {
                event.notes.push("no schema".to_owned());
            }
        }
        let order = |event: &Event| match event.effect {
            Effect::Creates => 0,
            Effect::Discards => 2,
            Effect::Changes | Effect::StoredOnly => 1,
        };
        self.events.sort_by_key(order);
    }

    fn guess_creation(&mut self) {
        if let Some(event) = self.events.iter_mut().find(|event| event.name == "Created") {
            event.effect = Effect::Creates;
            return;
        }
        for event in &mut self.events {
            let first: i64 = event.classes.iter().map(|class| class.first).sum();
            if first > 0 {
                event.effect = Effect::Creates;
                event
                    .notes
                    .push(format!("{first} aggregates start with it"));
            }
        }
    }

    /// The module of most events' classes.
    fn common_module(&self) -> Option<String> {
        let mut modules: BTreeMap<&str, usize> = BTreeMap::new();
        for class in self.events.iter().filter_map(|event| event.classes.first()) {
            *modules.entry(&class.module).or_default() += 1;
        }
        let most = modules.into_iter().max_by_key(|(_, events)| *events);
        most.map(|(module, _)| module.to_owned())
    }
}

impl Event {
    /// The event type that is written, where the class overrides it; the classes and types of older rows.
    fn name_in_journal(&mut self, aggregate: &str) {
        let computed = event_type(aggregate, &self.name);
        let Some((newest, older)) = self.classes.split_first() else {
            return;
        };
        let current = &newest.event_types[0];
        if *current != computed {
            self.event_type = Some(current.clone());
        }
        for old in &newest.event_types[1..] {
            self.notes.push(format!(
                "older rows are `{old}`: they are found by their class"
            ));
        }
        for class in older {
            let Class {
                module,
                class,
                rows,
                event_types,
                ..
            } = class;
            let found = match event_types.iter().all(|name| name == current) {
                true => "found by their event type",
                false => "not found: give them an entry of their own",
            };
            self.notes.push(format!(
                "{rows} rows of `{class}` in `{module}` are {found}"
            ));
        }
        let without: i64 = self.classes.iter().map(|class| class.without_version).sum();
        if without > 0 {
            self.notes.push(format!(
                "{} without event_version: of version 1, or of the `legacy_version` that you name",
                count(without)
            ));
        }
    }
}

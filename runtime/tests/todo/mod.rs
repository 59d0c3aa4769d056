//! A small aggregate: the user's part. The generated part is in `generated.rs`.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses its own part of this"
)]

mod generated;

use evgen_runtime::types::{FieldNode, TypeNode};
use evgen_runtime::{EventContext, RawEvent, Unreadable};
use serde::{Deserialize, Serialize};

pub use generated::*;

const fn django(_event: &str) -> Option<evgen_runtime::DjangoClass> {
    None
}
const ENVELOPE: &[FieldNode] = &[
    FieldNode {
        name: "entity_id",
        node: &TypeNode::String,
        default: None,
    },
    FieldNode {
        name: "entity_version",
        node: &TypeNode::Long,
        default: None,
    },
];
const ON_DISCARD: evgen_runtime::OnDiscard = evgen_runtime::OnDiscard::Keep;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Todo {
    pub label: String,
    pub done: bool,
    pub changes: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    Done,
    Empty,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Refused {}

impl Todo {
    pub fn rename(&self, label: &str) -> Result<ChangedLabel, Refused> {
        match (self.done, label) {
            (true, _) => Err(Refused::Done),
            (_, "") => Err(Refused::Empty),
            _ => Ok(ChangedLabel {
                label: label.into(),
            }),
        }
    }

    pub fn complete(&self) -> Option<Completed> {
        (!self.done).then_some(Completed {})
    }
}

impl Mutator for Todo {
    fn created(event: &Created, _cx: &EventContext) -> Self {
        Self {
            label: event.label.clone(),
            done: false,
            changes: 0,
        }
    }
    fn changed_label(&mut self, event: &ChangedLabel, _cx: &EventContext) {
        self.label.clone_from(&event.label);
        self.changes += 1;
    }
    fn completed(&mut self, _event: &Completed, _cx: &EventContext) {
        self.done = true;
    }
    fn discarded(&mut self, _event: &Discarded, _cx: &EventContext) {}
    fn unreadable(
        _state: &mut Option<Self>,
        raw: &RawEvent,
        _cx: &EventContext,
    ) -> Result<(), Unreadable> {
        if raw.event_type() == "todo_forgotten" {
            Ok(())
        } else {
            Err(Unreadable)
        }
    }
}

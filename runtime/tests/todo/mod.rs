//! A small aggregate as evgen generates it, written by hand, and the user's part of it.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses its own part of this"
)]

use evgen_runtime::types::{FieldNode, RecordNode, TypeNode};
use evgen_runtime::{
    Aggregate, AggregateDescriptor, AggregateEvent, AnyEvent, Creates, Decision, DecodeError,
    Effect, Event as _, EventContext, EventDescriptor, HandlerEntry, OnDiscard, RawEvent,
    RecordedEvent, ReplayProblem, SnapshotPolicy, Unreadable, VersionDescriptor, codec,
};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;

// --- the user's part ---------------------------------------------------------------------------------------------------

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

// --- what evgen generates ----------------------------------------------------------------------------------------------

/// One method per event.
pub trait Mutator: Sized {
    fn created(event: &Created, cx: &EventContext) -> Self;
    fn changed_label(&mut self, event: &ChangedLabel, cx: &EventContext);
    fn completed(&mut self, event: &Completed, cx: &EventContext);
    fn discarded(&mut self, event: &Discarded, cx: &EventContext);
    fn unreadable(
        state: &mut Option<Self>,
        raw: &RawEvent,
        cx: &EventContext,
    ) -> Result<(), Unreadable> {
        let _ = (state, raw, cx);
        Err(Unreadable)
    }
}

macro_rules! events {
    ($($name:ident { $($field:ident),* } $node:ident $event_type:literal $effect:ident;)+) => {
        $(
            #[derive(Clone)]
            pub struct $name { $(pub $field: String),* }
            static $node: TypeNode = TypeNode::Record(RecordNode {
                name: stringify!($name),
                fields: &[$(FieldNode { name: stringify!($field), node: &TypeNode::String, default: None }),*],
            });
            evgen_runtime::record! { $name: $node => [$($field),*] }
            impl evgen_runtime::Event for $name {
                const DESCRIPTOR: &'static EventDescriptor = {
                    static DESCRIPTOR: EventDescriptor = EventDescriptor {
                        aggregate_type: "Todo",
                        name: stringify!($name),
                        event_type: $event_type,
                        version: 1,
                        versions: &[VersionDescriptor {
                            version: 1,
                            file: "",
                            schema: "",
                            fingerprint: 0,
                            node: &$node,
                            envelope: &[],
                        }],
                        legacy_version: 1,
                        typed: true,
                        effect: Effect::$effect,
                        django: None,
                    };
                    &DESCRIPTOR
                };
            }
            impl From<$name> for Event {
                fn from(event: $name) -> Self {
                    Self::$name(event)
                }
            }
            impl Decision<Todo> for $name {
                type Error = Infallible;
                fn decide(self) -> Result<Vec<Event>, Infallible> {
                    Ok(vec![self.into()])
                }
            }
        )+
        #[derive(Clone, Debug, PartialEq)]
        pub enum Event { $($name($name)),+ }
        impl AggregateEvent for Event {
            const AGGREGATE: &'static AggregateDescriptor = &TODO;
            fn descriptor(&self) -> &'static EventDescriptor {
                match self { $(Self::$name(_) => $name::DESCRIPTOR),+ }
            }
            fn value(&self) -> &dyn codec::Value {
                match self { $(Self::$name(event) => event),+ }
            }
            fn read(
                index: usize,
                raw: &RecordedEvent<'_>,
                _cx: &EventContext<'_>,
            ) -> Result<Self, DecodeError> {
                static READS: &[&[Option<codec::Resolution>]] =
                    &[$(&[Some(codec::Resolution::Same(&$node))]),+];
                let mut place = 0;
                $(
                    if index == place {
                        return evgen_runtime::event::read_event::<$name>(READS[place], raw).map(Self::$name);
                    }
                    place += 1;
                )+
                unreachable!("{place} events, not {index}")
            }
        }
        pub static TODO: AggregateDescriptor = AggregateDescriptor {
            aggregate_type: "Todo",
            events: &[$($name::DESCRIPTOR),+],
            on_discard: OnDiscard::Keep,
            snapshot: Some(SnapshotPolicy { every: 5, version: 1, key: 7 }),
            read: |index, raw, cx| Event::read(index, raw, cx).map(AnyEvent::new),
        };
    };
}

events! {
    Created { label } CREATED "todo_created" Creates;
    ChangedLabel { label } CHANGED_LABEL "todo_changed_label" Changes;
    Completed {} COMPLETED "todo_completed" Changes;
    Discarded {} DISCARDED "todo_discarded" Discards;
    Touched {} TOUCHED "touched_by_user" StoredOnly;
}

pub static AGGREGATES: &[&AggregateDescriptor] = &[&TODO];

impl Creates<Todo> for Created {}

impl Decision<Todo> for Event {
    type Error = Infallible;
    fn decide(self) -> Result<Vec<Event>, Infallible> {
        Ok(vec![self])
    }
}

impl Aggregate for Todo {
    type Event = Event;

    fn apply(
        state: &mut Option<Self>,
        event: &Event,
        cx: &EventContext<'_>,
    ) -> Result<(), ReplayProblem> {
        match event {
            Event::Created(event) => *state = Some(<Self as Mutator>::created(event, cx)),
            Event::ChangedLabel(event) => {
                evgen_runtime::existing(state, cx)?.changed_label(event, cx);
            }
            Event::Completed(event) => evgen_runtime::existing(state, cx)?.completed(event, cx),
            Event::Discarded(event) => evgen_runtime::existing(state, cx)?.discarded(event, cx),
            Event::Touched(_) => {}
        }
        Ok(())
    }

    fn unreadable(
        state: &mut Option<Self>,
        raw: &RawEvent<'_>,
        cx: &EventContext<'_>,
    ) -> Result<(), Unreadable> {
        <Self as Mutator>::unreadable(state, raw, cx)
    }

    fn snapshot_encode(&self) -> Option<Vec<u8>> {
        evgen_runtime::snapshot::encode(self)
    }

    fn snapshot_decode(state: &[u8]) -> Option<Self> {
        evgen_runtime::snapshot::decode(state)
    }
}

/// A row of the table of handlers.
pub fn handler<F, R>(
    name: &'static str,
    on: &'static [&'static EventDescriptor],
    delivery: evgen_runtime::Delivery,
    handle: F,
) -> HandlerEntry
where
    F: Fn(Event, evgen_runtime::HandlerContext) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), evgen_runtime::HandlerError>> + Send + 'static,
{
    HandlerEntry {
        name,
        on,
        delivery,
        call: Box::new(move |event, cx| {
            let event = event
                .get::<Event>()
                .expect("only events of Todo come here")
                .clone();
            Box::pin(handle(event, cx))
        }),
    }
}

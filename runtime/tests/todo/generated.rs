// What evgen generates for an aggregate `Todo`, written by hand: the tests' and the crate docs' example.

use std::convert::Infallible;

use evgen_runtime::types::{FieldNode, FieldNodes, RecordNode, TypeNode};
use evgen_runtime::{
    Aggregate, AggregateDescriptor, AggregateEvent, Creates, Data, DataMut, Decision, Effect,
    Event as _, EventContext, EventDescriptor, RawEvent, ReplayProblem, SnapshotPolicy, Unreadable,
    VersionDescriptor, codec,
};

use super::Todo;

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

static TEXT: TypeNode = TypeNode::String;

macro_rules! events {
    ($($name:ident { $($field:ident),* } $node:ident $event_type:literal $effect:ident;)+) => {
        $(
            pub struct $name { $(pub $field: String),* }
            static $node: TypeNode = TypeNode::Record(RecordNode {
                name: stringify!($name),
                fields: FieldNodes::of(&[$(FieldNode { name: stringify!($field), node: &TEXT, default: None }),*]),
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
                            envelope: super::ENVELOPE,
                            places: &[],
                        }],
                        reads: &[],
                        legacy_version: 1,
                        typed: true,
                        forward: false,
                        split: None,
                        effect: Effect::$effect,
                        django: super::django(stringify!($name)),
                    };
                    &DESCRIPTOR
                };
                type All = Event;
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
        evgen_runtime::events! { Event }
        #[derive(Clone)]
        pub enum Event { $($name($name)),+ }
        impl AggregateEvent for Event {
            const AGGREGATE: &'static AggregateDescriptor = &TODO;
            fn descriptor(&self) -> &'static EventDescriptor {
                match self { $(Self::$name(_) => $name::DESCRIPTOR),+ }
            }
            fn data(&self) -> Data<'_> {
                match self { $(Self::$name(event) => Data::Typed(event)),+ }
            }
            fn data_mut(&mut self) -> DataMut<'_> {
                match self { $(Self::$name(event) => DataMut::Typed(event)),+ }
            }
            fn empty(index: usize) -> Option<Self> {
                let empty = [$(|| Self::$name(codec::Value::empty())),+];
                empty.get(index).map(|empty: &fn() -> Self| empty())
            }
        }
        pub static TODO: AggregateDescriptor = AggregateDescriptor {
            former: &[],
            aggregate_type: "Todo",
            events: &[$($name::DESCRIPTOR),+],
            on_discard: super::ON_DISCARD,
            snapshot: Some(SnapshotPolicy { every: 5, version: 1, key: 7 }),
            read: evgen_runtime::event::read_any::<Event>,
            read_parts: None,
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

/// The app's builder, as generated code makes it.
pub fn app(store: impl evgen_runtime::IntoStore) -> evgen_runtime::AppBuilder {
    let settings = evgen_runtime::Settings::default();
    evgen_runtime::AppBuilder::new(store.into_store(), AGGREGATES, settings)
}

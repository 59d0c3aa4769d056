//! given / when / then for aggregates, and an app on a memory store (feature `testing`). It panics where a test is to fail,
//! and needs no test framework.
//!
//! ```ignore
//! Given::<Todo>::events(todo::Created { label: "milk".into() })
//!     .when(|t| t.rename("bread"))
//!     .then(todo::ChangedLabel { label: "bread".into() });
//! ```

use std::convert::Infallible;
use std::fmt::{Debug, Write as _};

use jiff::Timestamp;

use crate::aggregate::Aggregate;
use crate::app::{AppBuilder, Settings};
use crate::decision::{Decision, certain};
use crate::envelope::{EventId, Payload, RecordedEvent};
use crate::event::{AggregateDescriptor, AggregateEvent};
use crate::load::Folded;
use crate::loaded::Loaded;
use crate::position::Position;
use crate::store::memory::MemoryStore;
use crate::stream::StreamId;

/// An app without handlers on a memory store of its own.
pub fn app(aggregates: &'static [&'static AggregateDescriptor]) -> AppBuilder {
    AppBuilder::new(
        std::sync::Arc::new(MemoryStore::new()),
        aggregates,
        Settings::default(),
    )
}

/// What has happened before a command.
#[must_use = "call `when`, or `then_state`"]
#[derive(Debug)]
pub struct Given<A> {
    stream: StreamId,
    folded: Folded<A>,
}

impl<A: Aggregate> Given<A> {
    /// No event: what creates an aggregate is tried with [`Given::creating`].
    pub fn nothing() -> Self {
        Self {
            stream: StreamId::new(A::Event::AGGREGATE.aggregate_type, "1"),
            folded: Folded::empty(),
        }
    }

    /// These events, in this order: one, a tuple, an array or a `Vec` of the aggregate's enum.
    #[track_caller]
    pub fn events(events: impl Decision<A, Error = Infallible>) -> Self {
        Self::nothing().and(certain(events))
    }

    /// Further events.
    #[track_caller]
    pub fn and(mut self, events: impl Decision<A, Error = Infallible>) -> Self {
        for event in certain(events) {
            take(&mut self.folded, &self.stream, &event);
        }
        self
    }

    /// Lets a command decide.
    #[track_caller]
    pub fn when<D: Decision<A>>(self, command: impl FnOnce(&Loaded<A>) -> D) -> Then<A, D::Error> {
        let Some(loaded) = self.folded.loaded(&self.stream) else {
            panic!("the given events create no aggregate: begin with an event that does")
        };
        let outcome = command(&loaded).decide();
        let mut folded = Folded::of(loaded);
        for event in outcome.iter().flatten() {
            take(&mut folded, &self.stream, event);
        }
        Then {
            stream: self.stream,
            folded,
            outcome,
        }
    }

    /// Lets a decision make the aggregate: an event, or what a constructor of yours answers.
    #[track_caller]
    pub fn creating<D: Decision<A>>(mut self, decision: D) -> Then<A, D::Error> {
        let outcome = decision.decide();
        for event in outcome.iter().flatten() {
            take(&mut self.folded, &self.stream, event);
        }
        Then {
            stream: self.stream,
            folded: self.folded,
            outcome,
        }
    }

    /// Looks at the state that the events make.
    #[track_caller]
    pub fn then_state(self, look: impl FnOnce(&Loaded<A>)) {
        let Some(loaded) = self.folded.loaded(&self.stream) else {
            panic!("the given events leave no aggregate")
        };
        look(&loaded);
    }
}

/// What a command decided.
#[must_use = "call one of the `then`s"]
#[derive(Debug)]
pub struct Then<A: Aggregate, E> {
    stream: StreamId,
    folded: Folded<A>,
    outcome: Result<Vec<A::Event>, E>,
}

impl<A: Aggregate, E: Debug> Then<A, E> {
    /// Exactly these events.
    #[track_caller]
    pub fn then(self, expected: impl Decision<A, Error = Infallible>) -> Self {
        let expected = certain(expected);
        match &self.outcome {
            Ok(events) if *events == expected => self,
            Ok(events) => panic!(
                "the command decided otherwise\n{}",
                differences(&expected, events)
            ),
            Err(refusal) => panic!("the command refused: {refusal:?}\nexpected: {expected:#?}"),
        }
    }

    /// No event, and no refusal.
    #[track_caller]
    pub fn then_nothing(self) -> Self {
        self.then(())
    }

    /// This refusal.
    #[track_caller]
    pub fn then_rejected(self, expected: E)
    where
        E: PartialEq,
    {
        match &self.outcome {
            Err(refusal) if *refusal == expected => {}
            Err(refusal) => {
                panic!(
                    "the command refused otherwise\nexpected: {expected:?}\n   found: {refusal:?}"
                )
            }
            Ok(events) => {
                panic!("expected the refusal {expected:?}\nthe command decided: {events:#?}")
            }
        }
    }

    /// A refusal that `is` it.
    #[track_caller]
    pub fn then_rejected_with(self, is: impl FnOnce(&E) -> bool) {
        match &self.outcome {
            Err(refusal) if is(refusal) => {}
            Err(refusal) => panic!("the command refused otherwise: {refusal:?}"),
            Ok(events) => panic!("expected a refusal\nthe command decided: {events:#?}"),
        }
    }

    /// Looks at the state after the events.
    #[track_caller]
    pub fn then_state(self, look: impl FnOnce(&Loaded<A>)) {
        if let Err(refusal) = &self.outcome {
            panic!("the command refused: {refusal:?}");
        }
        let Some(loaded) = self.folded.loaded(&self.stream) else {
            panic!("the events removed the aggregate")
        };
        look(&loaded);
    }
}

#[track_caller]
fn take<A: Aggregate>(folded: &mut Folded<A>, stream: &StreamId, event: &A::Event) {
    let descriptor = event.descriptor();
    let id = EventId::new();
    let raw = RecordedEvent {
        position: Position(folded.position.0 + 1),
        event_id: id.as_str(),
        event_type: descriptor.event_type,
        event_version: Some(descriptor.version),
        payload: Payload::Json("{}"),
        aggregate_type: &stream.aggregate_type,
        aggregate_id: stream.aggregate_id.as_str(),
        version: folded.next.unwrap_or_default(),
        create_date: Timestamp::now(),
        metadata: None,
        django_class: None,
        checksum: None,
    };
    if let Err(error) = folded.take(event, &raw) {
        panic!("{}", error.cause);
    }
}

/// Both lists, event by event; `!` marks where they differ.
fn differences<E: Debug + PartialEq>(expected: &[E], found: &[E]) -> String {
    let mut text = String::new();
    for index in 0..expected.len().max(found.len()) {
        let (expected, found) = (expected.get(index), found.get(index));
        if let (Some(expected), true) = (expected, expected == found) {
            let _ = writeln!(text, "  {expected:?}");
            continue;
        }
        let show = |event: Option<&E>| event.map_or("nothing".into(), |event| format!("{event:?}"));
        let _ = writeln!(
            text,
            "! expected {}\n!    found {}",
            show(expected),
            show(found)
        );
    }
    text
}

//! `Aggregate`: state that is rebuilt from one stream, as generated code implements it for the user's type.
//! How a stream is read and folded is in `load.rs`; what a command may answer is in `decision.rs`.

use crate::envelope::{EventContext, RecordedEvent};
use crate::error::DecodeError;
use crate::event::AggregateEvent;

/// State rebuilt from one stream, with the rules that guard it.
///
/// Generated code implements it for the user's type and routes each event to the user's `Mutator`, or to code made from
/// the manifest.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an aggregate of the manifest",
    note = "name it in aggregates.yaml (its type is `crate::{Self}` unless `type:` says otherwise), and keep `include_events!()` in the crate"
)]
pub trait Aggregate: Sized + Send + Sync + 'static {
    /// All its events.
    type Event: AggregateEvent;

    /// Folds one event into the state. `None` is an aggregate that no event has made yet.
    ///
    /// # Errors
    /// The event cannot stand where it stands: it changes an aggregate that is not there.
    fn apply(
        state: &mut Option<Self>,
        event: &Self::Event,
        cx: &EventContext<'_>,
    ) -> Result<(), ReplayProblem>;

    /// Takes an event that this build cannot read, or refuses it.
    ///
    /// # Errors
    /// By default always: an event that is passed over would be a wrong state.
    fn unreadable(
        state: &mut Option<Self>,
        raw: &RawEvent<'_>,
        cx: &EventContext<'_>,
    ) -> Result<(), Unreadable> {
        let _ = (state, raw, cx);
        Err(Unreadable)
    }

    /// The state as a snapshot keeps it; `None`: it is not snapshotted.
    fn snapshot_encode(&self) -> Option<Vec<u8>> {
        None
    }

    /// The state out of a snapshot; `None`: it does not decode any more, and is dropped.
    fn snapshot_decode(state: &[u8]) -> Option<Self> {
        let _ = state;
        None
    }
}

/// The state that an event changes; generated `Aggregate::apply` calls it for every event that does not create.
///
/// # Errors
/// There is none: no creating event came before.
pub fn existing<'s, A: Aggregate>(
    state: &'s mut Option<A>,
    cx: &EventContext<'_>,
) -> Result<&'s mut A, ReplayProblem> {
    state.as_mut().ok_or_else(|| ReplayProblem::NotCreated {
        event_type: cx.event_type().into(),
    })
}

/// Why an event that reads well cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayProblem {
    /// The event changes an aggregate that no event has created, or that was removed.
    #[error("`{event_type}` changes an aggregate that no event before it has created")]
    NotCreated {
        /// The stored type of the event.
        event_type: String,
    },
}

/// A stored event that this build cannot read, with the reason: what the mutator's `unreadable` gets.
#[derive(Debug, Clone, Copy)]
pub struct RawEvent<'a> {
    event: RecordedEvent<'a>,
    error: &'a DecodeError,
}

impl<'a> RawEvent<'a> {
    /// An event, and why it cannot be read.
    #[must_use]
    pub fn new(event: RecordedEvent<'a>, error: &'a DecodeError) -> Self {
        Self { event, error }
    }

    /// The stored event type.
    #[must_use]
    pub fn event_type(&self) -> &'a str {
        self.event.event_type
    }

    /// The schema version that the row names.
    #[must_use]
    pub fn event_version(&self) -> Option<i32> {
        self.event.event_version
    }

    /// The data as JSON text; `None` where it is stored in Avro.
    #[must_use]
    pub fn json(&self) -> Option<&'a str> {
        match self.event.payload {
            crate::envelope::Payload::Json(text) => Some(text),
            crate::envelope::Payload::Avro(_) => None,
        }
    }

    /// Why it cannot be read.
    #[must_use]
    pub fn error(&self) -> &'a DecodeError {
        self.error
    }

    /// The stored event itself.
    #[must_use]
    pub fn recorded(&self) -> &RecordedEvent<'a> {
        &self.event
    }
}

/// A mutator's refusal to take an event that cannot be read: the replay of this aggregate stops, with the row's position
/// and the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the mutator does not take events that cannot be read")]
pub struct Unreadable;

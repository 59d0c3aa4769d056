//! One aggregate of the manifest.

use crate::model::event::{Event, Fate};
use crate::model::types::Field;
use crate::source::Spanned;

/// Names one aggregate: its place in `Model::aggregates`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AggregateId(pub usize);

/// An aggregate.
#[derive(Debug)]
pub struct Aggregate {
    /// Name in the manifest, and stored name (`Todo`).
    pub name: Spanned<String>,
    /// Whether it only serves its children.
    pub is_abstract: bool,
    /// The abstract aggregate that it extends.
    pub extends: Option<AggregateId>,
    /// Path of the user's type (`crate::Todo`).
    pub rust_type: String,
    /// Name of its module, if the manifest overrides it.
    pub module: Option<Spanned<String>>,
    /// Generated state; `None`: the user's own type.
    pub state: Option<State>,
    /// Events, inherited ones first in the parent's order, then its own in the manifest's order; behind all those that are
    /// written the ones that no longer are.
    /// An abstract aggregate's events have versions only where it has schema files of its own.
    pub events: Vec<Event>,
    /// Events of the parent that it goes without.
    pub omits: Vec<Spanned<String>>,
    /// Snapshots: every so many events, and `snapshot.version`.
    pub snapshot: Option<Snapshot>,
    /// `on_discard: remove`.
    pub removed_on_discard: bool,
}

impl Aggregate {
    /// The events that are still written: all that code has to do with.
    #[must_use]
    pub fn written(&self) -> &[Event] {
        let is_written = |event: &Event| event.fate == Fate::Written;
        &self.events[..self.events.partition_point(is_written)]
    }

    /// What rows of an event are read as: itself, or what it was renamed to.
    #[must_use]
    pub fn now<'a>(&'a self, event: &'a Event) -> &'a Event {
        match event.fate {
            Fate::Renamed(to) => &self.events[to],
            Fate::Written | Fate::Dropped | Fate::Split => event,
        }
    }
}

/// A generated state.
#[derive(Debug)]
pub struct State {
    /// Its fields, as in Avro.
    pub fields: Vec<Field>,
}

/// When snapshots are taken.
#[derive(Debug, Clone, Copy)]
pub struct Snapshot {
    /// After so many events, at least 1.
    pub every: u32,
    /// `snapshot.version`, 1 by default.
    pub version: u32,
}

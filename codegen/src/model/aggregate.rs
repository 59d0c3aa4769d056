//! One aggregate of the manifest.

use crate::model::event::Event;
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
    /// Events, inherited ones first in the parent's order, then its own in the manifest's order.
    /// An abstract aggregate's events have versions only where it has schema files of its own.
    pub events: Vec<Event>,
    /// Events of the parent that it goes without.
    pub omits: Vec<Spanned<String>>,
    /// Snapshots: every so many events, and `snapshot.version`.
    pub snapshot: Option<Snapshot>,
    /// `on_discard: remove`.
    pub removed_on_discard: bool,
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

//! One event of one aggregate, as manifest and schema files have it.

use crate::model::Compatibility;
use crate::model::types::{Json, NamedId, Types};
use crate::source::{SourceId, Span, Spanned};

/// An event.
#[derive(Debug)]
pub struct Event {
    /// Name in the manifest (`ChangedLabel`). For one that the manifest of a child inherits: where the parent lists it.
    pub name: Spanned<String>,
    /// The aggregate whose manifest entry lists it, where it is inherited.
    pub inherited_from: Option<String>,
    /// What it does to its aggregate.
    pub effect: Effect,
    /// Declared mutator; `None`: a method in Rust.
    pub mutator: Mutator,
    /// Whether a schema types it.
    pub typed: bool,
    /// Stored name: computed as djangoevents does, or the manifest's.
    pub event_type: Spanned<String>,
    /// Explicit steps, each by the version that it takes, in increasing order: from version n to n + 1, unless `split` says
    /// what else it gives.
    pub upcast: Vec<Spanned<i32>>,
    /// Those of the steps that give several events.
    pub split: Vec<SplitStep>,
    /// Whether gaps between versions are allowed; then only versions up to the first gap exist.
    pub allow_gaps: bool,
    /// Version of rows that carry none.
    pub legacy_version: i32,
    /// How far apart its versions may be.
    pub compatibility: Compatibility,
    /// What a build does with rows of versions that it does not know yet.
    pub forward: Forward,
    /// Rust name of the struct, if the manifest overrides it.
    pub rust_name: Option<Spanned<String>>,
    /// Module and class in a djangoevents journal.
    pub django: Option<(String, String)>,
    /// Whether it is still written.
    pub fate: Fate,
    /// Schema versions, increasing from 1; empty for an event without schema.
    pub versions: Vec<EventVersion>,
}

/// One schema file of an event.
#[derive(Debug)]
pub struct EventVersion {
    /// Its number.
    pub version: i32,
    /// The file.
    pub source: SourceId,
    /// The record that the file holds, envelope fields included.
    pub record: NamedId,
    /// Its sample, if there is one.
    pub sample: Option<VersionSample>,
}

/// A value of one version, for tests to read.
#[derive(Debug, Clone)]
pub struct VersionSample {
    /// The JSON file: what counts.
    pub json: SourceId,
    /// What the Avro file beside it holds, if there is one: the same, in single-object encoding.
    pub avro: Option<Vec<u8>>,
}

/// What an event does to its aggregate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// `creates: true`
    Creates,
    /// Nothing declared.
    Changes,
    /// `discards: true`
    Discards,
    /// `stored_only: true`
    StoredOnly,
}

/// Whether an event is still written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is.
    Written,
    /// Rows of it are read as the event at this place of the aggregate's events.
    Renamed(usize),
    /// `dropped: true`: nothing reads its rows.
    Dropped,
    /// `split`, from its last version on: its rows are read as other events.
    Split,
}

/// A step that makes several events of one.
#[derive(Debug)]
pub struct SplitStep {
    /// The version that it takes.
    pub step: Spanned<i32>,
    /// Whether the manifest says so of the last version: the event is no longer written.
    pub is_last: bool,
    /// What it gives, in any number.
    pub parts: Vec<SplitPart>,
}

/// One of the events that a step gives.
#[derive(Debug)]
pub struct SplitPart {
    /// Its place among the aggregate's events.
    pub event: usize,
    /// The version that the step gives.
    pub version: i32,
    /// Where it is listed.
    pub span: Span,
}

/// What a build does with rows of versions that it does not know yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forward {
    /// They are an error.
    Refuse,
    /// `forward: read`: they are read as the latest version that it knows, so that one has to be able to.
    Read,
}

/// How an event changes state.
#[derive(Debug)]
pub enum Mutator {
    /// A method that the user writes.
    Method,
    /// `sets:`, or `creates:` with a generated state: field by field.
    Declared(Vec<Assignment>),
    /// None: `stored_only`.
    None,
}

/// One field that a declared mutator sets.
#[derive(Debug)]
pub struct Assignment {
    /// Field of the state.
    pub field: Spanned<String>,
    /// What it becomes.
    pub value: AssignedValue,
}

/// Where a declared mutator takes a value from.
#[derive(Debug)]
pub enum AssignedValue {
    /// Field of the event.
    EventField(Spanned<String>),
    /// A literal (the state field's default counts as one, for `creates`), as JSON in the form of Avro defaults.
    Literal(Spanned<Json>),
}

impl Event {
    /// The latest version.
    #[must_use]
    pub fn latest(&self) -> Option<&EventVersion> {
        self.versions.last()
    }

    /// Where diagnostics about the event point.
    #[must_use]
    pub fn span(&self) -> Span {
        self.name.span
    }

    /// Name of the latest record, for messages.
    #[must_use]
    pub fn record<'a>(&self, types: &'a Types) -> Option<&'a crate::model::types::NamedType> {
        self.latest().map(|latest| types.get(latest.record))
    }
}

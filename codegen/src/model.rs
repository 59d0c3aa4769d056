//! `Model`: what manifest and schemas say together, names as the user wrote them, no Rust in sight.
//! Built by `model/build.rs` from `load`'s `Sources`; rules are asserted in `check`.

pub mod aggregate;
pub mod build;
pub mod endings;
pub mod event;
pub mod handler;
pub(crate) mod mutators;
pub mod naming;
mod split;
pub mod types;

use std::collections::HashSet;

#[cfg(doc)]
use crate::diagnostic::category::Category;
use crate::diagnostic::{Code, Diagnostics};
use crate::lock::Lock;
use crate::source::{SourceId, SourceMap, Spanned};
use aggregate::{Aggregate, AggregateId};
use handler::{Handler, Projection};
use types::{Type, Types};

/// A schema directory and its manifest.
#[derive(Debug)]
pub struct Model {
    /// Every file that was read.
    pub sources: SourceMap,
    /// Every named type.
    pub types: Types,
    /// The manifest's settings.
    pub settings: Settings,
    /// Aggregates in the manifest's order.
    pub aggregates: Vec<Aggregate>,
    /// Handlers in the manifest's order.
    pub handlers: Vec<Handler>,
    /// Projections in the manifest's order.
    pub projections: Vec<Projection>,
    /// Types-only directories.
    pub types_only: Vec<TypesOnly>,
    /// Changes that are accepted.
    pub allowances: Vec<Allowance>,
    /// What `evgen.lock` pins; `None`: every version is a draft.
    pub lock: Option<Lock>,
    /// What building it, and the stages before, have found; `check` stops where there are errors.
    pub diagnostics: Diagnostics,
    pub(crate) incomplete: Incomplete,
    /// `Options::depends_on_data`
    pub(crate) depends_on_data: bool,
}

/// What could not be read: rules about it would only repeat what is reported already.
#[derive(Debug, Default)]
pub(crate) struct Incomplete {
    /// Aggregates whose parent or state is missing.
    pub(crate) aggregates: HashSet<usize>,
    /// Events, by aggregate and place in it, that miss a schema.
    pub(crate) events: HashSet<(usize, usize)>,
}

impl Model {
    /// The aggregate.
    #[must_use]
    pub fn aggregate(&self, id: AggregateId) -> &Aggregate {
        &self.aggregates[id.0]
    }

    /// Whether the manifest accepts what a rule about changes says of an event or a type.
    #[must_use]
    pub fn allows(&self, rule: &Code, subject: &str) -> bool {
        self.allowances
            .iter()
            .any(|allowance| allowance.covers(rule, subject))
    }
}

/// The manifest's settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `validate`
    pub validate: bool,
    /// `schema_version_in_data`
    pub schema_version_in_data: bool,
    /// `validation`
    pub validation: Validation,
    /// `compatibility`
    pub compatibility: Compatibility,
    /// `against`: what a change of each category is, in the order of [`Category::ALL`].
    pub against: [Weight; 4],
    /// `envelope_fields`: fields of event records that live in the envelope.
    pub envelope_fields: Vec<String>,
    /// `upcasters`: path of the type that implements the upcaster traits.
    pub upcasters: String,
    /// `derives`: pattern over Rust names (`todo::Created`, `todo::*`, `*`), derive paths.
    pub derives: Vec<(String, Vec<String>)>,
    /// `attributes`: pattern over Rust names, attributes without `#[` and `]`.
    pub attributes: Vec<(String, Vec<String>)>,
    /// `type_mappings`: the user's Rust type for a named type (by full name) or a logical type (by its name).
    pub type_mappings: Vec<(Spanned<String>, String)>,
    /// `names`: Rust names of types, of fields and of symbols, by full name.
    pub names: Vec<(Spanned<String>, Spanned<String>)>,
    /// `time: raw` keeps the integers of time types.
    pub raw_time: bool,
}

/// Whose verdict counts when JSON data is held against a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validation {
    /// Avro's.
    Strict,
    /// djangoevents' own, defects included.
    Djangoevents,
}

/// How far apart versions of an event may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compatibility {
    /// Nothing is checked.
    None,
    /// The latest reads the one before.
    Backward,
    /// The latest reads all before.
    BackwardTransitive,
    /// The one before reads the latest.
    Forward,
    /// All before read the latest.
    ForwardTransitive,
    /// Both ways, the one before.
    Full,
    /// Both ways, all before.
    FullTransitive,
}

impl Compatibility {
    /// Whether the latest version has to read older ones.
    #[must_use]
    pub fn is_backward(self) -> bool {
        use Compatibility::{Backward, BackwardTransitive, Full, FullTransitive};
        matches!(self, Backward | BackwardTransitive | Full | FullTransitive)
    }

    /// Whether older versions have to read the latest.
    #[must_use]
    pub fn is_forward(self) -> bool {
        use Compatibility::{Forward, ForwardTransitive, Full, FullTransitive};
        matches!(self, Forward | ForwardTransitive | Full | FullTransitive)
    }

    /// Whether it is about all older versions, not only the one before.
    #[must_use]
    pub fn is_transitive(self) -> bool {
        use Compatibility::{BackwardTransitive, ForwardTransitive, FullTransitive};
        matches!(
            self,
            BackwardTransitive | ForwardTransitive | FullTransitive
        )
    }
}

/// What a change is to `evgen check --against`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Not looked for.
    Off,
    /// Said.
    Warning,
    /// Not accepted.
    Error,
}

/// A change that is accepted: one entry of `allow`.
#[derive(Debug, Clone)]
pub struct Allowance {
    /// The rule.
    pub rule: Spanned<&'static Code>,
    /// What may break it: an event (`Todo.Created`, `Todo.*`) or a shared type by its full name.
    pub subject: Spanned<String>,
    /// Why.
    pub reason: String,
}

impl Allowance {
    /// Whether it accepts what a rule says of a subject.
    #[must_use]
    pub fn covers(&self, rule: &Code, subject: &str) -> bool {
        let wanted = self.subject.value.as_str();
        let meets = match wanted.strip_suffix('*') {
            Some(prefix) => subject.starts_with(prefix),
            None => subject == wanted,
        };
        self.rule.value.id == rule.id && meets
    }
}

/// A directory of plain Avro schemas that become types without aggregates.
#[derive(Debug)]
pub struct TypesOnly {
    /// The directory, relative to the schema directory.
    pub directory: String,
    /// The files' types, in path order: a file's top may be any type.
    pub roots: Vec<(SourceId, Type)>,
}

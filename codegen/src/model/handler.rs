//! Handlers and projections of the manifest, and the events they take.

use crate::model::aggregate::AggregateId;
use crate::source::Spanned;

/// A handler.
#[derive(Debug)]
pub struct Handler {
    /// Its name, a method's name in Rust.
    pub name: Spanned<String>,
    /// What it takes, in the manifest's order.
    pub on: Vec<Subscription>,
    /// When it runs.
    pub delivery: Delivery,
}

/// A projection.
#[derive(Debug)]
pub struct Projection {
    /// Its name, a method's name in Rust.
    pub name: Spanned<String>,
    /// What it takes, in the manifest's order.
    pub on: Vec<Subscription>,
    /// Where its read model stands.
    pub store: ProjectionStore,
}

/// One event of one aggregate, as named in `on:`; `Todo.*` is one for each event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The aggregate, abstract ones too: then the event of every child.
    pub aggregate: AggregateId,
    /// Index of the event in the aggregate's `events`.
    pub event: usize,
}

/// When a handler runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// In this process, after the commit.
    Inline,
    /// From the journal, with a checkpoint.
    Durable,
}

/// Where a projection's read model stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProjectionStore {
    /// Wherever the user keeps it; at least once.
    Own,
    /// In the SQLite file of the event store; exactly once.
    Sqlite,
}

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
    /// How it runs, where it is durable.
    pub run: RunOptions,
}

/// A projection.
#[derive(Debug)]
pub struct Projection {
    /// Its name, a method's name in Rust.
    pub name: Spanned<String>,
    /// What it takes, in the manifest's order.
    pub on: Vec<Subscription>,
    /// When it runs: durable or transactional.
    pub delivery: Delivery,
    /// How it runs, where it is durable.
    pub run: RunOptions,
    /// Where its read model stands.
    pub store: ProjectionStore,
}

/// How a durable handler or projection runs.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// `workers`: how many events at a time; 1 where it is not said.
    pub workers: Option<Spanned<i32>>,
    /// `attempts`: how often before an event is parked; as the app says where it is not.
    pub attempts: Option<Spanned<i32>>,
}

/// One event of one aggregate, as named in `on:`; `Todo.*` is one for each event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The aggregate, abstract ones too: then the event of every child.
    pub aggregate: AggregateId,
    /// Index of the event in the aggregate's `events`.
    pub event: usize,
}

/// When a handler or projection runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// In this process, after the commit.
    Inline,
    /// From the journal, with a checkpoint.
    Durable,
    /// Inside the append; projections in the journal's database only.
    Transactional,
}

/// Where a projection's read model stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProjectionStore {
    /// Wherever the user keeps it; at least once.
    Own,
    /// In the SQLite file of the event store; exactly once.
    Sqlite,
    /// In the PostgreSQL database of the event store; exactly once.
    Postgres,
}

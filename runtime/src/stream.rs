//! Names of streams and places in them: `AggregateId`, `StreamId`, `AggregateVersion`, `ExpectedVersion`.
//! Places in the whole journal are in `position.rs`.

use std::fmt;
use std::sync::Arc;

/// Identifies one aggregate among those of its type. Any text, kept as it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AggregateId(Arc<str>);

impl AggregateId {
    /// A new, random id: a UUIDv7, so that ids sort by the time they were made.
    #[must_use]
    pub fn new() -> Self {
        Self::from(uuid::Uuid::now_v7())
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for AggregateId {
    fn default() -> Self {
        Self::new()
    }
}

impl From<&str> for AggregateId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

impl From<String> for AggregateId {
    fn from(id: String) -> Self {
        Self(id.into())
    }
}

impl From<&String> for AggregateId {
    fn from(id: &String) -> Self {
        Self(id.as_str().into())
    }
}

impl From<&AggregateId> for AggregateId {
    fn from(id: &AggregateId) -> Self {
        id.clone()
    }
}

impl From<uuid::Uuid> for AggregateId {
    fn from(id: uuid::Uuid) -> Self {
        Self(id.hyphenated().to_string().into())
    }
}

impl fmt::Display for AggregateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AggregateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// One stream: the ordered events of one aggregate.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct StreamId {
    /// The aggregate's stored type name (`Todo`).
    pub aggregate_type: Arc<str>,
    /// The aggregate's id.
    pub aggregate_id: AggregateId,
}

impl StreamId {
    /// The stream of aggregate `id` of type `aggregate_type`.
    pub fn new(aggregate_type: impl Into<Arc<str>>, id: impl Into<AggregateId>) -> Self {
        Self {
            aggregate_type: aggregate_type.into(),
            aggregate_id: id.into(),
        }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.aggregate_type, self.aggregate_id)
    }
}

/// An event's place in its stream, from 0 (djangoevents' `entity_version`).
///
/// Journals that djangoevents wrote may hold gaps and negative ones; hence `i64`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct AggregateVersion(pub i64);

impl fmt::Display for AggregateVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<i64> for AggregateVersion {
    fn from(version: i64) -> Self {
        Self(version)
    }
}

/// What a writer believes of a stream when it appends.
///
/// `#[non_exhaustive]`: a store whose server hands out opaque tokens, or a decision on a query over several streams, will
/// be variants of their own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ExpectedVersion {
    /// Nothing: append behind whatever is there.
    Any,
    /// The stream has no event. The first event then carries version 0, unless it names another.
    NoStream,
    /// The next event will carry this version (version of the first event + number of events; 0 where there is none).
    Exact(AggregateVersion),
}

impl ExpectedVersion {
    /// Whether a stream is as expected whose next event will carry `actual`; `None`: the stream has no event, and its
    /// first would carry 0.
    #[must_use]
    pub fn is_met_by(self, actual: Option<AggregateVersion>) -> bool {
        match self {
            Self::Any => true,
            Self::NoStream => actual.is_none(),
            Self::Exact(version) => actual.unwrap_or_default() == version,
        }
    }
}

impl fmt::Display for ExpectedVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any version"),
            Self::NoStream => f.write_str("no stream"),
            Self::Exact(version) => write!(f, "version {version}"),
        }
    }
}

//! `evgen.lock`: what it pins, and its text. Reading the file is `load`'s, holding schemas against it `check`'s.
//!
//! The file is a set of lines, each with the version that it is about, so that git may merge it line by line and in any order.

mod pin;

use std::collections::BTreeMap;
use std::fmt;

use crate::source::{SourceId, Span};

pub use pin::{Fact, Pin, pin_type, pin_version};

/// Name of the lock in a schema directory.
pub const LOCK: &str = "evgen.lock";

/// First lines of a lock.
pub const HEAD: &str = "\
# Released schema versions: stored events were written by them. `evgen release` adds lines, nobody edits any.
# The lines are a set: where branches meet, keep those of both, in any order.
format: 1
";

/// What a lock pins.
#[derive(Debug)]
pub struct Lock {
    /// The file.
    pub source: SourceId,
    /// What is released.
    pub entries: BTreeMap<Key, Entry>,
    /// Whether something is wrong with it; then what it lacks says nothing.
    pub is_broken: bool,
}

impl Lock {
    /// Whether a version or type is released.
    #[must_use]
    pub fn pins(&self, key: &Key) -> bool {
        self.entries.contains_key(key)
    }
}

/// What one group of lines is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// `Todo.Created v1`: a version of an event.
    Version {
        /// The aggregate's name in the manifest.
        aggregate: String,
        /// The event's.
        event: String,
        /// Its number.
        version: i32,
    },
    /// `types shop.Money`: a shared type.
    Type(String),
}

impl Key {
    /// The key of a version.
    #[must_use]
    pub fn version(aggregate: &str, event: &str, version: i32) -> Self {
        Self::Version {
            aggregate: aggregate.to_owned(),
            event: event.to_owned(),
            version,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version {
                aggregate,
                event,
                version,
            } => write!(f, "{aggregate}.{event} v{version}"),
            Self::Type(name) => write!(f, "types {name}"),
        }
    }
}

/// What is pinned of one version or type.
#[derive(Debug, Default)]
pub struct Entry {
    /// Its hashes: one, unless two branches released different things.
    pub hashes: Vec<(String, Span)>,
    /// The facts that are hashed, each once.
    pub facts: Vec<(String, Span)>,
}

/// The text of a lock with these pins, in order.
#[must_use]
pub fn text<'a>(entries: impl IntoIterator<Item = (&'a Key, &'a str, Vec<&'a str>)>) -> String {
    let mut out = HEAD.to_owned();
    let mut group = None;
    for (key, hash, facts) in entries {
        // A blank line between events gives git something to hold on to.
        let this = match key {
            Key::Version {
                aggregate, event, ..
            } => Some((aggregate, event)),
            Key::Type(_) => None,
        };
        if group != this || this.is_none() {
            out.push('\n');
        }
        group = this;
        out.push_str(&format!("{key} sha256 {hash}\n"));
        for fact in facts {
            out.push_str(&format!("{key} {fact}\n"));
        }
    }
    out
}

/// SHA-256 over facts, each behind its key, sorted by bytes: what
/// `grep '^Todo.Created v1 [^s]' evgen.lock | LC_ALL=C sort | sha256sum` says.
pub(crate) fn hash<'a>(key: &Key, facts: impl IntoIterator<Item = &'a str>) -> String {
    let mut facts: Vec<&str> = facts.into_iter().collect();
    facts.sort_unstable();
    let mut hash = hmac_sha256::Hash::new();
    for fact in facts {
        hash.update(format!("{key} {fact}\n"));
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_is_that_of_the_lines_in_any_order() {
        let key = Key::version("Todo", "Created", 1);
        // printf 'Todo.Created v1 a\nTodo.Created v1 b\n' | sha256sum
        let expected = "1a52b3361dfdf687fc5ab02a00edc07474f22e07e8402b5e4d48f5ba5f4006bf";
        assert_eq!(hash(&key, ["a", "b"]), expected);
        assert_eq!(hash(&key, ["b", "a"]), expected);
    }
}

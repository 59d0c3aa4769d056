//! Notes: small texts that a store keeps beside its events, changed by compare-and-swap. Checkpoints, leases and parked
//! events are notes (`runner/notes.rs` has their keys); nothing here knows what they mean.

use crate::error::BoxError;

/// A text under a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// Its key.
    pub key: String,
    /// The text.
    pub value: String,
}

/// Which notes to read.
#[derive(Clone, Debug)]
pub struct NoteQuery {
    /// Only keys that begin with this.
    pub prefix: String,
    /// Only keys past this one.
    pub after: Option<String>,
    /// At most so many.
    pub limit: usize,
}

impl NoteQuery {
    /// The note of that key first, if there is one; the next key may begin with it.
    #[must_use]
    pub fn of(key: impl Into<String>) -> Self {
        Self {
            limit: 1,
            ..Self::all(key)
        }
    }

    /// The text of exactly the note that [`Self::of`] asked for, among those that were found.
    #[must_use]
    pub fn value(key: &str, found: Vec<Note>) -> Option<String> {
        let note = found.into_iter().next().filter(|note| note.key == key);
        note.map(|note| note.value)
    }

    /// Every note whose key begins with `prefix`.
    #[must_use]
    pub fn all(prefix: impl Into<String>) -> Self {
        Self {
            prefix: prefix.into(),
            after: None,
            limit: usize::MAX,
        }
    }

    /// The end of the keys that begin with the prefix: all of them are less.
    #[must_use]
    pub fn end(&self) -> String {
        // No key of ours has this character.
        format!("{}\u{10ffff}", self.prefix)
    }
}

/// What is to become of a note, and what its writer believes that it is now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoteChange {
    /// The note's key.
    pub key: String,
    /// What the writer believes.
    pub expected: ExpectedNote,
    /// The text from now on; `None`: there is no such note any more.
    pub value: Option<String>,
}

/// What a writer believes of a note.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ExpectedNote {
    /// Nothing.
    Any,
    /// It is exactly this; `None`: there is none.
    Is(Option<String>),
}

impl ExpectedNote {
    /// Whether what is stored is what was believed.
    #[must_use]
    pub fn is_met_by(&self, actual: Option<&str>) -> bool {
        match self {
            Self::Any => true,
            Self::Is(expected) => expected.as_deref() == actual,
        }
    }
}

impl NoteChange {
    /// The note is to be this text.
    #[must_use]
    pub fn set(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            expected: ExpectedNote::Any,
            value: Some(value.into()),
        }
    }

    /// The note is to go.
    #[must_use]
    pub fn remove(key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            expected: ExpectedNote::Any,
            value: None,
        }
    }

    /// The note stays as it is, and must be this: what else is changed with it rests on it.
    #[must_use]
    pub fn check(key: impl Into<String>, value: Option<String>) -> Self {
        Self {
            key: key.into(),
            expected: ExpectedNote::Is(value.clone()),
            value,
        }
    }

    /// Only where the note is this now.
    #[must_use]
    pub fn expecting(mut self, value: Option<String>) -> Self {
        self.expected = ExpectedNote::Is(value);
        self
    }

    /// Whether it only looks.
    #[must_use]
    pub fn is_check(&self) -> bool {
        self.expected == ExpectedNote::Is(self.value.clone())
    }
}

/// Why notes were not changed. None of them was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// A note is not what the writer believed: another one was faster.
    #[error("note `{key}` is {}, not what was expected", actual.as_deref().unwrap_or("missing"))]
    Changed {
        /// The note's key.
        key: String,
        /// What it is; `None`: there is none.
        actual: Option<String>,
    },
    /// The store is closed: the app was shut down.
    #[error("the store is closed")]
    Closed,
    /// The backend refused or could not be reached.
    #[error("could not save {what}")]
    Backend {
        /// The keys.
        what: String,
        /// What the backend said.
        source: BoxError,
    },
}

/// The keys of changes, for errors.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn keys(changes: &[NoteChange]) -> String {
    let keys: Vec<_> = changes.iter().filter(|c| !c.is_check()).collect();
    match keys.as_slice() {
        [] => "notes".to_owned(),
        [one] => format!("note `{}`", one.key),
        [first, rest @ ..] => format!("note `{}` and {} more", first.key, rest.len()),
    }
}

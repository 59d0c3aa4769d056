//! Validation of JSON data by type table: every mistake with its path. It accepts exactly what the typed reader accepts;
//! djangoevents' own verdicts, for those who ask for them, are in `validate/djangoevents.rs`.

use std::fmt;

pub mod djangoevents;
mod stored;

pub use stored::{StoredError, stored, stored_json};

use crate::codec::{DataError, JsonReader, Purpose, document};
use crate::types::TypeNode;

/// Whose verdict counts when JSON data is held against a schema (`settings.validation` of the manifest).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Validation {
    /// Avro's: what is stored can be read by type.
    #[default]
    Strict,
    /// djangoevents', defects included. It lets data through that no typed event can read (`true` in an int): declare
    /// such events `typed: false`.
    Djangoevents,
}

impl Validation {
    /// Checks JSON text against a type.
    ///
    /// # Errors
    /// All mistakes, up to [`MAX_ERRORS`]; a text that is not JSON is one.
    pub fn validate(self, node: &'static TypeNode, text: &str) -> Result<(), ValidationErrors> {
        match self {
            Self::Strict => validate(node, text),
            Self::Djangoevents => djangoevents::validate(node, text),
        }
    }
}

/// More mistakes than this are not looked for.
pub const MAX_ERRORS: usize = 100;

/// What is wrong with data, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidationErrors {
    errors: Vec<DataError>,
}

impl ValidationErrors {
    /// The mistakes, at least one, at most [`MAX_ERRORS`].
    #[must_use]
    pub fn errors(&self) -> &[DataError] {
        &self.errors
    }
}

/// All mistakes of several parts of one object: the object itself (`None`), and members of it that were held against a type
/// of their own (`Some(key)`).
pub(crate) fn all<'k>(
    parts: impl IntoIterator<Item = (Option<&'k str>, Result<(), ValidationErrors>)>,
) -> Result<(), ValidationErrors> {
    let mut errors = Vec::new();
    for (key, part) in parts {
        for mut error in part.err().into_iter().flat_map(|part| part.errors) {
            if let Some(key) = key {
                error.prepend(key);
            }
            errors.push(error);
        }
    }
    errors.truncate(MAX_ERRORS);
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ValidationErrors { errors })
    }
}

impl From<DataError> for ValidationErrors {
    fn from(error: DataError) -> Self {
        Self {
            errors: vec![error],
        }
    }
}

impl fmt::Display for ValidationErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.errors.iter().enumerate() {
            let separator = if index > 0 { "; " } else { "" };
            write!(f, "{separator}{error}")?;
        }
        if self.errors.len() == MAX_ERRORS {
            f.write_str("; and perhaps more")?;
        }
        Ok(())
    }
}

impl std::error::Error for ValidationErrors {}

/// Checks JSON text against a type.
///
/// # Errors
/// All mistakes, up to [`MAX_ERRORS`]; a text that is not JSON is one.
pub fn validate(node: &'static TypeNode, text: &str) -> Result<(), ValidationErrors> {
    let mut reader = JsonReader::new(text, Purpose::Every(MAX_ERRORS));
    match document(text) {
        Ok(()) => reader.check(node),
        Err(error) => reader.syntax(error),
    }
    let errors = reader.into_errors();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ValidationErrors { errors })
    }
}

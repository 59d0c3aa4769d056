//! `DataError`: why data does not fit its type, with the path of the value. Errors of decoding a stored event as a whole
//! are in `error.rs` of the crate.

use std::borrow::Cow;
use std::fmt;

/// Why data does not fit its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataError {
    path: String,
    expected: Cow<'static, str>,
    found: String,
}

impl DataError {
    pub(crate) fn new(expected: impl Into<Cow<'static, str>>, found: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            expected: expected.into(),
            found: found.into(),
        }
    }

    /// The value's place as a JSON pointer (`/address/lines/0`), empty for the data as a whole.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What could have stood there (`an int`).
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// What stands there, shortened.
    #[must_use]
    pub fn found(&self) -> &str {
        &self.found
    }

    /// Notes that the value is inside the member or element `segment`.
    pub(crate) fn prepend(&mut self, segment: &str) {
        let segment = segment.replace('~', "~0").replace('/', "~1");
        self.path.insert_str(0, &segment);
        self.path.insert(0, '/');
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path)?;
        }
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}

impl std::error::Error for DataError {}

/// `text` in backticks, cut where it is long.
pub(crate) fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_json_pointers() {
        let mut error = DataError::new("an int", shortened("\"x\""));
        assert_eq!(error.to_string(), "expected an int, found `\"x\"`");
        error.prepend("a/b~c");
        error.prepend("0");
        assert_eq!(
            error.to_string(),
            "`/0/a~1b~0c`: expected an int, found `\"x\"`"
        );
    }
}

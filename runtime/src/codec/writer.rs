//! `JsonWriter`: compact JSON text, and what could not be said in it.
//! Which value takes which form is in the files beside this one.

use super::error::DataError;
use super::reader::MAX_DEPTH;
use super::text;
use super::value::{self, Value};
use crate::types::TypeNode;

/// Writes values as JSON text.
#[derive(Debug, Default)]
pub struct JsonWriter {
    text: String,
    depth: u32,
    problem: Option<DataError>,
    left_to_fields: bool,
}

impl JsonWriter {
    pub(crate) fn new(text: String) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }

    /// The text, and the first value that its type does not have.
    pub(crate) fn finish(self) -> (String, Option<DataError>) {
        (self.text, self.problem)
    }

    /// Notes that the value at hand is a record.
    pub(crate) fn leave_to_fields(&mut self) {
        self.left_to_fields = true;
    }

    /// Whether the value at hand is a record.
    pub(crate) fn is_left_to_fields(&mut self) -> bool {
        std::mem::take(&mut self.left_to_fields)
    }

    /// Appends JSON as it is.
    pub(crate) fn raw(&mut self, json: &str) {
        self.text.push_str(json);
    }

    /// Appends a JSON string.
    pub(crate) fn string(&mut self, text: &str) {
        text::quote(text, &mut self.text);
    }

    /// Appends what prints as JSON.
    pub(crate) fn display(&mut self, value: impl std::fmt::Display) {
        use std::fmt::Write;
        // Writing to a String does not fail.
        let _ = write!(self.text, "{value}");
    }

    /// Where the next value will begin.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// What was written since `start`.
    pub(crate) fn since(&self, start: usize) -> &str {
        &self.text[start..]
    }

    /// Wraps what was written since `start` in an object with the one key `tag`.
    pub(crate) fn tag(&mut self, start: usize, tag: &str) {
        let mut open = String::from("{");
        text::quote(tag, &mut open);
        open.push(':');
        self.text.insert_str(start, &open);
        self.text.push('}');
    }

    /// Opens an object or array, with `write` for what is inside.
    pub(crate) fn nested(&mut self, brackets: [char; 2], write: impl FnOnce(&mut Self)) {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.problem(
                format!("at most {MAX_DEPTH} levels of nesting"),
                "a deeper value".to_owned(),
            );
            self.text.push_str("null");
        } else {
            self.text.push(brackets[0]);
            write(self);
            self.text.push(brackets[1]);
        }
        self.depth -= 1;
    }

    /// Notes a value that its type does not have.
    pub(crate) fn problem(&mut self, expected: String, found: String) {
        if self.problem.is_none() {
            self.problem = Some(DataError::new(expected, found));
        }
    }

    /// Notes that the type table is not that of the Rust type: a bug in generated code.
    pub(crate) fn wrong_table(&mut self, node: &'static TypeNode) {
        self.problem(
            format!("a value of the table's type ({node:?})"),
            "another type".to_owned(),
        );
        self.text.push_str("null");
    }

    /// Writes the member `key`, and notes it in the path of a problem.
    pub(crate) fn inside(&mut self, key: &str, value: &dyn Value, node: &'static TypeNode) {
        let sound = self.problem.is_none();
        value::write(value, node, self);
        if sound && let Some(problem) = &mut self.problem {
            problem.prepend(key);
        }
    }

    /// Writes the element `index`, and notes it in the path of a problem.
    pub(crate) fn element(&mut self, index: usize, value: &dyn Value, node: &'static TypeNode) {
        let sound = self.problem.is_none();
        value::write(value, node, self);
        if sound && let Some(problem) = &mut self.problem {
            problem.prepend(&index.to_string());
        }
    }
}

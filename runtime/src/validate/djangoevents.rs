//! djangoevents' own verdicts: what `avro.io.validate` of avro-python3 1.7.7 says of an event's attributes.
//!
//! It differs from Avro: a missing member counts as `null`, defaults and logical types are ignored, members that the schema
//! does not have are let through, `true` is an int, every integer is a float, and no text is bytes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ptr;

use super::{MAX_ERRORS, ValidationErrors};
use crate::codec::{
    DataError, MAX_DEPTH, document, elements_of, expectation, members_of, shortened, syntax_error,
    unescape,
};
use crate::types::{RecordNode, TypeNode};

/// Checks JSON text against a type, as djangoevents would.
///
/// # Errors
/// All mistakes, up to [`MAX_ERRORS`]; a text that is not JSON is one.
pub fn validate(node: &'static TypeNode, text: &str) -> Result<(), ValidationErrors> {
    if let Err(error) = document(text) {
        return Err(syntax_error(text, error).into());
    }
    let mut checker = Checker::default();
    checker.check(node, text.trim_ascii(), 0);
    if checker.errors.is_empty() {
        Ok(())
    } else {
        checker.errors.truncate(MAX_ERRORS);
        Err(ValidationErrors {
            errors: checker.errors,
        })
    }
}

#[derive(Default)]
struct Checker {
    errors: Vec<DataError>,
    /// Whether a value (by its address) fits a type (by its address): branches of unions within unions would otherwise be
    /// tried again and again.
    tried: HashMap<(usize, usize), bool>,
}

impl Checker {
    /// Checks one value; `depth` levels are around it.
    fn check(&mut self, node: &'static TypeNode, text: &str, depth: u32) {
        if self.errors.len() >= MAX_ERRORS {
            return;
        }
        let first = text.as_bytes().first().copied().unwrap_or(0);
        if depth > MAX_DEPTH {
            return self.mismatch(&format!("at most {MAX_DEPTH} levels of nesting"), text);
        }
        match node.base() {
            TypeNode::Array(items) if first == b'[' => {
                for (index, item) in elements_of(text).enumerate() {
                    self.at(&index.to_string(), |this| {
                        this.check(items, item, depth + 1)
                    });
                }
            }
            TypeNode::Map(values) if first == b'{' => {
                for (key, value) in latest(text) {
                    let key = key.as_deref().unwrap_or("\u{fffd}");
                    self.at(key, |this| this.check(values, value, depth + 1));
                }
            }
            TypeNode::Record(record) if first == b'{' => self.record(record, text, depth),
            TypeNode::Union(branches) => {
                if !branches.iter().any(|branch| self.fits(branch, text, depth)) {
                    self.mismatch(&expectation(node), text);
                }
            }
            leaf => {
                if !fits_leaf(leaf, text) {
                    self.mismatch(&expectation(leaf), text);
                }
            }
        }
    }

    fn record(&mut self, record: &RecordNode, text: &str, depth: u32) {
        let members = latest(text);
        for field in record.fields.iter() {
            let found = members
                .iter()
                .find(|(key, _)| key.as_deref() == Some(field.name));
            // A missing attribute is looked up as None.
            let value = found.map_or("null", |(_, value)| value);
            self.at(field.name, |this| this.check(field.node, value, depth + 1));
        }
    }

    /// Whether a value fits one branch of a union.
    fn fits(&mut self, node: &'static TypeNode, text: &str, depth: u32) -> bool {
        let key = (ptr::from_ref(node).addr(), text.as_ptr().addr());
        if let Some(&fits) = self.tried.get(&key) {
            return fits;
        }
        let errors = std::mem::take(&mut self.errors);
        self.check(node, text, depth);
        let fits = self.errors.is_empty();
        self.errors = errors;
        self.tried.insert(key, fits);
        fits
    }

    fn at(&mut self, segment: &str, check: impl FnOnce(&mut Self)) {
        let mark = self.errors.len();
        check(self);
        for error in &mut self.errors[mark..] {
            error.prepend(segment);
        }
    }

    fn mismatch(&mut self, expected: &str, text: &str) {
        let error = DataError::new(expected.to_owned(), shortened(text));
        self.errors.push(error);
    }
}

/// Members of an object; of several with one key, the last, as in Python.
fn latest(text: &str) -> Vec<(Option<Cow<'_, str>>, &str)> {
    let mut members: Vec<(Option<Cow<'_, str>>, &str)> = Vec::new();
    let mut places = HashMap::new();
    for (key, value) in members_of(text) {
        // Keys with lone surrogates are not told apart: each counts.
        match key.as_ref().and_then(|key| places.get(key)) {
            Some(&place) => members[place] = (key, value),
            None => {
                if let Some(key) = &key {
                    places.insert(key.clone(), members.len());
                }
                members.push((key, value));
            }
        }
    }
    members
}

fn fits_leaf(node: &TypeNode, text: &str) -> bool {
    let is_bool = matches!(text, "true" | "false");
    let is_number = || {
        let first = text.as_bytes().first().copied().unwrap_or(0);
        matches!(first, b'-' | b'0'..=b'9' | b'N' | b'I')
    };
    match node {
        TypeNode::Null => text == "null",
        TypeNode::Boolean => is_bool,
        // bool is a subclass of int in Python.
        TypeNode::Int => is_bool || text.parse::<i32>().is_ok(),
        TypeNode::Long => is_bool || text.parse::<i64>().is_ok(),
        TypeNode::Float | TypeNode::Double => is_bool || is_number(),
        TypeNode::String => text.starts_with('"'),
        TypeNode::Enum(node) => text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
            .and_then(unescape)
            .is_some_and(|text| node.symbols.iter().any(|symbol| *symbol == text)),
        // JSON has no bytes; the rest is of another kind than the value.
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{FieldNode, FieldNodes};

    static INT: TypeNode = TypeNode::Int;
    static NULL: TypeNode = TypeNode::Null;
    static EITHER: TypeNode = TypeNode::Union(&[&LIST, &OTHER]);
    static PERHAPS: TypeNode = TypeNode::Union(&[&NULL, &LIST, &OTHER]);
    static LIST: TypeNode = TypeNode::Record(RecordNode {
        name: "list",
        fields: FieldNodes::of(&[
            FieldNode {
                name: "n",
                node: &INT,
                default: Some("0"),
            },
            FieldNode {
                name: "next",
                node: &PERHAPS,
                default: None,
            },
        ]),
    });
    static OTHER: TypeNode = TypeNode::Record(RecordNode {
        name: "other",
        fields: FieldNodes::of(&[FieldNode {
            name: "next",
            node: &EITHER,
            default: None,
        }]),
    });

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let found =
            validate(&LIST, text).map_or_else(|errors| errors.to_string(), |()| "fits".into());
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_missing_member_is_null_and_defaults_are_ignored() {
        check(r#"{"n":true}"#, "fits");
        check(r#"{"n":1,"more":[]}"#, "fits");
        check(r#" {"n":"x", "n":-0} "#, "fits");
        check(
            "{}",
            "`/n`: expected an int (-2147483648 to 2147483647), found `null`",
        );
        check(
            r#"{"n":1.0}"#,
            "`/n`: expected an int (-2147483648 to 2147483647), found `1.0`",
        );
        check("[", "expected a value, found the end of the text");
    }

    #[test]
    fn branches_are_tried_once_however_deep() {
        let deep = format!(
            "{}\"x\"{}",
            r#"{"n":1,"next":"#.repeat(100),
            "}".repeat(100)
        );
        let report = validate(&LIST, &deep).unwrap_err();
        assert_eq!(report.errors().len(), 1);
        let deeper = format!("{}null{}", r#"{"n":1,"next":"#.repeat(200), "}".repeat(200));
        assert!(validate(&LIST, &deeper).is_err());
    }
}

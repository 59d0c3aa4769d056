//! Decoders of single values: each returns the value, or reports what it found instead.

use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{BAD_VALUE, UNKNOWN_KEY, WRONG_TYPE};
use crate::diagnostic::suggest::nearest;
use crate::load::yaml::{Node, NodeKind};
use crate::model::types::Json;
use crate::source::{Span, Spanned};

/// The entries of a mapping whose keys are known.
pub(crate) struct Fields<'a> {
    entries: &'a [(Spanned<String>, Node)],
}

impl<'a> Fields<'a> {
    /// No entry.
    pub(crate) fn none() -> Self {
        Self { entries: &[] }
    }

    /// Reads a mapping; reports keys that are not among `known`. Nothing (`Created:`) is an empty mapping.
    pub(crate) fn of(
        node: &'a Node,
        what: &str,
        known: &[&str],
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        if node.is_null() {
            return Some(Self { entries: &[] });
        }
        let NodeKind::Mapping(entries) = &node.kind else {
            wrong_type(node, "a mapping", diagnostics);
            return None;
        };
        for (key, _) in entries {
            if known.contains(&key.value.as_str()) {
                continue;
            }
            let diagnostic = diagnostics
                .error(&UNKNOWN_KEY, format!("{what} has no key `{}`", key.value))
                .primary(key.span, "unknown key");
            match nearest(&key.value, known.iter().copied()) {
                Some(near) => diagnostic.suggest(Some(near)),
                None => diagnostic.help(format!("known keys: {}", known.join(", "))),
            };
        }
        Some(Self { entries })
    }

    pub(crate) fn entry(&self, key: &str) -> Option<(Span, &'a Node)> {
        self.entries
            .iter()
            .find(|(name, _)| name.value == key)
            .map(|(name, node)| (name.span, node))
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a Node> {
        self.entry(key).map(|(_, node)| node)
    }
}

pub(crate) fn wrong_type(node: &Node, expected: &str, diagnostics: &mut Diagnostics) {
    diagnostics
        .error(
            &WRONG_TYPE,
            format!("expected {expected}, found {}", node.describe()),
        )
        .primary(node.span, format!("expected {expected}"));
}

/// Entries of a mapping from names to something, in order.
pub(crate) fn named<'a>(
    node: &'a Node,
    diagnostics: &mut Diagnostics,
) -> &'a [(Spanned<String>, Node)] {
    match &node.kind {
        NodeKind::Mapping(entries) => entries,
        _ if node.is_null() => &[],
        _ => {
            wrong_type(node, "a mapping", diagnostics);
            &[]
        }
    }
}

pub(crate) fn boolean(node: &Node, diagnostics: &mut Diagnostics) -> Option<bool> {
    if let Json::Bool(value) = node.to_json().value {
        return Some(value);
    }
    wrong_type(node, "`true` or `false`", diagnostics);
    None
}

/// A string that is not empty.
pub(crate) fn string(node: &Node, diagnostics: &mut Diagnostics) -> Option<Spanned<String>> {
    match node.to_json().value {
        Json::String(value) if !value.is_empty() => Some(Spanned::new(value, node.span)),
        Json::String(_) => {
            diagnostics
                .error(&BAD_VALUE, "the string is empty")
                .primary(node.span, "expected some text");
            None
        }
        _ => {
            wrong_type(node, "a string", diagnostics);
            None
        }
    }
}

/// A whole number from `least`.
pub(crate) fn integer(node: &Node, least: i32, diagnostics: &mut Diagnostics) -> Option<i32> {
    let Json::Number(text) = node.to_json().value else {
        wrong_type(node, "a whole number", diagnostics);
        return None;
    };
    match text.parse::<i32>() {
        Ok(value) if value >= least => Some(value),
        _ => {
            diagnostics
                .error(
                    &BAD_VALUE,
                    format!(
                        "`{text}` is not a whole number from {least} to {}",
                        i32::MAX
                    ),
                )
                .primary(node.span, "not allowed");
            None
        }
    }
}

/// A list, each item decoded; what is no list or does not decode is reported and left out.
pub(crate) fn list_of<T>(
    node: Option<&Node>,
    diagnostics: &mut Diagnostics,
    item: impl Fn(&Node, &mut Diagnostics) -> Option<T>,
) -> Vec<T> {
    match node.map(|node| (node, &node.kind)) {
        None => Vec::new(),
        Some((_, NodeKind::Sequence(items))) => items
            .iter()
            .filter_map(|node| item(node, diagnostics))
            .collect(),
        Some((node, _)) => {
            wrong_type(node, "a list", diagnostics);
            Vec::new()
        }
    }
}

/// One of a few words.
pub(crate) fn choice<T: Copy>(
    node: &Node,
    words: &[(&str, T)],
    diagnostics: &mut Diagnostics,
) -> Option<T> {
    let word = string(node, diagnostics)?;
    if let Some((_, value)) = words.iter().find(|(name, _)| *name == word.value) {
        return Some(*value);
    }
    let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
    let diagnostic = diagnostics
        .error(
            &BAD_VALUE,
            format!("`{}` is none of the known words", word.value),
        )
        .primary(word.span, "not known");
    match nearest(&word.value, names.iter().copied()) {
        Some(near) => diagnostic.suggest(Some(near)),
        None => diagnostic.help(format!("known: {}", names.join(", "))),
    };
    None
}

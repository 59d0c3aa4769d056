//! Adds an entry to a mapping of the manifest by position: comments, order and style stay as they are.
//! The result is read again; where it is not the old manifest and the new entry, nothing is changed.

use crate::diagnostic::Diagnostics;
use crate::load::yaml::{self, Node, NodeKind};
use crate::model::types::Json;
use crate::source::{SourceId, Spanned};

/// What is added below a key.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The key.
    pub(crate) key: String,
    /// Its value in flow style: `{ creates: true }`.
    pub(crate) flow: String,
    /// Its value in block style, without indentation: lines below the key. Empty: the flow style on the key's line.
    pub(crate) block: Vec<String>,
}

impl Entry {
    /// A value on the key's line.
    pub(crate) fn flow(key: &str, flow: impl Into<String>) -> Self {
        Self {
            key: key.to_owned(),
            flow: flow.into(),
            block: Vec::new(),
        }
    }

    fn lines(&self, indent: usize) -> String {
        let pad = " ".repeat(indent);
        if self.block.is_empty() {
            return format!("{pad}{}: {}\n", self.key, self.flow);
        }
        let lines: String = self
            .block
            .iter()
            .map(|line| format!("{pad}  {line}\n"))
            .collect();
        format!("{pad}{}:\n{lines}", self.key)
    }

    fn in_flow(&self) -> String {
        format!("{}: {}", self.key, self.flow)
    }
}

/// Why an entry was not added.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CannotAdd {
    /// The manifest is not YAML, or not made of mappings there.
    Unreadable,
    /// There is one of that key.
    Exists,
    /// The mapping that it goes into does not exist.
    NoParent(String),
    /// Its style is one that cannot be edited with certainty: an anchor, a merge key.
    Style,
}

/// Adds `entry` to the mapping at `path`. A missing last mapping of `path` is made.
pub(crate) fn add(text: &str, path: &[&str], entry: &Entry) -> Result<String, CannotAdd> {
    let old = parse(text).ok_or(CannotAdd::Unreadable)?;
    let mut place = Place {
        key_column: None,
        value: &old,
    };
    for (index, key) in path.iter().enumerate() {
        let next = match &place.value.kind {
            NodeKind::Mapping(entries) => entries.iter().find(|(name, _)| name.value == *key),
            _ => None,
        };
        match next {
            Some((name, value)) => {
                place = Place {
                    key_column: Some(column(text, name.span.start as usize)),
                    value,
                };
            }
            None if index + 1 == path.len() && index > 0 => {
                let wrapped = Entry {
                    key: (*key).to_owned(),
                    flow: format!("{{ {} }}", entry.in_flow()),
                    block: entry.lines(0).lines().map(str::to_owned).collect(),
                };
                return checked(&old, insert(text, &place, &wrapped)?, path, entry);
            }
            None => return Err(CannotAdd::NoParent((*key).to_owned())),
        }
    }
    if let NodeKind::Mapping(entries) = &place.value.kind
        && entries.iter().any(|(name, _)| name.value == entry.key)
    {
        return Err(CannotAdd::Exists);
    }
    checked(&old, insert(text, &place, entry)?, path, entry)
}

/// A value, and the column of the key that it belongs to.
struct Place<'a> {
    key_column: Option<usize>,
    value: &'a Node,
}

fn insert(text: &str, place: &Place<'_>, entry: &Entry) -> Result<String, CannotAdd> {
    let span = place.value.span;
    let (start, end) = (span.start as usize, span.end as usize);
    match &place.value.kind {
        NodeKind::Mapping(entries) if text[start..].starts_with('{') => {
            let close = text[..end]
                .rfind('}')
                .filter(|close| *close > start)
                .ok_or(CannotAdd::Style)?;
            Ok(match entries.last() {
                Some((key, value)) => {
                    let last = (key.span.end.max(value.span.end) as usize).min(close);
                    let last = text[..last]
                        .trim_end_matches([' ', '\t', '\n', '\r', ','])
                        .len();
                    splice(text, last, &format!(", {}", entry.in_flow()))
                }
                None => format!(
                    "{}{{ {} }}{}",
                    &text[..start],
                    entry.in_flow(),
                    &text[close + 1..]
                ),
            })
        }
        NodeKind::Mapping(entries) => {
            let (first, _) = entries.first().ok_or(CannotAdd::Style)?;
            let indent = column(text, first.span.start as usize);
            Ok(add_lines(
                text,
                content_end(text, end),
                &entry.lines(indent),
            ))
        }
        NodeKind::Scalar { plain: true, .. } if place.value.is_null() => {
            // `events:` with nothing behind it, or `null`, `~`.
            let indent = place.key_column.map_or(0, |column| column + 2);
            let written = text[start..end].trim();
            let (text, at) = if written.is_empty() || !text[..start].ends_with([' ', ':']) {
                (text.to_owned(), start)
            } else {
                (
                    format!("{}{}", text[..start].trim_end_matches(' '), &text[end..]),
                    start,
                )
            };
            let at = at.min(text.len());
            let key_end = text[..at].trim_end().len();
            Ok(add_lines(&text, key_end, &entry.lines(indent)))
        }
        NodeKind::Scalar {
            text: scalar,
            plain: true,
        } if scalar == "none" => Ok(format!(
            "{}{{ {} }}{}",
            &text[..start],
            entry.in_flow(),
            &text[end..]
        )),
        _ => Err(CannotAdd::Style),
    }
}

/// Adds whole lines below the line that byte `at` stands in.
fn add_lines(text: &str, at: usize, lines: &str) -> String {
    match text[at..].find('\n') {
        Some(newline) => splice(text, at + newline + 1, lines),
        None => format!("{text}\n{lines}"),
    }
}

/// Where the content that ends at `end` really ends, blank lines and comment lines behind it left out.
fn content_end(text: &str, end: usize) -> usize {
    let mut end = text[..end].trim_end().len();
    loop {
        let line = text[..end].rfind('\n').map_or(0, |newline| newline + 1);
        if line == 0 || !text[line..end].trim_start().starts_with('#') {
            return end;
        }
        end = text[..line].trim_end().len();
    }
}

fn splice(text: &str, at: usize, inserted: &str) -> String {
    format!("{}{inserted}{}", &text[..at], &text[at..])
}

fn column(text: &str, at: usize) -> usize {
    at - text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

fn parse(text: &str) -> Option<Node> {
    let mut diagnostics = Diagnostics::default();
    let node = yaml::parse(SourceId(0), text, &mut diagnostics)?;
    diagnostics.is_empty().then_some(node)
}

/// The edited text, if it says what the old one said and the new entry, and nothing else.
fn checked(old: &Node, text: String, path: &[&str], entry: &Entry) -> Result<String, CannotAdd> {
    let new = parse(&text).ok_or(CannotAdd::Style)?;
    let value = parse(&entry.flow).ok_or(CannotAdd::Style)?;
    let mut expected = bare(old);
    put(&mut expected, path, &entry.key, bare(&value)).ok_or(CannotAdd::Style)?;
    if bare(&new) == expected {
        Ok(text)
    } else {
        Err(CannotAdd::Style)
    }
}

/// A value without its positions.
#[derive(Debug, PartialEq)]
enum Bare {
    Mapping(Vec<(String, Bare)>),
    Sequence(Vec<Bare>),
    Other(Json),
}

fn bare(node: &Node) -> Bare {
    match &node.kind {
        NodeKind::Mapping(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value): &(Spanned<String>, Node)| (key.value.clone(), bare(value)));
            Bare::Mapping(entries.collect())
        }
        NodeKind::Sequence(items) => Bare::Sequence(items.iter().map(bare).collect()),
        NodeKind::Scalar { .. } => Bare::Other(node.to_json().value),
    }
}

fn put(into: &mut Bare, path: &[&str], key: &str, value: Bare) -> Option<()> {
    if !matches!(into, Bare::Mapping(_)) {
        // Nothing, or `none`, became a mapping.
        *into = Bare::Mapping(Vec::new());
    }
    let Bare::Mapping(entries) = into else {
        return None;
    };
    let Some((first, rest)) = path.split_first() else {
        entries.push((key.to_owned(), value));
        return Some(());
    };
    if !entries.iter().any(|(name, _)| name == first) {
        entries.push(((*first).to_owned(), Bare::Mapping(Vec::new())));
    }
    let (_, next) = entries.iter_mut().find(|(name, _)| name == first)?;
    put(next, rest, key, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(text: &str) -> String {
        let entry = Entry::flow("New", "{ creates: true }");
        add(text, &["aggregates", "Todo", "events"], &entry)
            .unwrap_or_else(|why| panic!("{why:?}\n{text}"))
    }

    #[test]
    fn comments_order_and_style_stay() {
        let text = "# top\naggregates:\n  Todo:   # it\n    events:\n      Created: { creates: true } # first\n\n      # last\n      Done: {} # end\n      # trailing\n\n  # Next\n  Cat: { events: none }\n";
        let expected = text.replace(
            "Done: {} # end\n",
            "Done: {} # end\n      New: { creates: true }\n",
        );
        assert_eq!(added(text), expected);
    }

    #[test]
    fn every_style_of_events_is_served() {
        let flow = "aggregates:\n  Todo: { events: { Created: {creates: true}, } }\n";
        assert_eq!(
            added(flow),
            "aggregates:\n  Todo: { events: { Created: {creates: true}, New: { creates: true }, } }\n"
        );
        let lines = "aggregates:\n  Todo:\n    events: {\n      Created: {},\n      Done: {}   # d\n    }\n";
        assert!(added(lines).contains("Done: {}, New: { creates: true }   # d\n"));
        assert!(
            added("aggregates:\n  Todo: { events: {} }\n")
                .contains("events: { New: { creates: true } }")
        );
        assert!(
            added("aggregates:\n  Todo:\n    events: none\n")
                .contains("events: { New: { creates: true } }")
        );
        let below = "events:\n      New: { creates: true }\n";
        assert!(added("aggregates:\n  Todo:\n    events:\n").ends_with(below));
        assert!(added("aggregates:\n  Todo:\n    events:").ends_with(below));
        assert!(
            added("aggregates:\n  Todo:\n    events: # none yet\n  Cat: {}\n")
                .contains("none yet\n      New:")
        );
        assert!(added("aggregates:\n  Todo:\n    state: []\n").ends_with(&format!("    {below}")));
        assert!(
            added("aggregates:\n  Todo: {}\n")
                .contains("Todo: { events: { New: { creates: true } } }")
        );
        let nested =
            "aggregates:\n  Todo:\n    events:\n      Created:\n        creates: true\n  Cat: {}\n";
        assert!(
            added(nested).contains("        creates: true\n      New: { creates: true }\n  Cat")
        );
        assert!(
            added("aggregates: {Todo: {events: {A: {}}}}")
                .contains("{A: {}, New: { creates: true }}")
        );
    }

    #[test]
    fn what_cannot_be_edited_with_certainty_is_left_alone() {
        let entry = Entry::flow("New", "{}");
        let add = |text| add(text, &["aggregates", "Todo", "events"], &entry);
        assert_eq!(
            add("aggregates:\n  Todo:\n    events: { New: {} }\n"),
            Err(CannotAdd::Exists)
        );
        assert_eq!(
            add("aggregates: {}\n"),
            Err(CannotAdd::NoParent("Todo".to_owned()))
        );
        assert_eq!(add("aggregates: ["), Err(CannotAdd::Unreadable));
        let shared = "x: &e { A: {} }\naggregates:\n  Todo:\n    events: *e\n";
        assert_eq!(add(shared), Err(CannotAdd::Style));
    }
}

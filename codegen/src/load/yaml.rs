//! YAML text → a tree of nodes with positions. Anchors are expanded within a limit, merge keys are merged,
//! duplicate keys are reported. What the nodes mean is for `manifest.rs`.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_yaml::{ErrorKind, Event, Parser, ScalarStyle, options};

use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{DUPLICATE_KEY, TOO_LARGE, YAML_SYNTAX};
use crate::load::DEPTH_LIMIT;
use crate::model::types::Json;
use crate::source::{SourceId, Span, Spanned};

/// Most nodes of a manifest, aliases expanded.
const NODE_LIMIT: usize = 200_000;

/// A node, and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    pub(crate) span: Span,
}

/// What a node is.
#[derive(Debug, Clone)]
pub(crate) enum NodeKind {
    /// A scalar; `plain` ones may be null, a boolean or a number.
    Scalar { text: String, plain: bool },
    /// A sequence.
    Sequence(Vec<Node>),
    /// A mapping; keys are unique.
    Mapping(Vec<(Spanned<String>, Node)>),
}

impl Node {
    /// Whether it is an empty or explicit null.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.kind, NodeKind::Scalar { text, plain: true } if is_null(text))
    }

    /// What it is, for messages.
    pub(crate) fn describe(&self) -> &'static str {
        match &self.kind {
            NodeKind::Scalar { .. } => match self.to_json().value {
                Json::Null => "nothing",
                Json::Bool(_) => "a boolean",
                Json::Number(_) => "a number",
                _ => "a string",
            },
            NodeKind::Sequence(_) => "a list",
            NodeKind::Mapping(_) => "a mapping",
        }
    }

    /// The same as JSON, plain scalars as YAML 1.2's core schema reads them.
    pub(crate) fn to_json(&self) -> Spanned<Json> {
        let json = match &self.kind {
            NodeKind::Scalar { text, plain: false } => Json::String(text.clone()),
            NodeKind::Scalar { text, plain: true } => plain_scalar(text),
            NodeKind::Sequence(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            NodeKind::Mapping(entries) => Json::Object(
                entries
                    .iter()
                    .map(|(key, value)| (key.clone(), value.to_json()))
                    .collect(),
            ),
        };
        Spanned::new(json, self.span)
    }

    /// Nodes in it, itself included, and levels of it.
    fn measure(&self) -> (usize, usize) {
        let (nodes, depth) = match &self.kind {
            NodeKind::Scalar { .. } => (0, 0),
            NodeKind::Sequence(items) => sum(items.iter().map(Self::measure)),
            NodeKind::Mapping(entries) => {
                let (nodes, depth) = sum(entries.iter().map(|(_, value)| value.measure()));
                (nodes + entries.len(), depth)
            }
        };
        (nodes + 1, depth + 1)
    }
}

fn sum(measures: impl Iterator<Item = (usize, usize)>) -> (usize, usize) {
    measures.fold((0, 0), |(nodes, depth), (n, d)| (nodes + n, depth.max(d)))
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn plain_scalar(text: &str) -> Json {
    match text {
        _ if is_null(text) => Json::Null,
        "true" | "True" | "TRUE" => Json::Bool(true),
        "false" | "False" | "FALSE" => Json::Bool(false),
        _ if is_json_number(text) => Json::Number(text.to_owned()),
        _ => Json::String(text.to_owned()),
    }
}

fn is_json_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading_zero =
        digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit();
    digits.starts_with(|c: char| c.is_ascii_digit())
        && !leading_zero
        && digits
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
        && digits.ends_with(|c: char| c.is_ascii_digit())
        && !digits.contains(".e")
        && !digits.contains(".E")
        && text.parse::<f64>().is_ok()
}

/// Parses one YAML document; `None` if it cannot be read at all, which is then reported.
pub(crate) fn parse(source: SourceId, text: &str, diagnostics: &mut Diagnostics) -> Option<Node> {
    let mut options = options! {
        flow_nesting_limit: DEPTH_LIMIT,
        block_nesting_limit: DEPTH_LIMIT,
    };
    options.set_emit_comments(false);
    let mut reader = Reader {
        source,
        text,
        events: Parser::new_from_str_with_options(text, options),
        anchors: HashMap::new(),
        nodes: 0,
        depth: 0,
        diagnostics,
    };
    reader.document().ok()
}

/// A mistake that was reported; reading cannot go on.
struct Reported;

struct Reader<'a> {
    source: SourceId,
    text: &'a str,
    events: Parser<'a, serde_yaml::StrInput<'a>>,
    /// Anchored nodes, with their measure.
    anchors: HashMap<usize, (Node, usize, usize)>,
    nodes: usize,
    depth: usize,
    diagnostics: &'a mut Diagnostics,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Node, Reported> {
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(..) => {}
                Event::StreamEnd | Event::DocumentEnd => {
                    let kind = NodeKind::Scalar {
                        text: String::new(),
                        plain: true,
                    };
                    return Ok(Node { kind, span });
                }
                event => {
                    let node = self.node(event, span)?;
                    self.nothing_follows()?;
                    return Ok(node);
                }
            }
        }
    }

    fn nothing_follows(&mut self) -> Result<(), Reported> {
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(()),
                Event::DocumentStart(..) => {
                    self.diagnostics
                        .error(&YAML_SYNTAX, "a manifest is one YAML document")
                        .primary(span, "a second one starts here");
                    return Err(Reported);
                }
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Reported> {
        match self.events.next() {
            Some(Ok((event, span))) => {
                let range = span.byte_range().unwrap_or(0..0);
                Ok((event, self.span(range.start, range.end)))
            }
            Some(Err(error)) => {
                let at = error.marker().byte_offset().unwrap_or(0);
                let length = self
                    .text
                    .get(at..)
                    .and_then(|rest| rest.chars().next())
                    .map_or(0, char::len_utf8);
                let span = self.span(at, at + length);
                if *error.kind() == ErrorKind::RecursionLimitExceeded {
                    self.too_deep(span);
                } else {
                    let what = error.info();
                    self.diagnostics
                        .error(&YAML_SYNTAX, format!("not YAML: {what}"))
                        .primary(span, "here");
                }
                Err(Reported)
            }
            None => {
                let span = self.span(self.text.len(), self.text.len());
                self.diagnostics
                    .error(&YAML_SYNTAX, "the manifest ends too early")
                    .primary(span, "");
                Err(Reported)
            }
        }
    }

    /// A span inside the text, whatever the parser says.
    fn span(&self, start: usize, end: usize) -> Span {
        let clamp = |mut at: usize| {
            at = at.min(self.text.len());
            while !self.text.is_char_boundary(at) {
                at -= 1;
            }
            u32::try_from(at).unwrap_or(0)
        };
        let (start, end) = (clamp(start), clamp(end));
        Span {
            source: self.source,
            start,
            end: end.max(start),
        }
    }

    fn count(&mut self, nodes: usize, levels: usize, span: Span) -> Result<(), Reported> {
        self.nodes += nodes;
        if self.nodes > NODE_LIMIT {
            self.diagnostics
                .error(
                    &TOO_LARGE,
                    format!("manifest has more than {NODE_LIMIT} nodes, aliases expanded"),
                )
                .primary(span, "too many here");
            return Err(Reported);
        }
        if self.depth + levels > DEPTH_LIMIT {
            self.too_deep(span);
            return Err(Reported);
        }
        Ok(())
    }

    fn too_deep(&mut self, span: Span) {
        self.diagnostics
            .error(
                &TOO_LARGE,
                format!("manifest is nested deeper than {DEPTH_LIMIT} levels"),
            )
            .primary(span, "too deep here");
    }

    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Node, Reported> {
        self.count(1, 1, span)?;
        let (node, anchor) = match event {
            Event::Alias(anchor) => return self.alias(anchor, span),
            Event::Scalar(text, style, anchor, tag) => {
                let is_string = tag.is_some_and(|tag| tag.core_suffix() == Some("str"));
                let plain = style == ScalarStyle::Plain && !is_string;
                let node = Node {
                    kind: NodeKind::Scalar {
                        text: Cow::into_owned(text),
                        plain,
                    },
                    span,
                };
                (node, anchor)
            }
            Event::SequenceStart(_, anchor, _) => (self.sequence(span)?, anchor),
            Event::MappingStart(_, anchor, _) => (self.mapping(span)?, anchor),
            _ => {
                self.diagnostics
                    .error(&YAML_SYNTAX, "not YAML: a value is expected")
                    .primary(span, "here");
                return Err(Reported);
            }
        };
        if anchor != 0 {
            let (nodes, depth) = node.measure();
            self.anchors.insert(anchor, (node.clone(), nodes, depth));
        }
        Ok(node)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<Node, Reported> {
        // An alias inside its own anchor has no value yet.
        let Some((_, nodes, depth)) = self.anchors.get(&anchor) else {
            self.diagnostics
                .error(
                    &YAML_SYNTAX,
                    "not YAML: an alias inside the node that it stands for",
                )
                .primary(span, "here");
            return Err(Reported);
        };
        let (nodes, depth) = (*nodes, *depth);
        self.count(nodes, depth, span)?;
        Ok(self.anchors[&anchor].0.clone())
    }

    fn sequence(&mut self, start: Span) -> Result<Node, Reported> {
        self.depth += 1;
        let mut items = Vec::new();
        let end = loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                break span;
            }
            items.push(self.node(event, span)?);
        };
        self.depth -= 1;
        let end = items
            .last()
            .map_or(end.end, |item| end.end.min(item.span.end.max(end.start)));
        let span = Span {
            end: end.max(start.end),
            ..start
        };
        Ok(Node {
            kind: NodeKind::Sequence(items),
            span,
        })
    }

    fn mapping(&mut self, start: Span) -> Result<Node, Reported> {
        self.depth += 1;
        let mut entries: Vec<(Spanned<String>, Node)> = Vec::new();
        let mut seen: HashMap<String, Span> = HashMap::new();
        let mut merged = Vec::new();
        let end = loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                break span;
            }
            let key = self.node(event, span)?;
            let (event, span) = self.next()?;
            let value = self.node(event, span)?;
            let NodeKind::Scalar { text, plain } = key.kind else {
                self.diagnostics
                    .error(&YAML_SYNTAX, "a key of the manifest is a plain word")
                    .primary(key.span, "not a word");
                continue;
            };
            if plain && text == "<<" {
                merged.push(value);
                continue;
            }
            if let Some(&first) = seen.get(&text) {
                self.diagnostics
                    .error(&DUPLICATE_KEY, format!("key `{text}` stands twice"))
                    .primary(key.span, "again here")
                    .context(first, "first here");
                continue;
            }
            seen.insert(text.clone(), key.span);
            entries.push((Spanned::new(text, key.span), value));
        };
        self.depth -= 1;
        for value in merged {
            self.merge(&mut entries, &mut seen, value);
        }
        let last = entries
            .last()
            .map_or(start.end, |(key, value)| key.span.end.max(value.span.end));
        let end = if self.text.as_bytes().get(start.start as usize) == Some(&b'{') {
            end.end
        } else {
            last
        };
        let span = Span {
            end: end.max(start.end),
            ..start
        };
        Ok(Node {
            kind: NodeKind::Mapping(entries),
            span,
        })
    }

    /// `<<: *anchor`: entries of another mapping, where there is none yet.
    fn merge(
        &mut self,
        entries: &mut Vec<(Spanned<String>, Node)>,
        seen: &mut HashMap<String, Span>,
        value: Node,
    ) {
        match value.kind {
            NodeKind::Mapping(others) => {
                for (key, value) in others {
                    if seen.insert(key.value.clone(), key.span).is_none() {
                        entries.push((key, value));
                    }
                }
            }
            NodeKind::Sequence(items) => {
                for item in items {
                    self.merge(entries, seen, item);
                }
            }
            NodeKind::Scalar { .. } => {
                self.diagnostics
                    .error(&YAML_SYNTAX, "`<<` merges mappings")
                    .primary(value.span, "not a mapping");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &str) -> Vec<String> {
        let mut diagnostics = Diagnostics::default();
        let _ = parse(SourceId(0), text, &mut diagnostics);
        diagnostics.iter().map(|d| d.message.clone()).collect()
    }

    #[test]
    fn anchors_and_merge_keys_are_expanded() {
        let mut diagnostics = Diagnostics::default();
        let text = "a: &a {x: 1, y: [2]}\nb: {<<: *a, x: 3}\n";
        let node = parse(SourceId(0), text, &mut diagnostics).unwrap();
        assert!(diagnostics.is_empty());
        let NodeKind::Mapping(entries) = node.kind else {
            panic!()
        };
        let NodeKind::Mapping(b) = &entries[1].1.kind else {
            panic!()
        };
        let keys: Vec<&str> = b.iter().map(|(key, _)| key.value.as_str()).collect();
        assert_eq!(keys, ["x", "y"]);
        assert_eq!(b[0].1.to_json().value, Json::Number("3".into()));
    }

    #[test]
    fn billion_laughs_stop_early() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..30 {
            let before = level - 1;
            let aliases = vec![format!("*a{before}"); 10].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        assert!(messages(&text)[0].contains("nodes"));
    }

    #[test]
    fn mistakes_are_reported() {
        assert!(messages("a: [").len() == 1);
        assert!(messages("a: 1\na: 2\nb: 1\nb: 2")[1].contains("`b` stands twice"));
        assert!(messages("a: &a [*a]")[0].contains("alias"));
        assert!(messages(&"[".repeat(100_000)).len() == 1);
        assert!(messages(&"- ".repeat(100_000)).len() == 1);
        assert!(messages("--- a\n--- b")[0].contains("one YAML document"));
    }

    #[test]
    fn numbers_are_json_numbers() {
        for text in ["0", "-1", "1.5", "1e3", "-0.5E-2"] {
            assert!(is_json_number(text), "{text}");
        }
        for text in [
            "01", "1.", ".5", "1e", "+1", "0x1", "1_000", "-", "1-2", ".inf", "1.e3",
        ] {
            assert!(!is_json_number(text), "{text}");
        }
    }
}

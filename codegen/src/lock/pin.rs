//! The form of a version that is hashed: one line per fact, with all that canonical form drops (defaults, aliases, logical
//! types, an enum's default), and without docs, layout and the envelope's fields.

use std::fmt::Write as _;

use super::{Key, hash};
use crate::model::types::{Field, Home, Json, Logical, NamedId, NamedKind, Type, TypeKind, Types};
use crate::source::Span;

/// What there is to pin of a version or a shared type.
#[derive(Debug)]
pub struct Pin {
    /// What it is about.
    pub key: Key,
    /// Its facts, in the schema's order.
    pub facts: Vec<Fact>,
    /// Shared types that it names: they have pins of their own.
    pub shared: Vec<NamedId>,
}

/// One fact, and where the user wrote it.
#[derive(Debug)]
pub struct Fact {
    /// Its line, without the key.
    pub text: String,
    /// Where.
    pub span: Span,
}

impl Pin {
    /// SHA-256 of the facts.
    #[must_use]
    pub fn hash(&self) -> String {
        hash(&self.key, self.texts())
    }

    /// The facts' texts.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.facts.iter().map(|fact| fact.text.as_str())
    }
}

/// The pin of an event's version: its event type, its record, and the types that are local to its file.
#[must_use]
pub fn pin_version(
    types: &Types,
    skip: &[String],
    key: Key,
    event_type: (&str, Span),
    record: NamedId,
) -> Pin {
    let mut pinner = Pinner::new(types, record);
    let mut event = String::from("event_type ");
    write_string(event_type.0, &mut event);
    pinner.facts.push(Fact {
        text: event,
        span: event_type.1,
    });
    pinner.named(record, skip);
    pinner.finish(key)
}

/// The pin of a shared type.
#[must_use]
pub fn pin_type(types: &Types, id: NamedId) -> Pin {
    let mut pinner = Pinner::new(types, id);
    pinner.named(id, &[]);
    pinner.finish(Key::Type(types.get(id).name.to_string()))
}

struct Pinner<'m> {
    types: &'m Types,
    root: NamedId,
    facts: Vec<Fact>,
    /// Local types, in the order in which they are met.
    local: Vec<NamedId>,
    shared: Vec<NamedId>,
}

impl<'m> Pinner<'m> {
    fn new(types: &'m Types, root: NamedId) -> Self {
        Self {
            types,
            root,
            facts: Vec::new(),
            local: Vec::new(),
            shared: Vec::new(),
        }
    }

    fn finish(mut self, key: Key) -> Pin {
        let mut next = 0;
        while let Some(&id) = self.local.get(next) {
            self.named(id, &[]);
            next += 1;
        }
        Pin {
            key,
            facts: self.facts,
            shared: self.shared,
        }
    }

    fn named(&mut self, id: NamedId, skip: &[String]) {
        let types = self.types;
        let named = types.get(id);
        let aliases: Vec<String> = named.aliases.iter().map(ToString::to_string).collect();
        let mut head = format!("{}{}", named.name, listed(&aliases));
        match &named.kind {
            NamedKind::Record { fields } => {
                self.push(format!("record {head}"), named.name_span);
                let fields = fields
                    .iter()
                    .filter(|field| !skip.contains(&field.name.value));
                for (field, place) in fields.zip(1..) {
                    let text = self.field(&named.name.to_string(), place, field);
                    self.push(text, field.span);
                }
            }
            NamedKind::Enum { symbols, default } => {
                for symbol in symbols {
                    let _ = write!(head, " {}", symbol.value);
                }
                if let Some(default) = default {
                    let _ = write!(head, " = {}", default.value);
                }
                self.push(format!("enum {head}"), named.name_span);
            }
            NamedKind::Fixed { size, logical } => {
                let _ = write!(head, " {size}");
                write_logical(*logical, &mut head);
                self.push(format!("fixed {head}"), named.name_span);
            }
        }
    }

    fn push(&mut self, text: String, span: Span) {
        self.facts.push(Fact { text, span });
    }

    /// `todo_created.2 priority (importance) priority = "NORMAL"`
    fn field(&mut self, record: &str, place: usize, field: &Field) -> String {
        let aliases = listed(&field.aliases);
        let mut text = format!("{record}.{place} {}{aliases} ", field.name.value);
        self.ty(&field.ty, &mut text);
        if let Some(default) = &field.default {
            text.push_str(" = ");
            write_json(&default.value, &mut text);
        }
        text
    }

    fn ty(&mut self, ty: &Type, out: &mut String) {
        match &ty.kind {
            TypeKind::Array(items) => {
                out.push_str("array<");
                self.ty(items, out);
                out.push('>');
            }
            TypeKind::Map(values) => {
                out.push_str("map<");
                self.ty(values, out);
                out.push('>');
            }
            TypeKind::Union(branches) => {
                out.push_str("union<");
                for (index, branch) in branches.iter().enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    self.ty(branch, out);
                }
                out.push('>');
            }
            TypeKind::Named(id) => {
                let named = self.types.get(*id);
                let _ = write!(out, "{}", named.name);
                let known = match named.home {
                    Home::Shared => &mut self.shared,
                    Home::EventFile | Home::TypesOnly(_) => &mut self.local,
                };
                if *id != self.root && !known.contains(id) {
                    known.push(*id);
                }
            }
            primitive => out.push_str(primitive.primitive().unwrap_or_default()),
        }
        write_logical(ty.logical, out);
    }
}

/// ` (old older)`
fn listed(aliases: &[String]) -> String {
    if aliases.is_empty() {
        return String::new();
    }
    format!(" ({})", aliases.join(" "))
}

/// `:decimal(9, 2)`
fn write_logical(logical: Option<Logical>, out: &mut String) {
    let Some(logical) = logical else { return };
    let _ = write!(out, ":{}", logical.name());
    if let Logical::Decimal { precision, scale } = logical {
        let _ = write!(out, "({precision}, {scale})");
    }
}

/// A default, so that equal values have one text: numbers by value, keys sorted.
fn write_json(json: &Json, out: &mut String) {
    match json {
        Json::Number(text) => out.push_str(&number(text)),
        Json::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_json(&item.value, out);
            }
            out.push(']');
        }
        Json::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by(|(one, _), (other, _)| one.value.cmp(&other.value));
            out.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_string(&key.value, out);
                out.push(':');
                write_json(&value.value, out);
            }
            out.push('}');
        }
        other => out.push_str(&other.to_text()),
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push_str(&Json::String(text.to_owned()).to_text());
}

/// `1`, `1.0` and `1e0` are one number.
fn number(text: &str) -> String {
    if let Ok(whole) = text.parse::<i64>()
        && (whole != 0 || !text.starts_with('-'))
    {
        return whole.to_string();
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => {
            let text = format!("{value:?}");
            text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::load_schema;

    fn facts(schema: &str) -> Vec<String> {
        let schema = load_schema("schema.json", schema.to_owned()).unwrap();
        let TypeKind::Named(id) = schema.top.kind else {
            panic!("not a record")
        };
        let span = schema.types.get(id).span;
        let key = Key::version("A", "B", 1);
        let skip = ["entity_id".to_owned()];
        let pin = pin_version(&schema.types, &skip, key, ("a_b", span), id);
        pin.texts().map(str::to_owned).collect()
    }

    #[test]
    fn what_reading_depends_on_is_a_fact() {
        let schema = r#"{"type":"record","name":"b","namespace":"n","aliases":["old"],"fields":[
            {"name":"entity_id","type":"string"},
            {"name":"x","aliases":["y"],"type":["null",{"type":"array","items":"b"}],"default":null},
            {"name":"d","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
            {"name":"e","type":{"type":"enum","name":"e","symbols":["P","Q"],"default":"Q"},"default":"P"},
            {"name":"f","type":{"type":"fixed","name":"f","size":16}},
            {"name":"m","type":{"type":"map","values":"double"},"default":{"z":1e1,"a":0.50}}]}"#;
        assert_eq!(
            facts(schema),
            [
                "event_type \"a_b\"",
                "record n.b (n.old)",
                "n.b.1 x (y) union<null, array<n.b>> = null",
                "n.b.2 d bytes:decimal(9, 2)",
                "n.b.3 e n.e = \"P\"",
                "n.b.4 f n.f",
                "n.b.5 m map<double> = {\"a\":0.5,\"z\":10}",
                "enum n.e P Q = Q",
                "fixed n.f 16",
            ]
        );
    }

    #[test]
    fn docs_and_layout_are_not() {
        let one =
            r#"{"type":"record","name":"n.b","fields":[{"name":"x","type":"double","default":1}]}"#;
        let other = r#"{"doc":"d", "namespace":"n","name":"b","type":"record","fields":
            [{"doc":"d","default":1.0,"name":"x","type":{"type":"double"}}]}"#;
        assert_eq!(facts(one), facts(other));
    }

    #[test]
    fn numbers_are_told_apart_by_value() {
        assert_eq!(number("1.0"), "1");
        assert_eq!(number("1e2"), "100");
        assert_eq!(number("9223372036854775807"), "9223372036854775807");
        assert_eq!(number("-0.0"), "-0");
        assert_eq!(number("0"), "0");
    }
}

//! Schemas of exported Avro files: the envelope, and an event's own record without the envelope's fields, all of its types
//! written out.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::model::types::{Field, Logical, NamedId, NamedKind, Type, TypeKind, Types};

/// The schema of `data` where an event has none: JSON text, or bytes.
pub(super) const OTHER: &str = r#"["string","bytes"]"#;

/// The schema of a file whose `data` has the schema `data`.
pub(super) fn envelope(data: &str) -> String {
    const FIELDS: &str = include_str!("envelope.avsc");
    FIELDS.trim().replace("\"DATA\"", data)
}

/// The schema of a record without the fields that `skip` names at its top.
pub(super) fn of_record(types: &Types, record: NamedId, skip: &[String]) -> String {
    let mut schemas = Schemas {
        types,
        defined: HashSet::new(),
    };
    schemas.named(record, skip).to_string()
}

struct Schemas<'m> {
    types: &'m Types,
    defined: HashSet<NamedId>,
}

impl Schemas<'_> {
    fn ty(&mut self, ty: &Type) -> Value {
        let base = match &ty.kind {
            TypeKind::Array(items) => json!({ "type": "array", "items": self.ty(items) }),
            TypeKind::Map(values) => json!({ "type": "map", "values": self.ty(values) }),
            TypeKind::Union(branches) => branches.iter().map(|branch| self.ty(branch)).collect(),
            TypeKind::Named(id) => self.named(*id, &[]),
            primitive => json!(primitive.primitive().unwrap_or_default()),
        };
        match (ty.logical, base) {
            (Some(logical), Value::Object(members)) => with_logical(members, logical),
            (Some(logical), base) => {
                with_logical(Map::from_iter([("type".to_owned(), base)]), logical)
            }
            (None, base) => base,
        }
    }

    fn named(&mut self, id: NamedId, skip: &[String]) -> Value {
        let named = self.types.get(id);
        let full = named.name.to_string();
        if !self.defined.insert(id) {
            return Value::from(full);
        }
        let (namespace, name) = full.rsplit_once('.').unwrap_or(("", &full));
        let mut members = Map::new();
        members.insert("name".to_owned(), json!(name));
        // Also where it is empty: else the type would be in that of the one around it.
        members.insert("namespace".to_owned(), json!(namespace));
        let (kind, key, value) = match &named.kind {
            NamedKind::Record { fields } => {
                let kept = fields
                    .iter()
                    .filter(|field| !skip.contains(&field.name.value));
                (
                    "record",
                    "fields",
                    kept.map(|field| self.field(field)).collect(),
                )
            }
            NamedKind::Enum { symbols, .. } => {
                let symbols = symbols.iter().map(|symbol| json!(symbol.value));
                ("enum", "symbols", symbols.collect())
            }
            NamedKind::Fixed { size, .. } => ("fixed", "size", json!(size)),
        };
        members.insert("type".to_owned(), json!(kind));
        members.insert(key.to_owned(), value);
        match &named.kind {
            NamedKind::Fixed {
                logical: Some(logical),
                ..
            } => with_logical(members, *logical),
            _ => Value::Object(members),
        }
    }

    fn field(&mut self, field: &Field) -> Value {
        json!({ "name": field.name.value, "type": self.ty(&field.ty) })
    }
}

fn with_logical(mut members: Map<String, Value>, logical: Logical) -> Value {
    if let Logical::Decimal { precision, scale } = logical {
        members.insert("precision".to_owned(), json!(precision));
        members.insert("scale".to_owned(), json!(scale));
    }
    members.insert("logicalType".to_owned(), json!(logical.name()));
    Value::Object(members)
}

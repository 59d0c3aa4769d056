//! Resolves a declared file: what each definition holds, and what each reference names.

use std::collections::HashMap;

use super::names::{full_name, is_name, primitive};
use super::{Object, Reader, describe, get, text};
use crate::diagnostic::codes::{
    BAD_ENUM, BAD_FIXED, BAD_UNION, DUPLICATE_FIELD, NOT_A_SCHEMA, UNKNOWN_TYPE,
};
use crate::diagnostic::suggest::nearest;
use crate::model::types::{Field, FullName, Json, NamedId, NamedKind, Type, TypeKind};
use crate::source::{Span, Spanned};

const PRIMITIVES: [&str; 8] = [
    "null", "boolean", "int", "long", "float", "double", "bytes", "string",
];
const COMPLEX: [&str; 6] = ["record", "error", "enum", "fixed", "array", "map"];

impl Reader<'_> {
    /// The type that a schema says; `None` where it is none, which is then reported.
    pub(super) fn resolve(&mut self, json: &Spanned<Json>, namespace: &str) -> Option<Type> {
        match &json.value {
            Json::String(name) => self.reference(name, namespace, json.span),
            Json::Array(branches) => self.union(branches, namespace, json.span),
            Json::Object(object) => self.object(object, namespace, json.span),
            other => {
                let message = format!(
                    "a schema is a name, an object or an array, not {}",
                    describe(other)
                );
                self.not_a_schema(json.span, message, "not a schema");
                None
            }
        }
    }

    fn reference(&mut self, name: &str, namespace: &str, span: Span) -> Option<Type> {
        if let Some(kind) = primitive(name) {
            return Some(Type {
                kind,
                logical: None,
                span,
            });
        }
        if let Some(id) = self.find(name, namespace) {
            return Some(Type {
                kind: TypeKind::Named(id),
                logical: None,
                span,
            });
        }
        let scopes = [Some(&*self.scope), self.outer];
        if !scopes.into_iter().flatten().all(|scope| scope.is_complete) {
            return None;
        }
        if COMPLEX.contains(&name) || name == "union" {
            self.complex_name_alone(name, span);
            return None;
        }
        let near = self.near_type(name);
        let diagnostic = self
            .diagnostics
            .error(
                &UNKNOWN_TYPE,
                format!("there is no type `{}`", full_name(name, namespace)),
            )
            .primary(span, "not defined");
        match near {
            Some(near) => diagnostic.suggest(Some(&near)),
            None => diagnostic.help("define it in this file, or in a file below `types/`"),
        };
        None
    }

    /// `{"name": "tags", "type": "array", "items": "string"}`: the most common slip in a field.
    fn complex_name_alone(&mut self, name: &str, span: Span) {
        let help = match name {
            "array" => {
                "write the type as an object: `\"type\": {\"type\": \"array\", \"items\": …}`"
            }
            "map" => "write the type as an object: `\"type\": {\"type\": \"map\", \"values\": …}`",
            "union" => "write a union as an array: `[\"null\", \"string\"]`",
            _ => "write the definition as an object: `\"type\": {\"type\": …, \"name\": …}`",
        };
        self.diagnostics
            .error(&NOT_A_SCHEMA, format!("`{name}` alone is not a type"))
            .primary(span, "what of?")
            .help(help);
    }

    fn near_type(&self, name: &str) -> Option<String> {
        let scopes = [Some(&*self.scope), self.outer];
        let names: Vec<&FullName> = scopes
            .into_iter()
            .flatten()
            .flat_map(|scope| scope.names.keys())
            .take(1000)
            .collect();
        if !name.contains('.') {
            let simple = || names.iter().map(|name| name.name.as_str());
            // The right name in another namespace is named in full.
            let mut same: Vec<String> = names
                .iter()
                .filter(|full| full.name == name)
                .map(ToString::to_string)
                .collect();
            same.sort();
            if let Some(full) = same.into_iter().next() {
                return Some(full);
            }
            let mut all: Vec<&str> = simple().chain(PRIMITIVES).collect();
            all.sort_unstable();
            return nearest(name, all).map(str::to_owned);
        }
        let mut full: Vec<String> = names.iter().map(ToString::to_string).collect();
        full.sort();
        nearest(name, full.iter().map(String::as_str)).map(str::to_owned)
    }

    fn union(&mut self, branches: &[Spanned<Json>], namespace: &str, span: Span) -> Option<Type> {
        let mut types = Vec::new();
        let mut seen: HashMap<String, Span> = HashMap::new();
        let mut complete = true;
        for branch in branches {
            let Some(ty) = self.resolve(branch, namespace) else {
                complete = false;
                continue;
            };
            let Some(key) = self.branch_key(&ty) else {
                self.diagnostics
                    .error(&BAD_UNION, "a union cannot stand directly in a union")
                    .primary(branch.span, "union in a union")
                    .help("list its branches in the outer union");
                continue;
            };
            if let Some(&first) = seen.get(&key) {
                self.diagnostics
                    .error(
                        &BAD_UNION,
                        format!("the union has two branches of type `{key}`"),
                    )
                    .primary(branch.span, "again here")
                    .context(first, "first here")
                    .help(
                        "a union has each type once; records, enums and fixed count by their name",
                    );
                continue;
            }
            seen.insert(key, branch.span);
            types.push(ty);
        }
        complete.then_some(Type {
            kind: TypeKind::Union(types),
            logical: None,
            span,
        })
    }

    /// What makes two branches the same; `None` for a union.
    fn branch_key(&self, ty: &Type) -> Option<String> {
        if let Some(name) = ty.kind.primitive() {
            return Some(name.to_owned());
        }
        Some(match &ty.kind {
            TypeKind::Array(_) => "array".to_owned(),
            TypeKind::Map(_) => "map".to_owned(),
            TypeKind::Named(id) => self.types.get(*id).name.to_string(),
            _ => return None,
        })
    }

    fn object(&mut self, object: &Object, namespace: &str, span: Span) -> Option<Type> {
        let Some((kind, kind_span)) = text(object, "type") else {
            self.object_without_type(object, span);
            return None;
        };
        match kind {
            "array" => {
                let items = self.inner(object, "items", "array", namespace, span)?;
                Some(Type {
                    kind: TypeKind::Array(Box::new(items)),
                    logical: None,
                    span,
                })
            }
            "map" => {
                let values = self.inner(object, "values", "map", namespace, span)?;
                Some(Type {
                    kind: TypeKind::Map(Box::new(values)),
                    logical: None,
                    span,
                })
            }
            "record" | "error" | "enum" | "fixed" => {
                // Not declared: it has no name, which was reported; or a state, which defines no types.
                let Some(id) = self.declared_at(span) else {
                    if text(object, "name").is_some() {
                        self.not_a_schema(span, "a state defines no types", "defined here");
                    }
                    return None;
                };
                self.define(id, kind, object, span);
                Some(Type {
                    kind: TypeKind::Named(id),
                    logical: None,
                    span,
                })
            }
            name => match primitive(name) {
                Some(kind) => {
                    let logical = super::logical::of_primitive(&kind, object);
                    Some(Type {
                        kind,
                        logical,
                        span,
                    })
                }
                None => {
                    self.name_in_an_object(name, namespace, span, kind_span);
                    None
                }
            },
        }
    }

    /// `{"type": "Address"}`: some parsers take it; Java's, and the specification, do not.
    fn name_in_an_object(&mut self, name: &str, namespace: &str, span: Span, name_span: Span) {
        if self.reference(name, namespace, name_span).is_some() {
            self.diagnostics
                .error(
                    &NOT_A_SCHEMA,
                    format!("a reference to `{name}` is its name alone"),
                )
                .primary(span, "an object")
                .help(format!("write `\"{name}\"` in the place of the object"));
        }
    }

    fn object_without_type(&mut self, object: &Object, span: Span) {
        match get(object, "type") {
            Some(inner) => {
                let what = describe(&inner.value);
                self.diagnostics
                    .error(
                        &NOT_A_SCHEMA,
                        format!("`type` is the name of a type, not {what}"),
                    )
                    .primary(inner.span, "expected a name")
                    .help("put the inner schema in the place of the object around it");
            }
            None => self.not_a_schema(span, "the schema has no `type`", "expected a `type`"),
        }
    }

    fn inner(
        &mut self,
        object: &Object,
        key: &str,
        what: &str,
        namespace: &str,
        span: Span,
    ) -> Option<Type> {
        let Some(inner) = get(object, key) else {
            self.not_a_schema(
                span,
                format!("{what} without `{key}`"),
                &format!("expected `{key}`"),
            );
            return None;
        };
        self.resolve(inner, namespace)
    }

    fn define(&mut self, id: NamedId, kind: &str, object: &Object, span: Span) {
        // A definition with a dotted or own namespace is in force inside it.
        let inner = self.types.get(id).name.namespace.clone();
        let aliases = self.aliases(object);
        let kind = match kind {
            "enum" => self.enumeration(object, span),
            "fixed" => self.fixed(object, span),
            _ => match get(object, "fields") {
                Some(fields) => NamedKind::Record {
                    fields: self.fields(fields, &inner),
                },
                None => {
                    self.not_a_schema(span, "record without `fields`", "expected `fields`");
                    NamedKind::Record { fields: Vec::new() }
                }
            },
        };
        let named = self.types.get_mut(id);
        named.aliases = aliases
            .into_iter()
            .map(|alias| full_name(&alias, &inner))
            .collect();
        named.kind = kind;
    }

    fn aliases(&mut self, object: &Object) -> Vec<String> {
        let Some(aliases) = get(object, "aliases") else {
            return Vec::new();
        };
        let Json::Array(items) = &aliases.value else {
            self.not_a_schema(aliases.span, "`aliases` is a list of names", "not a list");
            return Vec::new();
        };
        let mut names = Vec::new();
        for item in items {
            match &item.value {
                Json::String(name) => {
                    // `.Name` is a name without namespace.
                    let full = name.strip_prefix('.').unwrap_or(name);
                    if !full.split('.').all(is_name) {
                        self.bad_name(name, item.span, "alias");
                    }
                    names.push(name.clone());
                }
                other => {
                    let message = format!("an alias is a name, not {}", describe(other));
                    self.not_a_schema(item.span, message, "not a name");
                }
            }
        }
        names
    }

    /// The fields of a record.
    pub(super) fn fields(&mut self, json: &Spanned<Json>, namespace: &str) -> Vec<Field> {
        let Json::Array(items) = &json.value else {
            let message = format!("`fields` is a list, not {}", describe(&json.value));
            self.not_a_schema(json.span, message, "not a list");
            return Vec::new();
        };
        let mut fields: Vec<Field> = Vec::with_capacity(items.len());
        let mut seen: HashMap<&str, Span> = HashMap::with_capacity(items.len());
        for item in items {
            let Json::Object(object) = &item.value else {
                let message = format!("a field is an object, not {}", describe(&item.value));
                self.not_a_schema(item.span, message, "not a field");
                continue;
            };
            let name = self.field_name(object, item.span);
            let ty = self.field_type(object, item.span, namespace);
            let aliases = self.aliases(object);
            self.check_order(object);
            let Some((name, name_span)) = name else {
                continue;
            };
            if let Some(&first) = seen.get(name) {
                self.diagnostics
                    .error(&DUPLICATE_FIELD, format!("field `{name}` is listed twice"))
                    .primary(name_span, "listed again here")
                    .context(first, "first listed here");
                continue;
            }
            seen.insert(name, name_span);
            let Some(ty) = ty else { continue };
            fields.push(Field {
                name: Spanned::new(name.to_owned(), name_span),
                aliases,
                doc: text(object, "doc").map(|(doc, _)| doc.to_owned()),
                ty,
                default: get(object, "default").cloned(),
                span: item.span,
            });
        }
        fields
    }

    fn field_name<'o>(&mut self, object: &'o Object, span: Span) -> Option<(&'o str, Span)> {
        let Some((name, name_span)) = text(object, "name") else {
            self.not_a_schema(span, "field without name", "expected a `name`");
            return None;
        };
        if !is_name(name) {
            self.bad_name(name, name_span, "field");
        }
        Some((name, name_span))
    }

    fn field_type(&mut self, object: &Object, span: Span, namespace: &str) -> Option<Type> {
        let Some(ty) = get(object, "type") else {
            self.not_a_schema(span, "field without type", "expected a `type`");
            return None;
        };
        self.resolve(ty, namespace)
    }

    fn check_order(&mut self, object: &Object) {
        let Some((order, span)) = text(object, "order") else {
            return;
        };
        let known = ["ascending", "descending", "ignore"];
        if !known.iter().any(|word| word.eq_ignore_ascii_case(order)) {
            self.diagnostics
                .error(&NOT_A_SCHEMA, format!("`{order}` is not an order"))
                .primary(span, "not an order")
                .help("orders are `ascending`, `descending` and `ignore`");
        }
    }

    fn enumeration(&mut self, object: &Object, span: Span) -> NamedKind {
        let mut symbols: Vec<Spanned<String>> = Vec::new();
        let mut seen: HashMap<&str, Span> = HashMap::new();
        match get(object, "symbols") {
            Some(Spanned {
                value: Json::Array(items),
                ..
            }) => {
                for item in items {
                    let Json::String(symbol) = &item.value else {
                        let message = format!("a symbol is a name, not {}", describe(&item.value));
                        self.not_a_schema(item.span, message, "not a name");
                        continue;
                    };
                    if !is_name(symbol) {
                        self.bad_name(symbol, item.span, "symbol");
                    }
                    if let Some(&first) = seen.get(symbol.as_str()) {
                        self.diagnostics
                            .error(&BAD_ENUM, format!("symbol `{symbol}` is listed twice"))
                            .primary(item.span, "listed again here")
                            .context(first, "first listed here")
                            .help("remove one of the two");
                    } else {
                        seen.insert(symbol, item.span);
                        symbols.push(Spanned::new(symbol.clone(), item.span));
                    }
                }
            }
            _ => self.not_a_schema(span, "enum without list of `symbols`", "expected `symbols`"),
        }
        let default = text(object, "default");
        if let Some((default, span)) = default
            && !seen.contains_key(default)
        {
            let near = nearest(default, symbols.iter().map(|symbol| symbol.value.as_str()))
                .map(str::to_owned);
            self.diagnostics
                .error(
                    &BAD_ENUM,
                    format!("default `{default}` is not a symbol of the enum"),
                )
                .primary(span, "not a symbol")
                .suggest(near.as_deref());
        }
        let default = default.map(|(default, span)| Spanned::new(default.to_owned(), span));
        NamedKind::Enum { symbols, default }
    }

    fn fixed(&mut self, object: &Object, span: Span) -> NamedKind {
        let size = match get(object, "size") {
            Some(Spanned {
                value: Json::Number(number),
                span,
            }) => match number.parse::<i32>() {
                Ok(size) if size >= 0 => size.unsigned_abs() as usize,
                _ => {
                    self.diagnostics
                        .error(&BAD_FIXED, format!("`{number}` is not a size"))
                        .primary(*span, "not a size");
                    0
                }
            },
            other => {
                let span = other.map_or(span, |other| other.span);
                self.diagnostics
                    .error(&BAD_FIXED, "fixed without size")
                    .primary(span, "expected a `size`");
                0
            }
        };
        NamedKind::Fixed {
            size,
            logical: super::logical::of_fixed(size, object),
        }
    }
}

//! Declares the definitions of a file, so that references find them in any order.

use super::{Object, Reader, get, text};
use crate::diagnostic::codes::DUPLICATE_TYPE;
use crate::model::types::{Json, NamedKind, NamedType};
use crate::source::{Span, Spanned};

impl Reader<'_> {
    /// Walks a schema; `namespace` is the one in force.
    pub(super) fn declare(&mut self, json: &Spanned<Json>, namespace: &str) {
        match &json.value {
            Json::Array(branches) => {
                for branch in branches {
                    self.declare(branch, namespace);
                }
            }
            Json::Object(object) => self.declare_object(object, json.span, namespace),
            _ => {}
        }
    }

    fn declare_object(&mut self, object: &Object, span: Span, namespace: &str) {
        let Some((kind, _)) = text(object, "type") else {
            return;
        };
        match kind {
            "array" => self.declare_in(object, "items", namespace),
            "map" => self.declare_in(object, "values", namespace),
            "enum" => self.declare_named(object, span, namespace, "enum"),
            "fixed" => self.declare_named(object, span, namespace, "fixed"),
            "record" | "error" => self.declare_named(object, span, namespace, "record"),
            _ => {}
        }
    }

    fn declare_in(&mut self, object: &Object, key: &str, namespace: &str) {
        if let Some(inner) = get(object, key) {
            self.declare(inner, namespace);
        }
    }

    fn declare_named(&mut self, object: &Object, span: Span, namespace: &str, what: &str) {
        let Some(name) = self.definition_name(object, namespace, span, what) else {
            self.declare_fields(object, namespace);
            return;
        };
        let inner = name.value.namespace.clone();
        let id = self.types.add(NamedType {
            name: name.value.clone(),
            name_span: name.span,
            source: self.source,
            home: self.scope.home,
            aliases: Vec::new(),
            doc: text(object, "doc").map(|(doc, _)| doc.to_owned()),
            kind: NamedKind::Record { fields: Vec::new() },
            span,
        });
        self.declared.push((span.start, id));
        if let Some(&other) = self.scope.names.get(&name.value) {
            let other = self.types.get(other).name_span;
            self.diagnostics
                .error(
                    &DUPLICATE_TYPE,
                    format!("type `{}` is defined twice", name.value),
                )
                .primary(name.span, "defined again here")
                .context(other, "first defined here");
        } else {
            self.scope.names.insert(name.value, id);
        }
        self.declare_fields(object, &inner);
    }

    fn declare_fields(&mut self, object: &Object, namespace: &str) {
        let Some(Spanned {
            value: Json::Array(fields),
            ..
        }) = get(object, "fields")
        else {
            return;
        };
        for field in fields {
            if let Json::Object(field) = &field.value {
                self.declare_in(field, "type", namespace);
            }
        }
    }
}

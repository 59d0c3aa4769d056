//! Avro's names: their grammar, namespaces and how a reference finds its definition.

use super::{Object, Reader, text};
use crate::diagnostic::codes::BAD_NAME;
use crate::model::types::{FullName, NamedId, TypeKind};
use crate::source::{Span, Spanned};

/// The primitive type of a name.
pub(super) fn primitive(name: &str) -> Option<TypeKind> {
    Some(match name {
        "null" => TypeKind::Null,
        "boolean" => TypeKind::Boolean,
        "int" => TypeKind::Int,
        "long" => TypeKind::Long,
        "float" => TypeKind::Float,
        "double" => TypeKind::Double,
        "bytes" => TypeKind::Bytes,
        "string" => TypeKind::String,
        _ => return None,
    })
}

/// Whether a name is one that Avro allows: as in Java, letters and digits of any script.
pub(super) fn is_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if !byte.is_ascii() {
            return is_unicode_name(name);
        }
        if !(byte.is_ascii_alphabetic() || byte == b'_' || (at > 0 && byte.is_ascii_digit())) {
            return false;
        }
        at += 1;
    }
    !bytes.is_empty()
}

fn is_unicode_name(name: &str) -> bool {
    !name.starts_with(char::is_numeric)
        && name
            .chars()
            .all(|c| c == '_' || c.is_alphabetic() || c.is_numeric())
}

/// `a.b.c` → namespace `a.b`, name `c`; without a dot the namespace in force.
pub(super) fn full_name(name: &str, namespace: &str) -> FullName {
    match name.rsplit_once('.') {
        Some((namespace, name)) => FullName {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        },
        None => FullName {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        },
    }
}

impl Reader<'_> {
    /// The full name of a definition; reports what is not a name, and goes on with it.
    pub(super) fn definition_name(
        &mut self,
        object: &Object,
        namespace: &str,
        span: Span,
        what: &str,
    ) -> Option<Spanned<FullName>> {
        let Some((name, name_span)) = text(object, "name") else {
            self.not_a_schema(span, format!("{what} has no name"), "expected a `name`");
            return None;
        };
        let own_namespace = text(object, "namespace");
        let namespace = own_namespace.map_or(namespace, |(namespace, _)| namespace);
        let full = full_name(name, namespace);
        if !is_name(&full.name) {
            self.bad_name(&full.name, name_span, what);
        }
        let namespace_span = match own_namespace {
            Some((_, span)) if !name.contains('.') => span,
            _ => name_span,
        };
        let is_own = own_namespace.is_some() || name.contains('.');
        if is_own && !full.namespace.is_empty() && !full.namespace.split('.').all(is_name) {
            self.bad_name(&full.namespace, namespace_span, "namespace");
        }
        if full.namespace.is_empty() && primitive(&full.name).is_some() {
            self.diagnostics
                .error(&BAD_NAME, format!("{what} cannot be named `{}`", full.name))
                .primary(name_span, "the name of a primitive type")
                .help("rename it, or give it a namespace");
        }
        Some(Spanned::new(full, name_span))
    }

    pub(super) fn bad_name(&mut self, name: &str, span: Span, what: &str) {
        self.diagnostics
            .error(&BAD_NAME, format!("{what} `{name}` is not an Avro name"))
            .primary(span, "not a name");
    }

    /// Finds what a reference names: in the namespace in force, then without namespace; here, then in the outer scope.
    pub(super) fn find(&self, name: &str, namespace: &str) -> Option<NamedId> {
        let full = full_name(name, namespace);
        let lookup = |full: &FullName| {
            let here = self.scope.names.get(full);
            here.or_else(|| self.outer.and_then(|outer| outer.names.get(full)))
                .copied()
        };
        if let Some(id) = lookup(&full) {
            return Some(id);
        }
        if full.namespace.is_empty() || name.contains('.') {
            return None;
        }
        lookup(&FullName {
            namespace: String::new(),
            name: full.name,
        })
    }
}

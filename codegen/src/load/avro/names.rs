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

/// Whether a name is one that Avro allows: as in Java, letters and digits of any script that UTF-16 writes as one unit.
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
    !name.starts_with(is_digit)
        && name
            .chars()
            .all(|c| c == '_' || is_letter(c) || is_digit(c))
}

/// Java's `Character.isLetter(char)`. What Unicode calls alphabetic has numerals (`Ⅷ`), circled letters and vowel signs besides.
fn is_letter(c: char) -> bool {
    c <= '\u{ffff}'
        && c.is_alphabetic()
        && !c.is_numeric()
        && !matches!(c, '\u{1885}' | '\u{1886}')
        && (unicode_ident::is_xid_start(c) || is_letter_of_no_identifier(c))
}

/// Letters that no identifier begins with, since their normal form does not.
fn is_letter_of_no_identifier(c: char) -> bool {
    matches!(
        c,
        '\u{37a}' | '\u{e33}' | '\u{eb3}' | '\u{2e2f}' | '\u{fc5e}'
            ..='\u{fc63}'
                | '\u{fdfa}'
                | '\u{fdfb}'
                | '\u{fe70}'
                | '\u{fe72}'
                | '\u{fe74}'
                | '\u{fe76}'
                | '\u{fe78}'
                | '\u{fe7a}'
                | '\u{fe7c}'
                | '\u{fe7e}'
                | '\u{ff9e}'
                | '\u{ff9f}'
    )
}

/// Java's `Character.isDigit(char)`: no numerals, fractions or exponents.
fn is_digit(c: char) -> bool {
    c <= '\u{ffff}'
        && c.is_numeric()
        && !c.is_alphabetic()
        && unicode_ident::is_xid_continue(c)
        && !matches!(c, '\u{1369}'..='\u{1371}' | '\u{19da}')
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_java_takes() {
        for name in [
            "a",
            "_",
            "Структура",
            "文字列",
            "größe",
            "a٣",
            "\u{37a}x",
            "ﬁ",
            "\u{1885}x",
        ] {
            assert_eq!(is_name(name), name != "\u{1885}x", "{name}");
        }
        for name in [
            "",
            "1a",
            "a-b",
            "a²",
            "Ⅷ",
            "ⓐ",
            "a½",
            "٣",
            "gro\u{308}sse",
            "का",
            "\u{10400}x",
            "a\u{200d}",
            "\u{1369}",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }
}

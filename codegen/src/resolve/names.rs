//! Rust names from Avro names: case, keywords, collisions. Wire names never change.
//! Which module an item stands in is decided in `modules.rs`.

use std::collections::HashSet;

use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};

/// Names that are taken in one Rust scope.
///
/// The first to claim a name gets it, so callers claim in an order that does not depend on unrelated schemas.
#[derive(Debug, Default, Clone)]
pub(crate) struct Scope {
    taken: HashSet<String>,
}

impl Scope {
    /// A scope in which `reserved` are taken.
    pub(crate) fn with(reserved: &[&str]) -> Self {
        Self {
            taken: reserved.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// Takes `name`, or `name_2`, `name_3` … (`Name2` for a type) where it is taken.
    pub(crate) fn claim(&mut self, name: &str) -> String {
        if self.taken.insert(name.to_owned()) {
            return name.to_owned();
        }
        let separator = if name.starts_with(char::is_uppercase) {
            ""
        } else {
            "_"
        };
        let mut number = 2;
        loop {
            let candidate = format!("{name}{separator}{number}");
            if self.taken.insert(candidate.clone()) {
                return candidate;
            }
            number += 1;
        }
    }
}

/// Rust names for the fields of one record, in order.
///
/// A wire name that is its own Rust form keeps it; another that would collide with it gets a number.
pub(crate) fn field_names<'a>(wire: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
    let mut scope = Scope::default();
    let kept: HashSet<&str> = wire
        .clone()
        .filter(|name| field_form(name) == *name)
        .collect();
    for name in &kept {
        scope.claim(name);
    }
    wire.map(|name| {
        let form = field_form(name);
        if kept.contains(name) {
            form
        } else {
            scope.claim(&form)
        }
    })
    .map(|name| identifier(&name))
    .collect()
}

fn field_form(wire: &str) -> String {
    if is_snake_case(wire) {
        return wire.to_owned();
    }
    let snake = wire.to_snake_case();
    let safe = if snake.is_empty() || snake.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{snake}")
    } else {
        snake
    };
    if safe == "_" { "__".to_owned() } else { safe }
}

/// Whether a name is in snake case for certain: the common case, told without the work of conversion.
fn is_snake_case(name: &str) -> bool {
    let (mut first, mut in_word) = (true, false);
    for &byte in name.as_bytes() {
        match byte {
            b'a'..=b'z' => in_word = true,
            b'0'..=b'9' if !first => in_word = true,
            b'_' if in_word => in_word = false,
            _ => return false,
        }
        first = false;
    }
    in_word
}

/// Whether a name is in camel case for certain.
fn is_camel_case(name: &str) -> bool {
    let (mut first, mut after_lowercase) = (true, false);
    for &byte in name.as_bytes() {
        match byte {
            b'A'..=b'Z' if first || after_lowercase => after_lowercase = false,
            b'a'..=b'z' if !first => after_lowercase = true,
            b'0'..=b'9' if !first => {}
            _ => return false,
        }
        first = false;
    }
    !first && name != "Self"
}

/// Rust name of a type.
pub(crate) fn type_name(wire: &str) -> String {
    if is_camel_case(wire) {
        return wire.to_owned();
    }
    let camel = wire.to_upper_camel_case();
    let safe = if camel.is_empty() || camel.starts_with(|c: char| c.is_ascii_digit()) {
        format!("T{camel}")
    } else {
        camel
    };
    if safe == "Self" {
        "Itself".to_owned()
    } else {
        safe
    }
}

/// Rust names of an enum's symbols, in order.
pub(crate) fn variant_names<'a>(wire: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut scope = Scope::default();
    wire.map(|symbol| scope.claim(&type_name(symbol))).collect()
}

/// Rust name of a module.
pub(crate) fn module_name(wire: &str) -> String {
    identifier(&field_form(wire))
}

/// Rust name of a static.
pub(crate) fn static_name(parts: &[&str]) -> String {
    let name = parts.join("_").to_shouty_snake_case();
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("T_{name}")
    } else {
        name
    }
}

/// `name` as an identifier: keywords raw, those that cannot be raw with an underscore behind.
pub(crate) fn identifier(name: &str) -> String {
    const NEVER_RAW: [&str; 4] = ["self", "super", "crate", "Self"];
    // Strict and reserved keywords of edition 2024.
    const KEYWORDS: [&str; 48] = [
        "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do",
        "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in",
        "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
        "return", "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe",
        "unsized", "use", "virtual", "where", "while", "yield",
    ];
    if NEVER_RAW.contains(&name) {
        format!("{name}_")
    } else if KEYWORDS.contains(&name) {
        format!("r#{name}")
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_own_form_and_number_the_rest() {
        let names =
            field_names(["userId", "user_id", "type", "self", "_1", "__", "UserID"].into_iter());
        assert_eq!(
            names,
            [
                "user_id_2",
                "user_id",
                "r#type",
                "self_",
                "_1",
                "__",
                "user_id_3"
            ]
        );
    }

    #[test]
    fn names_that_need_no_conversion_are_not_changed_by_it() {
        for name in [
            "a", "ab_c1", "field_0", "a1_b2", "a_1b", "x1y", "a__b", "a_", "_a", "aB", "1a", "",
        ] {
            assert!(
                !is_snake_case(name) || name.to_snake_case() == name,
                "{name}"
            );
        }
        assert!(is_snake_case("ab_c1"));
        for name in [
            "A", "Ab", "AbC", "AB", "A1", "Ab1Cd", "A0B", "A0Bc", "Ab0", "aB", "Ab_C", "Self",
            "S3Key", "",
        ] {
            assert!(
                !is_camel_case(name) || name.to_upper_camel_case() == name,
                "{name}"
            );
        }
        assert!(is_camel_case("Ab1Cd"));
    }

    #[test]
    fn types_are_camel_case_and_never_start_with_a_digit() {
        assert_eq!(type_name("io_error"), "IoError");
        assert_eq!(type_name("_1"), "T1");
        assert_eq!(type_name("self"), "Itself");
        assert_eq!(
            variant_names(["A_B", "AB", "a_b"].into_iter()),
            ["AB", "Ab", "AB2"]
        );
    }
}

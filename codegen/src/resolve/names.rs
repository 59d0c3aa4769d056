//! Rust names from Avro names: case, keywords, collisions. Wire names never change.
//! Which module an item stands in is decided in `layout.rs`, how letters beyond ASCII are spelt in `letters.rs`.

use std::collections::HashSet;

use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};

use super::letters::spelt;

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

/// Rust names for the fields of one record, in order: (wire name, name that the manifest gives).
///
/// A name that the manifest gives is kept, and a wire name that is its own Rust form; another that would collide with
/// those gets a number.
pub(crate) fn field_names<'a>(
    fields: impl Iterator<Item = (&'a str, Option<&'a str>)>,
) -> Vec<String> {
    let fields: Vec<_> = fields.collect();
    let mut names: Vec<Option<String>> = vec![None; fields.len()];
    let mut scope = Scope::default();
    for (name, (_, given)) in names.iter_mut().zip(&fields) {
        *name = given.map(|given| scope.claim(given));
    }
    let forms: Vec<_> = fields.iter().map(|(wire, _)| field_form(wire)).collect();
    for ((name, form), (wire, _)) in names.iter_mut().zip(&forms).zip(&fields) {
        if name.is_none() && form == wire {
            *name = Some(scope.claim(form));
        }
    }
    names
        .into_iter()
        .zip(forms)
        .map(|(name, form)| identifier(&name.unwrap_or_else(|| scope.claim(&form))))
        .collect()
}

fn field_form(wire: &str) -> String {
    if is_snake_case(wire) {
        return wire.to_owned();
    }
    let snake = spelt(wire).to_snake_case();
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
    let camel = spelt(wire).to_upper_camel_case();
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

/// Rust names of an enum's symbols, in order: (symbol, name that the manifest gives).
pub(crate) fn variant_names<'a>(
    symbols: impl Iterator<Item = (&'a str, Option<&'a str>)> + Clone,
) -> Vec<String> {
    let mut scope = Scope::default();
    for (_, given) in symbols.clone() {
        given.map(|given| scope.claim(given));
    }
    symbols
        .map(|(symbol, given)| match given {
            Some(given) => given.to_owned(),
            None => scope.claim(&type_name(symbol)),
        })
        .collect()
}

/// Rust name of a module.
pub(crate) fn module_name(wire: &str) -> String {
    identifier(&field_form(wire))
}

/// Rust name of a static.
pub(crate) fn static_name(parts: &[&str]) -> String {
    let name = spelt(&parts.join("_")).to_shouty_snake_case();
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
        let names = field_names(
            ["userId", "user_id", "type", "self", "_1", "__", "UserID"]
                .map(|name| (name, None))
                .into_iter(),
        );
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
    fn names_of_the_manifest_come_first() {
        let fields = [
            ("userId", None),
            ("user", Some("user_id")),
            ("type", Some("kind")),
            ("kind", None),
        ];
        let names = ["user_id_2", "user_id", "kind", "kind_2"];
        assert_eq!(field_names(fields.into_iter()), names);
        let symbols = [("TOP", None), ("HIGH", Some("Top"))];
        assert_eq!(variant_names(symbols.into_iter()), ["Top2", "Top"]);
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
    fn names_are_ascii_whatever_the_script() {
        let wire = ["größe", "grosse", "а", "a", "\u{212b}", "Å", "数量", "數量"];
        let names = field_names(wire.map(|name| (name, None)).into_iter());
        assert_eq!(
            names,
            [
                "grosse_2",
                "grosse",
                "a_2",
                "a",
                "a_3",
                "a_4",
                "u6570_u91cf",
                "u6578_u91cf"
            ]
        );
        assert_eq!(type_name("数量Ж"), "U6570U91cfZh");
        assert_eq!(type_name("\u{e33}x"), "U0e33X");
        assert_eq!(
            static_name(&["Größe", "文字列"]),
            "GROSSE_U6587_U5B57_U5217"
        );
        assert_eq!(module_name("\u{1f600}"), "__");
    }

    #[test]
    fn types_are_camel_case_and_never_start_with_a_digit() {
        assert_eq!(type_name("io_error"), "IoError");
        assert_eq!(type_name("_1"), "T1");
        assert_eq!(type_name("self"), "Itself");
        assert_eq!(
            variant_names(["A_B", "AB", "a_b"].map(|name| (name, None)).into_iter()),
            ["AB", "Ab", "AB2"]
        );
    }
}

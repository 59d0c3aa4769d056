//! Names and paths that the manifest puts into Rust code: checked letter by letter, so that none can carry code.

use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::NOT_A_RUST_NAME;
use crate::source::Spanned;

/// Keywords of all editions, reserved ones too.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield", "self", "Self", "super", "crate", "_",
];

/// Whether a name can stand in Rust code as it is.
pub(crate) fn is_rust_name(name: &str) -> bool {
    is_identifier(name) && !KEYWORDS.contains(&name)
}

fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// `crate::todo::Todo`, `::serde::Serialize`, `r#type::Todo`.
fn is_rust_path(path: &str) -> bool {
    let path = path.strip_prefix("::").unwrap_or(path);
    path.split("::")
        .enumerate()
        .all(|(index, part)| match part {
            "crate" | "self" => index == 0,
            "super" => path.split("::").take(index).all(|before| before == "super"),
            _ => match part.strip_prefix("r#") {
                Some(raw) => {
                    is_identifier(raw) && !matches!(raw, "self" | "Self" | "super" | "crate" | "_")
                }
                None => is_rust_name(part),
            },
        })
}

/// The name, or a report.
pub(crate) fn rust_name(
    name: Spanned<String>,
    what: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Spanned<String>> {
    if is_rust_name(&name.value) {
        return Some(name);
    }
    let why = if KEYWORDS.contains(&name.value.as_str()) {
        "a keyword of Rust"
    } else {
        "names are ASCII letters, digits and `_`, and do not start with a digit"
    };
    diagnostics
        .error(
            &NOT_A_RUST_NAME,
            format!("{what} `{}` is not a Rust name", name.value),
        )
        .primary(name.span, why);
    None
}

/// The path, or a report.
pub(crate) fn rust_path(
    path: Spanned<String>,
    diagnostics: &mut Diagnostics,
) -> Option<Spanned<String>> {
    let last = path.value.rsplit("::").next().unwrap_or_default();
    if is_rust_path(&path.value) && !matches!(last, "crate" | "self" | "super") {
        return Some(path);
    }
    diagnostics
        .error(
            &NOT_A_RUST_NAME,
            format!("`{}` is not a Rust path", path.value),
        )
        .primary(
            path.span,
            "expected a path such as `crate::Todo`, without generics",
        );
    None
}

/// The inside of an attribute, `serde(rename_all = "camelCase")`, or a report.
pub(crate) fn attribute(
    text: Spanned<String>,
    diagnostics: &mut Diagnostics,
) -> Option<Spanned<String>> {
    if is_attribute(&text.value) {
        return Some(text);
    }
    diagnostics
        .error(
            &NOT_A_RUST_NAME,
            format!("`{}` is not an attribute", text.value),
        )
        .primary(
            text.span,
            "expected a path, and behind it names, numbers and plain strings in parentheses",
        );
    None
}

/// A path, alone, with `= "literal"` or with a list in balanced parentheses: nothing in it can end the attribute.
fn is_attribute(text: &str) -> bool {
    let end = text.find(['(', '=']).unwrap_or(text.len());
    let (path, rest) = text.split_at(end);
    let mut depth = 0_u32;
    let mut quoted = false;
    for c in rest.chars() {
        match c {
            '"' => quoted = !quoted,
            '\\' => return false,
            c if c.is_control() => return false,
            _ if quoted => {}
            '(' => depth += 1,
            ')' if depth == 0 => return false,
            ')' => depth -= 1,
            ',' | '=' | ':' | ' ' | '_' | '.' | '-' => {}
            c if c.is_ascii_alphanumeric() => {}
            _ => return false,
        }
    }
    let closed = rest.is_empty() || rest.starts_with('=') || rest.ends_with(')');
    is_rust_path(path.trim_end()) && depth == 0 && !quoted && closed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_carry_no_code() {
        for path in [
            "Todo",
            "crate::Todo",
            "::serde::Serialize",
            "super::super::x::Y",
            "r#type::T",
        ] {
            assert!(is_rust_path(path), "{path}");
        }
        for path in [
            "", "::", "a::", "a b", "Vec<u8>", "a;b", "a::crate", "fn", "r#self", "1a", "é", "a\n",
        ] {
            assert!(!is_rust_path(path), "{path}");
        }
    }

    #[test]
    fn attributes_end_where_they_should() {
        for text in [
            "non_exhaustive",
            "serde(rename_all = \"camelCase\", default)",
            "doc = \"(]\"",
            "a::b(c(d), e = 1.5)",
        ] {
            assert!(is_attribute(text), "{text}");
        }
        for text in [
            "",
            "a]",
            "a)",
            "a(",
            "a(])",
            "a(\"",
            "a(\"\\\"\")",
            "a(b){}",
            "a(')",
            "a(\n)",
            "a b",
            "a(b) c",
            "a(//)",
            "a(b)] pub fn x() {} #[c(d)",
            "a(/* )",
        ] {
            assert!(!is_attribute(text), "{text}");
        }
    }
}

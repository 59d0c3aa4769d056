//! SARIF 2.1.0, for tools that show findings of others: the document around rules and results. What a finding is stands with those
//! that make them, in `findings.rs` and `journal/findings.rs`.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// One document with the findings of one run.
pub(crate) fn document(
    rules: impl IntoIterator<Item = Value>,
    results: impl IntoIterator<Item = Value>,
) -> String {
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "evgen",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_iter().collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results.into_iter().collect::<Vec<_>>(),
        }],
    });
    format!("{document:#}\n")
}

/// A path as a relative URI. One of an older commit (`main:schemas/…`) is not a file of the checkout: its colon is
/// escaped, so that nobody takes `main` for a scheme.
pub(crate) fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn what_is_no_uri_is_escaped() {
        assert_eq!(uri("schemas/to do/v1.json"), "schemas/to%20do/v1.json");
        assert_eq!(uri("main:schemas\\a.json"), "main%3Aschemas/a.json");
    }
}

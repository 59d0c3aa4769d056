//! Filters of the templates: a doc line, the fields of a struct literal.

#![expect(unreachable_pub, reason = "askama's attribute makes a public struct of each")]

use std::fmt::Write as _;

/// `line` as a doc comment.
#[askama::filter_fn]
pub(super) fn doc(line: &str, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(if line.is_empty() { "///".to_owned() } else { format!("/// {line}") })
}

/// Fields of a struct literal.
#[askama::filter_fn]
pub(super) fn fields(fields: &[(String, String)], _: &dyn askama::Values) -> askama::Result<String> {
    let mut out = String::new();
    for (index, (field, value)) in fields.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write!(out, "{field}: {value}").map_err(askama::Error::from)?;
    }
    Ok(out)
}

/// The name that a match arm gives the event: `_` where no expression uses it.
#[askama::filter_fn]
pub(super) fn binding(
    fields: &[(String, String)],
    _: &dyn askama::Values,
) -> askama::Result<&'static str> {
    let used = fields.iter().any(|(_, value)| value.contains("event."));
    Ok(if used { "event" } else { "_" })
}

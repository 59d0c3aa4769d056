//! Filters of the templates: a doc line, the fields of a struct literal.

#![expect(
    unreachable_pub,
    reason = "askama's attribute makes a public struct of each"
)]

/// `line` as a doc comment.
#[askama::filter_fn]
pub(super) fn doc(line: &str, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(if line.is_empty() {
        "///".to_owned()
    } else {
        format!("/// {line}")
    })
}

/// The braces of a struct literal, with its fields.
#[askama::filter_fn]
pub(super) fn braces(
    fields: &[(String, String)],
    _: &dyn askama::Values,
) -> askama::Result<String> {
    if fields.is_empty() {
        return Ok("{}".to_owned());
    }
    let fields: Vec<_> = fields
        .iter()
        .map(|(field, value)| format!("{field}: {value}"))
        .collect();
    Ok(format!("{{ {} }}", fields.join(", ")))
}

/// Whether an expression uses the event.
#[askama::filter_fn]
pub(super) fn uses_event(
    fields: &[(String, String)],
    _: &dyn askama::Values,
) -> askama::Result<bool> {
    Ok(uses(fields))
}

/// The name that a match arm gives the event: `_` where no expression uses it.
#[askama::filter_fn]
pub(super) fn binding(
    fields: &[(String, String)],
    _: &dyn askama::Values,
) -> askama::Result<&'static str> {
    Ok(if uses(fields) { "event" } else { "_" })
}

fn uses(fields: &[(String, String)]) -> bool {
    fields.iter().any(|(_, value)| value.contains("event."))
}

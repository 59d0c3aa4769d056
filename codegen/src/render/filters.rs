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

/// The statement that gives a field of the state this value.
#[askama::filter_fn]
pub(super) fn assigned(value: &str, _: &dyn askama::Values, field: &str) -> askama::Result<String> {
    Ok(
        match value
            .strip_prefix("event.")
            .and_then(|rest| rest.strip_suffix(".clone()"))
        {
            // Reuses what the field has allocated.
            Some(source) => format!("state.{field}.clone_from(&event.{source});"),
            None => format!("state.{field} = {value};"),
        },
    )
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

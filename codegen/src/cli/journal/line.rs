//! One event as one line of JSON, with all of its envelope: what `cat --format json` and `export` write. `import/jsonl.rs`
//! reads it; docs/journal.md has the keys.

use std::fmt::Write as _;

use evgen_runtime::{Payload, RecordedEvent};
use serde_json::value::RawValue;

use super::schemas::Schemas;

/// Appends the line.
pub(super) fn write(event: &RecordedEvent<'_>, schemas: &Schemas, out: &mut String) {
    let _ = write!(out, "{{\"position\":{}", event.position);
    text("event_id", event.event_id, out);
    text("event_type", event.event_type, out);
    match event.event_version {
        Some(version) => {
            let _ = write!(out, ",\"event_version\":{version}");
        }
        None => out.push_str(",\"event_version\":null"),
    }
    text("aggregate_type", event.aggregate_type, out);
    text("aggregate_id", event.aggregate_id, out);
    let _ = write!(out, ",\"aggregate_version\":{}", event.version);
    let _ = write!(out, ",\"create_date\":\"{}\"", event.create_date);
    match event.metadata {
        Some(metadata) => json("metadata", metadata, out),
        None => out.push_str(",\"metadata\":null"),
    }
    if let Some((module, class)) = event.django_class {
        text("django_module", module, out);
        text("django_class", class, out);
    }
    match event.payload {
        Payload::Avro(bytes) => {
            // For the reader; what counts is `avro`.
            if let Some(Ok(data)) = schemas.json(event) {
                json("data", &data, out);
            }
            out.push_str(",\"avro\":\"");
            for byte in bytes {
                let _ = write!(out, "{byte:02x}");
            }
            out.push('"');
        }
        Payload::Json(data) => json("data", data, out),
        // A kind of payload that is newer than this.
        _ => {}
    }
    out.push_str("}\n");
}

/// Text that is JSON stands as it is, byte for byte; what would break the line, or is not JSON for others (`NaN`, which
/// Python writes), stands as a string under `…_text`.
fn json(key: &str, value: &str, out: &mut String) {
    if is_plain(value) {
        let _ = write!(out, ",\"{key}\":{value}");
    } else {
        text(&format!("{key}_text"), value, out);
    }
}

fn is_plain(text: &str) -> bool {
    let is_line = !text.contains(['\n', '\r']);
    // White space around it would not be read back.
    is_line
        && serde_json::from_str::<&RawValue>(text).is_ok_and(|raw| raw.get().len() == text.len())
}

fn text(key: &str, value: &str, out: &mut String) {
    let _ = write!(out, ",\"{key}\":{}", quoted(value));
}

/// `value` as a JSON string.
pub(super) fn quoted(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn what_is_not_json_on_one_line_becomes_a_string() {
        for text in ["{}", "{\"a\": 1e400}", "\"\\ud800\"", "null"] {
            assert!(is_plain(text), "{text}");
        }
        for text in [" {}", "{} ", "{\n}", "{\"a\":NaN}", "{", ""] {
            assert!(!is_plain(text), "{text}");
        }
    }
}

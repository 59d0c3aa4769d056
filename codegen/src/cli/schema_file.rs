//! Text of schema files: new ones, and copies with further fields that keep the original's layout.

use super::fields::Field;
use crate::diagnostic::Diagnostics;
use crate::load::json;
use crate::model::types::Json;
use crate::source::SourceId;

/// The first version of an event's schema.
pub(crate) fn new_schema(record: &str, fields: &[Field]) -> String {
    let envelope = r#"{ "name": "entity_id", "type": "string" }"#;
    let lines = std::iter::once(envelope).chain(fields.iter().map(|field| field.json.as_str()));
    let lines: Vec<String> = lines.map(|line| format!("    {line}")).collect();
    let fields = lines.join(",\n");
    format!(
        "{{\n  \"type\": \"record\",\n  \"name\": \"{record}\",\n  \"fields\": [\n{fields}\n  ]\n}}\n"
    )
}

/// A record's text with fields added behind the others; `None` if it has no list of fields.
pub(crate) fn with_fields(text: &str, added: &[Field]) -> Option<String> {
    let root = json::parse(SourceId(0), text, &mut Diagnostics::default())?;
    let Json::Object(entries) = &root.value else {
        return None;
    };
    let (_, fields) = entries.iter().find(|(key, _)| key.value == "fields")?;
    let Json::Array(items) = &fields.value else {
        return None;
    };
    if added.is_empty() {
        return Some(text.to_owned());
    }
    let added = added.iter().map(|field| field.json.as_str());
    let (at, inserted) = match items.last() {
        Some(last) => {
            let line = text[..last.span.start as usize]
                .rfind('\n')
                .map_or(0, |newline| newline + 1);
            let before = &text[line..last.span.start as usize];
            let separator = if before.trim().is_empty() {
                format!(",\n{before}")
            } else {
                ", ".to_owned()
            };
            (
                last.span.end,
                added.map(|field| format!("{separator}{field}")).collect(),
            )
        }
        None => (
            fields.span.start + 1,
            format!(" {} ", added.collect::<Vec<_>>().join(", ")),
        ),
    };
    let (before, after) = text.split_at_checked(at as usize)?;
    Some(format!("{before}{inserted}{after}"))
}

/// Names of the fields of a record's text.
pub(crate) fn field_names(text: &str) -> Vec<String> {
    let Some(root) = json::parse(SourceId(0), text, &mut Diagnostics::default()) else {
        return Vec::new();
    };
    let Some(Json::Array(fields)) = value(&root.value, "fields") else {
        return Vec::new();
    };
    let names = fields
        .iter()
        .filter_map(|field| value(&field.value, "name"));
    names
        .filter_map(|name| {
            if let Json::String(name) = name {
                Some(name.clone())
            } else {
                None
            }
        })
        .collect()
}

fn value<'a>(json: &'a Json, key: &str) -> Option<&'a Json> {
    let Json::Object(entries) = json else {
        return None;
    };
    entries
        .iter()
        .find(|(name, _)| name.value == key)
        .map(|(_, value)| &value.value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::fields::parse_all;

    #[test]
    fn layout_is_kept() {
        let fields = parse_all(&["n:int=0".to_owned()]).unwrap();
        let text = new_schema("todo_created", &[]);
        let bumped = with_fields(&text, &fields).unwrap();
        assert_eq!(bumped, new_schema("todo_created", &fields));
        assert_eq!(field_names(&bumped), ["entity_id", "n"]);

        let line = r#"{"type":"record","name":"x","fields":[{"name":"a","type":"int"}]} "#;
        assert_eq!(
            with_fields(line, &fields).unwrap(),
            r#"{"type":"record","name":"x","fields":[{"name":"a","type":"int"}, { "name": "n", "type": "int", "default": 0 }]} "#
        );
        assert!(
            with_fields(r#"{"fields":[]}"#, &fields)
                .unwrap()
                .contains(r#"[ { "name""#)
        );
        assert_eq!(with_fields("[]", &fields), None);
    }
}

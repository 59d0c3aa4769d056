//! SARIF that the command line writes, held against the part of the schema of SARIF 2.1.0 (OASIS) that it uses: which members an
//! object may and must have, their types, and what has to be unique. The schema itself is ten times as long as all of ours.

use serde_json::{Value, json};

/// The definitions of `sarif-schema-2.1.0.json` for the objects that are written. As there, no object takes further members,
/// but `properties`, a bag.
fn definition(name: &str) -> Value {
    let text = || json!({ "type": "string" });
    let list = |item: &str| json!({ "type": "array", "items": item });
    let set = |item: &str| json!({ "type": "array", "items": item, "unique": true });
    match name {
        "sarifLog" => json!({ "required": ["version", "runs"], "members": {
            "$schema": { "type": "string", "format": "uri" },
            "version": { "type": "string", "enum": ["2.1.0"] },
            "runs": list("run"),
            "properties": {},
        } }),
        "run" => json!({ "required": ["tool"], "members": {
            "tool": "tool",
            "results": list("result"),
            "columnKind": { "type": "string", "enum": ["utf16CodeUnits", "unicodeCodePoints"] },
            "artifacts": set("artifact"),
            "properties": {},
        } }),
        "tool" => json!({ "required": ["driver"], "members": {
            "driver": "toolComponent",
            "extensions": set("toolComponent"),
            "properties": {},
        } }),
        "toolComponent" => json!({ "required": ["name"], "members": {
            "name": text(),
            "version": text(),
            "semanticVersion": text(),
            "informationUri": { "type": "string", "format": "uri" },
            "rules": set("reportingDescriptor"),
            "properties": {},
        } }),
        "reportingDescriptor" => json!({ "required": ["id"], "members": {
            "id": text(),
            "name": text(),
            "shortDescription": "multiformatMessageString",
            "fullDescription": "multiformatMessageString",
            "help": "multiformatMessageString",
            "helpUri": { "type": "string", "format": "uri" },
            "properties": {},
        } }),
        "multiformatMessageString" => json!({ "required": ["text"], "members": {
            "text": text(),
            "markdown": text(),
            "properties": {},
        } }),
        "result" => json!({ "required": ["message"], "members": {
            "ruleId": text(),
            "ruleIndex": { "type": "integer", "minimum": -1 },
            "level": { "type": "string", "enum": ["none", "note", "warning", "error"] },
            "message": "message",
            "locations": list("location"),
            "relatedLocations": set("location"),
            "properties": {},
        } }),
        // Of `text` and `id` one has to be there; there is no id in ours.
        "message" => json!({ "required": ["text"], "members": {
            "text": text(),
            "markdown": text(),
            "properties": {},
        } }),
        "location" => json!({ "required": [], "members": {
            "id": { "type": "integer", "minimum": -1 },
            "physicalLocation": "physicalLocation",
            "logicalLocations": set("logicalLocation"),
            "message": "message",
            "properties": {},
        } }),
        // Of `artifactLocation` and `address` one has to be there.
        "physicalLocation" => json!({ "required": ["artifactLocation"], "members": {
            "artifactLocation": "artifactLocation",
            "region": "region",
            "properties": {},
        } }),
        "artifactLocation" => json!({ "required": [], "members": {
            "uri": { "type": "string", "format": "uri-reference" },
            "uriBaseId": text(),
            "index": { "type": "integer", "minimum": -1 },
            "properties": {},
        } }),
        "region" => json!({ "required": [], "members": {
            "startLine": { "type": "integer", "minimum": 1 },
            "startColumn": { "type": "integer", "minimum": 1 },
            "endLine": { "type": "integer", "minimum": 1 },
            "endColumn": { "type": "integer", "minimum": 1 },
            "properties": {},
        } }),
        "logicalLocation" => json!({ "required": [], "members": {
            "name": text(),
            "fullyQualifiedName": text(),
            "kind": text(),
            "properties": {},
        } }),
        other => panic!("no definition of {other}"),
    }
}

/// Holds a text that a command has written against the schema, and against what the specification says of references.
#[track_caller]
pub(crate) fn is_valid(text: &str) {
    let document: Value = serde_json::from_str(text).unwrap();
    let mut problems = Vec::new();
    fits(&document, &json!("sarifLog"), "", &mut problems);
    for run in document["runs"].as_array().into_iter().flatten() {
        let rules = run["tool"]["driver"]["rules"].as_array();
        let known: Vec<_> = rules
            .into_iter()
            .flatten()
            .map(|rule| &rule["id"])
            .collect();
        for result in run["results"].as_array().into_iter().flatten() {
            if !known.contains(&&result["ruleId"]) {
                problems.push(format!("no rule {}", result["ruleId"]));
            }
        }
    }
    assert!(problems.is_empty(), "{}\n{text}", problems.join("\n"));
}

fn fits(value: &Value, schema: &Value, at: &str, problems: &mut Vec<String>) {
    if let Some(name) = schema.as_str() {
        return object_fits(value, &definition(name), at, problems);
    }
    let is_type = match schema["type"].as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some("array") => value.is_array(),
        _ => true,
    };
    let is_listed = |all: &Vec<Value>| all.contains(value);
    let is_large = schema["minimum"]
        .as_i64()
        .is_none_or(|least| value.as_i64() >= Some(least));
    let format = schema["format"].as_str();
    let is_formed = value.as_str().is_none_or(|text| match format {
        Some("uri") => text.starts_with("https://"),
        Some("uri-reference") => is_uri_reference(text),
        _ => true,
    });
    if !is_type || !schema["enum"].as_array().is_none_or(is_listed) || !is_large || !is_formed {
        problems.push(format!("{at}: {value} is not {schema}"));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        fits(item, &schema["items"], &format!("{at}/{index}"), problems);
        let before = value.as_array().unwrap()[..index].contains(item);
        if schema["unique"] == true && before {
            problems.push(format!("{at}/{index}: stands there twice"));
        }
    }
}

fn object_fits(value: &Value, definition: &Value, at: &str, problems: &mut Vec<String>) {
    let Some(members) = value.as_object() else {
        problems.push(format!("{at}: is no object"));
        return;
    };
    for name in definition["required"].as_array().into_iter().flatten() {
        if !members.contains_key(name.as_str().unwrap()) {
            problems.push(format!("{at}: has no {name}"));
        }
    }
    for (name, value) in members {
        let at = format!("{at}/{name}");
        match definition["members"].get(name) {
            Some(schema) => fits(value, schema, &at, problems),
            None => problems.push(format!("{at}: is not known")),
        }
    }
}

/// Whether a text is a URI, or one without a scheme, in the characters that RFC 3986 allows.
fn is_uri_reference(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    let escapes = text.split('%').skip(1);
    let mut escapes = escapes.map(|rest| rest.get(..2).unwrap_or_default());
    let is_hex = |c: char| c.is_ascii_hexdigit();
    let first = text.split('/').next().unwrap_or_default();
    text.chars().all(allowed)
        && escapes.all(|pair| pair.len() == 2 && pair.chars().all(is_hex))
        && (!first.contains(':') || text.contains("://"))
}

#[test]
fn documents_that_are_not_sarif_are_told() {
    let document = |change: fn(&mut Value)| {
        let mut document = json!({
            "version": "2.1.0",
            "runs": [{ "tool": { "driver": { "name": "evgen", "rules": [{ "id": "EV0001" }] } }, "results": [{
                "ruleId": "EV0001",
                "message": { "text": "a mistake" },
                "locations": [{ "physicalLocation": {
                    "artifactLocation": { "uri": "a/b%20c.json" },
                    "region": { "startLine": 1, "startColumn": 1 },
                } }],
            }] }],
        });
        change(&mut document);
        document.to_string()
    };
    is_valid(&document(|_| ()));
    let wrong: [fn(&mut Value); 8] = [
        |document| document["version"] = json!("2.0.0"),
        |document| document["more"] = json!(1),
        |document| document["runs"][0]["results"][0]["level"] = json!("fatal"),
        |document| document["runs"][0]["results"][0]["ruleId"] = json!("EV0002"),
        |document| document["runs"][0]["results"][0]["message"] = json!({}),
        |document| {
            let location = &mut document["runs"][0]["results"][0]["locations"][0];
            location["physicalLocation"]["region"]["startLine"] = json!(0);
        },
        |document| {
            let location = &mut document["runs"][0]["results"][0]["locations"][0];
            location["physicalLocation"]["artifactLocation"]["uri"] = json!("a b.json");
        },
        |document| {
            document["runs"][0]["results"][0]["relatedLocations"] = json!([{}, {}]);
        },
    ];
    for change in wrong {
        let text = document(change);
        let told = std::panic::catch_unwind(|| is_valid(&text));
        assert!(told.is_err(), "{text}");
    }
}

#[test]
fn every_diagnostic_is_valid_sarif() {
    let broken = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures_broken");
    for fixture in super::diagnostics::fixtures() {
        let folder = broken.join(&fixture);
        let ran = super::cli::evgen(&folder, &["check", "--dir", ".", "--format", "sarif"]);
        is_valid(&ran.out);
    }
}

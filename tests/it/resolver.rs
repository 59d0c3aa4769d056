//! Avro's schema resolution at its corners: which pairs of versions a build accepts, and which branch of a union a value goes into.
//! What Java says of thousands of pairs is in `compatibility.rs` and `resolution_cases.rs`.

use std::fs;

use serde_json::{Value, json};

/// The generated code of an event of two versions whose only field has these types; or the codes that refuse it.
fn between(v1: &Value, v2: &Value) -> Result<String, Vec<&'static str>> {
    let folder = tempfile::tempdir().unwrap();
    let todo = folder.path().join("todo");
    fs::create_dir(&todo).unwrap();
    let manifest = "format: 1\naggregates: { Todo: { events: { Created: { creates: true } } } }\n";
    fs::write(folder.path().join("aggregates.yaml"), manifest).unwrap();
    for (version, ty) in [(1, v1), (2, v2)] {
        let schema = json!({ "type": "record", "name": "todo_created", "fields": [{ "name": "a", "type": ty }] });
        let file = todo.join(format!("v{version}_todo_created.json"));
        fs::write(file, schema.to_string()).unwrap();
    }
    match evgen::generate(folder.path(), &evgen::Options::default()) {
        Ok(generated) => {
            let file = generated
                .files
                .into_iter()
                .find(|file| file.path.ends_with("todo.rs"));
            Ok(file.unwrap().text)
        }
        Err(evgen::GenerateError::Input(report)) => Err(report
            .diagnostics
            .iter()
            .map(|found| found.code.id)
            .collect()),
        Err(evgen::GenerateError::Internal(error)) => panic!("{error:?}"),
    }
}

fn record(name: &str, fields: &[(&str, &str)]) -> Value {
    let fields = fields
        .iter()
        .map(|(name, ty)| json!({ "name": name, "type": ty }));
    json!({ "type": "record", "name": name, "fields": fields.collect::<Vec<_>>() })
}

#[track_caller]
fn goes_into(v1: &Value, v2: &Value, branch: usize) {
    let code = between(v1, v2).unwrap();
    assert!(code.contains(&format!("branch: {branch},")), "{code}");
}

const X: (&str, &str) = ("x", "int");
const Y: (&str, &str) = ("y", "string");

#[test]
fn a_record_goes_into_the_branch_that_it_can_be_read_as() {
    let of_a = record("a.R", &[X]);
    // Neither has the full name: the one whose fields fit.
    goes_into(&of_a, &json!([record("b.R", &[Y]), record("c.R", &[X])]), 1);
    // Both fit: Java takes the last of that simple name.
    goes_into(&of_a, &json!([record("b.R", &[X]), record("c.R", &[X])]), 1);
    // The full name counts before others,
    let with_z =
        json!({ "type": "record", "name": "a.R", "fields": [{ "name": "x", "type": "long" }] });
    goes_into(&of_a, &json!([with_z, record("c.R", &[X])]), 0);
    // unless it cannot be read.
    goes_into(&of_a, &json!([record("a.R", &[Y]), record("c.R", &[X])]), 1);
    // An alias is a name.
    let renamed = json!({ "type": "record", "name": "b.S", "aliases": ["a.R"], "fields": [{ "name": "x", "type": "int" }] });
    goes_into(&of_a, &json!([record("c.R", &[X]), renamed]), 1);
    // Where none fits, it is said.
    let neither = json!([record("b.R", &[Y]), record("c.R", &[Y])]);
    assert_eq!(between(&of_a, &neither).unwrap_err(), ["EV0401"]);
}

#[test]
fn unions_on_both_sides_match_across_namespaces() {
    let older = json!(["null", record("a.R", &[X]), "int"]);
    let newer = json!(["double", record("b.R", &[X]), "null"]);
    assert!(between(&older, &newer).is_ok());
    let without = json!(["double", "null"]);
    assert_eq!(between(&older, &without).unwrap_err(), ["EV0401"]);
}

#[test]
fn enums_and_fixed_have_aliases() {
    let symbols = |name: &str, alias: &[&str], symbols: &[&str]| json!({ "type": "enum", "name": name, "aliases": alias, "symbols": symbols });
    let of_a = symbols("a.E", &[], &["A", "B"]);
    assert!(between(&of_a, &symbols("b.F", &["a.E"], &["B", "A", "C"])).is_ok());
    assert!(between(&of_a, &symbols("b.E", &[], &["A", "B"])).is_ok());
    assert_eq!(
        between(&of_a, &symbols("b.F", &["E"], &["A", "B"])).unwrap_err(),
        ["EV0401"]
    );
    assert_eq!(
        between(&of_a, &symbols("a.E", &[], &["A"])).unwrap_err(),
        ["EV0401"]
    );
    let with_default = json!({ "type": "enum", "name": "a.E", "symbols": ["A"], "default": "A" });
    assert!(between(&of_a, &with_default).is_ok());
    let fixed = |name: &str, alias: &[&str], size: u32| json!({ "type": "fixed", "name": name, "aliases": alias, "size": size });
    assert!(between(&fixed("a.F", &[], 4), &fixed("b.G", &["a.F"], 4)).is_ok());
    assert_eq!(
        between(&fixed("a.F", &[], 4), &fixed("a.F", &[], 5)).unwrap_err(),
        ["EV0401"]
    );
    assert_eq!(
        between(&fixed("a.F", &[], 4), &fixed("b.G", &[], 4)).unwrap_err(),
        ["EV0401"]
    );
}

#[test]
fn numbers_are_promoted_inside_unions() {
    goes_into(
        &json!("int"),
        &json!(["null", "string", "double", "long"]),
        2,
    );
    goes_into(&json!("long"), &json!(["null", "int", "float"]), 2);
    goes_into(&json!("bytes"), &json!(["null", "string"]), 1);
    assert_eq!(
        between(&json!("long"), &json!(["null", "int"])).unwrap_err(),
        ["EV0401"]
    );
    assert!(
        between(
            &json!(["null", "int", "string"]),
            &json!(["null", "bytes", "double"])
        )
        .is_ok()
    );
}

#[test]
fn defaults_may_be_nested_in_arrays_of_unions() {
    let node = |fields: Value| json!({ "type": "array", "items": ["null", { "type": "record", "name": "I", "fields": fields }] });
    let x = json!({ "name": "x", "type": "int" });
    let inner = json!({ "type": "array", "items": [record("J", &[Y]), "null"] });
    let added = json!({ "name": "n", "type": inner, "default": [{ "y": "q" }] });
    assert!(between(&node(json!([x])), &node(json!([x, added]))).is_ok());
    let wrong = json!({ "name": "n", "type": inner, "default": [{ "y": 1 }] });
    assert_eq!(
        between(&node(json!([x])), &node(json!([x, wrong]))).unwrap_err(),
        ["EV0211"]
    );
}

#[test]
fn records_that_hold_themselves_change_across_versions() {
    let node = |x: &str, more: Value| {
        let mut fields = vec![
            json!({ "name": "x", "type": x }),
            json!({ "name": "next", "type": ["null", "N"] }),
        ];
        fields.extend(more.as_array().cloned().into_iter().flatten());
        json!({ "type": "record", "name": "N", "fields": fields })
    };
    let older = node("int", json!([]));
    let added = json!([{ "name": "w", "type": "int", "default": 3 }]);
    assert!(between(&older, &node("long", added)).is_ok());
    let needed = json!([{ "name": "w", "type": "int" }]);
    assert_eq!(
        between(&older, &node("long", needed)).unwrap_err(),
        ["EV0401"]
    );
}

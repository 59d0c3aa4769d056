//! What Avro Java says of schemas beside evgen: whether one reads what another wrote, in every mode, and canonical forms with
//! their fingerprints. The deliberate differences stand in docs/avro-binary.md with their reasons.

use std::collections::BTreeMap;
use std::fs;

use evgen::canonical::{canonical_type, fingerprint};
use evgen::load::{Schema, load_schema};
use evgen::model::Compatibility;
use evgen::resolution::problems;
use serde_json::Value;

#[test]
fn pairs_are_judged_as_java_judges_them() {
    let Some(file) = cases("compat_cases.json") else {
        return;
    };
    let mut different = Vec::new();
    let cases = file["cases"].as_array().unwrap();
    for case in cases {
        if deliberate(case["id"].as_str().unwrap()) {
            continue;
        }
        let (writer, reader) = (schema(&case["writer"]), schema(&case["reader"]));
        let (Some(writer), Some(reader)) = (writer, reader) else {
            different.push(format!("{}: not read\n{case}", case["id"]));
            continue;
        };
        let found = problems(&writer, &reader);
        if found.is_empty() != case["compatible"].as_bool().unwrap() {
            let found: Vec<_> = found.iter().map(|problem| &problem.message).collect();
            different.push(format!("{}: {found:?}\n{case}", case["id"]));
        }
    }
    assert!(
        different.is_empty(),
        "{} of {} differ\n{}",
        different.len(),
        cases.len(),
        different.join("\n")
    );
}

#[test]
fn modes_are_judged_as_the_registry_judges_them() {
    let Some(file) = cases("compat_cases.json") else {
        return;
    };
    let modes = BTreeMap::from([
        ("NONE", Compatibility::None),
        ("BACKWARD", Compatibility::Backward),
        ("BACKWARD_TRANSITIVE", Compatibility::BackwardTransitive),
        ("FORWARD", Compatibility::Forward),
        ("FORWARD_TRANSITIVE", Compatibility::ForwardTransitive),
        ("FULL", Compatibility::Full),
        ("FULL_TRANSITIVE", Compatibility::FullTransitive),
    ]);
    let mut different = Vec::new();
    for case in file["mode_cases"].as_array().unwrap() {
        let mode = modes[case["mode"].as_str().unwrap()];
        let accepted = accepted_history(case, mode);
        if accepted != case["compatible"].as_bool().unwrap() {
            different.push(format!("{}: {accepted}\n{case}", case["id"]));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// Whether a directory with the history and the candidate as versions of one event passes in that mode. The build itself
/// demands that the latest reads every version, which it need not in every mode: that part is asked of the pairs.
fn accepted_history(case: &Value, mode: Compatibility) -> bool {
    let candidate = schema(&case["candidate"]).unwrap();
    let history = case["history_oldest_first"].as_array().unwrap();
    let history: Vec<_> = history.iter().map(|text| schema(text).unwrap()).collect();
    let first = if mode.is_transitive() {
        0
    } else {
        history.len() - 1
    };
    history[first..].iter().all(|older| {
        let backward = !mode.is_backward() || problems(older, &candidate).is_empty();
        let forward = !mode.is_forward() || problems(&candidate, older).is_empty();
        backward && forward
    })
}

/// As above, for the modes that a build checks itself: the same verdict from a directory of schemas.
#[test]
fn directories_are_judged_by_their_mode() {
    let Some(file) = cases("compat_cases.json") else {
        return;
    };
    let mut checked = 0;
    for case in file["mode_cases"].as_array().unwrap() {
        let mode = case["mode"].as_str().unwrap().to_lowercase();
        let folder = tempfile::tempdir().unwrap();
        let todo = folder.path().join("todo");
        fs::create_dir(&todo).unwrap();
        let history = case["history_oldest_first"].as_array().unwrap();
        for (index, text) in history.iter().chain([&case["candidate"]]).enumerate() {
            let path = todo.join(format!("v{}_todo_created.json", index + 1));
            fs::write(path, text.to_string()).unwrap();
        }
        let steps: Vec<_> = (1..=history.len()).map(|step| step.to_string()).collect();
        // Explicit steps are for the way that the build demands in every mode; they take nothing from the others.
        let manifest = format!(
            "format: 1\nsettings: {{ compatibility: {mode} }}\naggregates:\n  Todo: {{ events: {{ Created: {{ creates: true, upcast: [{}] }} }} }}\n",
            steps.join(", ")
        );
        fs::write(folder.path().join("aggregates.yaml"), manifest).unwrap();
        let accepted = evgen::pipeline::check(folder.path(), &evgen::Options::default()).is_ok();
        // With a step between, a pair holds backward.
        let forward = match mode.as_str() {
            "full" => Compatibility::Forward,
            "full_transitive" => Compatibility::ForwardTransitive,
            "forward" => Compatibility::Forward,
            "forward_transitive" => Compatibility::ForwardTransitive,
            _ => Compatibility::None,
        };
        assert_eq!(accepted, accepted_history(case, forward), "{case}");
        checked += 1;
    }
    assert_eq!(checked, 16);
}

#[test]
fn canonical_forms_are_javas() {
    let (Some(file), Some(index)) = (cases("canonical_cases.json"), cases("index.json")) else {
        return;
    };
    let mut different = Vec::new();
    for case in file["schema_tests"].as_array().unwrap() {
        let text = case["input"].as_str().unwrap();
        if deliberate(text) {
            assert!(
                load_schema("schema.json", text.to_owned()).is_err(),
                "{text}"
            );
            continue;
        }
        let expected = &case["fingerprint_crc64_signed"];
        let (form, print) = canonical(text);
        let same_print = expected
            .as_i64()
            .is_none_or(|expected| expected == print.cast_signed());
        if form != case["canonical"] || !same_print {
            different.push(format!("{text}\n  {form}\n  {}", case["canonical"]));
        }
    }
    let corpus = evgen_tests::shared("corpus").unwrap();
    let mut compared = 0;
    for entry in index.as_array().unwrap() {
        let Some(expected) = entry["java_canon"].as_str() else {
            continue;
        };
        let text = fs::read_to_string(corpus.join(entry["file"].as_str().unwrap())).unwrap();
        let (form, print) = canonical(&text);
        compared += 1;
        if form != expected || format!("{print:016x}") != entry["java_fp64"] {
            different.push(format!("{}\n  {form}\n  {expected}", entry["file"]));
        }
    }
    assert!(
        different.is_empty(),
        "{} of {compared} differ\n{}",
        different.len(),
        different.join("\n")
    );
    assert!(compared > 1_000, "{compared}");
}

fn canonical(text: &str) -> (String, u64) {
    let schema = load_schema("schema.json", text.to_owned()).unwrap_or_else(|report| {
        panic!("{text}\n{report}");
    });
    let form = canonical_type(&schema.types, &schema.top);
    let print = fingerprint(&form);
    (form, print)
}

/// Whether docs/avro-binary.md lists a case as judged otherwise on purpose.
fn deliberate(case: &str) -> bool {
    let docs = include_str!("../../docs/avro-binary.md");
    let (_, table) = docs.split_once("<!-- java -->").unwrap();
    let mut rows = table.lines().skip_while(|line| !line.starts_with('|'));
    rows.by_ref()
        .take_while(|line| line.starts_with('|'))
        .any(|row| row.starts_with(&format!("| `{case}` |")))
}

fn schema(text: &Value) -> Option<Schema> {
    load_schema("schema.json", text.to_string()).ok()
}

fn cases(file: &str) -> Option<Value> {
    let path = evgen_tests::shared(&format!("corpus/{file}"))?;
    Some(serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap())
}

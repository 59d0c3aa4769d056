//! Values that Avro Java resolved from one schema to another: generated code reads the same bytes as the same value. Every pair
//! becomes an event of two versions in one crate. Pairs that a build refuses become another crate, generated with the hidden
//! option that leaves it to the data, as Java does.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::corpus::{cargo, update};

const MAIN: &str = include_str!("../corpus/resolution_main.rs.txt");

#[test]
fn generated_code_resolves_as_java_does() {
    let Some(file) = evgen_tests::shared("corpus/resolution_cases.json") else {
        return;
    };
    let text = fs::read_to_string(file).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    let mut pairs: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for case in file["cases"].as_array().unwrap() {
        if case["strict"] == json!(true) {
            let pair = json!([case["writer"], case["reader"]]).to_string();
            pairs.entry(pair).or_default().push(case);
        }
    }
    let (accepted, refused): (Vec<_>, Vec<_>) = pairs.into_values().partition(|cases| {
        let alone = tempfile::tempdir().unwrap();
        let entry = write_pair(alone.path(), 0, cases[0]);
        let one = format!("format: 1\naggregates:\n{entry}");
        fs::write(alone.path().join("aggregates.yaml"), one).unwrap();
        evgen::generate(alone.path(), &evgen::Options::default()).is_ok()
    });
    let agreed = run("resolution_cases", &accepted, false);
    let depending = run("resolution_cases_refused", &refused, true);

    // What a build refuses although Java has a value for some data: it depends on the datum there.
    let with_value = |cases: &&Vec<&Value>| cases.iter().any(|case| case.get("error").is_none());
    let with_value: Vec<_> = refused.iter().filter(with_value).collect();
    insta::assert_snapshot!(format!(
        "{} pairs accepted: {agreed}{} pairs refused, of these {} with a value for some data: {depending}",
        accepted.len(),
        refused.len(),
        with_value.len()
    ));
}

/// Generates a crate of the pairs and runs their cases; gives its summary.
fn run(name: &str, pairs: &[Vec<&Value>], depends_on_data: bool) -> String {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let schemas = root.join("schemas");
    let mut manifest = "format: 1\naggregates:\n".to_owned();
    let mut table = String::new();
    let _ = fs::remove_dir_all(&schemas);
    for (index, cases) in pairs.iter().enumerate() {
        manifest.push_str(&write_pair(&schemas, index, cases[0]));
        for case in cases {
            writeln!(
                table,
                "    case!({}, case{index}, {}, {:?}),",
                case["id"],
                case["writer_hex"],
                case["expected_hex"].as_str()
            )
            .unwrap();
        }
    }
    fs::write(schemas.join("aggregates.yaml"), manifest).unwrap();
    let options = evgen::Options {
        side: evgen::options::Side::EventsOnly,
        depends_on_data,
        ..evgen::Options::default()
    };
    let generated = evgen::generate(&schemas, &options)
        .unwrap_or_else(|error| panic!("each pair alone was accepted: {error:?}"));
    let events = root.join("src/events");
    evgen::write::write(&events, &generated.files, evgen::write::Mode::Write).unwrap();
    write_crate(&root, name, &table);
    let summary = cargo(&root, &["run", "--quiet"]);
    assert!(summary.contains(" 0 failures"), "{summary}");
    summary
}

/// Writes both schemas as versions of an event; gives its entry in the manifest.
fn write_pair(directory: &Path, index: usize, case: &Value) -> String {
    let folder = directory.join(format!("case{index}"));
    fs::create_dir_all(&folder).unwrap();
    for (version, side) in [(1, "writer"), (2, "reader")] {
        // A record of one field has the bytes of the field.
        let wrapped = json!({
            "type": "record",
            "name": "EvgenWrapper",
            "fields": [{"name": "evgen_value", "type": case[side]}],
        });
        let path = folder.join(format!("v{version}_case{index}_happened.json"));
        fs::write(path, wrapped.to_string()).unwrap();
    }
    format!("  Case{index}: {{ events: {{ Happened: {{ creates: true }} }} }}\n")
}

fn write_crate(root: &Path, name: &str, table: &str) {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let manifest = format!(
        "[package]\nname = {name:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\nevgen-runtime = {{ path = {:?}, default-features = false }}\n\n[profile.dev]\ndebug = false\n",
        repository.join("runtime")
    );
    update(&root.join("Cargo.toml"), &manifest);
    // The versions that the workspace is tested with.
    fs::copy(repository.join("Cargo.lock"), root.join("Cargo.lock")).unwrap();
    let main = format!("{MAIN}\nstatic CASES: &[Case] = &[\n{table}];\n");
    update(&root.join("src/main.rs"), &main);
}

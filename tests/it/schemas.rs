//! Schemas from the wild: the loader's verdict beside Avro Java's, and a whole djangoevents directory.

use std::path::Path;

use evgen::load::{LoadOptions, load, load_schema};
use evgen::model::types::Json;

pub(crate) fn get<'a>(json: &'a Json, key: &str) -> &'a Json {
    let Json::Object(entries) = json else {
        panic!("no object")
    };
    let found = entries.iter().find(|(name, _)| name.value == key);
    &found.unwrap_or_else(|| panic!("no {key}")).1.value
}

#[test]
fn corpus_is_read_as_java_reads_it() {
    let Some(corpus) = evgen_tests::shared("corpus") else {
        return;
    };
    let index = std::fs::read_to_string(corpus.join("index.json")).unwrap();
    let Json::Array(entries) = evgen::load::parse_json(&index).unwrap() else {
        panic!()
    };
    let mut different = Vec::new();
    for entry in &entries {
        let Json::String(file) = get(&entry.value, "file") else {
            panic!()
        };
        let java = *get(get(&entry.value, "parse"), "java") == Json::Bool(true);
        let text = std::fs::read_to_string(corpus.join(file)).unwrap();
        let ours = load_schema(file, text);
        if ours.is_ok() != java {
            let why = ours
                .err()
                .map_or_else(|| "accepted".to_owned(), |report| report.plain());
            different.push(format!("{file}: java {java}\n{why}"));
        }
    }
    assert!(
        different.is_empty(),
        "{} of {} differ\n{}",
        different.len(),
        entries.len(),
        different.join("\n\n")
    );
}

#[test]
fn djangoevents_directory_is_read_as_it_is() {
    let Some(directory) = evgen_tests::shared("djangoevents/public_avro") else {
        return;
    };
    let manifest =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/djangoevents/aggregates.yaml");
    let sources = load(
        &directory,
        &LoadOptions {
            manifest: Some(manifest),
            ..LoadOptions::default()
        },
    );
    let sources = sources.unwrap_or_else(|report| panic!("{report}"));
    let model = evgen::model::build::build(sources);
    let checked = evgen::check::check(model).unwrap_or_else(|report| panic!("{report}"));
    let mut versions = Vec::new();
    for aggregate in &checked.aggregates {
        for event in &aggregate.events {
            let latest = event.latest().map_or(0, |latest| latest.version);
            versions.push(format!("{} {latest}", event.event_type.value));
        }
    }
    insta::assert_snapshot!(versions.join("\n"));
    let warnings = evgen::report::draw_all(
        &checked.sources,
        checked.warnings(),
        evgen::report::Style::Plain,
    );
    assert!(
        warnings.contains("EV0219") && checked.warnings().len() == 1,
        "{warnings}"
    );
}

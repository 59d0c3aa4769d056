//! Inputs that fuzzing found or started from, through the functions that the fuzz targets run.

use std::fs;
use std::path::Path;

use evgen_tests::fuzzed;
use evgen_tests::fuzzed::decoders::{Decoder, FIXTURES, all};

/// Every file of a corpus.
#[track_caller]
fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut count = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let input = fs::read(&path).unwrap();
        let answered = std::panic::catch_unwind(|| run(&input));
        assert!(answered.is_ok(), "{}", path.display());
        count += 1;
    }
    assert!(count > 0, "no input in {}", folder.display());
}

#[test]
fn schema_texts() {
    replay("schema_text", fuzzed::schema_text);
}

#[test]
fn manifest_texts() {
    replay("manifest_text", fuzzed::manifest_text);
}

// The first two bytes of these inputs say which decoder it was, among those that there were: all get the rest.

#[test]
fn json_values() {
    replay("json_value", |input| every(input, Decoder::json));
}

#[test]
fn avro_bytes() {
    replay("avro_bytes", |input| every(input, Decoder::avro));
}

fn every(input: &[u8], run: fn(&Decoder, &[u8])) {
    let input = input.get(2..).unwrap_or_default();
    all().iter().for_each(|decoder| run(decoder, input));
}

#[test]
fn every_fixture_that_is_built_is_fuzzed() {
    // As many as tests/build.rs generates; those in two builds count twice.
    let script = include_str!("../build.rs");
    let names = script.matches("        \"").count() + 2 * 2 + 1;
    assert_eq!(FIXTURES.len(), names);
    assert!(all().len() > 100, "{}", all().len());
}

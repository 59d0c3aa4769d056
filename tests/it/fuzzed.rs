//! Inputs that fuzzing found or started from, through the functions that the fuzz targets run.

use std::fs;
use std::path::Path;

use evgen_tests::fuzzed;

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

#[test]
fn json_values() {
    replay("json_value", fuzzed::json_value);
}

#[test]
fn avro_bytes() {
    replay("avro_bytes", fuzzed::avro_bytes);
}

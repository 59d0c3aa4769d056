//! What the fuzz targets run (`tests/fuzz`), and what the tests run again over the inputs that were kept: any input at all is
//! answered, nothing panics, and what is read is what is written.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use evgen::{GenerateError, Options};
use evgen_runtime::Event;
use evgen_runtime::codec::{self, avro};
use evgen_runtime::types::TypeNode;
use evgen_runtime::validate::validate;

use crate::fixtures::every_type::events::sample;
use crate::fixtures::upcast_steps::events::customer;

const MANIFEST: &str =
    "format: 1\naggregates: { Todo: { events: { Created: { creates: true } } } }\n";
const SCHEMA: &str =
    r#"{"type": "record", "name": "Created", "fields": [{"name": "label", "type": "string"}]}"#;

/// A schema file with this text: code or diagnostics, and the same ones twice.
pub fn schema_text(data: &[u8]) {
    generated_twice("schema", MANIFEST.as_bytes(), data);
}

/// A manifest with this text beside a good schema.
pub fn manifest_text(data: &[u8]) {
    generated_twice("manifest", data, SCHEMA.as_bytes());
}

/// A JSON text for every generated event: the typed reader and validation agree, and what was read is written as what reads
/// the same.
pub fn json_value(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    json_of::<sample::Created>(text);
    json_of::<customer::Created>(text);
    json_of::<customer::Moved>(text);
}

/// Any bytes for every generated Avro decoder, of the latest version and of older ones: what was read is written as what
/// reads the same, and the type tables see the same value.
pub fn avro_bytes(data: &[u8]) {
    avro_of::<sample::Created>(data);
    avro_of::<customer::Created>(data);
    avro_of::<customer::Moved>(data);
    for way in customer::nodes::MOVED_READS.iter().flatten() {
        // A value or an error.
        let _ = avro::decode_by(way, data);
    }
}

fn generated_twice(kind: &str, manifest: &[u8], schema: &[u8]) {
    let directory = directory(kind);
    write(&directory.join("aggregates.yaml"), manifest);
    write(&directory.join("todo/v1_todo_created.json"), schema);
    assert_eq!(generated(&directory), generated(&directory));
}

/// The generated files, or the report.
fn generated(directory: &Path) -> Result<Vec<String>, String> {
    match evgen::generate(directory, &Options::default()) {
        Ok(generated) => Ok(generated.files.into_iter().map(|file| file.text).collect()),
        Err(GenerateError::Input(report)) => Err(evgen::report::draw_all(
            &report.sources,
            &report.diagnostics,
            evgen::report::Style::Plain,
        )),
        Err(GenerateError::Internal(error)) => panic!("a defect: {error:?}"),
    }
}

/// A schema directory of this process.
fn directory(kind: &str) -> PathBuf {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    let root = ROOT
        .get_or_init(|| std::env::temp_dir().join(format!("evgen-fuzzed-{}", std::process::id())));
    let directory = root.join(kind);
    fs::create_dir_all(directory.join("todo")).expect("the temporary directory is writable");
    directory
}

fn write(path: &Path, data: &[u8]) {
    fs::write(path, data).expect("the temporary directory is writable");
}

fn node<E: Event>() -> &'static TypeNode {
    let latest = E::DESCRIPTOR.latest();
    latest.expect("events of the fixtures have schemas").node
}

fn json_of<E: Event>(text: &str) {
    let node = node::<E>();
    let read = codec::from_json::<E>(node, text);
    let valid = validate(node, text);
    assert_eq!(read.is_ok(), valid.is_ok(), "{read:?}, {valid:?}");
    let Ok(event) = read else { return };
    let written = codec::to_json(&event, node);
    let again = codec::from_json::<E>(node, &written);
    let again = again.unwrap_or_else(|error| panic!("{written}: {error}"));
    assert_eq!(codec::to_json(&again, node), written);
}

fn avro_of<E: Event + avro::Avro>(bytes: &[u8]) {
    let node = node::<E>();
    let read = avro::decode::<E>(bytes);
    let seen = avro::to_json_text(node, bytes);
    assert_eq!(read.is_ok(), seen.is_ok(), "{read:?}, {seen:?}");
    let Ok(event) = read else { return };
    let encode = |event: &E| {
        let mut out = Vec::new();
        avro::encode(event, &mut out).expect("what was read can be written");
        out
    };
    let written = encode(&event);
    let again = avro::decode::<E>(&written).expect("what was written reads back");
    assert_eq!(encode(&again), written);
    assert_eq!(seen.ok(), Some(codec::to_json(&event, node)));
}

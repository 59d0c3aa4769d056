//! What the fuzz targets run (`tests/fuzz`), and what the tests run again over the inputs that were kept: any input at all is
//! answered, nothing panics, and what is read is what is written.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use evgen::{GenerateError, Options};

pub mod decoders;

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

/// A JSON text for one of the generated decoders; its first two bytes say which.
pub fn json_value(data: &[u8]) {
    if let Some((decoder, data)) = decoders::chosen(data) {
        decoder.json(data);
    }
}

/// Any bytes for one of the generated Avro decoders; the first two say which.
pub fn avro_bytes(data: &[u8]) {
    if let Some((decoder, data)) = decoders::chosen(data) {
        decoder.avro(data);
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

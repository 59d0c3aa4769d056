//! Fifty versions of one event: they build, their code grows with their number, and they replay right.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use evgen::render::GeneratedFile;

use crate::corpus::{cargo, update};

const MAIN: &str = include_str!("../corpus/history_main.rs.txt");

#[test]
fn code_grows_with_the_versions_and_not_with_their_pairs() {
    let size = |versions| -> usize {
        let folder = tempfile::tempdir().unwrap();
        let files = generate(folder.path(), versions);
        files.iter().map(|file| file.text.len()).sum()
    };
    let (half, whole) = (size(25), size(50));
    // With one step more in each: 25 versions have two of the three.
    assert!(whole * 10 <= half * 22, "{half} bytes become {whole}");
}

#[test]
fn fifty_versions_are_replayed() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("history");
    let _ = fs::remove_dir_all(root.join("schemas"));
    fs::create_dir_all(root.join("src")).unwrap();
    let files = generate(&root.join("schemas"), 50);
    evgen::write::write(&root.join("src/events"), &files, evgen::write::Mode::Write).unwrap();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let manifest = format!(
        "[package]\nname = \"history\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         evgen-runtime = {{ path = {:?}, default-features = false }}\n\
         tokio = {{ version = \"1\", default-features = false, features = [\"rt\", \"macros\"] }}\n\n[profile.dev]\ndebug = false\n",
        repository.join("runtime")
    );
    update(&root.join("Cargo.toml"), &manifest);
    // The versions that the workspace is tested with.
    fs::copy(repository.join("Cargo.lock"), root.join("Cargo.lock")).unwrap();
    update(&root.join("src/main.rs"), MAIN);
    assert_eq!(cargo(&root, &["run", "--quiet"]), "replayed\n");
}

/// A directory of three events with that many versions, each of five fields that move on by one, and what is generated from it.
fn generate(schemas: &Path, versions: i32) -> Vec<GeneratedFile> {
    let todo = schemas.join("todo");
    fs::create_dir_all(&todo).unwrap();
    for version in 1..=versions {
        let mut fields = r#"{"name": "hops", "type": "int", "default": 0}"#.to_owned();
        for field in version..version + 5 {
            write!(
                fields,
                r#", {{"name": "f{field}", "type": "long", "default": -{field}}}"#
            )
            .unwrap();
        }
        for event in ["created", "changed", "stepped"] {
            let text = format!(r#"{{"type": "record", "name": "{event}", "fields": [{fields}]}}"#);
            let path = todo.join(format!("v{version}_todo_{event}.json"));
            fs::write(path, text).unwrap();
        }
    }
    let steps: Vec<_> = [10, 12, 40]
        .into_iter()
        .filter(|step| *step < versions)
        .collect();
    let manifest = format!(
        "format: 1\naggregates:\n  Todo: {{ events: {{ Created: {{ creates: true }}, Changed: {{}}, Stepped: {{ upcast: {steps:?} }} }} }}\n"
    );
    fs::write(schemas.join("aggregates.yaml"), manifest).unwrap();
    match evgen::generate(schemas, &evgen::Options::default()) {
        Ok(generated) => generated.files,
        Err(evgen::GenerateError::Input(report)) => panic!("{report}"),
        Err(evgen::GenerateError::Internal(error)) => panic!("{error:?}"),
    }
}

//! Schemas and settings: what djangoevents checked when it started, evgen checks when it builds.

use std::fs;
use std::path::Path;

use crate::cli::evgen;

/// The whole text is in `tests/compile_fail/handlers_not_registered.rs`; djangoevents imported every handlers.py it found.
#[test]
fn handlers_declared_must_be_registered() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("compile_fail");
    let program = fs::read_to_string(case.join("handlers_not_registered.rs")).unwrap();
    assert!(program.contains(".build()") && !program.contains(".handlers("));
    let error = fs::read_to_string(case.join("handlers_not_registered.stderr")).unwrap();
    assert!(error.starts_with(
        "error[E0277]: the handlers that the manifest declares are not registered: one, many"
    ));
}

const TODO: &str =
    r#"{"type":"record","name":"todo_created","fields":[{"name":"label","type":"string"}]}"#;

/// `SCHEMA_DIR`: any directory, the manifest elsewhere if so wished. djangoevents logged what it could not parse and went
/// on, or did not start with the first thing that it had not thought of.
#[test]
fn schemas_from_a_settable_directory_with_all_errors_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let avro = folder.path().join("any/where/avro/todo");
    fs::create_dir_all(&avro).unwrap();
    let manifest = "format: 1\naggregates: { Todo: { events: { Created: { creates: true }, Renamed: {}, Closed: {} } } }\n";
    fs::write(folder.path().join("todos.yaml"), manifest).unwrap();
    fs::write(avro.join("v1_todo_created.json"), TODO).unwrap();
    fs::write(avro.join("v1_todo_renamed.json"), "not JSON").unwrap();
    fs::write(
        avro.join("v1_todo_closed.json"),
        TODO.replace("string", "strin"),
    )
    .unwrap();
    let options = evgen::Options {
        manifest: Some(folder.path().join("todos.yaml")),
        ..evgen::Options::default()
    };
    let directory = folder.path().join("any/where/avro");
    let Err(evgen::GenerateError::Input(report)) = evgen::generate(&directory, &options) else {
        panic!("broken schemas are an error");
    };
    let report = report.plain();
    assert!(report.contains("v1_todo_renamed.json:1:1"), "{report}");
    assert!(report.contains("`strin`"), "{report}");

    for file in ["v1_todo_renamed.json", "v1_todo_closed.json"] {
        fs::write(avro.join(file), TODO).unwrap();
    }
    evgen::generate(&directory, &options).unwrap();
}

/// The management command.
#[test]
fn validate_event_schemas_is_evgen_check() {
    let folder = tempfile::tempdir().unwrap();
    let todo = folder.path().join("schemas/todo");
    fs::create_dir_all(&todo).unwrap();
    let manifest = "format: 1\naggregates: { Todo: { events: { Created: { creates: true } } } }\n";
    fs::write(folder.path().join("schemas/aggregates.yaml"), manifest).unwrap();
    let missing = evgen(folder.path(), &["check"]);
    assert_eq!(missing.code, 1);
    assert!(missing.out.contains("v1_todo_created"), "{missing:?}");
    fs::write(todo.join("v1_todo_created.json"), TODO).unwrap();
    assert_eq!(evgen(folder.path(), &["check"]).code, 0);
}

//! Fixtures → generated code, as files to review. `tests/build.rs` proves that the same code compiles.

use std::path::Path;

#[test]
fn declared_mutators() {
    check_generated("declared_mutators", &["mod.rs", "todo.rs"]);
}

#[test]
fn abstract_aggregate() {
    check_generated("abstract_aggregate", &["animal.rs", "dog.rs", "cat.rs"]);
}

#[test]
fn upcast_steps() {
    check_generated("upcast_steps", &["customer.rs"]);
}

#[test]
fn renamed_events() {
    check_generated("renamed_events/new", &["todo.rs"]);
}

#[test]
fn every_type() {
    check_generated("every_type", &["sample.rs", "types.rs"]);
}

#[test]
fn letters_of_any_script() {
    check_generated("letters_of_any_script", &["todo.rs", "types.rs"]);
}

#[test]
fn how_projections_run() {
    check_generated("how_projections_run", &["mod.rs"]);
}

#[test]
fn appends_of_postgres() {
    check_generated("appends_of_postgres", &["mod.rs"]);
}

#[test]
fn in_postgres() {
    check_generated("in_postgres", &["mod.rs"]);
}

/// The only place in this file that knows how the generator is run.
#[track_caller]
fn check_generated(fixture: &str, files: &[&str]) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(fixture);
    let options = evgen::Options {
        origin: "schemas".to_owned(),
        ..evgen::Options::default()
    };
    let generated = evgen::generate(&directory, &options).unwrap();
    for name in files {
        let file = generated
            .files
            .iter()
            .find(|file| file.path == *name)
            .unwrap();
        let fixture = fixture.replace('/', "_");
        insta::assert_snapshot!(format!("{fixture}__{name}"), file.text);
    }
}

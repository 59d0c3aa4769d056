//! Every schema from the wild that Avro Java accepts becomes a types-only module of one crate: it compiles without
//! warnings under pedantic lints and rustdoc's, and random values of all its types survive a round trip.
//!
//! With `CI` or `EVGEN_CORPUS=all` in the environment all schemas are taken, which needs about two minutes of two cores;
//! else every eighth.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use evgen::model::types::Json;
use evgen::resolved::{Item, Module, Resolved};
use evgen::write::Mode;

use crate::schemas::get;

mod peers;

const MAIN: &str = include_str!("../corpus/main.rs.txt");
const RANDOM_JSON: &str = include_str!("../src/random_json.rs");

/// A directory's name that tries to become code.
const ODD_DIRECTORY: &str = "odd `\"\n#![x] compile_error!(); *";

#[test]
fn every_schema_that_java_accepts_compiles_and_round_trips() {
    let Some(crate_root) = check_corpus("corpus", "{}", |_| true) else {
        return;
    };
    peers::check(&crate_root);
}

#[test]
fn times_keep_their_integers_where_the_manifest_says_so() {
    let is_wanted = |text: &str| {
        text.contains("timestamp-") || text.contains("time-m") || text.contains("\"date\"")
    };
    check_corpus("corpus_raw", "{ time: raw }", is_wanted);
}

/// Generates the accepted schemas whose text is wanted into one crate, lints and documents it, and runs its round trips.
fn check_corpus(name: &str, settings: &str, wanted: fn(&str) -> bool) -> Option<PathBuf> {
    let corpus = evgen_tests::shared("corpus")?;
    let takes_all = std::env::var_os("CI").is_some() || std::env::var_os("EVGEN_CORPUS").is_some();
    let step = if takes_all { 1 } else { 8 };
    let crate_root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}_{step}"));
    let schemas = crate_root.join("schemas");
    let _ = fs::remove_dir_all(&schemas);
    let names = copy_schemas(&corpus, &schemas, settings, step, wanted);

    let (files, resolved) = generate(&schemas);
    write(&crate_root, &files, &resolved, names.len());

    cargo(&crate_root, &["clippy", "--lib", "--", "-D", "warnings"]);
    cargo(&crate_root, &["doc", "--no-deps", "--lib"]);
    peers::list_tops(&crate_root);
    let summary = cargo(&crate_root, &["run", "--quiet"]);
    assert!(summary.contains(" 0 failures"), "{summary}");
    Some(crate_root)
}

/// Lays every accepted schema into a directory of its own; gives the directories.
fn copy_schemas(
    corpus: &Path,
    schemas: &Path,
    settings: &str,
    step: usize,
    wanted: fn(&str) -> bool,
) -> Vec<String> {
    let index = fs::read_to_string(corpus.join("index.json")).unwrap();
    let Json::Array(entries) = evgen::load::parse_json(&index).unwrap() else {
        panic!("the index is no array")
    };
    let mut names = Vec::new();
    let mut manifest = format!("format: 1\nsettings: {settings}\ntypes_only:\n");
    for entry in entries.iter().step_by(step) {
        let entry = &entry.value;
        let Json::String(file) = get(entry, "file") else {
            panic!("no file")
        };
        let text = fs::read_to_string(corpus.join(file)).unwrap();
        if *get(get(entry, "parse"), "java") != Json::Bool(true) || !wanted(&text) {
            continue;
        }
        let name = format!("s{:04}", names.len());
        let stem = Path::new(file).file_stem().unwrap().to_str().unwrap();
        let directory = schemas.join(&name);
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join(format!("s{stem}.avsc")), text).unwrap();
        writeln!(manifest, "- {name}").unwrap();
        names.push(name);
    }
    let odd = schemas.join(ODD_DIRECTORY);
    fs::create_dir_all(&odd).unwrap();
    let level = include_str!("../fixtures/hostile_text/types/level.avsc");
    let odd_name = "`\"x\n#![y] compile_error!(); *\u{2028}.avsc";
    fs::write(odd.join(odd_name), level).unwrap();
    let event = include_str!("../fixtures/hostile_text/todo/v1_todo_created.json");
    fs::write(odd.join("}].avsc"), event).unwrap();
    let letters = include_str!("../fixtures/letters_of_any_script/todo/v1_todo_created.json");
    fs::write(odd.join("größe.avsc"), letters).unwrap();
    let measure = include_str!("../fixtures/letters_of_any_script/types/measure.avsc");
    fs::write(odd.join("gro\u{308}ße_2.avsc"), measure).unwrap();
    writeln!(manifest, "- {ODD_DIRECTORY:?}").unwrap();
    names.push(ODD_DIRECTORY.to_owned());
    fs::write(schemas.join("aggregates.yaml"), manifest).unwrap();
    names
}

fn generate(schemas: &Path) -> (Vec<evgen::render::GeneratedFile>, Resolved) {
    let options = evgen::Options::default();
    let generated = evgen::generate(schemas, &options).unwrap_or_else(|error| match error {
        evgen::GenerateError::Input(report) => panic!("{}", report.plain()),
        evgen::GenerateError::Internal(error) => panic!("{error:?}"),
    });
    let resolved = evgen::resolve::resolve(&generated.checked, &options);
    (generated.files, resolved)
}

fn write(root: &Path, files: &[evgen::render::GeneratedFile], resolved: &Resolved, schemas: usize) {
    let events = root.join("src/events");
    evgen::write::write(&events, files, Mode::Write).unwrap();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    // A binary of its own name, since all such crates share what they are built with.
    let name = root.file_name().unwrap().to_str().unwrap();
    let manifest = format!(
        "[package]\nname = {name:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\nname = \"corpus\"\n\n[workspace]\n\n[dependencies]\n\
         evgen-runtime = {{ path = {:?}, default-features = false }}\n\n[profile.dev]\ndebug = false\n",
        repository.join("runtime")
    );
    update(&root.join("Cargo.toml"), &manifest);
    // The versions that the workspace is tested with.
    fs::copy(repository.join("Cargo.lock"), root.join("Cargo.lock")).unwrap();
    update(
        &root.join("src/lib.rs"),
        "//! The corpus, generated.\n#![warn(missing_docs, non_ascii_idents, clippy::all, clippy::pedantic, rustdoc::all)]\n\
         /// Everything.\npub mod events { evgen_runtime::include_events!(\"src/events/mod.rs\"); }\n",
    );
    update(&root.join("src/random_json.rs"), RANDOM_JSON);
    let mut cases = String::new();
    assert_eq!(resolved.types.len(), schemas, "every schema has a module");
    for types in &resolved.types {
        list_cases(&types.module, &types.file, &types.file, &mut cases);
    }
    update(
        &root.join("src/main.rs"),
        &format!("{MAIN}\nstatic CASES: &[Case] = &[\n{cases}];\n"),
    );
}

/// A case for every type of a module.
fn list_cases(module: &Module, path: &str, file: &str, cases: &mut String) {
    for item in &module.items {
        let (name, node, is_alias) = match item {
            Item::Record(item) => (&item.name, &item.node, false),
            Item::Enum(item) => (&item.name, &item.node, false),
            Item::Union(item) => (&item.name, &item.node, false),
            Item::Alias(item) => (&item.name, &item.node, true),
            Item::Untyped(_) => continue,
        };
        let rust_type = format!("corpus::events::{path}::{name}");
        let (check, recode) = if is_alias {
            ("round_trip", "not_coded".to_owned())
        } else {
            ("avro_round_trip", format!("recode::<{rust_type}>"))
        };
        let node = node.trim_start_matches("super::");
        writeln!(
            cases,
            "    Case {{ name: \"{path}::{name}\", node: &corpus::events::{file}::{node}, \
             round_trip: {check}::<{rust_type}>, recode: {recode} }},"
        )
        .unwrap();
    }
    for module in &module.modules {
        list_cases(module, &format!("{path}::{}", module.name), file, cases);
    }
}

/// Writes what is new or changed, so that Cargo does not build the same again.
pub(crate) fn update(path: &PathBuf, text: &str) {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    fs::write(path, text).unwrap();
}

#[track_caller]
pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root)
        .env("CARGO_TARGET_DIR", root.with_file_name("corpus_target"))
        .env("EVGEN_CORPUS_VALUES", root)
        .env("RUSTDOCFLAGS", "-D warnings")
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "cargo {arguments:?} in {}\n{stdout}\n{stderr}",
        root.display()
    );
    stdout
}

//! What is released stays as it was: the lock, its merges, `release`, `check --released`, `bump`, and samples.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use evgen::cli::type_tables::Tables;
use evgen::load::load_schema;
use evgen::model::types::TypeKind;
use evgen_runtime::validate::validate;
use tempfile::TempDir;

use crate::cli::{Ran, evgen};

const MANIFEST: &str = "\
format: 1
aggregates:
  Todo:
    events:
      Created: { creates: true }
      Renamed: {}
";
const CREATED: &str = r#"{
  "type": "record",
  "name": "todo_created",
  "fields": [
    { "name": "entity_id", "type": "string" },
    { "name": "label", "type": "string", "default": "" },
    { "name": "level", "type": { "type": "enum", "name": "level", "symbols": ["LOW", "HIGH"] } },
    { "name": "price", "type": { "type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2 } },
    { "name": "size", "type": ["null", "shop.Size"], "default": null }
  ]
}
"#;
const RENAMED: &str = r#"{ "type": "record", "name": "todo_renamed", "fields": [{ "name": "label", "type": "string" }] }"#;
const SIZE: &str = r#"{ "type": "fixed", "name": "shop.Size", "size": 2 }"#;

/// A folder with a small service's schemas.
fn shop() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "schemas/aggregates.yaml", MANIFEST);
    write(&folder, "schemas/todo/v1_todo_created.json", CREATED);
    write(&folder, "schemas/todo/v1_todo_renamed.json", RENAMED);
    write(&folder, "schemas/types/size.avsc", SIZE);
    folder
}

fn write(folder: &TempDir, path: &str, text: &str) {
    let path = folder.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn read(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn replace(folder: &TempDir, path: &str, old: &str, new: &str) {
    let text = read(folder, path);
    let edited = text.replacen(old, new, 1);
    assert_ne!(text, edited, "{path} has no {old:?}");
    write(folder, path, &edited);
}

#[track_caller]
fn ok(folder: &TempDir, args: &[&str]) -> Ran {
    let ran = evgen(folder.path(), args);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran
}

const LOCK: &str = "schemas/evgen.lock";

#[test]
fn release_pins_drafts_and_check_released_is_the_gate() {
    let folder = shop();
    assert_eq!(evgen(folder.path(), &["check", "--released"]).code, 1);
    let planned = ok(&folder, &["release", "--dry-run"]);
    assert!(!folder.path().join(LOCK).exists() && !folder.path().join("schemas/samples").exists());

    let one = ok(&folder, &["release", "Todo.Renamed"]);
    assert_eq!(one.out, " released  Todo.Renamed v1\n");
    let gate = evgen(folder.path(), &["check", "--released"]);
    assert_eq!((gate.code, gate.out.matches("EV0407").count()), (1, 1));
    assert!(gate.out.contains("version 1 of `Todo.Created` is a draft"));

    let rest = ok(&folder, &["release"]);
    ok(&folder, &["check", "--released"]);
    let again = ok(&folder, &["release"]);
    assert_eq!(
        again.err,
        "nothing to release: every version is in evgen.lock\n"
    );
    insta::assert_snapshot!(
        "release",
        format!(
            "{}{}\n{}{}\n{}",
            planned.out,
            planned.err,
            rest.out,
            rest.err,
            read(&folder, LOCK)
        )
    );
}

#[test]
fn release_refuses_what_check_refuses() {
    let folder = shop();
    replace(
        &folder,
        "schemas/todo/v1_todo_created.json",
        "\"string\"",
        "\"strin\"",
    );
    let ran = evgen(folder.path(), &["release"]);
    assert!(ran.code == 1 && ran.out.contains("EV0205"), "{ran:?}");
    assert!(!folder.path().join(LOCK).exists());
    let unknown = evgen(folder.path(), &["release", "Todo.Create"]);
    assert_eq!(unknown.code, 1);
}

#[test]
fn every_edit_that_reading_depends_on_is_found_and_no_other() {
    let created = "schemas/todo/v1_todo_created.json";
    let size = "schemas/types/size.avsc";
    let found = [
        (created, "\"default\": \"\"", "\"default\": \"x\""),
        (created, ", \"default\": \"\"", ""),
        (created, "\"label\"", "\"title\""),
        (created, "\"label\"", "\"label\", \"aliases\": [\"title\"]"),
        (created, "[\"LOW\", \"HIGH\"]", "[\"HIGH\", \"LOW\"]"),
        (
            created,
            "[\"LOW\", \"HIGH\"]",
            "[\"LOW\", \"HIGH\"], \"default\": \"LOW\"",
        ),
        (created, "\"level\", \"symbols\"", "\"grade\", \"symbols\""),
        (created, "\"scale\": 2", "\"scale\": 3"),
        (created, "\"logicalType\": \"decimal\", ", ""),
        (
            created,
            "[\"null\", \"shop.Size\"], \"default\": null",
            "[\"shop.Size\", \"null\"]",
        ),
        (created, "\"todo_created\"", "\"todo_made\""),
        (
            created,
            "\"todo_created\"",
            "\"todo_created\", \"namespace\": \"shop\"",
        ),
        (size, "\"size\": 2", "\"size\": 3"),
    ];
    for (file, old, new) in found {
        let folder = shop();
        ok(&folder, &["release"]);
        replace(&folder, file, old, new);
        let ran = evgen(folder.path(), &["check"]);
        assert!(
            ran.code == 1 && ran.out.contains("error[EV0402]"),
            "{new}: {ran:?}"
        );
    }
    let free = [
        (created, "\"string\" },", "\"string\", \"doc\": \"Who.\" },"),
        (
            created,
            "\"type\": \"string\"",
            "\n\t\"type\" : {\"type\": \"string\"}",
        ),
        // The envelope is not in the payload.
        (
            created,
            "{ \"name\": \"entity_id\", \"type\": \"string\" },",
            "",
        ),
        (
            size,
            "\"shop.Size\"",
            "\"Size\", \"namespace\": \"shop\", \"doc\": \"In cm.\"",
        ),
    ];
    for (file, old, new) in free {
        let folder = shop();
        ok(&folder, &["release"]);
        replace(&folder, file, old, new);
        ok(&folder, &["check", "--released"]);
    }
}

#[test]
fn a_draft_is_free_and_can_be_released_beside_what_is() {
    let folder = shop();
    ok(&folder, &["release", "Todo.Renamed"]);
    let before = read(&folder, LOCK);
    replace(
        &folder,
        "schemas/todo/v1_todo_created.json",
        "\"label\"",
        "\"title\"",
    );
    ok(&folder, &["check"]);
    ok(&folder, &["release"]);
    let after = read(&folder, LOCK);
    assert!(before.lines().all(|line| after.contains(line)), "{after}");
}

#[test]
fn a_lock_elsewhere_is_used() {
    let folder = shop();
    ok(&folder, &["release", "--lock", "released.lock"]);
    assert!(!folder.path().join(LOCK).exists());
    assert_eq!(evgen(folder.path(), &["check", "--released"]).code, 1);
    ok(&folder, &["check", "--released", "--lock", "released.lock"]);
}

/// `None`: there is no git here.
fn git(folder: &TempDir, args: &[&str]) -> Option<bool> {
    let mut command = Command::new("git");
    command.current_dir(folder.path()).args([
        "-c",
        "user.name=n",
        "-c",
        "user.email=n@example.com",
        "-c",
        "init.defaultBranch=main",
        "-c",
        "core.autocrlf=false",
        "-c",
        "commit.gpgsign=false",
    ]);
    match command.args(args).output() {
        Ok(output) => Some(output.status.success()),
        Err(_) if std::env::var_os("CI").is_none() => {
            evgen_tests::did_without("git");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn commit(folder: &TempDir) -> Option<()> {
    let done = git(folder, &["add", "-A"])? && git(folder, &["commit", "-qm", "x"])?;
    assert!(done);
    Some(())
}

/// Makes a change on a branch of its own, from main.
fn on_branch(folder: &TempDir, name: &str, change: impl FnOnce()) -> Option<()> {
    assert!(git(folder, &["checkout", "-q", "main"])?);
    assert!(git(folder, &["checkout", "-qb", name])?);
    change();
    commit(folder)
}

/// A manifest that lists events ahead, so that only the lock is merged.
const AHEAD: &str = "\
format: 1
settings: { allow_gaps: true }
aggregates:
  Todo: { events: { Created: { creates: true }, Renamed: {}, Moved: { typed: false }, Noted: { typed: false } } }
";

fn new_event(folder: &TempDir, name: &str) {
    let snake = name.to_lowercase();
    let schema = RENAMED.replace("todo_renamed", &format!("todo_{snake}"));
    write(
        folder,
        &format!("schemas/todo/v1_todo_{snake}.json"),
        &schema,
    );
    ok(folder, &["release"]);
}

#[test]
fn branches_that_release_different_events_merge() {
    let folder = shop();
    write(&folder, "schemas/aggregates.yaml", AHEAD);
    ok(&folder, &["release"]);
    let merged = || {
        git(&folder, &["init", "-q"])?;
        commit(&folder)?;
        // They stand beside each other in the lock: the hardest case.
        on_branch(&folder, "one", || new_event(&folder, "Moved"))?;
        on_branch(&folder, "other", || new_event(&folder, "Noted"))?;
        on_branch(&folder, "third", || {
            ok(&folder, &["bump", "Todo.Created", "n:int=0"]);
            ok(&folder, &["release"]);
        })?;
        assert!(git(&folder, &["merge", "-q", "-m", "x", "one"])?);
        assert!(git(&folder, &["merge", "-q", "-m", "x", "other"])?);
        Some(())
    };
    if merged().is_none() {
        return;
    }
    ok(&folder, &["check", "--released"]);
    // The next release brings the lines into order.
    ok(&folder, &["bump", "Todo.Renamed", "m:int=0"]);
    ok(&folder, &["release"]);
    insta::assert_snapshot!("merged_lock", read(&folder, LOCK));
}

#[test]
fn branches_that_release_one_version_differently_are_told() {
    let folder = shop();
    ok(&folder, &["release"]);
    let merged = || {
        git(&folder, &["init", "-q"])?;
        commit(&folder)?;
        let v2 = "schemas/todo/v2_todo_renamed.json";
        for (branch, field) in [("one", "n:int=0"), ("other", "m:int=0")] {
            on_branch(&folder, branch, || {
                ok(&folder, &["bump", "Todo.Renamed", field]);
                ok(&folder, &["release"]);
            })?;
        }
        // The schema itself conflicts; somebody takes one side of it, and of its samples.
        assert!(!git(&folder, &["merge", "-q", "-m", "x", "one"])?);
        assert!(git(
            &folder,
            &["checkout", "-q", "--ours", v2, "schemas/samples"]
        )?);
        Some(())
    };
    if merged().is_none() {
        return;
    }
    let ran = evgen(folder.path(), &["check"]);
    assert!(
        ran.code == 1 && ran.out.contains("`Todo.Renamed v2` was released twice"),
        "{ran:?}"
    );
}

#[test]
fn bump_moves_an_edit_to_the_next_version() {
    let folder = shop();
    ok(&folder, &["release"]);
    let v1 = "schemas/todo/v1_todo_renamed.json";
    if git(&folder, &["init", "-q"]).is_none() || commit(&folder).is_none() {
        return;
    }
    let edit = || {
        replace(
            &folder,
            v1,
            "\"string\" }",
            "\"string\" }, { \"name\": \"by\", \"type\": \"string\", \"default\": \"\" }",
        )
    };
    edit();
    assert_eq!(evgen(folder.path(), &["check"]).code, 1);
    let ran = ok(&folder, &["bump", "Todo.Renamed"]);
    assert!(
        ran.err
            .contains("restored  schemas/todo/v1_todo_renamed.json"),
        "{ran:?}"
    );
    assert_eq!(read(&folder, v1), RENAMED);
    assert!(read(&folder, "schemas/todo/v2_todo_renamed.json").contains("\"by\""));
    ok(&folder, &["check"]);

    // Without git, the user is told.
    fs::remove_file(folder.path().join("schemas/todo/v2_todo_renamed.json")).unwrap();
    fs::remove_dir_all(folder.path().join(".git")).unwrap();
    edit();
    let ran = evgen(folder.path(), &["bump", "Todo.Renamed"]);
    assert!(
        ran.code == 1
            && ran
                .err
                .contains("take `schemas/todo/v1_todo_renamed.json` back"),
        "{ran:?}"
    );
}

#[test]
fn samples_follow_their_json() {
    let folder = shop();
    ok(&folder, &["release"]);
    let json = "schemas/samples/todo/v1_todo_renamed.json";
    let avro = folder
        .path()
        .join("schemas/samples/todo/v1_todo_renamed.avro");
    let before = fs::read(&avro).unwrap();
    write(&folder, json, "{ \"label\": \"buy oat milk\" }");
    let ran = ok(&folder, &["check"]);
    assert!(ran.out.contains("warning[EV0409]"), "{ran:?}");
    ok(&folder, &["release"]);
    let after = fs::read(&avro).unwrap();
    assert!(after[..10] == before[..10] && after.ends_with(b"buy oat milk"));
    assert_eq!(read(&folder, json), "{ \"label\": \"buy oat milk\" }");
    assert_eq!(ok(&folder, &["check"]).out, "");

    write(&folder, json, "{ \"label\": [] }");
    let ran = evgen(folder.path(), &["check"]);
    assert!(
        ran.code == 1 && ran.out.contains("v1_todo_renamed.json:1:12"),
        "{ran:?}"
    );
    let ran = evgen(folder.path(), &["release"]);
    assert!(ran.code == 1 && ran.out.contains("EV0408"), "{ran:?}");

    fs::remove_file(folder.path().join(json)).unwrap();
    assert!(
        ok(&folder, &["check"])
            .err
            .contains("1 released version without a sample")
    );
    ok(&folder, &["release"]);
    assert!(read(&folder, json).contains("label"));
}

#[test]
fn an_aggregate_may_be_called_samples() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = MANIFEST
        .replace("Todo", "Samples")
        .replace("      Renamed: {}\n", "");
    write(&folder, "schemas/aggregates.yaml", &manifest);
    let schema = RENAMED.replace("todo_renamed", "samples_created");
    write(&folder, "schemas/samples/v1_samples_created.json", &schema);
    ok(&folder, &["release"]);
    ok(&folder, &["check", "--released"]);
    assert!(read(&folder, "schemas/samples/samples/v1_samples_created.json").contains("label"));
    let generated = ok(&folder, &["inspect", "--stage", "files"]).out;
    assert!(generated.contains("mod samples_2 {") && generated.contains("==> samples_2.rs <=="));
}

#[test]
fn fixtures_can_be_released() {
    for fixture in [
        "every_type",
        "declared_mutators",
        "hostile_text",
        "letters_of_any_script",
        "names_and_types",
        "djangoevents",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let from = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures")
            .join(fixture);
        copy(&from, &folder.path().join("schemas"));
        let ran = ok(&folder, &["release"]);
        assert!(!ran.err.contains("could be made up"), "{fixture}: {ran:?}");
        let ran = ok(&folder, &["check", "--released"]);
        assert!(!ran.out.contains("EV04"), "{fixture}: {ran:?}");
        let again = ok(&folder, &["release"]);
        assert_eq!(
            again.err,
            "nothing to release: every version is in evgen.lock\n"
        );
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn a_sample_of_any_schema_fits_it() {
    let Some(corpus) = evgen_tests::shared("corpus/schemas") else {
        return;
    };
    let mut made = 0;
    for path in files(&corpus) {
        let text = fs::read_to_string(&path).ok();
        let Some(schema) = text.and_then(|text| load_schema("schema.avsc", text).ok()) else {
            continue;
        };
        let TypeKind::Named(id) = schema.top.kind else {
            continue;
        };
        if schema.types.get(id).fields().is_empty() {
            continue;
        }
        let Some(text) = evgen::sample::sample(&schema.types, id, &[], false) else {
            continue;
        };
        let node = Tables::new(&schema.types).root(&schema.top);
        if let Err(errors) = validate(node, &text) {
            panic!("{}: {errors}\n{text}", path.display());
        }
        made += 1;
    }
    assert!(made > 100, "{made}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

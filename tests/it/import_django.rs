//! `evgen import-django`: the draft of a real service's manifest, and of journals with nothing good in them.

use std::path::Path;

use evgen_runtime::rusqlite::Connection;
use evgen_tests::shared;

/// What a command answered.
#[derive(Debug)]
struct Answer {
    code: u8,
    out: String,
    err: String,
}

/// The only place in this file that knows how the command is run.
fn run(root: &Path, args: &[&str]) -> Answer {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let args = ["evgen", "import-django"].iter().chain(args);
    let streams = evgen::cli::Streams {
        out: &mut out,
        err: &mut err,
        colours: false,
        progress: false,
    };
    let code = evgen::cli::run(args.map(Into::into), root, streams);
    let [out, err] = [out, err].map(|bytes| String::from_utf8(bytes).unwrap());
    Answer { code, out, err }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_draft_of_schemas_and_journal_passes_the_check() {
    let (Some(avro), Some(journal)) = (
        shared("djangoevents/public_avro"),
        shared("djangoevents/public_journal.sqlite3"),
    ) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let args = [
        text(&avro),
        "--journal",
        text(&journal),
        "--out",
        "drafted.yaml",
    ];
    let answer = run(folder.path(), &args);
    assert_eq!(answer.code, 0, "{answer:?}");
    insta::assert_snapshot!("import_django_progress", answer.err);
    let draft = std::fs::read_to_string(folder.path().join("drafted.yaml")).unwrap();
    insta::assert_snapshot!("import_django_draft", draft);

    // Every misfit that the manifest by hand knows is found: those events are untyped there, too.
    let by_hand = std::fs::read_to_string("fixtures/djangoevents/aggregates.yaml").unwrap();
    let untyped = |text: &str, event: &str| {
        let mut lines = text.lines().map(str::trim);
        lines.any(|line| line.starts_with(event) && line.contains("typed: false"))
    };
    for event in [
        "SettingsMerged:",
        "BudgetApproved:",
        "MilestoneAdded:",
        "Barked:",
        "ResponseReceived:",
        "Paid:",
    ] {
        assert!(
            untyped(&by_hand, event) && untyped(&draft, event),
            "{event}"
        );
    }

    let options = evgen::Options {
        manifest: Some(folder.path().join("drafted.yaml")),
        ..evgen::Options::default()
    };
    let generated = evgen::generate(&avro, &options).unwrap();
    assert!(generated.files.len() > 14);

    let again = run(folder.path(), &args);
    assert_eq!(again.code, 2, "{again:?}");
}

#[test]
fn a_draft_of_schemas_alone_names_its_guesses() {
    let Some(avro) = shared("djangoevents/public_avro") else {
        return;
    };
    let answer = run(Path::new(""), &[text(&avro), "--out", "-"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    insta::assert_snapshot!("import_django_without_journal", answer.out);
}

#[test]
fn a_draft_of_an_old_journal_finds_its_rows() {
    let Some(journal) = shared("djangoevents/upgraded_journal.sqlite3") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("avro")).unwrap();
    let answer = run(folder.path(), &["avro", "--journal", text(&journal)]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let draft = std::fs::read_to_string(folder.path().join("avro/aggregates.yaml")).unwrap();
    insta::assert_snapshot!("import_django_upgraded", draft);
}

#[test]
fn nothing_in_a_journal_leaves_its_comment_or_its_quotes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("avro/todo")).unwrap();
    let schema = r#"{"type": "record", "name": "todo_created", "fields": [{"name": "label", "type": "string"}]}"#;
    std::fs::write(folder.path().join("avro/todo/v1_todo_created.json"), schema).unwrap();
    std::fs::write(folder.path().join("avro/todo/notes.json"), "{}").unwrap();
    let journal = folder.path().join("db.sqlite3");
    let db = Connection::open(&journal).unwrap();
    db.execute_batch(include_str!("import_django/hostile.sql"))
        .unwrap();
    drop(db);
    let answer = run(folder.path(), &["avro", "--journal", "db.sqlite3"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let draft = std::fs::read_to_string(folder.path().join("avro/aggregates.yaml")).unwrap();
    insta::assert_snapshot!("import_django_hostile", draft);
}

#[test]
fn a_file_that_is_no_journal_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("avro")).unwrap();
    drop(Connection::open(folder.path().join("empty.sqlite3")).unwrap());
    std::fs::write(
        folder.path().join("text.sqlite3"),
        "no database, but long enough to be told apart",
    )
    .unwrap();
    for (journal, code, said) in [
        ("missing.sqlite3", 74, "missing.sqlite3"),
        ("empty.sqlite3", 2, "holds no table `event_journal`"),
        ("text.sqlite3", 74, "not a database"),
    ] {
        let answer = run(folder.path(), &["avro", "--journal", journal]);
        assert_eq!(answer.code, code, "{answer:?}");
        assert!(answer.err.contains(said), "{answer:?}");
        assert!(!folder.path().join("avro/aggregates.yaml").exists());
    }
}

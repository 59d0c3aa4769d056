//! `export` and `import`: round trips, what is refused, and leaving Django for good.

use std::path::PathBuf;

use evgen_tests::shared;

use super::*;

/// Exports a store; the bytes of every file, by name.
fn export(folder: &Path, store: &str, out: &str, args: &[&str]) -> Vec<(PathBuf, Vec<u8>)> {
    let args: Vec<_> = ["export", store, "--out", out]
        .iter()
        .chain(args)
        .copied()
        .collect();
    let ran = run(folder, &args);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
    let out = folder.join(out);
    let mut files = Vec::new();
    collect(&out, &out, &mut files);
    files.sort();
    files
}

fn collect(root: &Path, path: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            collect(root, &entry.unwrap().path(), files);
        }
    } else {
        files.push((
            path.strip_prefix(root).unwrap().to_owned(),
            fs::read(path).unwrap(),
        ));
    }
}

/// What makes JSON hard to keep: white space, `NaN`, lines, lone surrogates, members that no schema has.
fn hard_rows() -> Vec<Row> {
    let mut rows = rows();
    rows.extend([
        row(
            "3",
            "todo_created",
            1,
            " {\n\"label\" : \"a\", \"more\": [\"\\ud800\", 1e400, -0.0]} ",
        ),
        row("3", "todo_changed_label", 1, r#"{"label":"x","y":NaN}"#),
        Row {
            event_version: None,
            version: Some(7),
            ..row("3", "todo_completed", 1, "{}")
        },
        Row {
            stream: ("Todo", "\u{1b}[31m \"3\""),
            metadata: Some("[1,\n2]"),
            ..row("3", "todo_completed", 1, "{}")
        },
    ]);
    rows
}

#[test]
fn a_round_trip_gives_equal_bytes() {
    let folder = journal(hard_rows());
    let path = folder.path();
    for (kind, first, again) in [
        (&["--as", "jsonl"][..], "a.jsonl", "b.jsonl"),
        (&["--as", "avro"], "a", "b"),
        (&["--as", "avro", "--codec", "deflate"], "c", "d"),
    ] {
        let exported = export(path, "app.db", first, kind);
        let store = format!("{first}.db");
        let ran = run(path, &["import", &store, first]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(ran.err, format!("imported 8 events into {store}\n"));
        assert_eq!(export(path, &store, again, kind), exported, "{kind:?}");
        // The same again stores nothing.
        let ran = run(path, &["import", &store, first]);
        assert_eq!(
            ran.err,
            format!("imported 0 events into {store}; 8 events there already\n")
        );
    }
    // All stores hold the same, whatever way it went.
    let lines = |store: &str| run(path, &["cat", store, "--format", "json"]).out;
    for store in ["a.jsonl.db", "a.db", "c.db"] {
        assert_eq!(lines(store), lines("app.db"), "{store}");
    }
}

#[test]
fn lines_are_what_the_docs_say() {
    let folder = journal(hard_rows());
    insta::assert_snapshot!(
        "journal_export_lines",
        run(folder.path(), &["export", "app.db"]).out
    );
}

#[test]
fn an_import_that_was_interrupted_is_run_again() {
    let folder = journal(rows());
    let path = folder.path();
    fs::write(path.join("all.jsonl"), run(path, &["export", "app.db"]).out).unwrap();
    fs::write(
        path.join("some.jsonl"),
        run(path, &["export", "app.db", "--to", "2"]).out,
    )
    .unwrap();
    run(path, &["import", "new.db", "some.jsonl"]);
    let ran = run(path, &["import", "new.db", "all.jsonl"]);
    assert_eq!(
        ran.err,
        "imported 2 events into new.db; 2 events there already\n"
    );
    let lines = |store| run(path, &["cat", store, "--format", "json"]).out;
    assert_eq!(lines("new.db"), lines("app.db"));
}

#[test]
fn avro_files_are_read_by_avro_s_own_library() {
    let folder = journal(rows());
    export(
        folder.path(),
        "app.db",
        "out",
        &["--as", "avro", "--codec", "deflate"],
    );
    let file = fs::File::open(folder.path().join("out/Todo/todo_created.v2.avro")).unwrap();
    let reader = apache_avro::Reader::new(file).unwrap();
    let records: Vec<_> = reader.map(Result::unwrap).collect();
    let [apache_avro::types::Value::Record(fields)] = &records[..] else {
        panic!("{records:?}")
    };
    let text: Vec<_> = fields
        .iter()
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    insta::assert_snapshot!("journal_avro_record", text.join("\n"));
}

#[test]
fn nothing_is_stored_when_anything_is_wrong() {
    let folder = journal(rows());
    let path = folder.path();
    let good = run(path, &["export", "app.db"]).out;
    let good: Vec<_> = good.lines().collect();
    let bad = [
        good[0],
        "{",
        &good[0].replace("\"milk\"", "3"),
        &good[0].replace("todo_created", "todo_painted"),
        &good[0].replace("event_id", "evnet_id"),
        &good[0].replace("\"aggregate_version\":0", "\"aggregate_version\":0.5"),
        &good[0].replace("T10:00", " at 10"),
        &good[1].replace("c301", "c3xx"),
    ];
    fs::write(path.join("bad.jsonl"), bad.join("\n")).unwrap();
    let ran = run(path, &["import", "new.db", "bad.jsonl"]);
    insta::assert_snapshot!("journal_import_bad", all(&ran));
    assert!(!path.join("new.db").exists());
}

#[test]
fn what_the_store_does_not_take_is_named() {
    let folder = journal(rows());
    let path = folder.path();
    let text = run(path, &["export", "app.db"])
        .out
        .replace("oat milk", "soy milk");
    fs::write(path.join("other.jsonl"), text).unwrap();
    let ran = run(path, &["import", "app.db", "other.jsonl"]);
    insta::assert_snapshot!("journal_import_taken", all(&ran));
}

#[test]
fn options_are_checked() {
    let folder = journal(rows());
    let path = folder.path();
    fs::write(path.join("all.jsonl"), run(path, &["export", "app.db"]).out).unwrap();
    let mut text = String::new();
    for args in [
        &["import", "new.db", "all.jsonl", "--dry-run"][..],
        &["import", "new.db", "all.jsonl", "--no-validate"],
        &["import", "new.db", "missing.jsonl"],
        &["import", "new.db", "schemas"],
        &["export", "app.db", "--out", "all.jsonl"],
        &["export", "app.db", "--as", "avro", "--out", "schemas"],
        &["export", "app.db", "--as", "avro"],
    ] {
        let ran = run(path, args);
        text.push_str(&format!(
            "{}: {}\n{}{}",
            args.join(" "),
            ran.code,
            ran.out,
            ran.err
        ));
        assert!(!path.join("new.db").exists());
    }
    insta::assert_snapshot!("journal_carry_options", text);
}

#[test]
fn a_manifest_that_does_not_validate_may_import_anything() {
    let folder = journal(rows());
    let path = folder.path();
    let manifest = path.join("schemas/aggregates.yaml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(
        &manifest,
        text.replace(
            "aggregates:\n",
            "settings: { validate: false }\naggregates:\n",
        ),
    )
    .unwrap();
    let text = run(path, &["export", "app.db"])
        .out
        .replace("\"milk\"", "3");
    fs::write(path.join("bad.jsonl"), text).unwrap();
    assert_eq!(run(path, &["import", "new.db", "bad.jsonl"]).code, 1);
    assert_eq!(
        run(path, &["import", "new.db", "bad.jsonl", "--no-validate"]).code,
        0
    );
}

#[test]
fn a_journal_leaves_django_for_good() {
    let Some(journal) = shared("djangoevents/public_journal.sqlite3") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/djangoevents");
    let (journal, schemas) = (journal.to_str().unwrap(), schemas.to_str().unwrap());
    let run = |args: &[&str]| {
        let args: Vec<_> = args.iter().chain(&["--dir", schemas]).copied().collect();
        super::run(path, &args)
    };
    unchanged(Path::new(journal), || {
        let ran = run(&["verify", journal]);
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
        for (kind, out) in [("jsonl", "a.jsonl"), ("avro", "a")] {
            let ran = run(&["export", journal, "--as", kind, "--out", out]);
            assert_eq!(ran.code, 0, "{ran:?}");
            let store = format!("{kind}.db");
            let ran = run(&["import", &store, out]);
            assert_eq!(
                ran.err,
                format!("imported 430 events into {store}\n"),
                "{ran:?}"
            );
            assert_eq!(run(&["verify", &store]).code, 0);
        }
    });
    // Event by event the same, but for the position and the class that only Django needs.
    let lines = |store: &str| {
        let strip = |line: &str| {
            let mut value: serde_json::Map<_, _> = serde_json::from_str(line).unwrap();
            for key in ["position", "django_module", "django_class"] {
                value.remove(key);
            }
            value
        };
        let out = run(&["cat", store, "--format", "json"]).out;
        out.lines().map(strip).collect::<Vec<_>>()
    };
    assert_eq!(lines("jsonl.db"), lines(journal));
    assert_eq!(lines("avro.db"), lines(journal));
}

#[test]
fn event_types_of_older_djangoevents_are_brought_up_to_date() {
    let Some(journal) = shared("djangoevents/upgraded_journal.sqlite3") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/djangoevents_upgraded");
    let (journal, schemas) = (journal.to_str().unwrap(), schemas.to_str().unwrap());
    let run = |args: &[&str]| {
        let args: Vec<_> = args.iter().chain(&["--dir", schemas]).copied().collect();
        super::run(folder.path(), &args)
    };
    assert_eq!(run(&["export", journal, "--out", "a.jsonl"]).code, 0);
    let ran = run(&["import", "app.db", "a.jsonl"]);
    assert_eq!(ran.err, "imported 65 events into app.db\n", "{ran:?}");
    // The class is gone, and each event is found by its type alone.
    let ran = run(&["verify", "app.db"]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn every_type_goes_through_avro_files() {
    use evgen_runtime::PayloadFormat;
    use evgen_runtime::app::AppBuilder;
    use evgen_tests::fixtures::every_type::{self, events};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    wait(async {
        let store = SqliteStore::open(path.join("app.db")).await.unwrap();
        for (format, id) in [(PayloadFormat::Json, "json"), (PayloadFormat::Avro, "avro")] {
            let app = events::app(store.clone());
            let app = app
                .configure(move |app: AppBuilder| app.payload(format))
                .build()
                .await
                .unwrap();
            let samples = app.repository::<every_type::Sample>();
            samples
                .create(id, crate::generated::types::full())
                .await
                .unwrap();
        }
        store.close().await;
    });
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/every_type");
    let schemas = fixture.to_str().unwrap();
    let run = |args: &[&str]| {
        let args: Vec<_> = args.iter().chain(&["--dir", schemas]).copied().collect();
        super::run(path, &args)
    };
    let ran = run(&["export", "app.db", "--as", "avro", "--out", "a"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(run(&["import", "new.db", "a"]).code, 0);
    assert_eq!(
        run(&["export", "new.db", "--as", "avro", "--out", "b"]).code,
        0
    );
    let read =
        |folder: &str| fs::read(path.join(folder).join("Sample/sample_created.v1.avro")).unwrap();
    assert!(read("a") == read("b"));
    assert!(!path.join("a/other.avro").exists());
    let lines = |store: &str| run(&["cat", store, "--format", "json"]).out;
    assert_eq!(lines("app.db"), lines("new.db"));
    // Avro's own library takes the schema, and reads what it describes.
    let bytes = read("a");
    let reader = apache_avro::Reader::new(&bytes[..]).unwrap();
    assert_eq!(reader.map(Result::unwrap).count(), 2);
}

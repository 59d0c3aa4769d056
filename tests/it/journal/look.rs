//! `cat`, `stats`, `migrate`: texts, filters, stores that cannot be opened.

use std::fs;

use evgen_runtime::rusqlite::Connection;

use super::*;

#[test]
fn cat_shows_a_line_per_event() {
    let folder = journal(rows());
    unchanged(&folder.path().join("app.db"), || {
        insta::assert_snapshot!("journal_cat", all(&run(folder.path(), &["cat", "app.db"])));
    });
}

#[test]
fn cat_shows_blocks_and_colours() {
    let folder = journal(rows());
    let ran = run(
        folder.path(),
        &["cat", "app.db", "--long", "--from", "2", "--to", "3"],
    );
    insta::assert_snapshot!("journal_cat_long", all(&ran));
    let ran = run(
        folder.path(),
        &["cat", "app.db", "--limit", "1", "--color", "always"],
    );
    insta::assert_snapshot!("journal_cat_colours", ran.out.replace('\x1b', "␛"));
}

#[test]
fn cat_gives_json_lines() {
    let folder = journal(rows());
    let ran = run(folder.path(), &["cat", "app.db", "--format", "json"]);
    insta::assert_snapshot!("journal_cat_json", all(&ran));
    for line in ran.out.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

#[test]
fn cat_does_without_schemas() {
    let folder = journal(rows());
    fs::remove_dir_all(folder.path().join("schemas")).unwrap();
    insta::assert_snapshot!(
        "journal_cat_without_schemas",
        all(&run(folder.path(), &["cat", "app.db"]))
    );
}

#[test]
fn filters_are_and_ed() {
    let folder = journal(rows());
    let positions = |args: &[&str]| {
        let args: Vec<_> = ["cat", "app.db"].iter().chain(args).copied().collect();
        let ran = run(folder.path(), &args);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}");
        let position = |line: &str| line.split(' ').next().unwrap().parse::<i64>().unwrap();
        ran.out.lines().map(position).collect::<Vec<_>>()
    };
    assert_eq!(positions(&["--aggregate", "Todo"]), [1, 2, 3, 4]);
    assert!(positions(&["--aggregate", "Other"]).is_empty());
    assert_eq!(positions(&["--id", "2"]), [2, 4]);
    assert_eq!(positions(&["--aggregate", "Todo", "--id", "2"]), [2, 4]);
    assert_eq!(
        positions(&["--aggregate", "Todo", "--id", "2", "--until", "2026-05-03"]),
        [2]
    );
    assert_eq!(positions(&["--event", "todo_created"]), [1, 2]);
    assert_eq!(
        positions(&["--event", "Created", "--event", "Todo.Completed"]),
        [1, 2, 4]
    );
    assert!(positions(&["--event", "Dog.Created"]).is_empty());
    assert_eq!(positions(&["--from", "2", "--to", "3"]), [2, 3]);
    assert_eq!(
        positions(&["--from", "2", "--to", "3", "--reverse"]),
        [3, 2]
    );
    assert_eq!(positions(&["--reverse", "--limit", "1"]), [4]);
    assert!(positions(&["--limit", "0"]).is_empty());
    assert_eq!(
        positions(&["--since", "2026-05-03T10:00:00.123456Z"]),
        [3, 4]
    );
    assert_eq!(
        positions(&["--since", "2026-05-02", "--until", "2026-05-03"]),
        [2]
    );
}

#[test]
fn stats_count_by_event_and_stream() {
    let folder = journal(rows());
    let ran = run(folder.path(), &["stats", "app.db"]);
    insta::assert_snapshot!("journal_stats", all(&ran));
    let ran = run(
        folder.path(),
        &["stats", "app.db", "--streams", "1", "--format", "json"],
    );
    insta::assert_snapshot!("journal_stats_json", all(&ran));
}

#[test]
fn stores_that_cannot_be_opened_say_why() {
    let folder = journal(rows());
    let path = |name: &str| folder.path().join(name);
    fs::write(
        path("text.db"),
        "no database at all, whatever its name may say".repeat(100),
    )
    .unwrap();
    fs::create_dir(path("folder.db")).unwrap();
    Connection::open(path("other.db"))
        .and_then(|db| db.execute_batch("CREATE TABLE cats (name)"))
        .unwrap();
    fs::copy(path("app.db"), path("newer.db")).unwrap();
    Connection::open(path("newer.db"))
        .and_then(|db| db.execute_batch("UPDATE evgen_meta SET value = 99 WHERE key = 'layout'"))
        .unwrap();
    django_journal(&path("locked.db"));
    let lock = Connection::open(path("locked.db")).unwrap();
    lock.execute_batch("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE")
        .unwrap();
    let mut text = String::new();
    for store in [
        "missing.db",
        "text.db",
        "folder.db",
        "other.db",
        "newer.db",
        "locked.db",
        "postgres://u:s3cret@127.0.0.1:1/db",
        "postgres://u:s3cret@127.0.0.1:x/db",
        "mysql://u:s3cret@localhost/db",
    ] {
        for command in ["cat", "stats"] {
            let ran = run(folder.path(), &[command, store, "--wait", "0"]);
            assert_eq!(ran.out, "");
            assert!(!ran.err.contains("s3cret"));
            if command == "cat" {
                text.push_str(&format!("{store}: {}\n{}", ran.code, ran.err));
            }
        }
    }
    insta::assert_snapshot!(
        "journal_stores_that_cannot_be_opened",
        text.replace("s3cret", "…")
    );
    assert!(!path("missing.db").exists());
}

#[test]
fn formats_for_findings_are_refused_where_there_are_none() {
    let folder = journal(rows());
    let ran = run(folder.path(), &["cat", "app.db", "--format", "sarif"]);
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!("journal_cat_sarif", ran.err);
}

#[test]
fn migrate_says_what_it_does() {
    let folder = journal(rows());
    django_journal(&folder.path().join("django.db"));
    let mut text = String::new();
    for args in [
        &["migrate", "new.db", "--dry-run"][..],
        &["migrate", "new.db"],
        &["migrate", "new.db"],
        &["migrate", "app.db", "--dry-run"],
        &["migrate", "django.db"],
        &["migrate", "schemas"],
    ] {
        let ran = run(folder.path(), args);
        text.push_str(&format!(
            "{}: {}\n{}{}",
            args.join(" "),
            ran.code,
            ran.out,
            ran.err
        ));
    }
    insta::assert_snapshot!("journal_migrate", text);
}

#[test]
fn help_has_examples() {
    let folder = tempfile::tempdir().unwrap();
    for command in [
        "cat", "tail", "verify", "stats", "export", "import", "migrate",
    ] {
        let ran = run(folder.path(), &[command, "--help"]);
        assert_eq!(ran.code, 0);
        assert!(
            ran.out.contains(&format!("evgen journal {command} ")),
            "{}",
            ran.out
        );
    }
}

#[test]
fn a_journal_explains_its_own_avro() {
    let folder = journal(rows());
    let path = folder.path();
    fs::write(path.join("all.jsonl"), run(path, &["export", "app.db"]).out).unwrap();
    // An import gives the store the schemas of what it stores, as an app does.
    assert_eq!(run(path, &["import", "new.db", "all.jsonl"]).code, 0);
    fs::remove_dir_all(path.join("schemas")).unwrap();
    let ran = run(path, &["cat", "new.db", "--from", "2", "--to", "2"]);
    assert!(
        ran.out
            .ends_with("{\"label\":\"bread\",\"priority\":\"HIGH\",\"tags\":[\"shop\"]}\n"),
        "{ran:?}"
    );
}

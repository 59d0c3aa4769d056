//! Journals in PostgreSQL: the same commands, and no password shown.

use evgen_runtime::sqlx::{self, Executor as _};
use evgen_runtime::store::postgres::PostgresStore;
use evgen_tests::postgres::Database;

use super::*;

/// An empty database; `None`: there is no server.
fn database() -> Option<Database> {
    wait(Database::new())
}

/// Runs a command; the password is in nothing that it says.
fn quiet(folder: &Path, args: &[&str]) -> Ran {
    let ran = run(folder, args);
    assert!(
        !ran.out.contains("secret") && !ran.err.contains("secret"),
        "{ran:?}"
    );
    ran
}

/// What it said, without what differs from server to server.
fn said(ran: &Ran, database: &Database) -> String {
    let shown = database.url.replace(":secret@", ":…@");
    format!("{}{}", ran.out, ran.err).replace(&shown, "URL")
}

#[test]
fn a_journal_goes_from_sqlite_to_postgresql_and_back() {
    let Some(database) = database() else { return };
    let folder = journal(rows());
    let (path, url) = (folder.path(), database.url.as_str());
    let exported = run(path, &["export", "app.db"]).out;
    fs::write(path.join("all.jsonl"), &exported).unwrap();
    let ran = quiet(path, &["import", url, "all.jsonl"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(said(&ran, &database), "imported 4 events into URL\n");
    let ran = quiet(path, &["import", url, "all.jsonl"]);
    assert_eq!(
        said(&ran, &database),
        "imported 0 events into URL; 4 events there already\n"
    );
    assert_eq!(quiet(path, &["export", url]).out, exported);
    for args in [
        &["cat"][..],
        &["cat", "--format", "json"],
        &["cat", "--aggregate", "Todo", "--id", "2", "--reverse"],
        &["cat", "--from", "2", "--to", "3"],
        &["stats"],
        &["verify"],
    ] {
        let on = |store: &str| {
            let args: Vec<_> = [args[0], store].iter().chain(&args[1..]).copied().collect();
            let ran = quiet(path, &args);
            (ran.code, ran.out, ran.err)
        };
        assert_eq!(on(url), on("app.db"), "{args:?}");
    }
}

#[test]
fn what_was_edited_in_postgresql_is_found() {
    let Some(database) = database() else { return };
    let folder = journal(Vec::new());
    wait(async {
        let builder = PostgresStore::builder(&database.url).migrate_at_start(true);
        let store = builder.connect().await.unwrap();
        append(&store, 0, rows()).await;
        store.close().await;
        let edit = r#"UPDATE evgen.events SET payload = '{"label":"mulk"}' WHERE position = 1"#;
        let mut db = database.connect().await;
        db.execute(sqlx::query(edit)).await.unwrap();
    });
    let ran = quiet(folder.path(), &["verify", &database.url]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.starts_with("error[damaged]: position 1"), "{ran:?}");
}

#[test]
fn migrate_makes_the_tables_once() {
    let Some(database) = database() else { return };
    let folder = journal(Vec::new());
    let mut text = String::new();
    for args in [
        &["cat"][..],
        &["migrate", "--dry-run"],
        &["migrate"],
        &["migrate"],
        &["cat"],
        &["cat", "--schema", "other"],
        &["migrate", "--schema", "Other"],
    ] {
        let (command, options) = (args[0], &args[1..]);
        let args = [&[command, &database.url], options].concat();
        let ran = quiet(folder.path(), &args);
        let options = options.join(" ");
        text.push_str(&format!(
            "{command} {options}: {}\n{}",
            ran.code,
            said(&ran, &database)
        ));
    }
    insta::assert_snapshot!("journal_migrate_postgres", text);
}

#[test]
fn passwords_are_not_shown() {
    let Some(database) = database() else { return };
    let folder = journal(Vec::new());
    let wrong = database.url.replace(":secret@", ":wr0ng@");
    for command in ["cat", "verify", "stats", "export", "migrate"] {
        let ran = run(folder.path(), &[command, &wrong]);
        assert_eq!(ran.code, 74);
        assert!(ran.err.contains("the password is wrong"), "{ran:?}");
        assert!(!ran.err.contains("wr0ng"), "{ran:?}");
    }
}

/// djangoevents' table is found, read and written in place; evgen's own layout is another schema.
#[test]
fn a_journal_of_djangoevents_goes_to_postgresql_and_back() {
    let Some(source) = evgen_tests::shared("djangoevents/public_journal.sqlite3") else {
        return;
    };
    let Some(database) = wait(crate::stores::postgres::djangoevents::empty()) else {
        return;
    };
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/djangoevents");
    let dir = schemas.to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (path, url) = (folder.path(), database.url.as_str());
    fs::copy(source, path.join("old.db")).unwrap();
    let exported = run(path, &["export", "old.db"]).out;
    fs::write(path.join("all.jsonl"), &exported).unwrap();
    for expected in [
        "imported 430 events into URL\n",
        "imported 0 events into URL; 430 events there already\n",
    ] {
        let ran = quiet(path, &["import", url, "all.jsonl", "--dir", dir]);
        assert_eq!(said(&ran, &database), expected, "{ran:?}");
    }
    for args in [
        &["export"][..],
        &["cat", "--format", "json"],
        &["cat", "--aggregate", "Dog", "--reverse"],
        &["stats"],
        &["verify", "--dir", dir],
        &["tail", "--no-follow"],
    ] {
        let on = |store: &str| {
            let args: Vec<_> = [args[0], store].iter().chain(&args[1..]).copied().collect();
            let ran = quiet(path, &args);
            (ran.code, ran.out, ran.err)
        };
        assert_eq!(on(url), on("old.db"), "{args:?}");
    }
    let ran = quiet(path, &["migrate", url]);
    assert_eq!(
        said(&ran, &database),
        "URL: evgen's own tables stand beside `event_journal`\n"
    );
    // Leaving the layout, in the same database.
    let ran = quiet(path, &["migrate", url, "--schema", "evgen"]);
    assert_eq!(said(&ran, &database), "URL: made the tables of layout 2\n");
    let ran = quiet(path, &["cat", url, "--schema", "public"]);
    assert_eq!(ran.out.lines().count(), 430);
    let ran = quiet(path, &["cat", url]);
    assert_eq!(ran.out, "");
}

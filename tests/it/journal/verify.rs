//! `verify`: what it finds, in every format, and what it does not mistake for a finding.

use evgen_runtime::rusqlite::Connection;

use super::*;

/// Every kind of finding, on ten positions.
fn wrong() -> TempDir {
    let mut rows = rows();
    rows.extend([
        row("1", "todo_created", 1, r#"{"label":3}"#),
        row(
            "1",
            "todo_created",
            2,
            r#"{"label":"x","priority":"URGENT","tags":[1]}"#,
        ),
        row("1", "todo_painted", 1, "{}"),
        row("1", "todo_created", 9, "{}"),
        Row {
            stream: ("Dog", "1"),
            ..row("1", "dog_barked", 1, "{}")
        },
        Row {
            payload: PayloadBuf::Avro(vec![0xc3, 1, 2]),
            ..row("3", "todo_created", 2, "")
        },
        Row {
            version: Some(40),
            ..row("3", "todo_completed", 1, "{}")
        },
        row("3", "todo_completed", 1, "{}"),
        row("3", "todo_completed", 1, "not JSON \u{1b}[31m"),
    ]);
    let folder = journal(rows);
    Connection::open(folder.path().join("app.db"))
        .and_then(|db| {
            db.execute_batch(
                "DELETE FROM evgen_events WHERE position = 4;
                 UPDATE evgen_events SET payload_kind = 7 WHERE position = 12",
            )
        })
        .unwrap();
    folder
}

#[test]
fn what_can_be_read_is_well() {
    let folder = journal(rows());
    unchanged(&folder.path().join("app.db"), || {
        let ran = run(folder.path(), &["verify", "app.db"]);
        insta::assert_snapshot!("journal_verify_well", all(&ran));
    });
}

#[test]
fn every_finding_has_its_place_and_advice() {
    let folder = wrong();
    let ran = run(folder.path(), &["verify", "app.db"]);
    insta::assert_snapshot!("journal_verify", all(&ran));
}

#[test]
fn findings_are_for_machines_too() {
    let folder = wrong();
    for format in ["json", "github", "sarif"] {
        let ran = run(
            folder.path(),
            &["verify", "app.db", "--format", format, "--limit", "4"],
        );
        assert_eq!(ran.code, 1);
        if format == "sarif" {
            crate::sarif::is_valid(&ran.out);
        }
        let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
        let text = ran.out.replace(&version, "\"version\": \"…\"");
        insta::assert_snapshot!(format!("journal_verify_{format}"), text);
    }
}

#[test]
fn verify_needs_schemas() {
    let folder = journal(rows());
    std::fs::remove_dir_all(folder.path().join("schemas")).unwrap();
    let ran = run(folder.path(), &["verify", "app.db"]);
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!("journal_verify_without_schemas", ran.err);
}

#[test]
fn a_bad_row_hides_no_other() {
    // One page and more, with a row in the middle that is no event.
    let rows = (0..700)
        .map(|_| row("1", "todo_completed", 1, "{}"))
        .collect();
    let folder = journal(rows);
    Connection::open(folder.path().join("app.db"))
        .and_then(|db| {
            db.execute_batch(
                "UPDATE evgen_events SET payload_kind = 7 WHERE position IN (1, 300, 301, 700)",
            )
        })
        .unwrap();
    let ran = run(folder.path(), &["verify", "app.db", "--format", "json"]);
    let positions: Vec<i64> = ran
        .out
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["position"]
                .as_i64()
                .unwrap()
        })
        .collect();
    // Version gaps behind them are told of once each.
    assert!(
        positions.contains(&1)
            && positions.contains(&300)
            && positions.contains(&301)
            && positions.contains(&700),
        "{positions:?}"
    );
    assert!(
        ran.err
            .starts_with("verified 696 events of 1 stream: 4 errors"),
        "{}",
        ran.err
    );
}

#[test]
fn what_was_edited_is_found() {
    let folder = journal(rows());
    let edit = Connection::open(folder.path().join("app.db")).and_then(|db| {
        db.execute_batch(
            r#"UPDATE evgen_events SET payload = '{"label":"mulk"}' WHERE position = 1"#,
        )
    });
    edit.unwrap();
    let ran = run(folder.path(), &["verify", "app.db"]);
    insta::assert_snapshot!("journal_verify_damaged", all(&ran));
}

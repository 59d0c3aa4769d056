//! Every aggregate of the journal, as `public_state.json` has it.

use std::path::Path;

use evgen_runtime::store::sqlite::Layout;
use evgen_runtime::{App, GetError, ReplayCause, ReplayProblem, StoreFailure};
use evgen_tests::djangoevents::Project;
use serde_json::Value;

use super::repositories::{Wanted, repository};
use super::{Journal, app, cases};

/// How many aggregates of each outcome, and of how many events.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Figures {
    pub(super) entities: usize,
    pub(super) discarded: usize,
    pub(super) missing: usize,
    pub(super) errors: usize,
    pub(super) events: u64,
}

#[tokio::test]
async fn every_todo_and_cat_is_what_djangoevents_made_of_it() {
    let figures = check(|aggregate_type| matches!(aggregate_type, "Todo" | "Cat")).await;
    let expected = Figures {
        entities: 9,
        discarded: 4,
        missing: 1,
        errors: 0,
        events: 55,
    };
    if let Some(figures) = figures {
        assert_eq!(figures, expected);
    }
}

#[tokio::test]
async fn every_aggregate_is_what_djangoevents_made_of_it() {
    let figures = check(|_| true).await;
    let expected = Figures {
        entities: 46,
        discarded: 6,
        missing: 7,
        errors: 2,
        events: 430,
    };
    if let Some(figures) = figures {
        assert_eq!(figures, expected);
    }
}

/// Replays those aggregates of the public journal, read-only and writable.
async fn check(wanted: impl Fn(&str) -> bool) -> Option<Figures> {
    let (journal, states) = (
        Journal::copy("public_journal.sqlite3")?,
        cases("public_state.json")?,
    );
    let mut figures = Figures::default();
    for read_only in [true, false] {
        let app = app(&journal.path, Layout::djangoevents(), read_only).await;
        figures = compare(&app, &states, &wanted).await;
        app.shutdown().await;
    }
    Some(figures)
}

/// Replays those aggregates; each is what djangoevents made of it.
pub(super) async fn compare(app: &App, states: &Value, wanted: impl Fn(&str) -> bool) -> Figures {
    let mut figures = Figures::default();
    let mut different = Vec::new();
    for state in states.as_array().unwrap() {
        let text = |key: &str| state[key].as_str().unwrap();
        let (aggregate_type, id) = (text("aggregate_type"), text("aggregate_id"));
        if !wanted(aggregate_type) {
            continue;
        }
        figures.events += state["events"].as_u64().unwrap();
        // Its rows are Animals, so it is no aggregate of its own.
        if aggregate_type == "Hamster" {
            assert_eq!(text("outcome"), "missing");
            figures.missing += 1;
            continue;
        }
        let repository = repository(app, aggregate_type);
        let events = repository.events(id, Wanted::default()).await.unwrap();
        assert_eq!(Some(events.len() as u64), state["events"].as_u64());
        let seen = repository.look(id, None).await;
        match (text("outcome"), &seen) {
            ("entity", Ok(seen)) if seen.fits(expected(state)) => {
                figures.entities += 1;
                figures.discarded += usize::from(seen.discarded);
            }
            ("missing", Err(GetError::NotFound(_))) => figures.missing += 1,
            ("error", Err(error)) if is_not_created(error) => figures.errors += 1,
            _ => different.push(format!("{aggregate_type} {id}: {seen:?}\n{state}")),
        }
    }
    assert!(
        different.is_empty(),
        "{} differ\n{}",
        different.len(),
        different.join("\n")
    );
    figures
}

/// What an aggregate must be. `event_version` decides how evgen reads a row, so a Customer that version 1 created is as
/// djangoevents has it with `ADDS_SCHEMA_VERSION_TO_EVENT_DATA` on, all others as with it off.
fn expected(state: &Value) -> &Value {
    let is_version_1 = state["attributes"]
        .get("full_name")
        .is_some_and(|name| !name.is_null());
    if is_version_1 {
        &state["with_adds_schema_version_on"]
    } else {
        state
    }
}

/// Animals without `Created`: `Cat.Renamed` is stored as Animal's in djangoevents, whose replay ends in a TypeError.
fn is_not_created(error: &GetError) -> bool {
    let GetError::Store(StoreFailure::Replay(error)) = error else {
        return false;
    };
    matches!(
        error.cause,
        ReplayCause::Problem(ReplayProblem::NotCreated { .. })
    )
}

#[tokio::test]
async fn a_number_longer_than_any_integer_is_kept() {
    let Some(journal) = Journal::copy("public_journal.sqlite3") else {
        return;
    };
    let app = app(&journal.path, Layout::djangoevents(), true).await;
    let projects = app.repository::<Project>();
    let project = projects
        .get_any("d1106113-d69c-4368-9a13-459a1666d62a")
        .await
        .unwrap();
    assert_eq!(
        project.serial(),
        Some("10000000000000000000000000000000000000000")
    );
}

/// What is generated from is djangoevents' own directory, untouched.
#[test]
fn the_fixture_is_the_directory_as_it_was_found() {
    let Some(found) = evgen_tests::shared("djangoevents/public_avro") else {
        return;
    };
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/djangoevents");
    let mut files = 0;
    for folder in std::fs::read_dir(found).unwrap() {
        let folder = folder.unwrap();
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let file = file.unwrap();
            let copy = fixture.join(folder.file_name()).join(file.file_name());
            let (found, copy) = (std::fs::read(file.path()), std::fs::read(copy));
            assert_eq!(found.unwrap(), copy.unwrap(), "{}", file.path().display());
            files += 1;
        }
    }
    assert_eq!(files, 52);
}

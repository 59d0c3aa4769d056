//! The same journals in PostgreSQL, in the table that Django makes there: the same states, answers and rows, and the real
//! djangoevents beside us.

use evgen_runtime::store::postgres::PostgresStore;
use evgen_runtime::{App, Validation};
use evgen_tests::djangoevents::events;
use evgen_tests::postgres::Database;

use super::other_side::{self, OtherSide, write_all};
use super::replay::Figures;
use super::{Journal, cases, commands, queries, replay, upgraded};
use crate::stores::postgres::djangoevents::{builder, empty, filled, rows, run, sqlite_rows};

async fn open(database: &Database) -> PostgresStore {
    builder(database).connect().await.unwrap()
}

async fn app(database: &Database) -> App {
    events::app(open(database).await).build().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_aggregate_is_what_djangoevents_made_of_it() {
    let (Some(states), Some(database)) = (
        cases("public_state.json"),
        filled("public_journal.sqlite3").await,
    ) else {
        return;
    };
    let expected = Figures {
        entities: 46,
        discarded: 6,
        missing: 7,
        errors: 2,
        events: 430,
    };
    let app = app(&database).await;
    assert_eq!(replay::compare(&app, &states, |_| true).await, expected);
}

/// As the real program left it on PostgreSQL, gaps in the ids included.
#[tokio::test(flavor = "multi_thread")]
async fn a_dump_of_djangoevents_own_database_is_replayed() {
    let (Some(states), Some(dump)) = (
        cases("public_state.json"),
        evgen_tests::shared("djangoevents/public_journal.pg.sql"),
    ) else {
        return;
    };
    let Some(database) = Database::new().await else {
        return;
    };
    let dump = std::fs::read_to_string(dump).unwrap();
    run(&mut database.connect().await, &dump).await;
    let app = app(&database).await;
    let figures = replay::compare(&app, &states, |_| true).await;
    assert_eq!((figures.entities, figures.events), (46, 430));
    let mut all = app.raw_events().until_now();
    let (mut last, mut count) = (0, 0);
    while let Some(event) = all.next().await {
        let position = event.unwrap().event().position.0;
        assert!(position > last);
        (last, count) = (position, count + 1);
    }
    assert_eq!(count, 430);
    assert!(last > 430, "its ids have gaps");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_older_djangoevents_are_found_by_class() {
    let (Some(states), Some(database)) = (
        cases("upgraded_state.json"),
        filled("upgraded_journal.sqlite3").await,
    ) else {
        return;
    };
    upgraded::compare(open(&database).await, &states).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_events_answers_as_djangoevents() {
    let (Some(journal), Some(asked), Some(database)) = (
        Journal::copy("public_journal.sqlite3"),
        cases("public_queries.json"),
        filled("public_journal.sqlite3").await,
    ) else {
        return;
    };
    let app = app(&database).await;
    let count = queries::ask_all(&app, &journal, &asked, |_| true).await;
    assert_eq!(count, 112 + 42 + 42 + 56 + 56);
}

#[tokio::test(flavor = "multi_thread")]
async fn replaying_every_command_writes_the_same_journal() {
    let (Some(journal), Some(database)) = (Journal::copy("public_journal.sqlite3"), empty().await)
    else {
        return;
    };
    let stores = [open(&database).await, open(&database).await];
    let figures = commands::replay_on(stores, Validation::Strict).await;
    assert_eq!(figures, Some((430, 37, 23)));
    let (expected, written) = (sqlite_rows(&journal.path), rows(&database).await);
    assert_eq!(expected.len(), written.len());
    for (expected, written) in expected.iter().zip(&written) {
        assert_eq!(expected, written);
    }
    let (Some(states), Some(python)) = (
        cases("public_state.json"),
        OtherSide::in_postgres(&database),
    ) else {
        return;
    };
    other_side::reads_all(python, &states);
}

#[tokio::test(flavor = "multi_thread")]
async fn djangoevents_reads_what_typed_events_wrote() {
    let Some(database) = empty().await else {
        return;
    };
    let app = app(&database).await;
    let written = write_all(&app).await;
    let Some(python) = OtherSide::in_postgres(&database) else {
        return;
    };
    other_side::reads_what_was_written(python, &app, written).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_write_to_one_journal_in_turn_and_a_subscriber_sees_it_all() {
    let Some(database) = empty().await else {
        return;
    };
    let Some(python) = OtherSide::in_postgres(&database) else {
        return;
    };
    let app = app(&database).await;
    let mut live = app.raw_events().from_now().await.unwrap();
    let follow = tokio::spawn(async move {
        let mut versions = Vec::new();
        while versions.len() < 42 {
            let event = live.next().await.unwrap().unwrap();
            versions.push(event.event().version.0);
        }
        versions
    });
    other_side::write_in_turn(python, &app).await;
    let versions = tokio::time::timeout(std::time::Duration::from_secs(20), follow).await;
    assert_eq!(versions.unwrap().unwrap(), (0..42).collect::<Vec<_>>());
}

//! A journal that three versions of djangoevents wrote in turn: rows without event_version, event types like `Created`.

use evgen_runtime::GetError;
use evgen_runtime::store::EventStore;
use evgen_runtime::store::sqlite::Layout;
use evgen_tests::djangoevents::shop_events;
use serde_json::Value;

use super::repositories::repository;
use super::{Journal, cases, open};

#[tokio::test]
async fn rows_of_older_djangoevents_are_found_by_class() {
    let (Some(journal), Some(states)) = (
        Journal::copy("upgraded_journal.sqlite3"),
        cases("upgraded_state.json"),
    ) else {
        return;
    };
    let store = open(&journal.path, Layout::djangoevents(), true).await;
    compare(store, &states).await;
}

/// Every aggregate is what djangoevents made of it.
pub(super) async fn compare(store: impl EventStore, states: &Value) {
    let app = shop_events::app(store).build().await.unwrap();
    let (mut entities, mut missing, mut events) = (0, 0, 0);
    for state in states.as_array().unwrap() {
        let text = |key: &str| state[key].as_str().unwrap();
        let repository = repository(&app, text("aggregate_type"));
        let seen = repository.look(text("aggregate_id"), None).await;
        events += state["events"].as_u64().unwrap();
        match (text("outcome"), &seen) {
            ("entity", Ok(seen)) if seen.fits(state) => entities += 1,
            ("missing", Err(GetError::NotFound(_))) => missing += 1,
            _ => panic!("{seen:?}\n{state}"),
        }
    }
    assert_eq!((entities, missing, events), (12, 3, 65));
}

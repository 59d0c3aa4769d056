//! A journal that a Python and a Rust service share during a move: what evgen appends stands there as djangoevents would
//! have written it.

use evgen_runtime::store::sqlite::Layout;
use evgen_runtime::{
    AggregateId, App, CreateError, GetError, JsonObject, ReplayCause, ReplayProblem, StoreFailure,
};
use evgen_tests::djangoevents::events::{animal, customer, note};
use evgen_tests::djangoevents::{Animal, Attributes as _, Customer, Dog, Note};
use serde_json::json;

use super::{Journal, app, rows};

const DOG: &str = "21601828-997e-487d-a8e8-a8a309aef200";

async fn shared_journal() -> Option<(Journal, App)> {
    let journal = Journal::copy("public_journal.sqlite3")?;
    let app = app(&journal.path, Layout::djangoevents(), false).await;
    Some((journal, app))
}

/// The last row without its ids and times: event type, data, aggregate id, type and version, metadata, module, class, event
/// version, stored id.
fn check_last(journal: &Journal, expected: [&str; 10]) {
    let rows = rows(&journal.path);
    let last = rows.last().unwrap();
    let told: Vec<_> = [2, 3, 4, 5, 6, 8, 9, 10, 11, 12]
        .iter()
        .map(|column| last[*column].as_str())
        .collect();
    assert_eq!(told, expected);
    assert_eq!((rows.len(), last[0].as_str()), (431, "Integer(431)"));
    assert_eq!((last[1].len(), &last[1][12..13]), (32, "1"), "{}", last[1]);
}

#[tokio::test]
async fn a_new_aggregate_is_stored_as_python_would_store_it() {
    let Some((journal, app)) = shared_journal().await else {
        return;
    };
    let created = customer::Created {
        first_name: "Zo\u{eb}".into(),
        last_name: "\u{1f389}".into(),
    };
    let customers = app.repository::<Customer>();
    customers.create("zoe", created).await.unwrap();
    check_last(
        &journal,
        [
            "customer_created",
            r#"{"first_name":"Zo\u00eb","last_name":"\ud83c\udf89"}"#,
            "zoe",
            "Customer",
            "Integer(0)",
            "null",
            "accounts.aggregates",
            "Customer.Created",
            "Integer(2)",
            "Customer::zoe",
        ],
    );
}

#[tokio::test]
async fn a_command_of_the_abstract_aggregate_stores_the_childs_event() {
    let Some((journal, app)) = shared_journal().await else {
        return;
    };
    let renamed = |_: &_| animal::Renamed {
        label: "Rex".into(),
    };
    let dogs = app.repository::<Dog>();
    dogs.update(DOG, renamed).await.unwrap();
    let stored_id = format!("Dog::{DOG}");
    check_last(
        &journal,
        [
            "dog_renamed",
            r#"{"label":"Rex"}"#,
            DOG,
            "Dog",
            "Integer(2)",
            "null",
            "zoo.aggregates",
            "Dog.Renamed",
            "Integer(1)",
            &stored_id,
        ],
    );
}

#[tokio::test]
async fn a_child_without_events_is_stored_as_the_abstract_aggregate() {
    let Some((journal, app)) = shared_journal().await else {
        return;
    };
    let animals = app.repository::<Animal>();
    let renamed = animals.update("hamster-1", |_| animal::Renamed {
        label: "Fluffiest".into(),
    });
    renamed.await.unwrap();
    check_last(
        &journal,
        [
            "animal_renamed",
            r#"{"label":"Fluffiest"}"#,
            "hamster-1",
            "Animal",
            "Integer(2)",
            "null",
            "zoo.aggregates",
            "Animal.Renamed",
            "Integer(1)",
            "Animal::hamster-1",
        ],
    );
}

#[tokio::test]
async fn a_discarded_entity_is_created_again_at_a_free_version() {
    let Some((journal, app)) = shared_journal().await else {
        return;
    };
    let created = |title: &str| note::Created {
        data: JsonObject::parse(&json!({"title": title}).to_string()).unwrap(),
    };
    let notes = app.repository::<Note>();
    let kept = notes.create("note-kept", created("again")).await;
    assert!(matches!(kept, Err(CreateError::AlreadyExists(_))));
    notes
        .create("note-discarded", created("again"))
        .await
        .unwrap();
    check_last(
        &journal,
        [
            "note_created",
            r#"{"title":"again"}"#,
            "note-discarded",
            "Note",
            "Integer(3)",
            "null",
            "legacy.aggregates",
            "Note.Created",
            "Integer(1)",
            "Note::note-discarded",
        ],
    );
    let note = notes.get("note-discarded").await.unwrap();
    assert_eq!(note.version().0, 4);
    assert_eq!(note.attributes(), json!({"_title": "again", "_body": null}));
}

#[tokio::test]
async fn an_event_after_discarded_stops_the_replay_of_an_entity() {
    let Some((journal, app)) = shared_journal().await else {
        return;
    };
    journal.execute(
        "UPDATE event_journal SET aggregate_id = 'note-discarded', aggregate_version = 3 \
         WHERE aggregate_id = 'note-kept' AND aggregate_version = 1",
    );
    let error = app
        .repository::<Note>()
        .get(AggregateId::from("note-discarded"))
        .await;
    let Err(GetError::Store(StoreFailure::Replay(error))) = error else {
        panic!("{error:?}")
    };
    assert_eq!(error.row.0, 425);
    assert!(matches!(
        error.cause,
        ReplayCause::Problem(ReplayProblem::NotCreated { .. })
    ));
}

//! Storing: `store_event`, its refusals, validation.

use evgen_runtime::prelude::*;
use evgen_runtime::{
    CreateError, ExpectedVersion, InvalidEvent, StoreError, UpdateError, Validation,
};
use evgen_tests::fixtures::upcast_steps::Customer;

use super::{ada, customers, elm, is_conflict};

pub(super) const ADA: &str =
    r#"{"name":{"first":"Ada","last":"Lovelace"},"title":null,"vip":false}"#;
/// `title` is a number.
const WRONG: &str = r#"{"name":{"first":"Ada"},"title":7}"#;

#[tokio::test]
async fn store_event_without_a_repository_with_metadata() {
    let app = customers(|builder| builder).await;
    let stored = app
        .store::<Customer>("1", 0, ada())
        .metadata([("user", "u-1"), ("channel", "web")])
        .await
        .unwrap();
    assert_eq!(stored.version, AggregateVersion(1));
    let events = app.repository::<Customer>().events("1").await.unwrap();
    // djangoevents stored metadata, and never read it back.
    assert_eq!(events[0].metadata.text("user"), Some("u-1"));
    assert_eq!(events[0].metadata.text("channel"), Some("web"));
    assert_eq!(events[0].event, ada().into());
}

#[tokio::test]
async fn already_exists_other_integrity_errors_unchanged() {
    let app = customers(|builder| builder).await;
    let repository = app.repository::<Customer>();
    repository.create("1", ada()).await.unwrap();
    let again = repository.create("1", ada()).await;
    assert!(matches!(again, Err(CreateError::AlreadyExists(_))));
    let again = app.store::<Customer>("1", 0, ada()).await;
    assert!(matches!(again, Err(StoreError::AlreadyExists(_))));

    let moved = elm();
    repository.update("1", |_| moved.clone()).await.unwrap();
    let stale = app.store::<Customer>("1", 1, moved.clone()).await;
    assert!(is_conflict(&stale.unwrap_err()));
    let stale = repository.update("1", |_| moved.clone()).expect_version(1);
    assert!(matches!(stale.await, Err(UpdateError::Conflict { .. })));
    // As djangoevents: with no expectation, only the version must be free.
    let taken = app
        .store::<Customer>("1", 1, moved)
        .expect(ExpectedVersion::Any)
        .await;
    assert!(is_conflict(&taken.unwrap_err()));
    assert_eq!(repository.events("1").await.unwrap().len(), 2);
}

#[tokio::test]
async fn validation_on_store_per_project_and_forced_per_call() {
    let strict = customers(|builder| builder).await;
    let refused = strict.store_raw("customer_created", "1", 0, WRONG).await;
    let Err(StoreError::Invalid(InvalidEvent::Data { errors, .. })) = refused else {
        panic!("{refused:?}")
    };
    let paths: Vec<_> = errors.errors().iter().map(|error| error.path()).collect();
    assert_eq!(paths, ["/name/last", "/title"], "all at once: {errors}");

    let lax = customers(|builder| builder.validate(false)).await;
    let forced = lax
        .store_raw("customer_created", "1", 0, WRONG)
        .force_validate();
    assert!(matches!(forced.await, Err(StoreError::Invalid(_))));
    lax.store_raw("customer_created", "1", 0, WRONG)
        .await
        .unwrap();
}

/// `settings.validation: djangoevents`. The envelope takes part, as it did there.
#[tokio::test]
async fn validation_by_djangoevents_own_verdicts() {
    let app = customers(|builder| builder.validation(Validation::Djangoevents)).await;
    let verdict = async |id: &str, json: &str| {
        let stored = app.store_raw("customer_created", id, 0, json).await;
        stored.map_err(|error| match error {
            StoreError::Invalid(InvalidEvent::Data { errors, .. }) => errors.to_string(),
            other => other.to_string(),
        })
    };
    verdict("1", ADA).await.unwrap();
    // A missing member is null, one too many is let through; a default is no help.
    let null = r#"{"name":{"first":"Ada","last":"L","more":1},"vip":false}"#;
    verdict("2", null).await.unwrap();
    let missing = verdict("3", r#"{"name":{"first":"Ada","last":"L"}}"#).await;
    assert_eq!(
        missing.unwrap_err(),
        "`/vip`: expected true or false, found `null`"
    );
    let given = ADA.replacen('{', r#"{"entity_id":7,"#, 1);
    assert_eq!(
        verdict("4", &given).await.unwrap_err(),
        "`/entity_id`: expected a string, found `7`"
    );
    // Strictly, what is too much for djangoevents' rule is what a reader could not take.
    let strict = customers(|builder| builder).await;
    let defaults = r#"{"name":{"first":"Ada","last":"L"}}"#;
    strict
        .store_raw("customer_created", "3", 0, defaults)
        .await
        .unwrap();
}

#[tokio::test]
async fn schema_version_in_the_data_when_asked_not_overridden_when_given() {
    let given = ADA.replacen('{', r#"{"schema_version":4,"#, 1);
    for (asked, json, expected) in [
        (false, ADA, None),
        (true, ADA, Some("5")),
        (true, given.as_str(), Some("4")),
        (false, given.as_str(), Some("4")),
    ] {
        let app = customers(|builder| builder.schema_version_in_data(asked).validate(false)).await;
        app.store_raw("customer_created", "1", 0, json)
            .await
            .unwrap();
        let data = super::journal::data(&app, "Customer", "1").await;
        assert_eq!(data.get("schema_version"), expected, "{asked} {json}");
    }
    let app = customers(|builder| builder.schema_version_in_data(true)).await;
    app.store::<Customer>("1", 0, ada()).await.unwrap();
    let data = super::journal::data(&app, "Customer", "1").await;
    assert_eq!(data.get("schema_version"), Some("5"));
    // It belongs to the envelope: the event reads back as it was.
    let events = app.repository::<Customer>().events("1").await.unwrap();
    assert_eq!(events[0].event, ada().into());
}

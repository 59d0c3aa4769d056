//! What an app does without a repository: `store`, `store_raw`, units of work; and given / when / then.

mod support;
mod todo;

use evgen_runtime::prelude::*;
use evgen_runtime::store::JournalQuery;
use evgen_runtime::{
    BuildError, EventId, ExpectedVersion, InvalidEvent, Payload, StoreError, UpdateError,
};
use support::{app, builder, created, on};
use todo::{ChangedLabel, Completed, Discarded, Event, Refused, Todo, Touched};

#[tokio::test]
async fn stores_at_a_named_version() {
    let app = app().await;
    let done = app
        .store::<Todo>("1", 1, created("starts at one"))
        .await
        .unwrap();
    assert_eq!(done.version, 2.into());
    let again = app.store::<Todo>("1", 1, created("x")).await;
    assert!(matches!(again, Err(StoreError::AlreadyExists(_))));
    let stale = app.store::<Todo>("1", 1, Completed {}).await;
    let Err(StoreError::Conflict {
        expected, actual, ..
    }) = stale
    else {
        panic!("{stale:?}")
    };
    assert_eq!(
        (expected, actual),
        (ExpectedVersion::Exact(1.into()), Some(2.into()))
    );
    let _ = app
        .store_event::<Event>("1", 2, Completed {})
        .await
        .unwrap();
    // djangoevents' rule: the version is free.
    let _ = app
        .store::<Todo>("1", 9, Touched {})
        .expect(ExpectedVersion::Any)
        .await
        .unwrap();
    let taken = app
        .store::<Todo>("1", 9, Touched {})
        .expect(ExpectedVersion::Any)
        .await;
    assert_eq!(Error::from(taken.unwrap_err()).status(), 409);
    let todo = app.repository::<Todo>().get("1").await.unwrap();
    assert!(todo.done);
    assert_eq!(todo.version(), 4.into());
}

#[tokio::test]
async fn raw_events_are_held_against_their_schema() {
    let app = app().await;
    let invalid = app
        .store_raw("todo_created", "1", 0, r#"{"label":7}"#)
        .await;
    let Err(StoreError::Invalid(InvalidEvent::Data { errors, .. })) = invalid else {
        panic!("{invalid:?}")
    };
    assert_eq!(errors.errors()[0].path(), "/label");
    // The data's own keys override the envelope's, and are held against its fields; all mistakes at once.
    let text = r#"{"label":7,"entity_version":"one"}"#;
    let invalid = app.store_raw("todo_created", "1", 0, text).await;
    let Err(StoreError::Invalid(InvalidEvent::Data { errors, .. })) = invalid else {
        panic!("{invalid:?}")
    };
    let paths: Vec<_> = errors.errors().iter().map(|error| error.path()).collect();
    assert_eq!(paths, ["/label", "/entity_version"]);
    let unknown = app.store_raw("todo_eaten", "1", 0, "{}").await.unwrap_err();
    assert!(matches!(
        unknown,
        StoreError::Invalid(InvalidEvent::UnknownEvent { .. })
    ));
    let list = app
        .store_raw("todo_created", "1", 0, "[]")
        .await
        .unwrap_err();
    assert!(matches!(
        list,
        StoreError::Invalid(InvalidEvent::NotAnObject { .. })
    ));
    let newer = app
        .store_raw("todo_created", "1", 0, r#"{"label":"a"}"#)
        .event_version(2)
        .await;
    let newer = Error::from(newer.unwrap_err());
    assert_eq!(
        (newer.status(), newer.to_string().as_str()),
        (
            422,
            "`todo_created` has no version 2 in this build, its highest is 1",
        )
    );
    assert!(!app.repository::<Todo>().exists("1").await.unwrap());
}

#[tokio::test]
async fn validation_off_frees_raw_stores_unless_forced() {
    let app = builder(MemoryStore::new())
        .validate(false)
        .build()
        .await
        .unwrap();
    let forced = app
        .store_raw("todo_created", "1", 0, "{}")
        .force_validate()
        .await;
    assert!(matches!(forced, Err(StoreError::Invalid(_))));
    let _ = app.store_raw("todo_created", "1", 0, "{}").await.unwrap();
    assert!(app.repository::<Todo>().get("1").await.is_err());
}

#[tokio::test]
async fn raw_events_keep_what_they_are_given() {
    let store = MemoryStore::new();
    let app = builder(store.clone())
        .schema_version_in_data(true)
        .build()
        .await
        .unwrap();
    let id = EventId::parse("6BA7B8109DAD11D180B400C04FD430C8").unwrap();
    let text = r#"{ "label" : "a\u0000" }"#;
    let _ = app
        .store_raw("todo_created", "1", 0, text)
        .event_id(id.clone())
        .await
        .unwrap();
    let _ = app.store::<Todo>("1", 1, Completed {}).await.unwrap();
    let page = store.read_all(JournalQuery::default()).await.unwrap();
    let rows: Vec<_> = page.iter().collect();
    assert_eq!(rows[0].event_id, id.as_str());
    assert_eq!(
        rows[0].payload,
        Payload::Json(r#"{ "label" : "a\u0000","schema_version":1}"#)
    );
    assert_eq!(rows[1].payload, Payload::Json(r#"{"schema_version":1}"#));
    assert_eq!(
        app.repository::<Todo>().get("1").await.unwrap().label,
        "a\0"
    );
}

#[tokio::test]
async fn a_unit_of_work_stores_all_or_nothing() {
    let (store, app) = on(MemoryStore::new()).await;
    let _ = app
        .repository::<Todo>()
        .create("1", created("a"))
        .await
        .unwrap();
    let mut work = app
        .unit_of_work()
        .command_id("w1")
        .metadata(("why", "test"));
    work.create::<Todo>("2", created("b")).await.unwrap();
    work.update::<Todo, _, _>("1", |t| t.rename("c"))
        .await
        .unwrap();
    // It sees what it has decided itself.
    work.update::<Todo, _, _>("2", |t| t.rename(&format!("{}!", t.label)))
        .await
        .unwrap();
    let refused = work.update::<Todo, _, _>("1", |t| t.rename("")).await;
    assert!(matches!(
        refused,
        Err(UpdateError::Rejected(Refused::Empty))
    ));
    assert_eq!(store.head().await.unwrap(), Position(1));
    let done = work.commit().await.unwrap();
    assert_eq!(done.position, Position(4));
    let versions: Vec<_> = done
        .versions
        .iter()
        .map(|(s, v)| (s.to_string(), v.0))
        .collect();
    assert_eq!(
        versions,
        [("Todo::2".to_owned(), 2), ("Todo::1".to_owned(), 2)]
    );
    let todos = app.repository::<Todo>();
    assert_eq!(todos.get("2").await.unwrap().label, "b!");
    assert_eq!(todos.get("1").await.unwrap().label, "c");
    assert_eq!(
        todos.events("2").await.unwrap()[1].metadata.text("why"),
        Some("test")
    );

    let mut again = app.unit_of_work().command_id("w1");
    again.create::<Todo>("2", created("b")).await.unwrap();
    again
        .update::<Todo, _, _>("1", |_| -> Completed { panic!("decided twice") })
        .await
        .unwrap();
    assert_eq!(again.commit().await.unwrap().position, Position(4));

    let mut chain = app.unit_of_work();
    chain.create::<Todo>("4", created("x")).await.unwrap();
    chain.create::<Todo>("5", created("y")).await.unwrap();
    let _ = chain.commit().await.unwrap();
    let first = todos.events("4").await.unwrap().remove(0);
    let second = todos.events("5").await.unwrap().remove(0);
    assert_eq!(
        second.metadata.correlation_id(),
        Some(first.event_id.as_str())
    );

    let mut stale = app.unit_of_work();
    stale.create::<Todo>("3", created("d")).await.unwrap();
    stale
        .update::<Todo, _, _>("1", |t| t.rename("stale"))
        .await
        .unwrap();
    let _ = todos.update("1", |t| t.rename("faster")).await.unwrap();
    let conflict = stale.commit().await.unwrap_err();
    assert!(conflict.to_string().contains("Todo::1"), "{conflict}");
    assert_eq!(Error::from(conflict).status(), 409);
    assert!(!todos.exists("3").await.unwrap());
}

#[tokio::test]
async fn names_stand_for_one_thing() {
    use evgen_runtime::{HandlerEntry, ProjectionEntry, ProjectionStore};
    let projection = ProjectionEntry {
        name: "twice",
        on: &[],
        delivery: evgen_runtime::Delivery::Durable,
        run: evgen_runtime::RunOptions::DEFAULT,
        store: ProjectionStore::Own(Box::new(|_, _| Box::pin(async { Ok(()) }))),
    };
    let handler = HandlerEntry {
        name: "twice",
        on: &[],
        delivery: evgen_runtime::Delivery::Inline,
        run: evgen_runtime::RunOptions::DEFAULT,
        call: Box::new(|_, _| Box::pin(async { Ok(()) })),
    };
    let built = builder(MemoryStore::new())
        .add_handlers(vec![handler])
        .add_projections(vec![projection])
        .build()
        .await;
    assert!(matches!(
        built,
        Err(BuildError::NameTwice { name: "twice" })
    ));
}

#[cfg(feature = "testing")]
mod harness {
    use super::*;
    use evgen_runtime::testing::Given;

    #[test]
    fn given_when_then() {
        Given::<Todo>::events((
            created("milk"),
            ChangedLabel {
                label: "tea".into(),
            },
        ))
        .when(|t| t.rename("bread"))
        .then(ChangedLabel {
            label: "bread".into(),
        })
        .then_state(|t| assert_eq!((t.label.as_str(), t.version()), ("bread", 3.into())));
        Given::<Todo>::events((created("milk"), Completed {}))
            .when(|t| t.rename("bread"))
            .then_rejected(Refused::Done);
        let _ = Given::<Todo>::events([Event::from(created("milk")), Completed {}.into()])
            .when(|t| t.complete())
            .then_nothing();
        Given::<Todo>::nothing()
            .creating(created("milk"))
            .then_state(|t| assert_eq!(t.label, "milk"));
        Given::<Todo>::events(created("milk"))
            .and(Discarded {})
            .then_state(|t| assert!(t.discarded()));
    }

    #[test]
    #[should_panic(expected = "! expected ChangedLabel")]
    fn a_difference_is_shown() {
        let _ = Given::<Todo>::events(created("milk"))
            .when(|t| t.rename("bread"))
            .then(ChangedLabel {
                label: "milk".into(),
            });
    }
}

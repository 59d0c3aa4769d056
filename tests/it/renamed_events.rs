//! Rows that a service stored before its events were renamed, and one was dropped, as the new build reads them.

use evgen_runtime::store::memory::MemoryStore;
use evgen_runtime::store::sqlite::Layout;
use evgen_runtime::store::{Batch, EventStore, JournalQuery, StreamAppend};
use evgen_runtime::{
    AnyEvent, App, EventId, ExpectedVersion, InvalidEvent, NewEvent, PayloadBuf, PayloadFormat,
    Position, StoreError, StreamId,
};
use evgen_tests::fixtures::renamed_events::new::{self, Told};
use evgen_tests::fixtures::renamed_events::old;
use new::events::{dog, todo};

/// Stores one of each, as the old build does; gives the last position.
async fn written_by_the_old_build(
    store: impl EventStore + Clone,
    payload: PayloadFormat,
) -> Position {
    let app = old::events::app(store).configure(|app| app.payload(payload));
    let app = app.build().await.unwrap();
    let todos = app.repository::<old::Todo>();
    let opened = old::events::todo::Opened {
        label: "milk".into(),
    };
    let _ = todos.create("1", opened).await.unwrap();
    let _ = app
        .store_raw("todo_changed_label", "1", 1, r#"{"label":"bread"}"#)
        .event_version(1)
        .await
        .unwrap();
    let _ = todos
        .update("1", |_| old::events::todo::Nagged { times: 7 })
        .await
        .unwrap();
    let changed = |_: &evgen_runtime::Loaded<old::Todo>| old::events::todo::ChangedLabel {
        label: "rolls".into(),
        reason: Some("no bread".into()),
    };
    let _ = todos.update("1", changed).await.unwrap();
    let closed =
        |_: &evgen_runtime::Loaded<old::Todo>| old::events::todo::Closed { by: "ada".into() };
    let _ = todos.update("1", closed).await.unwrap();

    let dogs = app.repository::<old::Dog>();
    let born = old::events::dog::Born { name: "Rex".into() };
    let _ = dogs.create("1", born).await.unwrap();
    let walked = dogs.update("1", |_| old::events::dog::Walked { meters: 5 });
    walked.await.unwrap().position
}

async fn new_build(store: impl EventStore + Clone, payload: PayloadFormat, told: &Told) -> App {
    new::events::app(store)
        .configure(|app| app.payload(payload))
        .handlers(told.clone())
        .projections(told.clone())
        .build()
        .await
        .unwrap()
}

/// What the new build makes of the old rows: a dropped event is none of them.
fn read_on() -> Vec<todo::Event> {
    let relabelled = |text: &str, reason: &str| todo::Relabelled {
        text: text.into(),
        reason: reason.into(),
        loud: false,
    };
    vec![
        todo::Event::Created(todo::Created {
            label: "milk".into(),
            priority: 3,
        }),
        todo::Event::Relabelled(relabelled("bread", "none given")),
        todo::Event::Relabelled(relabelled("rolls", "no bread")),
        todo::Event::Finished(todo::Finished {
            who: "ADA".into(),
            stars: 0,
        }),
    ]
}

/// Runs a check on every kind of store that there is.
macro_rules! on_every_store {
    ($check:ident) => {
        for payload in [PayloadFormat::Json, PayloadFormat::Avro] {
            $check(MemoryStore::new(), payload).await;
            let (store, _folder) = super::stores::sqlite(Layout::Native).await;
            $check(store, payload).await;
        }
    };
}

async fn replays(store: impl EventStore + Clone, payload: PayloadFormat) {
    written_by_the_old_build(store.clone(), payload).await;
    let app = new_build(store, payload, &Told::default()).await;
    let todos = app.repository::<new::Todo>();
    let todo = todos.get("1").await.unwrap();
    assert_eq!(todo.events, read_on());
    // The dropped event has its place in the stream.
    assert_eq!(todo.version().0, 5);
    let dog = app.repository::<new::Dog>().get("1").await.unwrap();
    assert_eq!(dog.animal.meters, 5);

    let events = todos.events("1").await.unwrap();
    let versions: Vec<i64> = events.iter().map(|event| event.version.0).collect();
    assert_eq!(versions, [0, 1, 3, 4]);
    assert_eq!(events[1].event, read_on()[1]);
    // Those that are asked for are given, dropped ones not counted.
    let last = todos.events("1").newest_first().limit(3).await.unwrap();
    let versions: Vec<i64> = last.iter().map(|event| event.version.0).collect();
    assert_eq!(versions, [4, 3, 1]);

    // What is stored from now on has the new type, behind the old rows.
    let done = todos.update("1", |_| todo::Finished {
        who: "Bo".into(),
        stars: 1,
    });
    assert_eq!(done.await.unwrap().version.0, 6);
    let mut raw = app.raw_events().until_now();
    let mut types = Vec::new();
    while let Some(stored) = raw.next().await {
        types.push(stored.unwrap().event().event_type.to_owned());
    }
    assert_eq!(
        types,
        [
            "todo_opened",
            "todo_changed_label",
            "todo_nagged",
            "todo_changed_label",
            "todo_closed",
            "dog_born",
            "dog_walked",
            "todo_finished"
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_rows_are_the_new_events() {
    on_every_store!(replays);
}

async fn reach_handlers(store: impl EventStore + Clone, payload: PayloadFormat) {
    let last = written_by_the_old_build(store.clone(), payload).await;
    let told = Told::default();
    let app = new_build(store, payload, &told).await;
    for name in ["tell", "labels"] {
        app.wait_for(name, last).await.unwrap();
    }
    let expected = [
        "label bread",
        "label milk",
        "label rolls",
        "told 5 m",
        "told bread",
        "told rolls",
    ];
    assert_eq!(told.all(), expected);

    let mut events = app.events::<todo::Relabelled>().until_now();
    let mut texts = Vec::new();
    while let Some(event) = events.next().await {
        texts.push(event.unwrap().event.text);
    }
    assert_eq!(texts, ["bread", "rolls"]);
    let mut events = app.events::<AnyEvent>().until_now();
    let mut names = Vec::new();
    while let Some(event) = events.next().await {
        names.push(event.unwrap().event.descriptor().name);
    }
    let expected = [
        "Created",
        "Relabelled",
        "Relabelled",
        "Finished",
        "Born",
        "Moved",
    ];
    assert_eq!(names, expected);
    let mut events = app.events::<new::events::animal::Moved>().until_now();
    let moved = events.next().await.unwrap().unwrap();
    assert_eq!(moved.event.meters, 5);
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_rows_reach_handlers_and_projections() {
    on_every_store!(reach_handlers);
}

async fn is_verified(store: impl EventStore + Clone, payload: PayloadFormat) {
    written_by_the_old_build(store.clone(), payload).await;
    let app = new_build(store, payload, &Told::default()).await;
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = app
        .admin_to(["journal", "verify"], &mut out, &mut err)
        .await;
    let out = String::from_utf8(out).unwrap();
    assert_eq!((out.as_str(), code), ("this build reads all 7 events\n", 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_with_old_rows_is_verified() {
    on_every_store!(is_verified);
}

#[tokio::test]
async fn old_types_are_no_longer_written() {
    let told = Told::default();
    let app = new_build(MemoryStore::new(), PayloadFormat::Json, &told).await;
    let dropped = app.store_raw("todo_nagged", "1", 0, r#"{"times":1}"#).await;
    let Err(StoreError::Invalid(error @ InvalidEvent::FormerEvent { now: None, .. })) = dropped
    else {
        panic!("{dropped:?}")
    };
    assert_eq!(
        error.to_string(),
        "events of type `todo_nagged` are no longer written"
    );
    let renamed = app
        .store_raw("todo_opened", "1", 0, r#"{"label":"a"}"#)
        .await;
    assert_eq!(
        renamed.unwrap_err().to_string(),
        "events of type `todo_opened` are no longer written: store `todo_created`"
    );
}

#[tokio::test]
async fn a_version_of_an_old_type_that_the_build_does_not_know_says_so() {
    let store = MemoryStore::new();
    let event = NewEvent {
        event_id: EventId::new(),
        event_type: "todo_opened".into(),
        event_version: Some(2),
        payload: PayloadBuf::Json(r#"{"label":"milk"}"#.into()),
        create_date: None,
        metadata: None,
        version: None,
        django: None,
    };
    let append = StreamAppend {
        stream: StreamId::new("Todo", "1"),
        expected: ExpectedVersion::NoStream,
        events: vec![event],
        command_id: None,
    };
    let streams = vec![append];
    store.append(Batch { streams }).await.unwrap();
    let app = new_build(store, PayloadFormat::Json, &Told::default()).await;
    let error = app.repository::<new::Todo>().get("1").await.unwrap_err();
    let error = super::stores::chain(&error);
    let expected = "`Todo.Opened` is stored in version 2, this build knows up to 1";
    assert!(error.contains(expected), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn djangoevents_finds_them_by_class() {
    let (store, _folder) = super::stores::sqlite(Layout::djangoevents()).await;
    let app = old::events::app(store.clone()).build().await.unwrap();
    let dogs = app.repository::<old::Dog>();
    let born = old::events::dog::Born { name: "Rex".into() };
    let _ = dogs.create("1", born).await.unwrap();
    let walked = dogs.update("1", |_| old::events::dog::Walked { meters: 5 });
    let last = walked.await.unwrap().position;
    let page = store.read_all(JournalQuery::default()).await.unwrap();
    let mut row = page.get(1).unwrap();
    assert_eq!(row.django_class, Some(("dogs.aggregates", "Dog.Walked")));
    row.event_type = "of_another_time";
    let found = dog::AGGREGATE.find(&row).unwrap();
    assert_eq!(found.stored.name, "Walked");
    assert_eq!(found.event.map(|event| event.name), Some("Moved"));

    let told = Told::default();
    let app = new_build(store, PayloadFormat::Json, &told).await;
    let dog = app.repository::<new::Dog>().get("1").await.unwrap();
    assert_eq!(dog.animal.meters, 5);
    app.wait_for("tell", last).await.unwrap();
    assert_eq!(told.all(), ["told 5 m"]);
    app.shutdown().await;
}

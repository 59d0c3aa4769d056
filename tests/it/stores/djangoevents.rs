//! Journals that the real djangoevents wrote, opened in place.

use std::ops::Bound;
use std::path::Path;

use evgen_runtime::django;
use evgen_runtime::envelope::{EventId, NewEvent, Payload, PayloadBuf, RecordedEvent};
use evgen_runtime::error::AppendError;
use evgen_runtime::event::DjangoClass;
use evgen_runtime::position::Position;
use evgen_runtime::rusqlite::Connection;
use evgen_runtime::store::sqlite::{Layout, SqliteStore};
use evgen_runtime::store::{
    Batch, EventStore, JournalQuery, NoteChange, NoteQuery, StreamAppend, StreamQuery,
};
use evgen_runtime::stream::{ExpectedVersion, StreamId};
use evgen_tests::shared;
use jiff::tz::TimeZone;

const COLUMNS: &str = "id, event_id, event_type, event_data, aggregate_id, aggregate_type, aggregate_version, \
                       create_date, metadata, _module_name, _class_name, event_version, _stored_entity_id";

async fn open(path: &Path) -> SqliteStore {
    SqliteStore::builder(path)
        .layout(Layout::djangoevents())
        .open()
        .await
        .unwrap()
}

/// A journal of the shared data, in a folder where it may be written.
fn copy(folder: &Path, name: &str) -> Option<std::path::PathBuf> {
    let path = folder.join(name);
    std::fs::write(
        &path,
        std::fs::read(shared(&format!("djangoevents/{name}"))?).unwrap(),
    )
    .unwrap();
    Some(path)
}

fn rows(path: &Path) -> Vec<Vec<String>> {
    let db = Connection::open(path).unwrap();
    let mut statement = db
        .prepare(&format!("SELECT {COLUMNS} FROM event_journal ORDER BY id"))
        .unwrap();
    let rows = statement.query_map([], |row| {
        (0..13)
            .map(|n| Ok(format!("{:?}", row.get_ref(n)?)))
            .collect()
    });
    rows.unwrap().map(Result::unwrap).collect()
}

#[tokio::test]
async fn reading_a_journal_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(path) = copy(folder.path(), "public_journal.sqlite3") else {
        return;
    };
    let before = std::fs::read(&path).unwrap();
    for read_only in [true, false] {
        let builder = SqliteStore::builder(&path).layout(Layout::djangoevents());
        let store = builder.read_only(read_only).open().await.unwrap();
        assert_eq!(store.head().await.unwrap(), Position(430));
        let page = store.read_all(JournalQuery::default()).await.unwrap();
        assert_eq!((page.len(), page.is_last()), (430, true));
        check_first(&page.get(0).unwrap());
        assert_eq!(page.get(1).unwrap().metadata, None);
        let dog = StreamId::new("Dog", "b3d6782d-294c-45d9-8827-9abba25254b8");
        let page = store
            .read_stream(StreamQuery::new(dog.clone()))
            .await
            .unwrap();
        check_first(&page.get(0).unwrap());
        assert!(
            page.iter()
                .all(|event| event.aggregate_id == dog.aggregate_id.as_str())
        );
        assert_eq!(store.load_notes(NoteQuery::all("")).await.unwrap(), []);
        assert_eq!(store.load_snapshot(&dog, 1).await.unwrap(), None);
        assert_eq!(store.find_command(&dog, "c").await.unwrap(), None);
        store.close().await;
        assert!(
            std::fs::read(&path).unwrap() == before,
            "the file has changed"
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

fn check_first(event: &RecordedEvent<'_>) {
    assert_eq!(event.position, Position(1));
    assert_eq!(event.event_id, "e01c0be8fea211e6b8d90311d5a0c0de");
    assert_eq!(
        (event.event_type, event.event_version),
        ("dog_created", Some(1))
    );
    assert_eq!(
        event.payload,
        Payload::Json("{\"label\":\"2017-01-01T00:00:00Z\"}")
    );
    assert_eq!(event.create_date.to_string(), "2017-03-01T17:16:57.947031Z");
    assert!(event.metadata.unwrap().starts_with("{\"at\":"));
    assert_eq!(event.django_class, Some(("zoo.aggregates", "Dog.Created")));
}

#[tokio::test]
async fn rows_without_a_version_have_none() {
    let folder = tempfile::tempdir().unwrap();
    let Some(path) = copy(folder.path(), "upgraded_journal.sqlite3") else {
        return;
    };
    let page = open(&path)
        .await
        .read_all(JournalQuery::default())
        .await
        .unwrap();
    assert_eq!(
        page.iter()
            .filter(|event| event.event_version.is_none())
            .count(),
        37
    );
    assert_eq!(page.len(), 65);
}

/// `USE_TZ = False` in Warsaw, through the end of summer time.
#[tokio::test]
async fn local_times_are_read_by_their_zone() {
    let folder = tempfile::tempdir().unwrap();
    let Some(path) = copy(folder.path(), "naive_local_journal.sqlite3") else {
        return;
    };
    let time_zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    let layout = Layout::Djangoevents { time_zone };
    let store = SqliteStore::builder(&path)
        .layout(layout)
        .open()
        .await
        .unwrap();
    let warsaw = StreamId::new("X509Cert", "warsaw");
    let page = store
        .read_stream(StreamQuery::new(warsaw.clone()))
        .await
        .unwrap();
    assert_eq!(
        page.get(0).unwrap().create_date.to_string(),
        "2017-10-28T22:00:00Z"
    );
    let second = page.get(1).unwrap().create_date;
    let until = StreamQuery {
        time: (Bound::Unbounded, Bound::Included(second)),
        ..StreamQuery::new(warsaw)
    };
    assert_eq!(store.read_stream(until).await.unwrap().len(), 2);
}

/// Appends every event of a journal to another one, as what it is.
pub(super) async fn append_again(from: &dyn EventStore, to: &dyn EventStore) {
    for event in from.read_all(JournalQuery::default()).await.unwrap().iter() {
        let leak = |text: &str| -> &'static str { String::leak(text.to_owned()) };
        let (module, class) = event.django_class.unwrap();
        let Payload::Json(data) = event.payload else {
            panic!()
        };
        let append = StreamAppend {
            stream: StreamId::new(event.aggregate_type, event.aggregate_id),
            expected: ExpectedVersion::Any,
            events: vec![NewEvent {
                event_id: EventId::parse(event.event_id).unwrap(),
                event_type: event.event_type.to_owned().into(),
                event_version: event.event_version,
                payload: PayloadBuf::Json(data.to_owned()),
                // Derived from the id, as Python does.
                create_date: None,
                metadata: event.metadata.map(str::to_owned),
                version: Some(event.version),
                django: Some(DjangoClass {
                    module: leak(module),
                    class: leak(class),
                }),
            }],
            command_id: None,
        };
        to.append(Batch {
            streams: vec![append],
        })
        .await
        .unwrap();
    }
}

/// Every row of the real program, appended by evgen: the same, column for column.
#[tokio::test]
async fn appended_rows_are_djangoevents_own() {
    let folder = tempfile::tempdir().unwrap();
    let copy_path = folder.path().join("copy.sqlite3");
    for name in ["public_journal.sqlite3", "upgraded_journal.sqlite3"] {
        let Some(path) = copy(folder.path(), name) else {
            return;
        };
        let (from, to) = (open(&path).await, open(&copy_path).await);
        append_again(&from, &to).await;
        from.close().await;
        to.close().await;
        let (expected, written) = (rows(&path), rows(&copy_path));
        assert_eq!(expected.len(), written.len());
        for (expected, written) in expected.iter().zip(&written) {
            assert_eq!(expected, written);
        }
        std::fs::remove_file(&copy_path).unwrap();
    }
}

#[tokio::test]
async fn appending_keeps_the_journal_mode_and_makes_own_tables_late() {
    let folder = tempfile::tempdir().unwrap();
    let Some(path) = copy(folder.path(), "public_journal.sqlite3") else {
        return;
    };
    let store = open(&path).await;
    let todo = StreamId::new("Todo", "new");
    let event = NewEvent {
        event_id: EventId::new(),
        event_type: "todo_created".into(),
        event_version: Some(1),
        payload: PayloadBuf::Json("{\"b\": \"é\", \"a\": 1e3}".into()),
        create_date: None,
        metadata: None,
        version: None,
        django: Some(DjangoClass {
            module: "todos.aggregates",
            class: "Todo.Created",
        }),
    };
    let batch = |events| Batch {
        streams: vec![StreamAppend {
            stream: todo.clone(),
            expected: ExpectedVersion::NoStream,
            events,
            command_id: None,
        }],
    };
    let nameless = NewEvent {
        django: None,
        ..event.clone()
    };
    let avro = NewEvent {
        payload: PayloadBuf::Avro(vec![]),
        ..event.clone()
    };
    for refused in [nameless, avro] {
        let error = store.append(batch(vec![refused])).await.unwrap_err();
        assert!(matches!(error, AppendError::Backend { .. }));
    }
    let appended = store.append(batch(vec![event])).await.unwrap();
    assert_eq!(appended.position, Position(431));
    let db = Connection::open(&path).unwrap();
    let one = |sql: &str| {
        db.query_row(sql, [], |row| row.get::<_, String>(0))
            .unwrap()
    };
    assert_eq!(one("PRAGMA journal_mode"), "delete");
    let last = "FROM event_journal WHERE id = 431";
    assert_eq!(
        one(&format!("SELECT event_data {last}")),
        r#"{"a":1000.0,"b":"\u00e9"}"#
    );
    assert_eq!(one(&format!("SELECT metadata {last}")), "null");
    assert_eq!(
        one(&format!("SELECT _stored_entity_id {last}")),
        "Todo::new"
    );
    assert_eq!(one(&format!("SELECT event_id {last}")).len(), 32);
    let own = "SELECT CAST(count(*) AS TEXT) FROM sqlite_master WHERE name LIKE 'evgen_%'";
    assert_eq!(one(own), "0");
    let set = vec![NoteChange::set("p", "3")];
    store.save_notes(set).await.unwrap();
    assert_eq!(store.load_notes(NoteQuery::of("p")).await.unwrap().len(), 1);
    assert_ne!(one(own), "0");
}

/// What Python makes of a value, `json_text` makes of its JSON.
#[test]
fn json_text_is_pythons() {
    let Some(path) = shared("djangoevents/json_text_cases.json") else {
        return;
    };
    let cases: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    for case in cases["floats"].as_array().unwrap() {
        let bits = u64::from_str_radix(case["bits"].as_str().unwrap(), 16).unwrap();
        assert_eq!(
            django::float_text(f64::from_bits(bits)),
            case["text"].as_str().unwrap()
        );
    }
    for case in cases["encode"].as_array().unwrap() {
        let Some(text) = case["text"].as_str() else {
            continue;
        };
        // Keys that are no strings are sorted before they become text: a JSON text has none.
        let (numbers, dict) = (case["value"]["$dict"].is_array(), text.contains("\"9\""));
        if !(numbers && dict) {
            assert_eq!(django::json_text(text).unwrap(), text);
        }
    }
    for case in cases["decode"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        let syntax = case["raises"]["type"] == "json.decoder.JSONDecodeError";
        assert_eq!(django::json_text(text).is_err(), syntax, "{text}");
    }
}

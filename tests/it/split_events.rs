//! Rows that a service stored as one event, and that it reads as several today.

use std::sync::atomic::Ordering;

use evgen_runtime::codec::avro::from_json_text;
use evgen_runtime::store::sqlite::Layout;
use evgen_runtime::store::{Batch, EventStore, StreamAppend};
use evgen_runtime::{
    AggregateEvent, AnyEvent, App, EventId, ExpectedVersion, InvalidEvent, NewEvent, PayloadBuf,
    PayloadFormat, Position, SqliteStore, StoreError, StreamId,
};
use evgen_tests::fixtures::split_events::events::{self, animal, customer, dog};
use evgen_tests::fixtures::split_events::{Customer, Dog, Told};

const FORMATS: [PayloadFormat; 2] = [PayloadFormat::Json, PayloadFormat::Avro];

/// Rows as builds from before the splits stored them.
const OLD: &[(&str, i32, &str)] = &[
    ("registered", 1, r#"{"name":"Ada","newsletter":true}"#),
    ("contact_changed", 1, r#"{"contact":"ada@example.org"}"#),
    (
        "contact_changed",
        2,
        r#"{"email":{"string":"a@b.net"},"phone":{"string":"123"}}"#,
    ),
    ("contact_changed", 2, r#"{"email":null,"phone":null}"#),
    ("items_added", 1, r#"{"items":["milk","bread"]}"#),
    ("registered", 2, r#"{"name":"Ada B."}"#),
    ("item_added", 1, r#"{"item":"rolls"}"#),
];

/// What is read of them: version of the row, place in it, event.
const READ: &[(i64, u32, &str)] = &[
    (5, 0, r#"Registered { name: "Ada B.", locale: "en" }"#),
    (6, 0, r#"ItemPut { item: "rolls", count: 1 }"#),
];

async fn append<E: AggregateEvent>(
    store: &SqliteStore,
    (id, rows): (&str, &[(&str, i32, &str)]),
    format: PayloadFormat,
) -> Position {
    let aggregate = E::AGGREGATE;
    let prefix = aggregate.aggregate_type.to_lowercase();
    let events = rows.iter().map(|(name, version, json)| {
        let event_type = format!("{prefix}_{name}");
        let former = aggregate.former.iter().map(|former| former.event);
        let mut known = aggregate.events.iter().copied().chain(former);
        let event = known.find(|event| event.event_type == event_type).unwrap();
        let schema = event.version(*version).unwrap();
        let payload = match format {
            PayloadFormat::Json => PayloadBuf::Json((*json).into()),
            _ => {
                let body = from_json_text(schema.node, json).unwrap();
                let fingerprint = schema.fingerprint.to_le_bytes();
                PayloadBuf::Avro([&[0xc3, 0x01][..], &fingerprint, &body].concat())
            }
        };
        NewEvent {
            event_id: EventId::new(),
            event_type: event_type.into(),
            event_version: Some(*version),
            payload,
            create_date: None,
            metadata: None,
            version: None,
            django: None,
        }
    });
    let append = StreamAppend {
        stream: StreamId::new(aggregate.aggregate_type, id),
        expected: ExpectedVersion::Any,
        events: events.collect(),
        command_id: None,
    };
    let streams = vec![append];
    store.append(Batch { streams }).await.unwrap();
    store.head().await.unwrap()
}

async fn app(store: &SqliteStore, told: &Told) -> App {
    events::app(store.clone())
        .handlers(told.clone())
        .projections(told.clone())
        .build()
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_rows_are_several_events_in_their_order() {
    for format in FORMATS {
        let (store, _folder) = super::stores::sqlite(Layout::Native).await;
        append::<customer::Event>(&store, ("1", OLD), format).await;
        let app = app(&store, &Told::default()).await;
        let customers = app.repository::<Customer>();
        let read = |until: i64| customers.get("1").at_version(until);
        let customer = read(5).await.unwrap();
        let expected = [
            (0, 0, r#"Registered { name: "Ada", locale: "en" }"#),
            (0, 1, r#"Subscribed { list: "newsletter" }"#),
            (
                1,
                0,
                r#"EmailChanged { email: "ada@example.org", domain: "example.org" }"#,
            ),
            (
                2,
                0,
                r#"EmailChanged { email: "a@b.net", domain: "b.net" }"#,
            ),
            (2, 1, r#"PhoneChanged { phone: "123", kind: Unknown }"#),
            (4, 0, r#"ItemPut { item: "milk", count: 1 }"#),
            (4, 1, r#"ItemPut { item: "bread", count: 1 }"#),
        ];
        assert_eq!(texts(&customer.events), expected);
        // Each row is one place in its stream, that of nothing too.
        assert_eq!(customer.version().0, 5);
        let customer = customers.get("1").await.unwrap();
        assert_eq!(texts(&customer.events), READ);
        assert_eq!(customer.version().0, 7);

        // With a snapshot taken by the way, new events follow.
        let put = |item: &str| customer::ItemPut {
            item: item.into(),
            count: 2,
        };
        let done = customers.update("1", |_| put("jam")).await.unwrap();
        assert_eq!(done.version.0, 8);
        let customer = customers.get("1").await.unwrap();
        assert_eq!(customer.events.len(), 3);
        app.shutdown().await;
    }
}

fn texts(events: &[(i64, u32, String)]) -> Vec<(i64, u32, &str)> {
    let texts = events.iter();
    texts
        .map(|(version, part, text)| (*version, *part, text.as_str()))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_may_be_split_themselves() {
    let (store, _folder) = super::stores::sqlite(Layout::Native).await;
    let row = [(
        "imported",
        1,
        r#"{"name":"Bo","items":["milk","bread","jam"]}"#,
    )];
    append::<customer::Event>(&store, ("1", &row), PayloadFormat::Json).await;
    let app = app(&store, &Told::default()).await;
    let customer = app.repository::<Customer>().get("1").await.unwrap();
    let parts = customer.events.iter().map(|(_, part, _)| *part);
    assert_eq!(parts.collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    assert!(customer.events[1].2.starts_with("Subscribed"));
    assert!(customer.events[4].2.contains("jam"));
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_child_splits_what_its_parent_says() {
    let (store, _folder) = super::stores::sqlite(Layout::Native).await;
    let rows = [
        ("born", 1, "{}"),
        ("danced", 1, r#"{"meters":3,"degrees":90}"#),
    ];
    let last = append::<dog::Event>(&store, ("1", &rows), PayloadFormat::Avro).await;
    let told = Told::default();
    let app = app(&store, &told).await;
    let dog = app.repository::<Dog>().get("1").await.unwrap();
    assert_eq!((dog.animal.meters, dog.animal.degrees), (3, 90));
    app.wait_for("tell", last).await.unwrap();
    assert_eq!(told.all(), ["2/1 90 degrees"]);
    let mut turned = app.events::<animal::Turned>().until_now();
    let turned = turned.next().await.unwrap().unwrap();
    assert_eq!((turned.degrees, turned.part.index()), (90, 1));
    // Of those that were asked for it is the last.
    assert!(turned.part.is_last());
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handlers_and_projections_get_each_part() {
    for format in FORMATS {
        let (store, folder) = super::stores::sqlite(Layout::Native).await;
        let last = append::<customer::Event>(&store, ("1", OLD), format).await;
        let told = Told::default();
        let app = app(&store, &told).await;
        for name in ["tell", "items"] {
            app.wait_for(name, last).await.unwrap();
        }
        let expected = [
            "2/0 example.org",
            "3/0 b.net",
            "5/0 milk",
            "5/1 bread",
            "7/0 rolls",
        ];
        assert_eq!(told.all(), expected);
        let rows = items(folder.path(), "SELECT item FROM items ORDER BY rowid");
        assert_eq!(rows, ["Ada", "milk", "bread", "Ada B.", "rolls"]);
        // The one inside appends has caught up with what was stored.
        let rows = items(folder.path(), "SELECT item FROM inside ORDER BY rowid");
        assert_eq!(rows, ["milk", "bread", "rolls"]);

        // Made anew, it is the same.
        let _ = app.rebuild("items").await.unwrap();
        let rows = items(folder.path(), "SELECT item FROM items ORDER BY rowid");
        assert_eq!(rows, ["Ada", "milk", "bread", "Ada B.", "rolls"]);
        app.shutdown().await;
    }
}

fn items(folder: &std::path::Path, query: &str) -> Vec<String> {
    let file = std::fs::read_dir(folder).unwrap();
    let mut files = file.map(|file| file.unwrap().path());
    let file = files.find(|file| file.extension().is_some_and(|e| e == "db"));
    let connection = evgen_runtime::rusqlite::Connection::open(file.unwrap()).unwrap();
    let mut statement = connection.prepare(query).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_is_parked_whole_and_comes_again_whole() {
    let (store, folder) = super::stores::sqlite(Layout::Native).await;
    let rows = [
        ("registered", 2, r#"{"name":"Ada"}"#),
        ("items_added", 1, r#"{"items":["milk","bad","bread"]}"#),
    ];
    let last = append::<customer::Event>(&store, ("1", &rows), PayloadFormat::Json).await;
    let told = Told::default();
    told.refuses.store(true, Ordering::SeqCst);
    let app = app(&store, &told).await;
    for name in ["tell", "items"] {
        app.wait_for(name, last).await.unwrap();
        let parked = app.parked(name).list().await.unwrap();
        assert_eq!(parked.len(), 1, "{name}");
        assert_eq!(parked[0].position, last);
    }
    // A handler's effects of before stay; those of a transaction do not.
    assert_eq!(told.all(), ["2/0 milk"]);
    let query = "SELECT item FROM items ORDER BY rowid";
    assert_eq!(items(folder.path(), query), ["Ada"]);

    told.refuses.store(false, Ordering::SeqCst);
    for name in ["tell", "items"] {
        app.parked(name).retry(last).await.unwrap();
        while !app.parked(name).list().await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(told.all(), ["2/0 milk", "2/0 milk", "2/1 bad", "2/2 bread"]);
    let whole = ["Ada", "milk", "bad", "bread"];
    assert_eq!(items(folder.path(), query), whole);
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_and_reads_say_which_part_it_is() {
    let (store, _folder) = super::stores::sqlite(Layout::Native).await;
    append::<customer::Event>(&store, ("1", OLD), PayloadFormat::Json).await;
    let app = app(&store, &Told::default()).await;
    let mut events = app.events::<AnyEvent>().until_now();
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        let event = event.unwrap();
        let part = event.part;
        seen.push((
            event.position.0,
            part.index(),
            part.is_last(),
            event.event.descriptor().name,
        ));
    }
    let expected = [
        (1, 0, false, "Registered"),
        (1, 1, true, "Subscribed"),
        (2, 0, true, "EmailChanged"),
        (3, 0, false, "EmailChanged"),
        (3, 1, true, "PhoneChanged"),
        (5, 0, false, "ItemPut"),
        (5, 1, true, "ItemPut"),
        (6, 0, true, "Registered"),
        (7, 0, true, "ItemPut"),
    ];
    assert_eq!(seen, expected);

    let customers = app.repository::<Customer>();
    let newest = customers.events("1").newest_first().limit(3).await.unwrap();
    let places = newest
        .iter()
        .map(|event| (event.version.0, event.part.index()));
    // A row is given whole.
    let places: Vec<_> = places.collect();
    assert_eq!(places, [(6, 0), (5, 0), (4, 1), (4, 0)]);
    let next = customers.events("1").newest_first();
    let next = next.after_position(newest[3].position).limit(2).await;
    let next: Vec<_> = next.unwrap().iter().map(|event| event.version.0).collect();
    assert_eq!(next, [2, 2]);
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_refuses_stops_its_aggregate_alone() {
    let (store, _folder) = super::stores::sqlite(Layout::Native).await;
    let registered = ("registered", 2, r#"{"name":"Ada"}"#);
    let wrong = (
        "contact_changed",
        2,
        r#"{"email":{"string":"nowhere"},"phone":null}"#,
    );
    for (id, rows) in [("1", &[registered, wrong][..]), ("2", &[registered])] {
        append::<customer::Event>(&store, (id, rows), PayloadFormat::Json).await;
    }
    let app = app(&store, &Told::default()).await;
    let error = app.repository::<Customer>().get("1").await.unwrap_err();
    let error = super::stores::chain(&error);
    assert!(error.contains("no domain"), "{error}");
    app.repository::<Customer>().get("2").await.unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = app
        .admin_to(["journal", "verify"], &mut out, &mut err)
        .await;
    let out = String::from_utf8(out).unwrap();
    assert_eq!(code, 1);
    assert!(
        out.ends_with("this build cannot read 1 of 3 events\n"),
        "{out}"
    );
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_split_is_no_longer_written() {
    let (store, _folder) = super::stores::sqlite(Layout::Native).await;
    let app = app(&store, &Told::default()).await;
    let former = app.store_raw("customer_items_added", "1", 0, r#"{"items":[]}"#);
    let Err(StoreError::Invalid(error)) = former.await else {
        panic!("it was stored")
    };
    assert!(matches!(error, InvalidEvent::FormerEvent { now: None, .. }));
    let text = r#"{"name":"Ada","newsletter":true}"#;
    let old = app.store_raw("customer_registered", "1", 0, text);
    let error = old.event_version(1).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "version 1 of event type `customer_registered` is split into several events: store those"
    );
    let new = app.store_raw("customer_registered", "1", 0, r#"{"name":"Ada"}"#);
    let _ = new.event_version(2).await.unwrap();
    app.shutdown().await;
}

#[test]
fn steps_that_split_are_stubbed() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let package = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    write("Cargo.toml", package);
    write("build.rs", "fn main() { evgen::compile(\"schemas\") }\n");
    let main = "mod events { evgen_runtime::include_events!(); }\nfn main() {}\n";
    write("src/main.rs", main);
    let manifest = "format: 1\naggregates:\n  Todo:\n    events:\n      Created: { creates: true }\n      \
                    Asked: { split: [Created] }\n";
    write("schemas/aggregates.yaml", manifest);
    for event in ["created", "asked"] {
        let schema =
            format!("{{\"type\": \"record\", \"name\": \"todo_{event}\", \"fields\": []}}");
        write(&format!("schemas/todo/v1_todo_{event}.json"), &schema);
    }
    let ran = super::cli::evgen(folder.path(), &["sync"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let stubs = std::fs::read_to_string(folder.path().join("src/upcasters.rs")).unwrap();
    let step = "    fn split_asked_v1(
        old: events::todo::v1::Asked,
        _cx: &EventContext,
    ) -> Result<Vec<events::todo::AskedV1Part>, evgen_runtime::UpcastError> {
        todo!(\"split {old:?} into a list of `AskedV1Part`\")
    }
";
    assert!(stubs.contains(step), "{stubs}");
}

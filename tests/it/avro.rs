//! Avro payloads: generated code against apache-avro, against the type tables and against JSON; journals that mix formats;
//! bytes that are no values.

use evgen_runtime::codec::{self, avro};
use evgen_runtime::prelude::*;
use evgen_runtime::store::{Batch, StreamAppend, StreamQuery};
use evgen_runtime::{
    AppBuilder, Event, EventId, ExpectedVersion, NewEvent, Payload, PayloadBuf, PayloadFormat,
    SqliteStore, StreamId, Timestamp, TypeNode,
};
use evgen_tests::fixtures::every_type::events::sample;
use evgen_tests::fixtures::upcast_steps::events::customer;
use evgen_tests::fixtures::{every_type, upcast_steps};

use super::generated::types::full;

mod hostile;
mod peer;
mod published;
mod random;

fn bytes_of(event: &dyn avro::Avro) -> Vec<u8> {
    let mut out = Vec::new();
    avro::encode(event, &mut out).unwrap();
    out
}

fn node<E: Event>(version: i32) -> &'static TypeNode {
    E::DESCRIPTOR.version(version).unwrap().node
}

#[test]
fn every_type_reads_back() {
    let mut event = full();
    let bytes = bytes_of(&event);
    let mut read: sample::Created = avro::decode(&bytes).unwrap();
    assert_eq!(bytes, bytes_of(&read));
    // NaN is no equal of its own.
    (event.half, read.half) = (0.0, 0.0);
    assert_eq!(event, read);
}

#[test]
fn type_tables_say_the_same_as_generated_code() {
    let node = node::<sample::Created>(1);
    let event = full();
    let bytes = bytes_of(&event);
    let text = codec::to_json(&event, node);
    assert_eq!(avro::from_json_text(node, &text).unwrap(), bytes);
    assert_eq!(avro::to_json_text(node, &bytes).unwrap(), text);
}

#[test]
fn older_versions_are_read_as_their_json_is() {
    let moved = &customer::nodes::MOVED_READS[0];
    for text in [
        r#"{"street": "High", "number": -7, "mood": "A", "old": "x"}"#,
        r#"{"street": "", "number": 2147483647, "mood": "C", "old": ""}"#,
    ] {
        let way = moved.as_ref().unwrap();
        let bytes = avro::from_json_text(node::<customer::Moved>(1), text).unwrap();
        let from_avro: customer::Moved = avro::decode_by(way, &bytes).unwrap();
        let from_json = codec::decode(&way.resolution, Payload::Json(text)).unwrap();
        assert_eq!(from_avro, from_json);
    }
}

#[test]
fn errors_name_the_field() {
    let event = full();
    let whole = bytes_of(&event);
    let error = |bytes: &[u8]| {
        avro::decode::<sample::Created>(bytes)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        error(&[1]),
        "`/small`: expected a number, found the end of the data"
    );
    assert_eq!(
        error(&[5]),
        "`/flag`: expected true (1) or false (0), found byte 5"
    );
    let more = [&whole[..], &[0, 0]].concat();
    assert_eq!(
        error(&more),
        "expected the end of the data, found 2 more bytes"
    );
    // The second child of the tree is cut off.
    let mut tree = event.tree.clone();
    tree.children.push(tree.clone());
    let bytes = bytes_of(&tree);
    let cut = avro::decode::<sample::created::Tree>(&bytes[..9]).unwrap_err();
    assert_eq!(cut.path(), "/children/1/children/0/value");
}

#[test]
fn what_a_type_does_not_have_is_refused_with_its_path() {
    let mut event = full();
    event.amount = "12345678901.5".parse().unwrap();
    let mut out = vec![1, 2, 3];
    let error = avro::encode(&event, &mut out).unwrap_err();
    assert_eq!(error.path(), "/amount");
    assert_eq!(out, [1, 2, 3]);
}

async fn mixed_formats(store: impl EventStore + Clone + 'static) {
    let app = |format| {
        let app = every_type::events::app(store.clone());
        app.configure(move |app: AppBuilder| app.payload(format))
            .build()
    };
    let json = app(PayloadFormat::Json).await.unwrap();
    let avro = app(PayloadFormat::Avro).await.unwrap();
    let mut event = full();
    event.half = 0.5;
    for (app, id) in [(&json, "json"), (&avro, "avro")] {
        let samples = app.repository::<every_type::Sample>();
        samples.create(id, event.clone()).await.unwrap();
    }
    for app in [&json, &avro] {
        for id in ["json", "avro"] {
            let read = app
                .repository::<every_type::Sample>()
                .get(id)
                .await
                .unwrap();
            assert_eq!(read.0, event);
        }
    }
    let page = store
        .read_stream(StreamQuery::new(StreamId::new("Sample", "avro")))
        .await
        .unwrap();
    let Payload::Avro(bytes) = page.get(0).unwrap().payload else {
        panic!("it was to be Avro");
    };
    let fingerprint = sample::Created::DESCRIPTOR.latest().unwrap().fingerprint;
    let head = [&[0xc3, 0x01][..], &fingerprint.to_le_bytes()].concat();
    assert_eq!(bytes, [head, bytes_of(&event)].concat());
}

#[tokio::test]
async fn a_journal_in_memory_mixes_formats() {
    mixed_formats(MemoryStore::new()).await;
}

#[tokio::test]
async fn a_journal_in_sqlite_mixes_formats() {
    let folder = tempfile::tempdir().unwrap();
    mixed_formats(SqliteStore::open(folder.path().join("a.db")).await.unwrap()).await;
}

/// Stores an event of `Customer` as some build wrote it, and reads its aggregate.
async fn stored_as(version: i32, payload: Vec<u8>) -> Result<upcast_steps::Customer, String> {
    let store = MemoryStore::new();
    let event = NewEvent {
        event_id: EventId::new(),
        event_type: "customer_created".into(),
        event_version: Some(version),
        payload: PayloadBuf::Avro(payload),
        create_date: None,
        metadata: None,
        version: None,
        django: None,
    };
    let stream = StreamId::new("Customer", "1");
    let append = StreamAppend {
        stream,
        expected: ExpectedVersion::NoStream,
        events: vec![event],
        command_id: None,
    };
    let streams = vec![append];
    store.append(Batch { streams }).await.unwrap();
    let app = upcast_steps::events::app(store).build().await.unwrap();
    let customers = app.repository::<upcast_steps::Customer>();
    match customers.get("1").await {
        Ok(loaded) => Ok((*loaded).clone()),
        Err(error) => {
            let mut text = error.to_string();
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                text = format!("{text}: {cause}");
                source = cause.source();
            }
            Err(text)
        }
    }
}

fn single_object(version: i32, text: &str) -> Vec<u8> {
    let descriptor = customer::Created::DESCRIPTOR.version(version).unwrap();
    let body = avro::from_json_text(descriptor.node, text).unwrap();
    [
        &[0xc3, 0x01][..],
        &descriptor.fingerprint.to_le_bytes(),
        &body,
    ]
    .concat()
}

#[tokio::test]
async fn old_rows_go_through_the_steps() {
    let bytes = single_object(1, r#"{"full_name": "Ada Lovelace"}"#);
    let customer = stored_as(1, bytes).await.unwrap();
    insta::assert_debug_snapshot!(customer);
}

#[tokio::test]
async fn a_fingerprint_of_another_version_is_an_error() {
    let bytes = single_object(1, r#"{"full_name": "Ada Lovelace"}"#);
    insta::assert_snapshot!(stored_as(2, bytes).await.unwrap_err());
}

#[tokio::test]
async fn what_is_no_single_object_is_an_error() {
    insta::assert_snapshot!(stored_as(2, vec![0xc3, 1, 2]).await.unwrap_err());
}

/// An import that is repeated after the app stores another format stores nothing twice.
async fn repeated_import(store: impl evgen_runtime::EventStore + Clone) {
    let app = async |payload| {
        let app = every_type::events::app(store.clone()).configure(|app| app.payload(payload));
        app.build().await.unwrap()
    };
    let text = codec::to_json(&full(), node::<sample::Created>(1));
    let time: Timestamp = "2024-01-31T12:00:00Z".parse().unwrap();
    let formats = [PayloadFormat::Json, PayloadFormat::Avro];
    for (id, first, second) in [("a", formats[0], formats[1]), ("b", formats[1], formats[0])] {
        let event_id = EventId::new();
        let import = async |app: evgen_runtime::App, text: &str| {
            app.store_raw("sample_created", id, 0, text)
                .event_id(event_id.clone())
                .create_date(time)
                .await
        };
        let committed = import(app(first).await, &text).await.unwrap();
        let again = import(app(second).await, &text).await.unwrap();
        assert_eq!(again.position, committed.position);
        // Another event of that id is still refused.
        let wrong = codec::to_json(
            &sample::Created {
                flag: !full().flag,
                ..full()
            },
            node::<sample::Created>(1),
        );
        assert!(import(app(second).await, &wrong).await.is_err());
    }
}

#[tokio::test]
async fn an_import_is_repeated_in_another_format() {
    repeated_import(evgen_runtime::MemoryStore::new()).await;
    let folder = tempfile::tempdir().unwrap();
    repeated_import(SqliteStore::open(folder.path().join("a.db")).await.unwrap()).await;
}

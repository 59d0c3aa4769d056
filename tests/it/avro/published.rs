//! What is published: the schema file as it stands, envelope fields filled in, read by apache-avro.

use std::sync::{Arc, Mutex};

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use evgen_runtime::codec::avro;
use evgen_runtime::{Event, MemoryStore};
use evgen_tests::fixtures::every_type::Sample;
use evgen_tests::fixtures::every_type::events::{self, sample};

use crate::generated::types::full;

#[tokio::test]
async fn envelope_fields_are_filled_in() {
    let app = events::app(MemoryStore::new()).build().await.unwrap();
    let messages = Arc::new(Mutex::new(Vec::new()));
    let sent = Arc::clone(&messages);
    app.subscribe_to::<sample::Created>(move |event: sample::Created, cx| {
        let value = cx.published(&event).unwrap();
        sent.lock().unwrap().push(avro::confluent(7, &value));
        async { Ok(()) }
    });
    let samples = app.repository::<Sample>();
    let _ = samples.create("sample-1", full()).await.unwrap();

    let messages = messages.lock().unwrap();
    let (id, value) = avro::confluent_parts(&messages[0]).unwrap();
    assert_eq!((messages.len(), id), (1, 7));
    let Value::Record(fields) = read_by_peer(value) else {
        panic!("no record")
    };
    let entity_id = fields.iter().find(|(name, _)| name == "entity_id").unwrap();
    assert_eq!(entity_id.1, Value::String("sample-1".into()));
    // The payload's own fields are where they were.
    let payload = super::bytes_of(&full());
    let envelope = value.len() - payload.len();
    assert!(envelope > "sample-1".len(), "{envelope}");
}

/// The value by the file's schema, which apache-avro writes back as the same bytes.
fn read_by_peer(value: &[u8]) -> Value {
    let mut texts = ["money", "a_point"]
        .map(|name| {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/every_type/types");
            std::fs::read_to_string(format!("{folder}/{name}.avsc")).unwrap()
        })
        .to_vec();
    texts.push(
        sample::Created::DESCRIPTOR
            .latest()
            .unwrap()
            .schema
            .to_owned(),
    );
    let schemas = Schema::parse_list(&texts).unwrap();
    let (schema, all) = (schemas.last().unwrap(), schemas.iter().collect::<Vec<_>>());
    let reader = GenericDatumReader::builder(schema).writer_schemata(all.clone());
    let mut rest = value;
    let read = reader
        .unwrap()
        .build()
        .unwrap()
        .read_value(&mut rest)
        .unwrap();
    assert!(rest.is_empty());
    let writer = GenericDatumWriter::builder(schema).schemata(all).unwrap();
    let written = writer.build().unwrap().write_value_to_vec(read.clone());
    assert_eq!(written.unwrap(), value);
    read
}

#[test]
fn places_are_those_of_the_file() {
    let latest = sample::Created::DESCRIPTOR.latest().unwrap();
    let file: serde_json::Value = serde_json::from_str(latest.schema).unwrap();
    assert_eq!(latest.places.len(), latest.envelope.len());
    assert!(!latest.places.is_empty());
    for (place, field) in latest.places.iter().zip(latest.envelope) {
        assert_eq!(file["fields"][place]["name"], field.name);
    }
}

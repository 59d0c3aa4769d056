//! Random values through generated code, type tables, JSON and apache-avro: all four give the same bytes.

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;
use evgen_runtime::codec::{self, avro};
use evgen_runtime::{Event, VersionDescriptor};
use evgen_tests::fixtures::declared_mutators::events::todo;
use evgen_tests::fixtures::every_type::events::sample;
use evgen_tests::fixtures::upcast_steps::events::customer::{self, v1, v2, v3, v4};

use super::random;

const VALUES: u64 = 300;

#[test]
fn every_type() {
    let shared = ["money", "a_point"].map(|name| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/every_type/types");
        std::fs::read_to_string(format!("{folder}/{name}.avsc")).unwrap()
    });
    check::<sample::Created>(sample::Created::DESCRIPTOR.latest().unwrap(), &shared);
}

#[test]
fn every_version_of_an_event() {
    let version = |version| customer::Created::DESCRIPTOR.version(version).unwrap();
    check::<v1::Created>(version(1), &[]);
    check::<v2::Created>(version(2), &[]);
    check::<v3::Created>(version(3), &[]);
    check::<v4::Created>(version(4), &[]);
    check::<customer::Created>(version(5), &[]);
    check::<customer::Moved>(customer::Moved::DESCRIPTOR.latest().unwrap(), &[]);
    check::<todo::Counted>(todo::Counted::DESCRIPTOR.latest().unwrap(), &[]);
}

#[track_caller]
fn check<T: avro::Avro>(version: &VersionDescriptor, shared: &[String]) {
    // The peer wants types before their uses.
    let mut texts = shared.to_vec();
    texts.push(payload_schema(version));
    let schemas = Schema::parse_list(&texts).unwrap();
    let all: Vec<_> = schemas.iter().collect();
    let schema = schemas.last().unwrap();
    let reader = GenericDatumReader::builder(schema).writer_schemata(all.clone());
    let reader = reader.unwrap().build().unwrap();
    let writer = GenericDatumWriter::builder(schema).schemata(all);
    let writer = writer.unwrap().build().unwrap();
    for seed in 0..VALUES {
        let bytes = random::value(version.node, seed);
        let of_peer = reader.read_value(&mut &*bytes).unwrap();
        assert_eq!(
            bytes,
            writer.write_value_to_vec(of_peer).unwrap(),
            "peer, seed {seed}"
        );
        let value: T = avro::decode(&bytes).unwrap();
        assert_eq!(bytes, super::bytes_of(&value), "generated, seed {seed}");
        let text = avro::to_json_text(version.node, &bytes).unwrap();
        assert_eq!(
            text,
            codec::to_json(&value, version.node),
            "text, seed {seed}"
        );
        assert_eq!(
            bytes,
            avro::from_json_text(version.node, &text).unwrap(),
            "tables, seed {seed}"
        );
        let value: T = codec::from_json(version.node, &text).unwrap();
        assert_eq!(bytes, super::bytes_of(&value), "from JSON, seed {seed}");
    }
}

/// The schema without its envelope fields.
fn payload_schema(version: &VersionDescriptor) -> String {
    let mut schema: serde_json::Value = serde_json::from_str(version.schema).unwrap();
    let fields = schema["fields"].as_array_mut().unwrap();
    let of_envelope =
        |name: &serde_json::Value| version.envelope.iter().any(|field| name == field.name);
    fields.retain(|field| !of_envelope(&field["name"]));
    schema.to_string()
}

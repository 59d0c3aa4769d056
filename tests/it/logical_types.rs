//! Logical types with other units and scales from version to version: a value keeps its meaning, and means the same in JSON and Avro.

use evgen_runtime::codec::avro::from_json_text;
use evgen_runtime::{
    AggregateEvent, AggregateVersion, DecodeError, EventContext, Payload, Position, RecordedEvent,
    Timestamp,
};
use evgen_tests::fixtures::logical_types_change::events::todo::{self, CREATED, Event};

/// Version 1 with some fields changed.
fn text(changes: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("finer", r#""2020-01-02T03:04:05.678Z""#),
        ("coarser", r#""2020-01-02T03:04:05.678901234Z""#),
        ("local", r#""2020-01-02T03:04:05.678""#),
        ("daytime", r#""03:04:05.678""#),
        ("more", r#""1234.56""#),
        ("fewer", r#""1234.56""#),
        ("fixed", r#""-12.34""#),
        ("bare_to_uuid", r#""ABCDEFGHIJKLMNOP""#),
        ("uuid_to_bare", r#""41424344-4546-4748-494a-4b4c4d4e4f50""#),
        ("uuid_to_text", r#""41424344-4546-4748-494a-4b4c4d4e4f50""#),
        ("text_to_uuid", r#""41424344-4546-4748-494a-4b4c4d4e4f50""#),
        ("time_to_number", r#""1970-01-01T00:00:01.5Z""#),
        ("number_to_time", "1500"),
        ("amounts", r#"[null, "1.25"]"#),
        ("choice", r#""2020-01-02T03:04:05.678Z""#),
    ];
    for (name, value) in changes {
        let field = fields.iter_mut().find(|(known, _)| known == name);
        field.unwrap().1 = value;
    }
    let fields = fields
        .iter()
        .map(|(name, value)| format!("{name:?}: {value}"));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
}

/// A row of version 1, out of JSON and out of Avro.
fn read(text: &str) -> [Result<todo::Created, DecodeError>; 2] {
    let version = CREATED.version(1).unwrap();
    let body = from_json_text(version.node, text).unwrap();
    let object = [&[0xc3, 0x01][..], &version.fingerprint.to_le_bytes(), &body].concat();
    [Payload::Json(text), Payload::Avro(&object)].map(|payload| {
        let raw = RecordedEvent {
            position: Position(1),
            event_id: "5f0c2f0e-7b1a-4c6e-9d43-0a8f6c2b1e77",
            event_type: CREATED.event_type,
            event_version: Some(1),
            payload,
            aggregate_type: "Todo",
            aggregate_id: "1",
            version: AggregateVersion(0),
            create_date: Timestamp::UNIX_EPOCH,
            metadata: None,
            django_class: None,
            checksum: None,
        };
        let event = Event::read(0, &raw, &EventContext::new(raw))?;
        let Event::Created(event) = event;
        Ok(event)
    })
}

#[test]
fn what_a_value_means_stays() {
    let [json, avro] = read(&text(&[])).map(Result::unwrap);
    assert_eq!(json, avro);
    let id = "41424344-4546-4748-494a-4b4c4d4e4f50";
    assert_eq!(json.finer.to_string(), "2020-01-02T03:04:05.678Z");
    // Its unit cuts off what is finer when it is written.
    assert!(
        json.coarser
            .to_string()
            .starts_with("2020-01-02T03:04:05.678")
    );
    assert_eq!(json.local.to_string(), "2020-01-02T03:04:05.678");
    assert_eq!(json.daytime.to_string(), "03:04:05.678");
    assert_eq!(json.more.to_string(), "1234.5600");
    assert_eq!(json.fewer.to_string(), "1234.56");
    assert_eq!(json.fixed.to_string(), "-12.340");
    assert_eq!(json.bare_to_uuid.to_string(), id);
    assert_eq!(&json.uuid_to_bare, b"ABCDEFGHIJKLMNOP");
    assert_eq!(json.uuid_to_text, id);
    assert_eq!(json.text_to_uuid.to_string(), id);
    assert_eq!(json.time_to_number, 1_500);
    assert_eq!(json.number_to_time.to_string(), "1970-01-01T00:00:01.5Z");
    let amounts = json.amounts.iter().flatten().map(ToString::to_string);
    assert_eq!(amounts.collect::<Vec<_>>(), ["1.250"]);
    let choice = format!("{:?}", json.choice);
    assert!(choice.contains("2020-01-02T03:04:05.678Z"), "{choice}");
}

#[test]
fn a_decimal_that_the_latest_type_does_not_have_is_refused() {
    for value in [r#""1.2345""#, r#""99999.00""#] {
        for read in read(&text(&[("fewer", value)])) {
            let error = super::stores::chain(&read.unwrap_err());
            assert!(error.contains("/fewer"), "{error}");
            assert!(
                error.contains("a decimal of at most 6 digits, 2 behind the point"),
                "{error}"
            );
        }
    }
}

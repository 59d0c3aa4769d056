//! Types as evgen generates them, written by hand: what they write reads back, and validation agrees with reading.
#![forbid(unsafe_code)]
#![warn(missing_docs, clippy::pedantic)]

/// A record whose fields are shown one by one and that has no Avro form, so that its fields may be of any type.
macro_rules! json_record {
    ($name:ident: $node:path => [$($field:ident),* $(,)?]) => {
        impl evgen_runtime::codec::Value for $name {
            fn empty() -> Self {
                Self { $($field: evgen_runtime::codec::Value::empty()),* }
            }
            fn shape(&self) -> evgen_runtime::codec::Shape {
                evgen_runtime::codec::Shape {
                    name: stringify!($name),
                    fields: stringify!($($field),*),
                    node: &$node,
                    show: |value, visit| {
                        let value: &dyn std::any::Any = value;
                        let _this = value.downcast_ref::<Self>().expect("its own shape");
                        visit(&[$(&_this.$field),*]);
                    },
                    show_mut: |value, visit| {
                        let value: &mut dyn std::any::Any = value;
                        let _this = value.downcast_mut::<Self>().expect("its own shape");
                        visit(&mut [$(&mut _this.$field),*]);
                    },
                }
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                evgen_runtime::codec::debug_record(self, f)
            }
        }
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                evgen_runtime::codec::equal(self, other)
            }
        }
    };
}
pub(crate) use json_record;

#[path = "codec/hostile.rs"]
mod hostile;
#[path = "codec/logical.rs"]
mod logical;
#[path = "codec/properties.rs"]
mod properties;
#[path = "codec/resolutions.rs"]
mod resolutions;
#[path = "codec/shapes.rs"]
mod shapes;
#[path = "codec/tricky.rs"]
mod tricky;

use evgen_runtime::JsonObject;
use evgen_runtime::codec::{Value, encode, from_json, to_json};
use evgen_runtime::types::TypeNode;
use evgen_runtime::validate::validate;
use shapes::{CREATED, Created, EMPTY, Empty, Imported, Node, Priority, SETTING, Setting};

/// The value's text is `json` and reads back, and both readers agree on it.
#[track_caller]
fn check<T: Value + PartialEq>(node: &'static TypeNode, value: &T, json: &str) {
    assert_eq!(to_json(value, node), json);
    assert_eq!(encode(value, node).as_deref(), Ok(json));
    assert_eq!(
        &from_json::<T>(node, json).expect("what was written reads back"),
        value
    );
    assert_eq!(validate(node, json), Ok(()));
}

/// Both readers refuse the text, the typed one with the first of `errors`.
#[track_caller]
fn check_refused<T: Value>(node: &'static TypeNode, json: &str, errors: &[&str]) {
    let all = validate(node, json).expect_err("it does not fit");
    let all: Vec<_> = all.errors().iter().map(ToString::to_string).collect();
    assert_eq!(all, errors, "{json}");
    let first = from_json::<T>(node, json)
        .err()
        .map(|error| error.to_string());
    assert_eq!(first.as_deref(), Some(errors[0]), "{json}");
}

fn created() -> Created {
    Created {
        label: "milk".into(),
        tags: vec!["a".into(), "\"b\"\n".into()],
        due: Some(i64::MAX),
        priority: Priority::High,
        r#type: Setting::Null,
    }
}

#[test]
fn records_are_objects() {
    check(
        &CREATED,
        &created(),
        r#"{"label":"milk","tags":["a","\"b\"\n"],"due":9223372036854775807,"priority":"HIGH","type":null}"#,
    );
    check(&EMPTY, &Empty {}, "{}");
}

#[test]
fn debug_is_as_derived() {
    assert_eq!(
        format!("{:?}", created()),
        r#"Created { label: "milk", tags: ["a", "\"b\"\n"], due: Some(9223372036854775807), priority: High, type: Null }"#
    );
    assert_eq!(format!("{:?}", Setting::Long(5)), "Long(5)");
    assert_eq!(format!("{Empty:?}", Empty = Empty {}), "Empty");
}

#[test]
fn members_come_in_any_order_with_defaults_and_strangers() {
    let read: Created = from_json(
        &CREATED,
        r#" { "x": [{}], "label": "a", "priority":"LOW", "tags": ["z"], "tags": [], "la\u0062el": "b" } "#,
    )
    .unwrap();
    let expected = Created {
        label: "b".into(),
        tags: vec![],
        due: None,
        priority: Priority::Low,
        r#type: Setting::Long(7),
    };
    assert_eq!(read, expected);
}

#[test]
fn every_mistake_has_its_path() {
    check_refused::<Created>(
        &CREATED,
        r#"{"label":1,"tags":["a",2,null],"due":1.0,"type":{"t.Node":{"value":"x"}}}"#,
        &[
            "`/label`: expected a string, found `1`",
            "`/tags/1`: expected a string, found `2`",
            "`/tags/2`: expected a string, found `null`",
            "`/due`: expected a long (-2^63 to 2^63-1), found `1.0`",
            "`/type/t.Node/value`: expected an int (-2147483648 to 2147483647), found `\"x\"`",
            "`/priority`: expected a value, found nothing: the field is missing",
        ],
    );
    check_refused::<Created>(&CREATED, "[]", &["expected an object, found `[]`"]);
    check_refused::<Created>(
        &CREATED,
        "{",
        &["expected a key in quotes, found the end of the text"],
    );
}

#[test]
fn unions_are_plain_where_that_is_enough() {
    for (value, json) in [
        (Setting::Null, "null"),
        (Setting::Boolean(true), "true"),
        (Setting::Long(5), "5"),
        (Setting::Double(5.0), "5.0"),
        (Setting::Double(f64::INFINITY), r#"{"double":"Infinity"}"#),
        (Setting::String("x".into()), r#""x""#),
        (Setting::Bytes(vec![0, 255]), r#"{"bytes":"\u0000ÿ"}"#),
        (
            Setting::Node(Box::new(Node {
                value: 1,
                next: None,
            })),
            r#"{"value":1,"next":null}"#,
        ),
        (Setting::Map([("long".into(), 5)].into()), r#"{"long":5}"#),
        (
            Setting::Map([("t.Node".into(), 5)].into()),
            r#"{"t.Node":5}"#,
        ),
        (
            Setting::Map([("value".into(), 5)].into()),
            r#"{"map":{"value":5}}"#,
        ),
        (Setting::Map([("a".into(), 5)].into()), r#"{"a":5}"#),
        (Setting::Map([("map".into(), 5)].into()), r#"{"map":5}"#),
    ] {
        check(&SETTING, &value, json);
    }
}

#[test]
fn untyped_data_is_its_text() {
    let json = r#"{ "b": 1e999, "a": "\ud800" }"#;
    let read: Imported = from_json(&EMPTY, json).unwrap();
    assert_eq!(
        read,
        Imported {
            data: JsonObject::parse(json).unwrap()
        }
    );
    assert_eq!(to_json(&read, &EMPTY), json);
    assert_eq!(format!("{read:?}"), format!("Imported {{ data: {json} }}"));
}

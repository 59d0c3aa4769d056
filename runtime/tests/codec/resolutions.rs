//! Data of an old version read directly as the latest type.

use std::collections::BTreeMap;

use evgen_runtime::codec::{FieldResolution, RecordResolution, Resolution, decode};
use evgen_runtime::envelope::Payload;
use evgen_runtime::types::{EnumNode, FieldNode, FieldNodes, Logical, RecordNode, TypeNode};

use super::shapes::{MAYBE_LONG, PRIORITY, Priority};

static MILLIS: TypeNode = TypeNode::Logical(Logical::TimestampMillis, &TypeNode::Long);
static LATEST: TypeNode = TypeNode::Record(RecordNode {
    name: "Latest",
    fields: FieldNodes::of(&[
        FieldNode {
            name: "amount",
            node: &TypeNode::Double,
            default: None,
        },
        FieldNode {
            name: "priority",
            node: &PRIORITY,
            default: None,
        },
        FieldNode {
            name: "due",
            node: &MAYBE_LONG,
            default: None,
        },
        FieldNode {
            name: "note",
            node: &MAYBE_LONG,
            default: None,
        },
        FieldNode {
            name: "sizes",
            node: &TypeNode::Map(&TypeNode::Long),
            default: None,
        },
        FieldNode {
            name: "at",
            node: &MILLIS,
            default: None,
        },
        FieldNode {
            name: "blob",
            node: &TypeNode::Bytes,
            default: None,
        },
        FieldNode {
            name: "added",
            node: &TypeNode::String,
            default: Some("\"new\""),
        },
    ]),
});

#[derive(Clone)]
struct Latest {
    amount: f64,
    priority: Priority,
    due: Option<i64>,
    note: Option<i64>,
    sizes: BTreeMap<String, i64>,
    at: jiff::Timestamp,
    blob: Vec<u8>,
    added: String,
}
crate::json_record! { Latest: LATEST => [amount, priority, due, note, sizes, at, blob, added] }

static OLD_KIND: TypeNode = TypeNode::Enum(EnumNode {
    name: "t.Kind",
    symbols: &["URGENT", "LATER", "NEVER"],
    default: None,
});
static INT_TO_LONG: Resolution = Resolution::Promote {
    from: &TypeNode::Int,
    to: &TypeNode::Long,
};
static INTO_DUE: Resolution = Resolution::IntoUnion {
    union: &MAYBE_LONG,
    branch: 1,
    resolution: &INT_TO_LONG,
};
static OLD: Resolution = Resolution::Record(&RecordResolution {
    name: "Old",
    fields: &[
        FieldResolution {
            name: "quantity",
            node: &TypeNode::Int,
            default: None,
            target: Some((
                0,
                Resolution::Promote {
                    from: &TypeNode::Int,
                    to: &TypeNode::Double,
                },
            )),
        },
        FieldResolution {
            name: "kind",
            node: &OLD_KIND,
            default: Some("\"LATER\""),
            target: Some((
                1,
                Resolution::Enum(&[("URGENT", Some(1)), ("LATER", Some(0)), ("NEVER", None)]),
            )),
        },
        FieldResolution {
            name: "gone",
            node: &TypeNode::Boolean,
            default: Some("true"),
            target: None,
        },
        FieldResolution {
            name: "due",
            node: &TypeNode::Int,
            default: None,
            target: Some((2, INTO_DUE)),
        },
        FieldResolution {
            name: "note",
            node: &TypeNode::Union(&[&TypeNode::String, &TypeNode::Int, &TypeNode::Null]),
            default: Some("\"\""),
            target: Some((
                3,
                Resolution::FromUnion(&[
                    (&TypeNode::String, None),
                    (&TypeNode::Int, Some(INTO_DUE)),
                    (
                        &TypeNode::Null,
                        Some(Resolution::IntoUnion {
                            union: &MAYBE_LONG,
                            branch: 0,
                            resolution: &Resolution::Same(&TypeNode::Null),
                        }),
                    ),
                ]),
            )),
        },
        FieldResolution {
            name: "sizes",
            node: &TypeNode::Map(&TypeNode::Int),
            default: None,
            target: Some((4, Resolution::Map(&INT_TO_LONG))),
        },
        FieldResolution {
            name: "at",
            node: &TypeNode::Int,
            default: None,
            target: Some((
                5,
                Resolution::Promote {
                    from: &TypeNode::Int,
                    to: &MILLIS,
                },
            )),
        },
        FieldResolution {
            name: "blob",
            node: &TypeNode::String,
            default: None,
            target: Some((
                6,
                Resolution::Promote {
                    from: &TypeNode::String,
                    to: &TypeNode::Bytes,
                },
            )),
        },
    ],
    added: &[(7, &TypeNode::String, "\"new\"")],
});

#[track_caller]
fn check(json: &str, expected: Result<Latest, &str>) {
    let read = decode::<Latest>(&OLD, Payload::Json(json));
    let read = read.map_err(|error| {
        std::error::Error::source(&error)
            .map(ToString::to_string)
            .unwrap_or_default()
    });
    assert_eq!(read, expected.map_err(String::from), "{json}");
}

fn latest() -> Latest {
    Latest {
        amount: 3.0,
        priority: Priority::High,
        due: Some(5),
        note: None,
        sizes: [("a".to_owned(), 1)].into(),
        at: jiff::Timestamp::UNIX_EPOCH,
        blob: "ż".into(),
        added: "new".into(),
    }
}

const REST: &str = r#""due":5,"sizes":{"a":1},"at":0,"blob":"ż""#;

#[test]
fn fields_go_where_the_plan_says() {
    let json = format!(r#"{{"quantity":3,"kind":"URGENT","gone":false,"note":null,{REST}}}"#);
    check(&json, Ok(latest()));
    let json = format!(r#"{{"quantity":3,"note":{{"int":7}},"added":"old",{REST}}}"#);
    check(
        &json,
        Ok(Latest {
            priority: Priority::Low,
            note: Some(7),
            ..latest()
        }),
    );
}

#[test]
fn what_has_no_way_is_an_error_at_its_place() {
    for (json, error) in [
        (
            r#""quantity":3.0"#,
            "`/quantity`: expected an int (-2147483648 to 2147483647), found `3.0`",
        ),
        (
            r#""quantity":1,"gone":0"#,
            "`/gone`: expected true or false, found `0`",
        ),
        (
            r#""quantity":1,"kind":"NEVER""#,
            "`/kind`: expected a symbol that the latest version knows, found `\"NEVER\"`",
        ),
        (
            r#""quantity":1,"note":"x""#,
            "`/note`: expected a value that is not of the former branch `string`, found `\"x\"`",
        ),
        (
            r#""note":null"#,
            "`/quantity`: expected a value, found nothing: the field is missing",
        ),
        (
            r#""quantity":1"#,
            "`/note`: expected a default that fits (a value that is not of the former branch \
             `string`), found `\"\"`",
        ),
        (
            r#""quantity":1,"note":null,"sizes":{"a":{}}"#,
            "`/sizes/a`: expected an int (-2147483648 to 2147483647), found `{}`",
        ),
    ] {
        check(&format!("{{{json},{REST}}}"), Err(error));
    }
}

#[test]
fn avro_payloads_are_refused_for_now() {
    assert!(decode::<Latest>(&OLD, Payload::Avro(&[0xc3, 1])).is_err());
}

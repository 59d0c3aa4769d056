//! The types, in the form in which generated code has them.

use std::collections::BTreeMap;

use evgen_runtime::codec::{Decimal, Duration};
use evgen_runtime::types::{
    EnumNode, FieldNode, FieldNodes, FixedNode, Logical, RecordNode, TypeNode,
};

static STRINGS: TypeNode = TypeNode::Array(&TypeNode::String);
pub(crate) static MAYBE_LONG: TypeNode = TypeNode::Union(&[&TypeNode::Null, &TypeNode::Long]);
pub(crate) static PRIORITY: TypeNode = TypeNode::Enum(EnumNode {
    name: "t.Priority",
    symbols: &["LOW", "HIGH"],
    default: None,
});
static INTS: TypeNode = TypeNode::Map(&TypeNode::Int);
pub(crate) static SETTING: TypeNode = TypeNode::Union(&[
    &NODE,
    &TypeNode::Null,
    &TypeNode::Boolean,
    &TypeNode::Long,
    &TypeNode::Double,
    &TypeNode::String,
    &TypeNode::Bytes,
    &INTS,
]);
static NODE: TypeNode = TypeNode::Record(RecordNode {
    name: "t.Node",
    fields: FieldNodes::of(&[
        FieldNode {
            name: "value",
            node: &TypeNode::Int,
            default: None,
        },
        FieldNode {
            name: "next",
            node: &MAYBE_NODE,
            default: Some("null"),
        },
    ]),
});
static MAYBE_NODE: TypeNode = TypeNode::Union(&[&TypeNode::Null, &NODE]);
pub(crate) static EMPTY: TypeNode = TypeNode::Record(RecordNode {
    name: "Empty",
    fields: FieldNodes::of(&[]),
});
pub(crate) static CREATED: TypeNode = TypeNode::Record(RecordNode {
    name: "Created",
    fields: FieldNodes::of(&[
        FieldNode {
            name: "label",
            node: &TypeNode::String,
            default: None,
        },
        FieldNode {
            name: "tags",
            node: &STRINGS,
            default: None,
        },
        FieldNode {
            name: "due",
            node: &MAYBE_LONG,
            default: Some("null"),
        },
        FieldNode {
            name: "priority",
            node: &PRIORITY,
            default: None,
        },
        FieldNode {
            name: "type",
            node: &SETTING,
            default: Some("7"),
        },
    ]),
});

/// A record.
#[derive(Clone)]
pub(crate) struct Created {
    /// Text.
    pub label: String,
    /// Array.
    pub tags: Vec<String>,
    /// Optional.
    pub due: Option<i64>,
    /// Enum.
    pub priority: Priority,
    /// Union.
    pub r#type: Setting,
}
crate::json_record! { Created: CREATED => [label, tags, due, priority, r#type] }

/// An enum.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Priority {
    /// `LOW`
    Low,
    /// `HIGH`
    High,
}
evgen_runtime::enumeration! { Priority: PRIORITY => [Low, High] }

/// A recursive record.
#[derive(Clone)]
pub(crate) struct Node {
    /// Number.
    pub value: i32,
    /// Recursion.
    pub next: Option<Box<Node>>,
}
crate::json_record! { Node: NODE => [value, next] }

/// A union.
#[derive(Clone)]
pub(crate) enum Setting {
    /// Record.
    Node(Box<Node>),
    /// `null`
    Null,
    /// `boolean`
    Boolean(bool),
    /// `long`
    Long(i64),
    /// `double`
    Double(f64),
    /// `string`
    String(String),
    /// `bytes`
    Bytes(Vec<u8>),
    /// Map.
    Map(BTreeMap<String, i32>),
}
evgen_runtime::union! {
    Setting: SETTING, empty = Null => [
        Node(Box<Node>), Null, Boolean(bool), Long(i64), Double(f64), String(String), Bytes(Vec<u8>),
        Map(BTreeMap<String, i32>),
    ]
}

/// A record without fields.
#[derive(Clone)]
pub(crate) struct Empty {}
crate::json_record! { Empty: EMPTY => [] }

/// Untyped data.
#[derive(Clone)]
pub(crate) struct Imported {
    /// Its text.
    pub data: evgen_runtime::JsonObject,
}
evgen_runtime::untyped! { Imported }

static UUID: TypeNode = TypeNode::Logical(Logical::Uuid, &TypeNode::String);
static UUID_BYTES: TypeNode = TypeNode::Logical(
    Logical::Uuid,
    &TypeNode::Fixed(FixedNode {
        name: "t.Id",
        size: 16,
    }),
);
static DATE: TypeNode = TypeNode::Logical(Logical::Date, &TypeNode::Int);
static TIME: TypeNode = TypeNode::Logical(Logical::TimeMicros, &TypeNode::Long);
static MILLIS: TypeNode = TypeNode::Logical(Logical::TimestampMillis, &TypeNode::Long);
static NANOS: TypeNode = TypeNode::Logical(Logical::TimestampNanos, &TypeNode::Long);
static LOCAL: TypeNode = TypeNode::Logical(Logical::LocalTimestampMicros, &TypeNode::Long);
static PRICE: TypeNode = TypeNode::Logical(
    Logical::Decimal {
        precision: 6,
        scale: 2,
    },
    &TypeNode::Bytes,
);
static RATE: TypeNode = TypeNode::Logical(
    Logical::Decimal {
        precision: 4,
        scale: 3,
    },
    &TypeNode::Fixed(FixedNode {
        name: "t.Rate",
        size: 2,
    }),
);
static BIG: TypeNode = TypeNode::Logical(Logical::BigDecimal, &TypeNode::Bytes);
static SPAN: TypeNode = TypeNode::Logical(
    Logical::Duration,
    &TypeNode::Fixed(FixedNode {
        name: "t.Span",
        size: 12,
    }),
);
static CODE: TypeNode = TypeNode::Fixed(FixedNode {
    name: "t.Code",
    size: 2,
});
pub(crate) static LOGICALS: TypeNode = TypeNode::Record(RecordNode {
    name: "Logicals",
    fields: FieldNodes::of(&[
        FieldNode {
            name: "id",
            node: &UUID,
            default: None,
        },
        FieldNode {
            name: "key",
            node: &UUID_BYTES,
            default: Some(
                "\"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\u0008\\u0009\\u000a\\u000b\\u000c\\u000d\\u000eÿ\"",
            ),
        },
        FieldNode {
            name: "date",
            node: &DATE,
            default: Some("1"),
        },
        FieldNode {
            name: "time",
            node: &TIME,
            default: Some("1"),
        },
        FieldNode {
            name: "millis",
            node: &MILLIS,
            default: Some("-1"),
        },
        FieldNode {
            name: "nanos",
            node: &NANOS,
            default: Some("1"),
        },
        FieldNode {
            name: "local",
            node: &LOCAL,
            default: Some("-1"),
        },
        FieldNode {
            name: "price",
            node: &PRICE,
            default: Some("\"ÿ\""),
        },
        FieldNode {
            name: "rate",
            node: &RATE,
            default: Some("\"\\u0003è\""),
        },
        FieldNode {
            name: "big",
            node: &BIG,
            default: Some("\"\\u0002\\u0005\\u0002\""),
        },
        FieldNode {
            name: "span",
            node: &SPAN,
            default: Some(
                "\"\\u0001\\u0000\\u0000\\u0000\\u0002\\u0000\\u0000\\u0000\\u0003\\u0000\\u0000\\u0000\"",
            ),
        },
        FieldNode {
            name: "code",
            node: &CODE,
            default: Some("\"\\u0000ÿ\""),
        },
        FieldNode {
            name: "raw",
            node: &MILLIS,
            default: Some("-1"),
        },
    ]),
});

/// Every logical type.
#[derive(Clone)]
pub(crate) struct Logicals {
    pub(crate) id: uuid::Uuid,
    pub(crate) key: uuid::Uuid,
    pub(crate) date: jiff::civil::Date,
    pub(crate) time: jiff::civil::Time,
    pub(crate) millis: jiff::Timestamp,
    pub(crate) nanos: jiff::Timestamp,
    pub(crate) local: jiff::civil::DateTime,
    pub(crate) price: Decimal,
    pub(crate) rate: Decimal,
    pub(crate) big: Decimal,
    pub(crate) span: Duration,
    pub(crate) code: [u8; 2],
    pub(crate) raw: i64,
}
crate::json_record! {
    Logicals: LOGICALS =>
        [id, key, date, time, millis, nanos, local, price, rate, big, span, code, raw]
}

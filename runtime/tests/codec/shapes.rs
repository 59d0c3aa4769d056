//! The types, in the form in which generated code has them.

use std::collections::BTreeMap;

use evgen_runtime::types::{EnumNode, FieldNode, RecordNode, TypeNode};

static STRINGS: TypeNode = TypeNode::Array(&TypeNode::String);
static MAYBE_LONG: TypeNode = TypeNode::Union(&[&TypeNode::Null, &TypeNode::Long]);
static PRIORITY: TypeNode = TypeNode::Enum(EnumNode {
    name: "t.Priority",
    symbols: &["LOW", "HIGH"],
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
    fields: &[
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
    ],
});
static MAYBE_NODE: TypeNode = TypeNode::Union(&[&TypeNode::Null, &NODE]);
pub(crate) static EMPTY: TypeNode = TypeNode::Record(RecordNode {
    name: "Empty",
    fields: &[],
});
pub(crate) static CREATED: TypeNode = TypeNode::Record(RecordNode {
    name: "Created",
    fields: &[
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
    ],
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
evgen_runtime::record! { Created: CREATED => [label, tags, due, priority, r#type] }

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
evgen_runtime::record! { Node: NODE => [value, next] }

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
evgen_runtime::record! { Empty: EMPTY => [] }

/// Untyped data.
#[derive(Clone)]
pub(crate) struct Imported {
    /// Its text.
    pub data: evgen_runtime::JsonObject,
}
evgen_runtime::untyped! { Imported }

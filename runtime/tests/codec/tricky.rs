//! A union that plain JSON cannot tell apart, in every way that we know.

use std::collections::BTreeMap;

use evgen_runtime::codec::Decimal;
use evgen_runtime::types::{
    EnumNode, FieldNode, FieldNodes, FixedNode, Logical, RecordNode, TypeNode,
};

static LIST: TypeNode = TypeNode::Array(&TRICKY);
static MAP: TypeNode = TypeNode::Map(&TRICKY);
static SWITCH: TypeNode = TypeNode::Enum(EnumNode {
    name: "t.Switch",
    symbols: &["ON", "OFF"],
    default: None,
});
static CODE: TypeNode = TypeNode::Fixed(FixedNode {
    name: "t.Code",
    size: 2,
});
static RATE: TypeNode = TypeNode::Logical(
    Logical::Decimal {
        precision: 4,
        scale: 1,
    },
    &TypeNode::Fixed(FixedNode {
        name: "t.Rate",
        size: 2,
    }),
);
static MAYBE_MAP: TypeNode = TypeNode::Union(&[&MAP, &TypeNode::Null]);
static MAYBE_ONE: TypeNode = TypeNode::Union(&[&TypeNode::Null, &ONE]);
static ONE: TypeNode = TypeNode::Record(RecordNode {
    name: "t.One",
    fields: FieldNodes::of(&[FieldNode {
        name: "v",
        node: &TRICKY,
        default: None,
    }]),
});
static TWO: TypeNode = TypeNode::Record(RecordNode {
    name: "t.Two",
    fields: FieldNodes::of(&[
        FieldNode {
            name: "v",
            node: &MAYBE_MAP,
            default: Some("{}"),
        },
        FieldNode {
            name: "w",
            node: &MAYBE_ONE,
            default: Some("null"),
        },
    ]),
});
pub(crate) static TRICKY: TypeNode = TypeNode::Union(&[
    &ONE,
    &TypeNode::Bytes,
    &CODE,
    &RATE,
    &TypeNode::Float,
    &TypeNode::Int,
    &TypeNode::Long,
    &MAP,
    &TypeNode::Double,
    &TWO,
    &SWITCH,
    &TypeNode::String,
    &LIST,
    &TypeNode::Null,
]);

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Switch {
    On,
    Off,
}
evgen_runtime::enumeration! { Switch: SWITCH => [On, Off] }

#[derive(Clone)]
pub(crate) struct One {
    pub(crate) v: Tricky,
}
crate::json_record! { One: ONE => [v] }

#[derive(Clone)]
pub(crate) struct Two {
    pub(crate) v: Option<BTreeMap<String, Tricky>>,
    pub(crate) w: Option<Box<One>>,
}
crate::json_record! { Two: TWO => [v, w] }

#[derive(Clone)]
pub(crate) enum Tricky {
    One(Box<One>),
    Bytes(Vec<u8>),
    Code([u8; 2]),
    Rate(Decimal),
    Float(f32),
    Int(i32),
    Long(i64),
    Map(BTreeMap<String, Tricky>),
    Double(f64),
    Two(Box<Two>),
    Switch(Switch),
    String(String),
    List(Vec<Tricky>),
    Null,
}
evgen_runtime::union! {
    Tricky: TRICKY, empty = Null => [
        One(Box<One>), Bytes(Vec<u8>), Code([u8; 2]), Rate(Decimal), Float(f32), Int(i32), Long(i64),
        Map(BTreeMap<String, Tricky>), Double(f64), Two(Box<Two>), Switch(Switch), String(String),
        List(Vec<Tricky>), Null,
    ]
}

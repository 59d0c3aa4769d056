//! The Rust types of Avro's primitives, bytes and fixed.

use super::expectation::expectation;
use super::raw::{Leaf, Raw};
use super::reader::JsonReader;
use super::resolution::Resolution;
use super::value::{Value, assign_value, equal_values};
use super::writer::JsonWriter;
use crate::types::TypeNode;

/// `Value` of a leaf: the plain case first, everything else the long way.
macro_rules! leaf {
    ($($(#[$attribute:meta])* $type:ty, $empty:expr, $node:pat, $read:expr, $write:expr;)*) => {$(
        impl Value for $type {
            fn empty() -> Self {
                $empty
            }

            fn write_json(&self, node: &'static TypeNode, out: &mut JsonWriter) {
                $write(self, node, out);
            }

            fn read_json(&mut self, how: &Resolution, reader: &mut JsonReader<'_>) {
                let Resolution::Same(node @ $node) = *how else {
                    return reader.read_leaf(self, how);
                };
                let start = reader.start();
                match $read(reader) {
                    Some(value) => *self = value,
                    None => reader.mismatch(start, expectation(node)),
                }
            }

            fn equals(&self, other: &dyn Value) -> Option<bool> {
                equal_values(self, other)
            }

            fn assign(&mut self, from: &dyn Value) -> bool {
                assign_value(self, from)
            }
        }
    )*};
}

leaf! {
    (), (), TypeNode::Null,
        |reader: &mut JsonReader<'_>| reader.literal("null").then_some(()),
        |(): &(), _, out: &mut JsonWriter| out.raw("null");
    bool, false, TypeNode::Boolean,
        |reader: &mut JsonReader<'_>| {
            if reader.literal("true") { Some(true) } else { reader.literal("false").then_some(false) }
        },
        |value: &bool, _, out: &mut JsonWriter| out.raw(if *value { "true" } else { "false" });
    i32, 0, TypeNode::Int,
        |reader: &mut JsonReader<'_>| reader.integer().and_then(|value| i32::try_from(value).ok()),
        |value: &i32, _, out: &mut JsonWriter| out.display(value);
    i64, 0, TypeNode::Long,
        JsonReader::integer,
        |value: &i64, _, out: &mut JsonWriter| out.display(value);
    f32, 0.0, TypeNode::Float,
        JsonReader::float,
        |value: &f32, _, out: &mut JsonWriter| {
            // `{:?}` is the shortest text that reads back, and marks it as no integer.
            if value.is_finite() { out.display(format_args!("{value:?}")) } else { not_finite(f64::from(*value), out) }
        };
    f64, 0.0, TypeNode::Double,
        JsonReader::double,
        |value: &f64, _, out: &mut JsonWriter| {
            if value.is_finite() { out.display(format_args!("{value:?}")) } else { not_finite(*value, out) }
        };
    Vec<u8>, Vec::new(), TypeNode::Bytes,
        |reader: &mut JsonReader<'_>| reader.bytes(None),
        |value: &Vec<u8>, _, out: &mut JsonWriter| write_bytes(value, out);
}

fn not_finite(value: f64, out: &mut JsonWriter) {
    out.raw(match value {
        f64::INFINITY => "\"Infinity\"",
        f64::NEG_INFINITY => "\"-Infinity\"",
        _ => "\"NaN\"",
    });
}

/// Each byte is the character of that number: Avro's own form.
fn write_bytes(bytes: &[u8], out: &mut JsonWriter) {
    out.string(&bytes.iter().copied().map(char::from).collect::<String>());
}

impl Value for String {
    fn empty() -> Self {
        Self::new()
    }

    fn write_json(&self, _node: &'static TypeNode, out: &mut JsonWriter) {
        out.string(self);
    }

    fn read_json(&mut self, how: &Resolution, reader: &mut JsonReader<'_>) {
        let Resolution::Same(TypeNode::String) = *how else {
            return reader.read_leaf(self, how);
        };
        let start = reader.start();
        reader.text_into(start, self);
    }

    fn equals(&self, other: &dyn Value) -> Option<bool> {
        equal_values(self, other)
    }

    fn assign(&mut self, from: &dyn Value) -> bool {
        assign_value(self, from)
    }
}

impl<const N: usize> Value for [u8; N] {
    fn empty() -> Self {
        [0; N]
    }

    fn write_json(&self, _node: &'static TypeNode, out: &mut JsonWriter) {
        write_bytes(self, out);
    }

    fn read_json(&mut self, how: &Resolution, reader: &mut JsonReader<'_>) {
        reader.read_leaf(self, how);
    }

    fn equals(&self, other: &dyn Value) -> Option<bool> {
        equal_values(self, other)
    }

    fn assign(&mut self, from: &dyn Value) -> bool {
        assign_value(self, from)
    }
}

impl Leaf for () {
    fn from_raw(raw: Raw, _node: &'static TypeNode) -> Option<Self> {
        matches!(raw, Raw::Null).then_some(())
    }
}

impl Leaf for bool {
    fn from_raw(raw: Raw, _node: &'static TypeNode) -> Option<Self> {
        if let Raw::Boolean(value) = raw {
            Some(value)
        } else {
            None
        }
    }
}

impl Leaf for i32 {
    const RAW_INTEGER: bool = true;

    fn from_raw(raw: Raw, _node: &'static TypeNode) -> Option<Self> {
        if let Raw::Long(value) = raw {
            value.try_into().ok()
        } else {
            None
        }
    }
}

impl Leaf for i64 {
    const RAW_INTEGER: bool = true;

    fn from_raw(raw: Raw, _node: &'static TypeNode) -> Option<Self> {
        if let Raw::Long(value) = raw {
            Some(value)
        } else {
            None
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "Avro promotes long to float and double so"
)]
impl Leaf for f32 {
    fn from_raw(raw: Raw, _node: &'static TypeNode) -> Option<Self> {
        match raw {
            Raw::Long(value) => Some(value as Self),
            Raw::Float(value) => Some(value),
            _ => None,
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "Avro promotes long to float and double so"
)]
impl Leaf for f64 {
    fn from_raw(raw: Raw, _node: &'static TypeNode) -> Option<Self> {
        match raw {
            Raw::Long(value) => Some(value as Self),
            Raw::Float(value) => Some(value.into()),
            Raw::Double(value) => Some(value),
            _ => None,
        }
    }
}

impl Leaf for String {
    fn from_raw(raw: Raw, _node: &'static TypeNode) -> Option<Self> {
        match raw {
            Raw::Text(text) => Some(text),
            Raw::Bytes(bytes) => Self::from_utf8(bytes).ok(),
            _ => None,
        }
    }
}

impl Leaf for Vec<u8> {
    fn from_raw(raw: Raw, _node: &'static TypeNode) -> Option<Self> {
        match raw {
            Raw::Text(text) => Some(text.into_bytes()),
            Raw::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

impl<const N: usize> Leaf for [u8; N] {
    fn from_raw(raw: Raw, _node: &'static TypeNode) -> Option<Self> {
        if let Raw::Bytes(bytes) = raw {
            bytes.try_into().ok()
        } else {
            None
        }
    }
}

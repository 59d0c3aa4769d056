//! UUIDs, on string and on fixed(16): the hyphenated text; every form that the uuid crate knows is read.

use uuid::Uuid;

use super::raw::{Leaf, Raw};
use super::reader::JsonReader;
use super::resolution::Resolution;
use super::value::{Value, assign_value, equal_values};
use super::writer::JsonWriter;
use crate::types::TypeNode;

impl Value for Uuid {
    fn empty() -> Self {
        Self::nil()
    }

    fn write_json(&self, _node: &'static TypeNode, out: &mut JsonWriter) {
        out.display(format_args!("\"{}\"", self.hyphenated()));
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

impl Leaf for Uuid {
    fn from_raw(raw: Raw, _node: &'static TypeNode) -> Option<Self> {
        match raw {
            Raw::Text(text) => Self::try_parse(&text).ok(),
            Raw::Bytes(bytes) => match <[u8; 16]>::try_from(bytes.as_slice()) {
                Ok(bytes) => Some(Self::from_bytes(bytes)),
                // Promoted: the bytes of a text.
                Err(_) => Self::try_parse(std::str::from_utf8(&bytes).ok()?).ok(),
            },
            _ => None,
        }
    }
}

//! `NoValue`: what a field has whose type holds itself without end.

use super::avro::{Avro, Reader, Writer};
use super::reader::JsonReader;
use super::resolution::Resolution;
use super::value::{Value, assign_value, equal_values};
use super::writer::JsonWriter;
use crate::types::TypeNode;

/// A field's value where its schema has none: the record holds itself and has no way out.
///
/// It cannot be made outside this crate, so that no record with such a field can be made, read or written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct NoValue(());

impl Avro for NoValue {
    fn write_avro(&self, writer: &mut Writer) {
        writer.problem("a value that ends", "one that holds itself");
    }

    fn read_avro(&mut self, reader: &mut Reader<'_>) {
        reader.fail(reader.left(), "a value that ends", "one that holds itself");
    }
}

impl Value for NoValue {
    fn empty() -> Self {
        Self(())
    }

    fn write_json(&self, node: &'static TypeNode, out: &mut JsonWriter) {
        out.wrong_table(node);
    }

    fn read_json(&mut self, _: &Resolution, reader: &mut JsonReader<'_>) {
        let start = reader.start();
        reader.mismatch(start, "nothing: its type holds itself without end");
    }

    fn equals(&self, other: &dyn Value) -> Option<bool> {
        equal_values(self, other)
    }

    fn assign(&mut self, from: &dyn Value) -> bool {
        assign_value(self, from)
    }
}

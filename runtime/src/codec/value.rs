//! `Value`: what every type in generated structs can do, behind one vtable, so that generated code has tables and no
//! loops. The methods that it provides make it a record.

use std::any::Any;
use std::fmt;

use super::reader::JsonReader;
use super::record;
use super::resolution::Resolution;
use super::writer::JsonWriter;
use crate::types::TypeNode;

/// A value that generated types are made of.
///
/// The macros `record!`, `union!`, `enumeration!` and `untyped!` implement it for generated types, this crate for the Rust
/// types of Avro's others.
pub trait Value: Any + fmt::Debug + Send + Sync {
    /// A value to fill in place.
    fn empty() -> Self
    where
        Self: Sized;

    /// A record's name, fields and type table; an empty one for everything else.
    fn shape(&self) -> Shape {
        Shape {
            name: "",
            fields: "",
            node: &TypeNode::Null,
        }
    }

    /// Shows a record's fields, in the schema's order.
    fn fields(&self, visit: &mut dyn FnMut(&[&dyn Value])) {
        visit(&[]);
    }

    /// Shows a record's fields to be filled, in the schema's order.
    fn fields_mut(&mut self, visit: &mut dyn FnMut(&mut [&mut dyn Value])) {
        visit(&mut []);
    }

    /// Appends the value as JSON; a record leaves that to its fields. Call [`write()`] instead.
    fn write_json(&self, node: &'static TypeNode, out: &mut JsonWriter) {
        let _ = node;
        out.leave_to_fields();
    }

    /// Overwrites the value with the next one of the text; a record leaves that to its fields. What is there after an error
    /// is of no use. Call [`JsonReader::read`] instead.
    fn read_json(&mut self, how: &Resolution, reader: &mut JsonReader<'_>) {
        let _ = how;
        reader.leave_to_fields();
    }

    /// Whether `other` is of the same type and equal; `None`: a record, whose fields say so. Call [`equal`] instead.
    fn equals(&self, other: &dyn Value) -> Option<bool> {
        let _ = other;
        None
    }
}

// The methods above are hooks with bodies as small as can be, because a compiler works on them once per generated type;
// what they leave to be done is here, compiled once.

/// Appends a value as JSON.
pub fn write(value: &dyn Value, node: &'static TypeNode, out: &mut JsonWriter) {
    value.write_json(node, out);
    if out.is_left_to_fields() {
        value.fields(&mut |fields| record::write(node, fields, out));
    }
}

/// Overwrites a value with the next one of the text.
pub(crate) fn read(value: &mut dyn Value, how: &Resolution, reader: &mut JsonReader<'_>) {
    value.read_json(how, reader);
    if reader.is_left_to_fields() {
        value.fields_mut(&mut |fields| record::read(how, fields, reader));
    }
}

/// Whether two values are of the same type and equal.
#[must_use]
pub fn equal(left: &dyn Value, right: &dyn Value) -> bool {
    if let Some(equal) = left.equals(right) {
        return equal;
    }
    let (left_type, right_type): (&dyn Any, &dyn Any) = (left, right);
    let mut equal = false;
    if left_type.type_id() == right_type.type_id() {
        left.fields(&mut |left| right.fields(&mut |right| equal = record::equal(left, right)));
    }
    equal
}

/// What generated code says of a record's Rust type.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Name of the Rust type.
    pub name: &'static str,
    /// Names of its fields in Rust, with commas between them: one literal costs a compiler less than an array.
    pub fields: &'static str,
    /// Its type table.
    pub node: &'static TypeNode,
}

/// `derive(PartialEq)` as a function, for [`Value::equals`].
#[must_use]
pub fn equal_values<T: Value + PartialEq>(left: &T, right: &dyn Value) -> Option<bool> {
    let right: &dyn Any = right;
    Some(right.downcast_ref::<T>().is_some_and(|right| left == right))
}

//! `Value`: what every type in generated structs can do, behind one vtable, so that generated code has tables and no
//! loops. The methods that it provides are a record's.

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

    /// Appends the value as JSON.
    fn write_json(&self, node: &'static TypeNode, out: &mut JsonWriter) {
        self.fields(&mut |fields| record::write(node, fields, out));
    }

    /// Overwrites the value with the next one of the text. What is there after an error is of no use.
    fn read_json(&mut self, how: &Resolution, reader: &mut JsonReader<'_>) {
        self.fields_mut(&mut |fields| record::read(how, fields, reader));
    }

    /// Whether `other` is of the same type and equal.
    fn equals(&self, other: &dyn Value) -> bool {
        let other_type: &dyn Any = other;
        let mut equal = false;
        if self.type_id() == other_type.type_id() {
            self.fields(&mut |left| other.fields(&mut |right| equal = record::equal(left, right)));
        }
        equal
    }
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
pub fn equal_values<T: Value + PartialEq>(left: &T, right: &dyn Value) -> bool {
    let right: &dyn Any = right;
    right.downcast_ref::<T>().is_some_and(|right| left == right)
}

//! `Value`: what every type in generated structs can do, behind one vtable, so that generated code has tables and no
//! loops. The methods that it provides make it a record.

use std::any::Any;
use std::fmt;

use super::fields::{self, Record};
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
        Shape::without_fields("", &TypeNode::Null)
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

    /// Makes the value a copy of `from`, which is of the same type; `false`: a record, which leaves that to its fields.
    fn assign(&mut self, from: &dyn Value) -> bool {
        let _ = from;
        false
    }
}

// The methods above are hooks with bodies as small as can be, because a compiler works on them once per generated type;
// what they leave to be done is here, compiled once.

/// Appends a value as JSON.
pub fn write(value: &dyn Value, node: &'static TypeNode, out: &mut JsonWriter) {
    value.write_json(node, out);
    if out.is_left_to_fields() {
        fields(value, &mut |fields| record::write(node, fields, out));
    }
}

/// Overwrites a value with the next one of the text.
pub(crate) fn read(value: &mut dyn Value, how: &Resolution, reader: &mut JsonReader<'_>) {
    value.read_json(how, reader);
    if reader.is_left_to_fields() {
        fields_mut(value, &mut |fields| record::read(how, fields, reader));
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
        fields(left, &mut |left| {
            fields(right, &mut |right| equal = record::equal(left, right));
        });
    }
    equal
}

/// Shows a record's fields, in the schema's order; of other values none.
pub(super) fn fields(value: &dyn Value, visit: &mut dyn FnMut(&[&dyn Value])) {
    (value.shape().show)(value, visit);
}

fn fields_mut(value: &mut dyn Value, visit: &mut dyn FnMut(&mut [&mut dyn Value])) {
    (value.shape().show_mut)(value, visit);
}

/// Makes `to` a copy of `from`, which is of the same type.
pub(super) fn assign(to: &mut dyn Value, from: &dyn Value) {
    if !to.assign(from) {
        fields_mut(to, &mut |to| {
            fields(from, &mut |from| {
                for (to, from) in to.iter_mut().zip(from) {
                    assign(*to, *from);
                }
            });
        });
    }
}

/// A copy of a record: generated code's `Clone`.
#[doc(hidden)]
#[must_use]
// Compiled beside its caller, where the type's table of methods is needed anyway.
#[inline]
pub fn copied<T: Value>(record: &T) -> T {
    let mut copy = T::empty();
    assign(&mut copy, record);
    copy
}

/// What wants to see fields, of any record.
pub(super) type SeeFields<'v> = dyn FnMut(&[&dyn Value]) + 'v;

/// What wants to fill fields, of any record.
pub(super) type FillFields<'v> = dyn FnMut(&mut [&mut dyn Value]) + 'v;

/// What generated code says of a record's Rust type.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Name of the Rust type.
    pub name: &'static str,
    /// Names of its fields in Rust, with commas between them: one literal costs a compiler less than an array.
    pub fields: &'static str,
    /// Its type table.
    pub node: &'static TypeNode,
    /// Shows the fields of such a record, in the schema's order.
    #[doc(hidden)]
    pub show: fn(&dyn Value, &mut SeeFields<'_>),
    /// Shows the fields of such a record to be filled, in the schema's order.
    #[doc(hidden)]
    pub show_mut: fn(&mut dyn Value, &mut FillFields<'_>),
}

impl Shape {
    /// That of a record. Its fields are shown by functions of this crate, so that generated code needs none.
    #[must_use]
    pub const fn of<T: Record>(
        name: &'static str,
        fields: &'static str,
        node: &'static TypeNode,
    ) -> Self {
        Self {
            name,
            fields,
            node,
            show: fields::show::<T>,
            show_mut: fields::show_mut::<T>,
        }
    }

    /// That of anything else.
    #[must_use]
    pub const fn without_fields(name: &'static str, node: &'static TypeNode) -> Self {
        Self {
            name,
            fields: "",
            node,
            show: |_, visit| visit(&[]),
            show_mut: |_, visit| visit(&mut []),
        }
    }
}

/// `derive(PartialEq)` as a function, for [`Value::equals`].
#[must_use]
pub fn equal_values<T: Value + PartialEq>(left: &T, right: &dyn Value) -> Option<bool> {
    let right: &dyn Any = right;
    Some(right.downcast_ref::<T>().is_some_and(|right| left == right))
}

/// `derive(Clone)` as a function, for [`Value::assign`].
#[must_use]
pub fn assign_value<T: Value + Clone>(to: &mut T, from: &dyn Value) -> bool {
    let from: &dyn Any = from;
    if let Some(from) = from.downcast_ref() {
        to.clone_from(from);
    }
    true
}

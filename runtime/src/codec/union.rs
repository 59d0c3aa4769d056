//! Unions: reading and writing a branch's value, and when the writer has to say which it is. Which branch a value is of
//! is found in `branch.rs`.
//!
//! A value takes its plain form where that is read as the same branch again; else it is the one member of an object whose
//! key is the branch's name, as in Avro's JSON encoding. docs/avro-json.md has the rules.

use std::fmt;

use super::branch::{Branches, Choice, choose};
use super::error::shortened;
use super::reader::JsonReader;
use super::resolution::Resolution;
use super::value::{self, Value};
use super::writer::JsonWriter;
use crate::types::TypeNode;

/// A generated enum over a union's branches.
pub trait Union: Value {
    /// Index of the branch, and its value.
    fn branch(&self) -> (usize, &dyn Value);

    /// Names of the variants.
    fn variants(&self) -> &'static [&'static str];

    /// Becomes branch `index`, with the next value of the text.
    fn read_branch(&mut self, index: usize, how: &Resolution, reader: &mut JsonReader<'_>);
}

/// `Debug` of a union, as `derive` has it.
///
/// # Errors
/// The formatter's.
pub fn debug(value: &dyn Union, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (index, inner) = value.branch();
    let name = value.variants()[index];
    let any: &dyn std::any::Any = inner;
    if any.is::<()>() {
        return f.write_str(name);
    }
    f.debug_tuple(name).field(&inner).finish()
}

/// Whether branch and value are equal.
#[must_use]
pub fn equal(left: &dyn Union, right: &dyn Union) -> bool {
    let (left, right) = (left.branch(), right.branch());
    left.0 == right.0 && value::equal(left.1, right.1)
}

/// Appends a union's value.
pub fn write(value: &dyn Union, node: &'static TypeNode, out: &mut JsonWriter) {
    let (index, inner) = value.branch();
    write_branch(index, inner, node, out);
}

/// Appends the value of a union's branch.
pub(crate) fn write_branch(
    index: usize,
    value: &dyn Value,
    node: &'static TypeNode,
    out: &mut JsonWriter,
) {
    let TypeNode::Union(nodes) = node else {
        return out.wrong_table(node);
    };
    let Some(branch) = nodes.get(index) else {
        return out.wrong_table(node);
    };
    let start = out.len();
    value::write(value, branch, out);
    let read_as = choose(out.since(start), 0, Branches::Nodes(nodes), false);
    if read_as != Some(Choice::Plain(index)) {
        out.tag(start, branch.branch_name());
    }
}

/// Reads a union's value.
pub fn read(value: &mut dyn Union, how: &Resolution, reader: &mut JsonReader<'_>) {
    match *how {
        Resolution::Same(TypeNode::Union(nodes)) => {
            reader.in_branch(Branches::Nodes(nodes), &mut |reader, branch| {
                value.read_branch(branch, &Resolution::Same(nodes[branch]), reader);
            });
        }
        Resolution::IntoUnion {
            branch, resolution, ..
        } => {
            value.read_branch(branch, resolution, reader);
        }
        _ => reader.wrong_table(how),
    }
}

impl JsonReader<'_> {
    /// Reads what a writer's union holds.
    pub(crate) fn read_from_union(
        &mut self,
        value: &mut dyn Value,
        ways: &'static [(&'static TypeNode, Option<Resolution>)],
    ) {
        self.in_branch(
            Branches::Ways(ways),
            &mut |reader, branch| match &ways[branch] {
                (_, Some(how)) => reader.read(value, how),
                (node, None) => {
                    let start = reader.start();
                    let name = shortened(node.branch_name());
                    reader.mismatch(
                        start,
                        format!("a value that is not of the former branch {name}"),
                    );
                }
            },
        );
    }
}

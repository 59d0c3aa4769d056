//! The Rust types of Avro's arrays, maps and optional values, and the boxes of recursive types.

use std::collections::BTreeMap;

use super::branch::Branches;
use super::reader::JsonReader;
use super::resolution::Resolution;
use super::union;
use super::value::{Value, assign, copied, equal, write};
use super::writer::JsonWriter;
use crate::types::TypeNode;

impl<T: Value> Value for Vec<T> {
    fn empty() -> Self {
        Self::new()
    }

    fn write_json(&self, node: &'static TypeNode, out: &mut JsonWriter) {
        let TypeNode::Array(item) = node else {
            return out.wrong_table(node);
        };
        out.nested(['[', ']'], |out| {
            for (index, value) in self.iter().enumerate() {
                if index > 0 {
                    out.raw(",");
                }
                out.element(index, value, item);
            }
        });
    }

    fn read_json(&mut self, how: &Resolution, reader: &mut JsonReader<'_>) {
        let same;
        let item = match *how {
            Resolution::Same(TypeNode::Array(item)) => {
                same = Resolution::Same(item);
                &same
            }
            Resolution::Array(item) => item,
            _ => return reader.wrong_table(how),
        };
        self.clear();
        reader.elements(&mut |reader, _| {
            let mut value = T::empty();
            reader.read(&mut value, item);
            self.push(value);
        });
    }

    fn equals(&self, other: &dyn Value) -> Option<bool> {
        equals_with(other, |other: &Self| {
            self.len() == other.len()
                && self
                    .iter()
                    .zip(other)
                    .all(|(left, right)| equal(left, right))
        })
    }

    fn assign(&mut self, from: &dyn Value) -> bool {
        assign_with(from, |from: &Self| {
            self.clear();
            self.extend(from.iter().map(copied));
        })
    }
}

impl<T: Value> Value for BTreeMap<String, T> {
    fn empty() -> Self {
        Self::new()
    }

    fn write_json(&self, node: &'static TypeNode, out: &mut JsonWriter) {
        let TypeNode::Map(item) = node else {
            return out.wrong_table(node);
        };
        out.nested(['{', '}'], |out| {
            for (index, (key, value)) in self.iter().enumerate() {
                if index > 0 {
                    out.raw(",");
                }
                out.string(key);
                out.raw(":");
                out.inside(key, value, item);
            }
        });
    }

    fn read_json(&mut self, how: &Resolution, reader: &mut JsonReader<'_>) {
        let same;
        let item = match *how {
            Resolution::Same(TypeNode::Map(item)) => {
                same = Resolution::Same(item);
                &same
            }
            Resolution::Map(item) => item,
            _ => return reader.wrong_table(how),
        };
        self.clear();
        reader.map_entries(&mut |reader, key| {
            let mut value = T::empty();
            reader.read(&mut value, item);
            self.insert(key.to_owned(), value);
        });
    }

    fn equals(&self, other: &dyn Value) -> Option<bool> {
        equals_with(other, |other: &Self| {
            self.len() == other.len()
                && self
                    .iter()
                    .zip(other)
                    .all(|(left, right)| left.0 == right.0 && equal(left.1, right.1))
        })
    }

    fn assign(&mut self, from: &dyn Value) -> bool {
        assign_with(from, |from: &Self| {
            let entries = from.iter().map(|(key, value)| (key.clone(), copied(value)));
            *self = entries.collect();
        })
    }
}

/// A union of null and one other type.
impl<T: Value> Value for Option<T> {
    fn empty() -> Self {
        None
    }

    fn write_json(&self, node: &'static TypeNode, out: &mut JsonWriter) {
        let TypeNode::Union(branches) = node else {
            return out.wrong_table(node);
        };
        match (self, value_branch(branches)) {
            (None, _) => out.raw("null"),
            (Some(value), Some(branch)) => match branches[branch] {
                TypeNode::Record(_) | TypeNode::Map(_) => {
                    union::write_branch(branch, value, node, out);
                }
                // What is no object is never taken for a tag.
                plain => write(value, plain, out),
            },
            (Some(_), None) => out.wrong_table(node),
        }
    }

    fn read_json(&mut self, how: &Resolution, reader: &mut JsonReader<'_>) {
        match *how {
            Resolution::Same(TypeNode::Union(branches)) => {
                let Some(value) = value_branch(branches) else {
                    return reader.wrong_table(how);
                };
                match reader.peek() {
                    b'n' => self.read_branch(branches, 1 - value, how, reader),
                    b'{' => reader.in_branch(Branches::Nodes(branches), &mut |reader, branch| {
                        self.read_branch(
                            branches,
                            branch,
                            &Resolution::Same(branches[branch]),
                            reader,
                        );
                    }),
                    _ => self.read_branch(
                        branches,
                        value,
                        &Resolution::Same(branches[value]),
                        reader,
                    ),
                }
            }
            Resolution::IntoUnion {
                union: TypeNode::Union(branches),
                branch,
                resolution,
            } => {
                self.read_branch(branches, branch, resolution, reader);
            }
            _ => reader.wrong_table(how),
        }
    }

    fn equals(&self, other: &dyn Value) -> Option<bool> {
        equals_with(other, |other: &Self| match (self, other) {
            (Some(left), Some(right)) => equal(left, right),
            (None, None) => true,
            _ => false,
        })
    }

    fn assign(&mut self, from: &dyn Value) -> bool {
        assign_with(from, |from: &Self| *self = from.as_ref().map(copied))
    }
}

trait OptionBranch {
    fn read_branch(
        &mut self,
        branches: &'static [&'static TypeNode],
        branch: usize,
        how: &Resolution,
        reader: &mut JsonReader<'_>,
    );
}

impl<T: Value> OptionBranch for Option<T> {
    fn read_branch(
        &mut self,
        branches: &'static [&'static TypeNode],
        branch: usize,
        how: &Resolution,
        reader: &mut JsonReader<'_>,
    ) {
        match branches.get(branch) {
            Some(node @ TypeNode::Null) => {
                *self = None;
                reader.check(node);
            }
            Some(_) => reader.read(self.insert(T::empty()), how),
            None => reader.wrong_table(how),
        }
    }
}

/// Index of the branch that is not null.
fn value_branch(branches: &[&TypeNode]) -> Option<usize> {
    match branches {
        [TypeNode::Null, _] => Some(1),
        [_, TypeNode::Null] => Some(0),
        _ => None,
    }
}

impl<T: Value> Value for Box<T> {
    fn empty() -> Self {
        Self::new(T::empty())
    }

    fn write_json(&self, node: &'static TypeNode, out: &mut JsonWriter) {
        write(&**self, node, out);
    }

    fn read_json(&mut self, how: &Resolution, reader: &mut JsonReader<'_>) {
        reader.read(&mut **self, how);
    }

    fn equals(&self, other: &dyn Value) -> Option<bool> {
        equals_with(other, |other: &Self| equal(&**self, &**other))
    }

    fn assign(&mut self, from: &dyn Value) -> bool {
        assign_with(from, |from: &Self| assign(&mut **self, &**from))
    }
}

fn equals_with<T: Value>(other: &dyn Value, compare: impl FnOnce(&T) -> bool) -> Option<bool> {
    let other: &dyn std::any::Any = other;
    Some(other.downcast_ref().is_some_and(compare))
}

fn assign_with<T: Value>(from: &dyn Value, copy: impl FnOnce(&T)) -> bool {
    let from: &dyn std::any::Any = from;
    if let Some(from) = from.downcast_ref() {
        copy(from);
    }
    true
}

//! Records: their fields by the writer's names, defaults for what is missing, members that no field has are ignored.
//! One loop serves reading, reading by a resolution, and checking without a Rust value.

use std::fmt;

use super::error::shortened;
use super::reader::JsonReader;
use super::resolution::{RecordResolution, Resolution};
use super::value::{self, Value};
use super::writer::JsonWriter;
use crate::types::{RecordNode, TypeNode};

/// `Debug` of a record, as `derive` has it.
///
/// # Errors
/// The formatter's.
pub fn debug(record: &dyn Value, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let shape = record.shape();
    let mut output = f.debug_struct(shape.name);
    value::fields(record, &mut |fields| {
        for (name, field) in shape.fields.split(',').zip(fields) {
            output.field(name.trim().trim_start_matches("r#"), field);
        }
    });
    output.finish()
}

/// Whether all fields are equal.
pub(crate) fn equal(left: &[&dyn Value], right: &[&dyn Value]) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .all(|(left, right)| value::equal(*left, *right))
}

/// Appends a record as a JSON object, all its fields in the schema's order.
pub(crate) fn write(node: &'static TypeNode, fields: &[&dyn Value], out: &mut JsonWriter) {
    let TypeNode::Record(record) = node else {
        return out.wrong_table(node);
    };
    if record.fields.len() != fields.len() {
        return out.wrong_table(node);
    }
    out.nested(['{', '}'], |out| {
        for (index, (field, value)) in record.fields.iter().zip(fields).enumerate() {
            if index > 0 {
                out.raw(",");
            }
            out.string(field.name);
            out.raw(":");
            out.inside(field.name, *value, field.node);
        }
    });
}

/// Fills a record's fields from a JSON object.
pub(crate) fn read(how: &Resolution, fields: &mut [&mut dyn Value], reader: &mut JsonReader<'_>) {
    match *how {
        Resolution::Same(TypeNode::Record(record)) => walk(Plan::Same(record), fields, reader),
        Resolution::Record(record) => walk(Plan::Resolved(record), fields, reader),
        _ => reader.wrong_table(how),
    }
}

/// Checks a JSON object against a record's type.
pub(crate) fn check(record: &'static RecordNode, reader: &mut JsonReader<'_>) {
    walk(Plan::Same(record), &mut [], reader);
}

#[derive(Clone, Copy)]
enum Plan {
    Same(&'static RecordNode),
    Resolved(&'static RecordResolution),
}

impl Plan {
    fn len(self) -> usize {
        match self {
            Self::Same(record) => record.fields.len(),
            Self::Resolved(record) => record.fields.len(),
        }
    }

    fn name(self, index: usize) -> &'static str {
        match self {
            Self::Same(record) => record.fields[index].name,
            Self::Resolved(record) => record.fields[index].name,
        }
    }

    fn default(self, index: usize) -> Option<&'static str> {
        match self {
            Self::Same(record) => record.fields[index].default,
            Self::Resolved(record) => record.fields[index].default,
        }
    }

    /// The writer's field called `key`; members mostly come in the schema's order.
    fn find(self, key: &str, next: usize) -> Option<usize> {
        if next < self.len() && self.name(next) == key {
            return Some(next);
        }
        (0..self.len()).find(|&index| self.name(index) == key)
    }

    /// Reads the writer's field `index` into where it belongs; what has no place is checked all the same.
    fn read(self, index: usize, fields: &mut [&mut dyn Value], reader: &mut JsonReader<'_>) {
        match self {
            Self::Same(record) => {
                let node = record.fields[index].node;
                match fields.get_mut(index) {
                    Some(field) => reader.read(*field, &Resolution::Same(node)),
                    None => reader.check(node),
                }
            }
            Self::Resolved(record) => {
                let field = &record.fields[index];
                match &field.target {
                    Some((target, how)) => match fields.get_mut(*target) {
                        Some(target) => reader.read(*target, how),
                        None => reader.wrong_table(how),
                    },
                    None => reader.check(field.node),
                }
            }
        }
    }
}

fn walk(plan: Plan, fields: &mut [&mut dyn Value], reader: &mut JsonReader<'_>) {
    let mut seen = Seen::new(plan.len());
    let mut next = 0;
    let before = reader.mark();
    reader.members("an object", &mut |reader, key| {
        let index = key.and_then(|key| plan.find(&key, next));
        let Some(index) = index else {
            return reader.skip();
        };
        let mark = reader.mark();
        plan.read(index, fields, reader);
        if reader.mark() > mark {
            reader.locate(mark, plan.name(index));
        }
        seen.insert(index);
        next = index + 1;
    });
    if reader.mark() > before && seen.is_empty() {
        // Not an object at all: its fields are not missed one by one.
        return;
    }
    for index in 0..plan.len() {
        if !seen.contains(index) && !reader.stopped() {
            let mark = reader.mark();
            match plan.default(index) {
                Some(text) => {
                    reader.default_text(text, &mut |reader| plan.read(index, fields, reader));
                }
                None => reader.complain("a value", "nothing: the field is missing"),
            }
            reader.locate(mark, plan.name(index));
        }
    }
    if let Plan::Resolved(record) = plan {
        for (index, node, default) in record.added {
            let Some(field) = fields.get_mut(*index) else {
                return reader.complain("a field of the table", shortened(record.name));
            };
            reader.default_text(default, &mut |reader| {
                reader.read(*field, &Resolution::Same(node));
            });
        }
    }
}

/// The fields that were there; no allocation for a record of usual size.
struct Seen {
    first: u128,
    more: Vec<bool>,
}

impl Seen {
    fn new(len: usize) -> Self {
        Self {
            first: 0,
            more: vec![false; len.saturating_sub(128)],
        }
    }

    fn insert(&mut self, index: usize) {
        match index.checked_sub(128) {
            None => self.first |= 1 << index,
            Some(index) => self.more[index] = true,
        }
    }

    fn contains(&self, index: usize) -> bool {
        match index.checked_sub(128) {
            None => self.first & 1 << index != 0,
            Some(index) => self.more[index],
        }
    }

    fn is_empty(&self) -> bool {
        self.first == 0 && !self.more.contains(&true)
    }
}

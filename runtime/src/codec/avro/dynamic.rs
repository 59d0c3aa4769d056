//! Avro to JSON and back by type tables alone: for tools, and as the second opinion that tests hold generated code against.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use uuid::Uuid;

use super::locate::locate;
use super::reader::Reader;
use super::writer::Writer;
use crate::codec::branch::{Branches, Choice, choose};
use crate::codec::decimal::Decimal;
use crate::codec::duration::Duration;
use crate::codec::error::DataError;
use crate::codec::raw::Raw;
use crate::codec::reader::{JsonReader, Purpose};
use crate::codec::resolution::Resolution;
use crate::codec::value::{self, Value};
use crate::codec::writer::JsonWriter;
use crate::types::{Logical, RecordNode, TypeNode};

/// The binary form of what a JSON text says, as a value of type `node` would have it.
///
/// # Errors
/// The first thing in the text that does not fit.
pub fn from_json_text(node: &'static TypeNode, text: &str) -> Result<Vec<u8>, DataError> {
    let mut reader = JsonReader::new(text, Purpose::Data);
    let mut writer = Writer::new(Vec::new());
    take(&mut reader, node, &mut writer);
    reader.finish()?;
    Ok(writer.into_bytes())
}

/// The binary form of a default that a schema has for a type.
pub(super) fn from_default_text(node: &'static TypeNode, text: &str) -> Result<Vec<u8>, DataError> {
    let mut reader = JsonReader::new(text, Purpose::Default);
    let mut writer = Writer::new(Vec::new());
    take(&mut reader, node, &mut writer);
    reader.finish()?;
    Ok(writer.into_bytes())
}

/// The JSON text of a value of type `node` in binary form.
///
/// # Errors
/// The first thing in the bytes that does not fit.
pub fn to_json_text(node: &'static TypeNode, bytes: &[u8]) -> Result<String, DataError> {
    let mut reader = Reader::new(bytes);
    let mut writer = JsonWriter::new(String::new());
    give(&mut reader, node, &mut writer);
    if let Some(failure) = reader.finish() {
        return Err(locate(failure, &Resolution::Same(node), bytes));
    }
    match writer.finish() {
        (text, None) => Ok(text),
        (_, Some(problem)) => Err(problem),
    }
}

/// How many bytes the value of type `node` has that `bytes` begin with.
///
/// # Errors
/// The first thing in the bytes that does not fit.
pub fn value_length(node: &'static TypeNode, bytes: &[u8]) -> Result<usize, DataError> {
    let mut reader = Reader::new(bytes);
    reader.skip(node);
    let length = reader.at();
    if !reader.failed() {
        return Ok(length);
    }
    match reader.finish() {
        Some(failure) => Err(locate(failure, &Resolution::Same(node), bytes)),
        None => Ok(length),
    }
}

/// Takes the next value of the text.
fn take(reader: &mut JsonReader<'_>, node: &'static TypeNode, out: &mut Writer) {
    match node {
        TypeNode::Array(item) => {
            let mut items = Writer::new(Vec::new());
            let mut count = 0;
            reader.elements(&mut |reader, _| {
                take(reader, item, &mut items);
                count += 1;
            });
            if count > 0 {
                out.count(count);
                out.raw(&items.into_bytes());
            }
            out.count(0);
        }
        TypeNode::Map(item) => {
            let mut entries = BTreeMap::new();
            reader.map_entries(&mut |reader, key| {
                entries.insert(key.to_owned(), taken(reader, item));
            });
            out.map(&entries, |out, value| out.raw(value));
        }
        TypeNode::Record(record) => take_record(reader, record, out),
        TypeNode::Union(branches) => {
            reader.in_branch(Branches::Nodes(branches), &mut |reader, branch| {
                out.branch(branch);
                take(reader, branches[branch], out);
            });
        }
        leaf => {
            if let Some(raw) = reader.raw(leaf) {
                put(&raw, leaf.base(), out);
            }
        }
    }
}

/// The bytes of the next value of the text.
fn taken(reader: &mut JsonReader<'_>, node: &'static TypeNode) -> Vec<u8> {
    let mut out = Writer::new(Vec::new());
    take(reader, node, &mut out);
    out.into_bytes()
}

fn take_record(reader: &mut JsonReader<'_>, record: &'static RecordNode, out: &mut Writer) {
    let mut values: Vec<Option<Vec<u8>>> = vec![None; record.fields.len()];
    reader.members("an object", &mut |reader, key| {
        let index = key.and_then(|key| record.fields.iter().position(|field| field.name == key));
        let Some(index) = index else {
            return reader.skip();
        };
        let field = &record.fields[index];
        let mark = reader.mark();
        values[index] = Some(taken(reader, field.node));
        if reader.mark() > mark {
            reader.locate(mark, field.name);
        }
    });
    for (field, value) in record.fields.iter().zip(values) {
        if let Some(bytes) = value {
            out.raw(&bytes);
        } else if !reader.stopped() {
            let mark = reader.mark();
            match field.default {
                Some(text) => {
                    reader.default_text(text, &mut |reader| take(reader, field.node, out))
                }
                None => reader.complain("a value", "nothing: the field is missing"),
            }
            reader.locate(mark, field.name);
        }
    }
}

/// Writes a leaf as its base type.
fn put(raw: &Raw, base: &'static TypeNode, out: &mut Writer) {
    match raw {
        Raw::Null => {}
        Raw::Boolean(value) => out.boolean(value),
        Raw::Long(value) => out.long(value),
        Raw::Float(value) => out.float(value),
        Raw::Double(value) => out.double(value),
        Raw::Text(text) => out.text(text.as_bytes()),
        Raw::Bytes(bytes) if matches!(base, TypeNode::Fixed(_)) => out.raw(bytes),
        Raw::Bytes(bytes) => out.text(bytes),
    }
}

/// Gives the next value of the bytes.
fn give(reader: &mut Reader<'_>, node: &'static TypeNode, out: &mut JsonWriter) {
    match node {
        TypeNode::Null => out.raw("null"),
        TypeNode::Boolean => leaf(reader, node, out, Reader::boolean),
        TypeNode::Int => leaf(reader, node, out, Reader::int),
        TypeNode::Long => leaf(reader, node, out, Reader::long),
        TypeNode::Float => leaf(reader, node, out, Reader::float),
        TypeNode::Double => leaf(reader, node, out, Reader::double),
        TypeNode::Bytes => leaf(reader, node, out, Reader::bytes),
        TypeNode::String => leaf(reader, node, out, Reader::string),
        TypeNode::Fixed(fixed) => leaf(reader, node, out, |reader, value: &mut Vec<u8>| {
            *value = reader
                .bytes_of(fixed.size, "a fixed number of bytes")
                .to_vec();
        }),
        TypeNode::Enum(symbols) => {
            let index = reader.index(symbols.symbols.len(), "a symbol");
            if index < symbols.symbols.len() {
                crate::codec::write_symbol(index, node, out);
            }
        }
        TypeNode::Logical(logical, base) => give_logical(reader, *logical, base, node, out),
        TypeNode::Array(item) => out.nested(['[', ']'], |out| {
            items(reader, &mut |reader, index| {
                if index > 0 {
                    out.raw(",");
                }
                give(reader, item, out);
            });
        }),
        TypeNode::Map(item) => out.nested(['{', '}'], |out| {
            items(reader, &mut |reader, index| {
                if index > 0 {
                    out.raw(",");
                }
                out.string(&reader.make(Reader::string));
                out.raw(":");
                give(reader, item, out);
            });
        }),
        TypeNode::Record(record) => out.nested(['{', '}'], |out| {
            if !reader.enter() {
                return;
            }
            for (index, field) in record.fields.iter().enumerate() {
                if index > 0 {
                    out.raw(",");
                }
                out.string(field.name);
                out.raw(":");
                give(reader, field.node, out);
            }
            reader.leave();
        }),
        TypeNode::Union(branches) => {
            let index = reader.branch(branches.len());
            let Some(branch) = branches.get(index) else {
                return;
            };
            let start = out.len();
            give(reader, branch, out);
            // After an error there is no whole value to look at.
            if !reader.failed()
                && choose(out.since(start), 0, Branches::Nodes(branches), false)
                    != Some(Choice::Plain(index))
            {
                out.tag(start, branch.branch_name());
            }
        }
    }
}

fn leaf<'a, T: Value>(
    reader: &mut Reader<'a>,
    node: &'static TypeNode,
    out: &mut JsonWriter,
    read: impl FnOnce(&mut Reader<'a>, &mut T),
) {
    let value = reader.make(read);
    value::write(&value, node, out);
}

fn give_logical(
    reader: &mut Reader<'_>,
    logical: Logical,
    base: &'static TypeNode,
    node: &'static TypeNode,
    out: &mut JsonWriter,
) {
    let size = match base {
        TypeNode::Fixed(fixed) => Some(fixed.size),
        _ => None,
    };
    match (logical, size) {
        (Logical::Decimal { precision, scale }, None) => {
            leaf(reader, node, out, |r, v: &mut Decimal| {
                r.decimal(v, precision, scale)
            });
        }
        (Logical::Decimal { precision, scale }, Some(size)) => {
            leaf(reader, node, out, |r, v: &mut Decimal| {
                r.decimal_fixed(v, precision, scale, size)
            });
        }
        (Logical::BigDecimal, _) => leaf(reader, node, out, Reader::big_decimal),
        (Logical::Uuid, None) => leaf::<Uuid>(reader, node, out, Reader::uuid),
        (Logical::Uuid, Some(_)) => leaf::<Uuid>(reader, node, out, Reader::uuid_fixed),
        (Logical::Duration, _) => leaf::<Duration>(reader, node, out, Reader::duration),
        (Logical::Date, _) => leaf::<Date>(reader, node, out, Reader::date),
        (Logical::TimeMillis, _) => leaf::<Time>(reader, node, out, Reader::time_millis),
        (Logical::TimeMicros, _) => leaf::<Time>(reader, node, out, Reader::time_micros),
        (Logical::TimestampMillis, _) => {
            leaf::<Timestamp>(reader, node, out, Reader::timestamp_millis);
        }
        (Logical::TimestampMicros, _) => {
            leaf::<Timestamp>(reader, node, out, Reader::timestamp_micros);
        }
        (Logical::TimestampNanos, _) => {
            leaf::<Timestamp>(reader, node, out, Reader::timestamp_nanos);
        }
        (Logical::LocalTimestampMillis, _) => {
            leaf::<DateTime>(reader, node, out, Reader::local_timestamp_millis);
        }
        (Logical::LocalTimestampMicros, _) => {
            leaf::<DateTime>(reader, node, out, Reader::local_timestamp_micros);
        }
        (Logical::LocalTimestampNanos, _) => {
            leaf::<DateTime>(reader, node, out, Reader::local_timestamp_nanos);
        }
    }
}

/// Goes through the items of an array or map.
fn items(reader: &mut Reader<'_>, each: &mut dyn FnMut(&mut Reader<'_>, usize)) {
    if !reader.enter() {
        return;
    }
    let mut index = 0;
    loop {
        let count = reader.block();
        if count == 0 {
            break;
        }
        for _ in 0..count {
            let left = reader.left();
            each(reader, index);
            index += 1;
            if reader.left() == left && !reader.empty_item() {
                break;
            }
        }
    }
    reader.leave();
}

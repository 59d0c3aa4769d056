//! What generated code calls to read and write payloads: `Value`, the resolution tables, the JSON reader and writer, errors
//! with field paths. The type tables themselves are in `types.rs`; docs/avro-json.md says which JSON a type has.
//!
//! Everything is driven by tables: a generated type is a line of macro, and the loops are here, compiled once.

pub mod avro;
mod branch;
mod check;
mod container;
mod decimal;
mod duration;
mod enumeration;
mod error;
mod expectation;
mod fields;
mod identifier;
mod macros;
mod mapped;
mod meaning;
mod no_value;
mod parts;
mod primitive;
mod raw;
mod reader;
mod record;
mod resolution;
mod scan;
mod serde;
mod text;
mod time;
mod union;
mod value;
mod writer;

pub use decimal::{Decimal, ParseDecimalError};
pub use duration::Duration;
#[doc(hidden)]
pub use enumeration::{
    Enumeration, debug as debug_symbol, read as read_enumeration, symbol, write as write_symbol,
};
pub use error::DataError;
#[doc(hidden)]
pub use fields::{
    Field, FieldMut, Fields, FieldsMut, Groups, Record, Visit, VisitMut, of, of_mut,
    read as read_fields, write as write_fields,
};
pub use mapped::Mapped;
#[doc(hidden)]
pub use mapped::{read_mapped, write_mapped};
pub use no_value::NoValue;
pub use reader::{JsonReader, MAX_DEPTH};
#[doc(hidden)]
pub use record::debug as debug_record;
pub use resolution::{FieldResolution, RecordResolution, Resolution};
#[doc(hidden)]
pub use union::{
    Union, debug as debug_union, equal as equal_unions, read as read_union, write as write_union,
};
pub use value::{Shape, Value, equal, write};
#[doc(hidden)]
pub use value::{assign_value, copied, equal_values};
pub use writer::JsonWriter;

pub(crate) use error::shortened;
pub(crate) use expectation::expectation;
pub(crate) use parts::{elements_of, members_of};
pub(crate) use reader::{Purpose, syntax_error};
pub(crate) use scan::document;
pub(crate) use text::{quote, unescape};

use crate::envelope::Payload;
use crate::error::DecodeError;
use crate::event::VersionDescriptor;
use crate::types::TypeNode;

/// Reads a payload that is JSON by its resolution. Stored ones of either kind are read by [`event`](crate::event).
///
/// # Errors
/// The payload does not fit, or is Avro.
pub fn decode<T: Value>(resolution: &Resolution, payload: Payload<'_>) -> Result<T, DecodeError> {
    let mut value = T::empty();
    fill(&mut value, resolution, payload)?;
    Ok(value)
}

/// Fills a value from a payload that is JSON.
///
/// # Errors
/// As [`decode`].
pub(crate) fn fill(
    value: &mut dyn Value,
    resolution: &Resolution,
    payload: Payload<'_>,
) -> Result<(), DecodeError> {
    let filled = match payload {
        Payload::Json(text) => fill_for(Purpose::Data, value, resolution, text),
        Payload::Avro(bytes) => Err(DataError::new(
            "JSON text",
            format!("{} bytes of Avro", bytes.len()),
        )),
    };
    filled.map_err(DecodeError::Data)
}

/// Fills a value from a payload, JSON or Avro, that was written by the version that `writer` describes.
///
/// # Errors
/// The payload does not fit, or its fingerprint is not that version's.
pub(crate) fn fill_stored(
    value: &mut dyn avro::Avro,
    way: &avro::Way,
    payload: Payload<'_>,
    writer: &VersionDescriptor,
) -> Result<(), DecodeError> {
    let bytes = match payload {
        Payload::Json(_) => return fill(value, &way.resolution, payload),
        Payload::Avro(bytes) => bytes,
    };
    let (fingerprint, body) = avro::fingerprint_and_body(bytes).map_err(DecodeError::Data)?;
    if fingerprint != writer.fingerprint {
        return Err(DecodeError::Fingerprint {
            version: writer.version,
            expected: writer.fingerprint,
            found: fingerprint,
        });
    }
    avro::fill(value, way, body)
}

/// Fills a value from a payload that was written by a later version than this build knows, by name, as Avro's schema
/// resolution does. Fields that the value lacks are skipped, its defaults stand for what is missing, and a symbol that it
/// does not know is its enum's default. `writer` is the type of Avro payloads; JSON explains itself.
///
/// # Errors
/// The payload does not fit, or is Avro and its type is not known.
pub(crate) fn fill_newer(
    value: &mut dyn Value,
    resolution: &Resolution,
    payload: Payload<'_>,
    writer: impl FnOnce(u64) -> Option<&'static TypeNode>,
) -> Result<(), DecodeError> {
    let text;
    let json = match payload {
        Payload::Json(json) => json,
        Payload::Avro(bytes) => {
            let (fingerprint, body) =
                avro::fingerprint_and_body(bytes).map_err(DecodeError::Data)?;
            let node = writer(fingerprint).ok_or(DecodeError::UnknownSchema { fingerprint })?;
            text = avro::to_json_text(node, body).map_err(DecodeError::Data)?;
            &text
        }
    };
    fill_for(Purpose::Newer, value, resolution, json).map_err(DecodeError::Data)
}

/// Reads a value of type `node` from JSON text.
///
/// # Errors
/// The first thing that does not fit.
pub fn from_json<T: Value>(node: &'static TypeNode, text: &str) -> Result<T, DataError> {
    read(&Resolution::Same(node), text)
}

/// The JSON text of a value of type `node`; untyped data does not need the node.
///
/// A value that its type does not have (a decimal with too many digits, nesting deeper than [`MAX_DEPTH`]) becomes a text
/// that does not read back: [`encode`] refuses those.
#[must_use]
pub fn to_json(value: &dyn Value, node: &'static TypeNode) -> String {
    let mut text = String::new();
    append_json(value, node, &mut text);
    text
}

/// As [`to_json`], behind what `out` holds already.
pub fn append_json(value: &dyn Value, node: &'static TypeNode, out: &mut String) {
    let mut writer = JsonWriter::new(std::mem::take(out));
    value::write(value, node, &mut writer);
    *out = writer.finish().0;
}

/// The JSON text of a value that is to be stored: it reads back as the same value.
///
/// # Errors
/// The type does not have this value: a decimal with more digits than its precision, a timestamp beyond what 64 bits of
/// nanoseconds hold, nesting deeper than [`MAX_DEPTH`].
pub fn encode(value: &dyn Value, node: &'static TypeNode) -> Result<String, DataError> {
    let mut writer = JsonWriter::new(String::new());
    value::write(value, node, &mut writer);
    match writer.finish() {
        (text, None) => Ok(text),
        (_, Some(problem)) => Err(problem),
    }
}

/// A literal of the manifest, in the form of Avro defaults; the generator has read it before.
///
/// A text that does not fit, which no generated code has, gives an empty value.
#[doc(hidden)]
#[must_use]
pub fn constant<T: Value>(node: &'static TypeNode, text: &str) -> T {
    let mut value = T::empty();
    JsonReader::new(text, Purpose::Default).read(&mut value, &Resolution::Same(node));
    value
}

/// From a value's type to that of another struct's field: the type that it is written by, and the way.
#[doc(hidden)]
pub type Way = (&'static TypeNode, Resolution);

/// A field's value as that of another struct, whose type looks alike; the generator has seen that it fits.
///
/// A value that does not fit, which a checked way does not have, gives an empty one.
#[doc(hidden)]
#[must_use]
pub fn recast<T: Value>(value: &dyn Value, (node, resolution): &'static Way) -> T {
    let text = encode(value, node);
    let read = text
        .ok()
        .map(|text| decode(resolution, Payload::Json(&text)));
    read.and_then(Result::ok).unwrap_or_else(T::empty)
}

fn read<T: Value>(how: &Resolution, text: &str) -> Result<T, DataError> {
    let mut value = T::empty();
    fill_for(Purpose::Data, &mut value, how, text)?;
    Ok(value)
}

fn fill_for(
    purpose: Purpose,
    value: &mut dyn Value,
    how: &Resolution,
    text: &str,
) -> Result<(), DataError> {
    let mut reader = JsonReader::new(text, purpose);
    reader.read(value, how);
    reader.finish()
}

//! Avro's binary form: what generated code calls to write and read it. Generated code is straight lines of calls of
//! [`Writer`] and [`Reader`], field by field in the schema's order; what happens in each call is here, compiled once.
//!
//! Errors stick: after the first one a reader gives empty values, and the whole is asked once, at the end. Only then is
//! the path of the value looked for, by the type tables. docs/avro-binary.md says what is read and written.

mod confluent;
mod containers;
mod dynamic;
mod leaves;
mod locate;
mod natural;
mod published;
mod reader;
mod single_object;
mod skip;
mod writer;

pub use confluent::{confluent, confluent_parts};
pub use dynamic::{from_json_text, to_json_text, value_length};
pub(crate) use published::published;
pub use reader::Reader;
pub(crate) use single_object::{fingerprint_and_body, single_object, single_object_of_json};
pub use writer::Writer;

use std::any::Any;

use super::error::DataError;
use super::resolution::Resolution;
use super::value::Value;
use crate::error::DecodeError;

/// A generated type that has a binary form of its own: a record, an enum or a union.
pub trait Avro: Value {
    /// Appends the value.
    fn write_avro(&self, writer: &mut Writer);

    /// Overwrites the value with the next one of the input. What is there after an error is of no use.
    fn read_avro(&mut self, reader: &mut Reader<'_>);
}

impl<T: Avro> Avro for Box<T> {
    fn write_avro(&self, writer: &mut Writer) {
        (**self).write_avro(writer);
    }

    fn read_avro(&mut self, reader: &mut Reader<'_>) {
        (**self).read_avro(reader);
    }
}

/// A function that reads what some version wrote into a value of the type that it knows; of another it does nothing.
///
/// Which type that is, is not in the way's own, so that what goes by ways is compiled once.
pub type Read = fn(&mut Reader<'_>, &mut dyn Any);

/// The way from what one version wrote to a type.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// For JSON, and for errors.
    pub resolution: Resolution,
    /// For Avro; `None`: the type is that version's own.
    pub avro: Option<Read>,
}

/// Appends a value's binary form to `out`.
///
/// # Errors
/// Its type does not have this value: a decimal with more digits than its precision, a timestamp beyond what 64 bits of
/// nanoseconds hold, nesting deeper than [`MAX_DEPTH`](super::MAX_DEPTH). `out` is as it was.
#[inline]
pub fn encode(value: &dyn Avro, out: &mut Vec<u8>) -> Result<(), DataError> {
    let start = out.len();
    let mut writer = Writer::new(std::mem::take(out));
    value.write_avro(&mut writer);
    let problem = writer.finish(out);
    match problem {
        None => Ok(()),
        Some(problem) => Err(refused(value, *problem, start, out)),
    }
}

/// The error for a value that its type does not have: the JSON writer refuses the same ones, and says where they are.
#[cold]
fn refused(value: &dyn Avro, problem: DataError, start: usize, out: &mut Vec<u8>) -> DataError {
    out.truncate(start);
    let located = super::encode(value, value.shape().node);
    located.err().unwrap_or(problem)
}

/// Reads a value that the same type wrote.
///
/// # Errors
/// The first thing that does not fit, or bytes left over.
pub fn decode<T: Avro>(bytes: &[u8]) -> Result<T, DataError> {
    let mut value = T::empty();
    let mut reader = Reader::new(bytes);
    value.read_avro(&mut reader);
    match reader.finish() {
        None => Ok(value),
        Some(failure) => {
            let how = Resolution::Same(value.shape().node);
            Err(locate::locate(failure, &how, bytes))
        }
    }
}

/// A value of one version as another, between two explicit upcast steps.
///
/// # Errors
/// The value has no counterpart: a symbol or a branch that the other version lacks.
#[doc(hidden)]
pub fn convert<T: Avro>(value: &dyn Avro, way: &'static Way) -> Result<T, DecodeError> {
    let mut bytes = Vec::with_capacity(128);
    encode(value, &mut bytes).map_err(DecodeError::Data)?;
    decode_by(way, &bytes)
}

/// Reads a value that some version wrote.
///
/// # Errors
/// The first thing that does not fit, or bytes left over.
pub fn decode_by<T: Avro>(way: &Way, bytes: &[u8]) -> Result<T, DecodeError> {
    let mut value = T::empty();
    fill(&mut value, way, bytes)?;
    Ok(value)
}

/// Fills a value with the one that some version wrote.
pub(crate) fn fill(value: &mut dyn Avro, way: &Way, bytes: &[u8]) -> Result<(), DecodeError> {
    let mut reader = Reader::new(bytes);
    match way.avro {
        None => value.read_avro(&mut reader),
        Some(read) => reader.older(read, value),
    }
    match reader.finish() {
        None => Ok(()),
        Some(failure) => Err(DecodeError::Data(locate::locate(
            failure,
            &way.resolution,
            bytes,
        ))),
    }
}

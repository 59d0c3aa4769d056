//! Avro's single-object encoding: two bytes of magic, the fingerprint of the writer's schema, the value. It is what a store
//! keeps of an event whose payload is Avro.

use super::{Avro, encode, from_json_text};
use crate::codec::error::DataError;
use crate::event::VersionDescriptor;

const MAGIC: [u8; 2] = [0xc3, 0x01];

/// The single-object encoding of a value whose schema has this CRC-64-AVRO fingerprint.
///
/// # Errors
/// As [`encode`].
pub(crate) fn single_object(value: &dyn Avro, fingerprint: u64) -> Result<Vec<u8>, DataError> {
    // Room for most events at once.
    let mut bytes = Vec::with_capacity(128);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&fingerprint.to_le_bytes());
    encode(value, &mut bytes)?;
    Ok(bytes)
}

/// The single-object encoding of what a JSON text says by a version's schema. Members that the schema does not have are left
/// out.
///
/// # Errors
/// The text does not fit.
pub(crate) fn single_object_of_json(
    version: &'static VersionDescriptor,
    text: &str,
) -> Result<Vec<u8>, DataError> {
    let body = from_json_text(version.node, text)?;
    let mut bytes = Vec::with_capacity(body.len() + 10);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&version.fingerprint.to_le_bytes());
    bytes.extend_from_slice(&body);
    Ok(bytes)
}

/// The fingerprint and the value of a single-object encoding.
///
/// # Errors
/// It is none.
pub(crate) fn fingerprint_and_body(bytes: &[u8]) -> Result<(u64, &[u8]), DataError> {
    let parts = bytes
        .strip_prefix(&MAGIC)
        .and_then(<[u8]>::split_first_chunk);
    match parts {
        Some((fingerprint, body)) => Ok((u64::from_le_bytes(*fingerprint), body)),
        None => Err(DataError::new(
            "Avro's single-object encoding (C3 01 and a fingerprint)",
            format!("{} bytes that do not begin so", bytes.len()),
        )),
    }
}

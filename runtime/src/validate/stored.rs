//! Stored events held against the schema that they say they were written by: what tools know of a journal without the
//! upcasters of the app that reads it.

use std::borrow::Cow;

use super::{ValidationErrors, validate};
use crate::codec::{DataError, avro, document, shortened, syntax_error};
use crate::envelope::{Payload, RecordedEvent};
use crate::error::DecodeError;
use crate::event::{EventDescriptor, VersionDescriptor, version_of};

/// Why a stored event cannot be read by its schema.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoredError {
    /// The data does not fit: all mistakes of a JSON text, the first one of Avro.
    #[error(transparent)]
    Data(#[from] ValidationErrors),
    /// There is no schema of that version, or the data was written by another.
    #[error(transparent)]
    Version(#[from] DecodeError),
}

/// Checks that a stored event can be read by the schema of its version: exactly what the typed reader of that version takes.
///
/// # Errors
/// It cannot.
pub fn stored(event: &'static EventDescriptor, raw: &RecordedEvent<'_>) -> Result<(), StoredError> {
    match (raw.payload, event.typed) {
        (Payload::Json(text), true) => Ok(validate(reader(event, raw)?.node, text)?),
        (Payload::Json(text), false) => Ok(object(text).map_err(ValidationErrors::from)?),
        (Payload::Avro(_), _) => stored_json(event, raw).map(|_| ()),
    }
}

/// The data of a stored event as JSON text: JSON as it is, unchecked; Avro by the schema of its version.
///
/// # Errors
/// It is Avro, and cannot be read by that schema.
pub fn stored_json<'a>(
    event: &'static EventDescriptor,
    raw: &RecordedEvent<'a>,
) -> Result<Cow<'a, str>, StoredError> {
    let bytes = match raw.payload {
        Payload::Json(text) => return Ok(Cow::Borrowed(text)),
        Payload::Avro(bytes) => bytes,
    };
    if !event.typed {
        let found = format!("{} bytes of Avro", bytes.len());
        return Err(ValidationErrors::from(DataError::new("JSON text", found)).into());
    }
    let writer = writer(event, raw)?;
    let (fingerprint, body) = avro::fingerprint_and_body(bytes).map_err(ValidationErrors::from)?;
    if fingerprint != writer.fingerprint {
        return Err(StoredError::Version(DecodeError::Fingerprint {
            version: writer.version,
            expected: writer.fingerprint,
            found: fingerprint,
        }));
    }
    let text = avro::to_json_text(writer.node, body).map_err(ValidationErrors::from)?;
    Ok(Cow::Owned(text))
}

/// The version that JSON of a row is read as: where the manifest says `forward: read`, a later one as the latest.
fn reader(
    event: &'static EventDescriptor,
    raw: &RecordedEvent<'_>,
) -> Result<&'static VersionDescriptor, DecodeError> {
    let is_later = event.forward && version_of(event, raw) > event.version;
    match event.latest().filter(|_| is_later) {
        Some(latest) => Ok(latest),
        None => writer(event, raw),
    }
}

fn writer(
    event: &'static EventDescriptor,
    raw: &RecordedEvent<'_>,
) -> Result<&'static VersionDescriptor, DecodeError> {
    let version = version_of(event, raw);
    event.version(version).ok_or(DecodeError::UnknownVersion {
        aggregate_type: event.aggregate_type,
        event: event.name,
        version,
        latest: event.version,
    })
}

fn object(text: &str) -> Result<(), DataError> {
    document(text).map_err(|error| syntax_error(text, error))?;
    let trimmed = text.trim_ascii();
    if trimmed.starts_with('{') {
        Ok(())
    } else {
        Err(DataError::new("an object", shortened(trimmed)))
    }
}

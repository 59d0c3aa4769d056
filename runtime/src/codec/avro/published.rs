//! The value of a schema file as it stands, envelope fields included: what is published. Stored are payloads, which have
//! none; so the payload's fields are copied, and the envelope's put between them.

use super::dynamic::{from_default_text, from_json_text};
use super::reader::Reader;
use super::{Avro, encode};
use crate::codec::error::DataError;
use crate::event::VersionDescriptor;
use crate::types::{FieldNode, TypeNode};

/// The binary form by the file's schema. `given`: what the envelope has for a field, as JSON text.
///
/// # Errors
/// The envelope has nothing for a field without a default, or what its type does not take; or as [`encode`].
pub(crate) fn published(
    version: &'static VersionDescriptor,
    event: &dyn Avro,
    given: impl Fn(&FieldNode) -> Option<String>,
) -> Result<Vec<u8>, DataError> {
    let mut payload = Vec::with_capacity(128);
    encode(event, &mut payload)?;
    let TypeNode::Record(record) = version.node.base() else {
        return Ok(payload);
    };
    let mut out = Vec::with_capacity(payload.len() + 64);
    let mut envelope = version.places.iter().zip(version.envelope).peekable();
    let mut fields = record.fields.iter();
    let mut reader = Reader::new(&payload);
    for place in 0.. {
        if let Some((_, field)) = envelope.next_if(|(at, _)| **at == place) {
            out.extend(envelope_field(field, given(field))?);
        } else if let Some(field) = fields.next() {
            let start = payload.len() - reader.left();
            reader.skip(field.node);
            out.extend_from_slice(&payload[start..payload.len() - reader.left()]);
        } else {
            break;
        }
    }
    Ok(out)
}

fn envelope_field(field: &FieldNode, given: Option<String>) -> Result<Vec<u8>, DataError> {
    let value = match (given, field.default) {
        (Some(given), _) => from_json_text(field.node, &given),
        (None, Some(default)) => from_default_text(field.node, default),
        // Nothing is null, where that is allowed.
        (None, None) => from_json_text(field.node, "null"),
    };
    value.map_err(|mut error| {
        error.prepend(field.name);
        error
    })
}

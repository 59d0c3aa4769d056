//! Confluent's framing of messages: a zero byte, the id that a schema registry gave the schema in 4 bytes, big-endian, the
//! value. What goes into it is [`HandlerContext::published`](crate::HandlerContext::published); asking a registry is not here.

use crate::codec::error::DataError;

const MAGIC: u8 = 0;

/// A message for consumers that look its schema up in a registry.
///
/// ```
/// use evgen_runtime::codec::avro::{confluent, confluent_parts};
///
/// let message = confluent(258, b"\x08milk");
/// assert_eq!(message, b"\x00\x00\x00\x01\x02\x08milk");
/// assert_eq!(confluent_parts(&message).unwrap(), (258, &b"\x08milk"[..]));
/// ```
#[must_use]
pub fn confluent(schema_id: u32, value: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(value.len() + 5);
    message.push(MAGIC);
    message.extend_from_slice(&schema_id.to_be_bytes());
    message.extend_from_slice(value);
    message
}

/// The schema's id and the value of a message.
///
/// # Errors
/// It is not framed so.
pub fn confluent_parts(message: &[u8]) -> Result<(u32, &[u8]), DataError> {
    let parts = message
        .strip_prefix(&[MAGIC])
        .and_then(<[u8]>::split_first_chunk);
    match parts {
        Some((id, value)) => Ok((u32::from_be_bytes(*id), value)),
        None => Err(DataError::new(
            "Confluent's framing (00 and the schema's id in 4 bytes)",
            format!("{} bytes that do not begin so", message.len()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_framed_is_refused() {
        for message in [&b""[..], b"\x00\x00\x00\x01", b"\x01\x00\x00\x00\x01x"] {
            assert!(confluent_parts(message).is_err(), "{message:?}");
        }
        assert_eq!(
            confluent_parts(b"\x00\xff\xff\xff\xff").unwrap(),
            (u32::MAX, &b""[..])
        );
    }
}

//! Where events come from: the cause, command and correlation that are filled into their metadata by default.

use crate::envelope::EventId;
use crate::metadata::{Metadata, keys};

/// The event whose handler stores something.
#[derive(Debug)]
pub(crate) struct Cause {
    event_id: String,
    correlation_id: String,
}

impl Cause {
    pub(crate) fn of_event(event_id: &EventId, metadata: &Metadata) -> Self {
        Self {
            event_id: event_id.as_str().to_owned(),
            // An event that names no chain begins one.
            correlation_id: metadata
                .correlation_id()
                .unwrap_or(event_id.as_str())
                .to_owned(),
        }
    }
}

/// Fills in what the caller did not give.
///
/// `causation_id` is the event whose handler stores this, else the command. `correlation_id` is that event's, else the
/// command, else the first event that is stored here: the beginning of a chain.
pub(crate) fn fill(
    metadata: &mut Metadata,
    cause: Option<&Cause>,
    command_id: Option<&str>,
    first_event: &EventId,
) {
    if let Some(command_id) = command_id {
        metadata.fill(keys::COMMAND_ID, command_id);
    }
    match (cause, command_id) {
        (Some(cause), _) => {
            metadata.fill(keys::CAUSATION_ID, &cause.event_id);
            metadata.fill(keys::CORRELATION_ID, &cause.correlation_id);
        }
        (None, Some(command_id)) => {
            metadata.fill(keys::CAUSATION_ID, command_id);
            metadata.fill(keys::CORRELATION_ID, command_id);
        }
        (None, None) => metadata.fill(keys::CORRELATION_ID, first_event.as_str()),
    }
}

/// What [`fill`] makes of no metadata, command and cause, as text: most events are stored with it.
pub(crate) fn of_first(first_event: &EventId) -> String {
    let id = first_event.as_str();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if id.bytes().all(plain) {
        return format!("{{\"{}\":\"{id}\"}}", keys::CORRELATION_ID);
    }
    let mut metadata = Metadata::new();
    fill(&mut metadata, None, None, first_event);
    metadata.to_stored().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_a_chain_is_written_as_any_metadata() {
        for id in [EventId::new(), EventId::stored("{a\"b}")] {
            let mut metadata = Metadata::new();
            fill(&mut metadata, None, None, &id);
            assert_eq!(Some(of_first(&id)), metadata.to_stored());
        }
    }
}

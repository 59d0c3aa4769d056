//! Ids of the events of a command that carries an id, so that the same command run again makes the same events.

use uuid::Uuid;

use crate::envelope::EventId;
use crate::stream::StreamId;

/// Namespace of the ids below. Part of what is stored: it never changes.
const NAMESPACE: Uuid = Uuid::from_u128(0x7d3a_4b52_91c6_4e0f_8a57_2f6e_c0b1_d943);

/// Id of the `n`th event (from 0) that command `command_id` appends to `stream`: a UUIDv5.
#[must_use]
pub fn event_id(command_id: &str, stream: &StreamId, n: usize) -> EventId {
    // Lengths first, so that no two commands spell the same name.
    let (aggregate_type, id) = (&*stream.aggregate_type, stream.aggregate_id.as_str());
    let name = format!(
        "{n} {} {} {command_id}{aggregate_type}{id}",
        command_id.len(),
        aggregate_type.len()
    );
    EventId::from(Uuid::new_v5(&NAMESPACE, name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_tell_commands_streams_and_places_apart() {
        let todo = StreamId::new("Todo", "1");
        let first = event_id("c", &todo, 0);
        assert_eq!(first, event_id("c", &todo, 0));
        for other in [
            event_id("c", &todo, 1),
            event_id("d", &todo, 0),
            event_id("c", &StreamId::new("Todo1", ""), 0),
            event_id("cT", &StreamId::new("odo", "1"), 0),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn ids_never_change() {
        let id = event_id("pay-7", &StreamId::new("Todo", "1"), 0);
        assert_eq!(id.as_str(), "f7e15e3e-1ef1-5e1d-8037-e693514e171f");
    }
}

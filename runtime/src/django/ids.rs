//! djangoevents' event ids: UUIDv1 in 32 digits, whose time is the event's `create_date`.

use jiff::Timestamp;
use uuid::{Uuid, Version};

use crate::envelope::EventId;

/// 100 ns between the Gregorian reform and 1970.
const GREGORIAN: u64 = 0x01b2_1dd2_1381_4000;
const RANDOM: u128 = (1 << 62) - 1;
/// The first bit of the node: not a network card's.
const MULTICAST: u128 = 1 << 40;

/// The id under which a djangoevents journal keeps an event, because Python reads a time from every id: a UUIDv7, as evgen
/// makes them, becomes the UUIDv1 of its time; a UUIDv5, which evgen gives to the events of a command, that of `time`. Both
/// keep their random bits. All others stay as they were given.
#[must_use]
pub fn event_id(id: &EventId, time: Timestamp) -> EventId {
    let v1 = Uuid::try_parse(id.as_str()).ok().and_then(|given| {
        let bits = given.as_u128();
        match given.get_version() {
            Some(Version::SortRand) => {
                let millis = u64::try_from(bits >> 80).ok()?;
                // Twelve bits behind the millisecond: fractions of it, as evgen's ids have them.
                let fraction = u64::try_from((bits >> 64) & 0xfff).ok()? * 10_000 / 4096;
                v1(millis.checked_mul(10_000)? + fraction, bits)
            }
            Some(Version::Sha1) => v1(
                u64::try_from(time.as_microsecond()).ok()?.checked_mul(10)?,
                bits,
            ),
            _ => None,
        }
    });
    v1.map_or_else(
        || id.clone(),
        |v1| EventId::stored(&v1.simple().to_string()),
    )
}

/// A UUIDv1 of `ticks` of 100 ns since 1970.
fn v1(ticks: u64, bits: u128) -> Option<Uuid> {
    let ticks = u128::from(ticks.checked_add(GREGORIAN)?);
    if ticks >> 60 != 0 {
        return None;
    }
    let time =
        (ticks & 0xffff_ffff) << 96 | (ticks >> 32 & 0xffff) << 80 | (0x1000 | ticks >> 48) << 64;
    Some(Uuid::from_u128(
        time | 1 << 63 | MULTICAST | (bits & RANDOM),
    ))
}

/// The time in a UUIDv1, to the microsecond and rounded as djangoevents does: the `create_date` that Python gives the event.
/// `None` for other ids.
#[must_use]
pub fn time_of(id: &EventId) -> Option<Timestamp> {
    Timestamp::from_microsecond(micros_of(id)?).ok()
}

fn micros_of(id: &EventId) -> Option<i64> {
    let id = Uuid::try_parse(id.as_str()).ok()?;
    if id.get_version() != Some(Version::Mac) {
        return None;
    }
    let (ticks, _) = id.get_timestamp()?.to_gregorian();
    let ticks = i64::try_from(ticks).ok()? - i64::try_from(GREGORIAN).ok()?;
    // In a double and half to even, as Python computes it, so that both see one date.
    let seconds = ticks as f64 / 1e7;
    let micros = (seconds.fract() * 1e6).round_ties_even() as i64;
    Some(seconds.trunc() as i64 * 1_000_000 + micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_ids_keep_their_time() {
        let (new, zero) = (EventId::new(), Timestamp::UNIX_EPOCH);
        let id = event_id(&new, zero);
        let v1 = Uuid::try_parse(id.as_str()).unwrap();
        assert_eq!(
            (v1.get_version(), id.as_str().len()),
            (Some(Version::Mac), 32)
        );
        let now = Timestamp::now().as_microsecond();
        assert!((now - micros_of(&id).unwrap()).abs() < 10_000_000);
        assert_eq!(event_id(&new, zero), id);
        assert_ne!(event_id(&EventId::new(), zero), id);
    }

    #[test]
    fn ids_of_a_command_take_the_time_of_their_events() {
        let time: Timestamp = "2017-03-01T17:28:52.749209Z".parse().unwrap();
        let stream = crate::stream::StreamId::new("Todo", "1");
        let [first, second] =
            [0, 1].map(|n| event_id(&crate::command::event_id("pay", &stream, n), time));
        assert_eq!(time_of(&first), Some(time));
        assert_eq!(time_of(&second), Some(time));
        assert_ne!(first, second);
    }

    #[test]
    fn given_ids_stay() {
        for id in [
            "8a2a33fefea411e6abaa0311d5a0c0de",
            "67e55044-10b1-426f-9247-bb680e5fe0c8",
        ] {
            assert_eq!(
                event_id(&EventId::stored(id), Timestamp::UNIX_EPOCH).as_str(),
                id
            );
        }
    }

    #[test]
    fn times_are_pythons() {
        let id = EventId::stored("8a2a33fefea411e6abaa0311d5a0c0de");
        let time: Timestamp = "2017-03-01T17:28:52.749209Z".parse().unwrap();
        assert_eq!(time_of(&id), Some(time));
        assert_eq!(time_of(&EventId::new()), None);
    }
}

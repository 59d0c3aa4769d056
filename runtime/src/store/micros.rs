//! Times as stores keep them: whole microseconds since 1970, rounded down.

use std::ops::Bound;

use jiff::Timestamp;

/// The microsecond that `time` lies in.
pub(crate) fn floor(time: Timestamp) -> i64 {
    time.as_second() * 1_000_000 + i64::from(time.subsec_nanosecond().div_euclid(1000))
}

/// `time` as a store gives it back.
pub(crate) fn rounded(time: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(floor(time)).unwrap_or(time)
}

/// First and last microsecond within the bounds.
pub(crate) fn range((from, to): (Bound<Timestamp>, Bound<Timestamp>)) -> (i64, i64) {
    let first = match from {
        Bound::Unbounded => i64::MIN,
        Bound::Included(time) => ceil(time),
        Bound::Excluded(time) => floor(time) + 1,
    };
    let last = match to {
        Bound::Unbounded => i64::MAX,
        Bound::Included(time) => floor(time),
        Bound::Excluded(time) => ceil(time) - 1,
    };
    (first, last)
}

fn ceil(time: Timestamp) -> i64 {
    floor(time) + i64::from(time.subsec_nanosecond() % 1000 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nanoseconds_round_down_on_both_sides_of_1970() {
        assert_eq!(floor(Timestamp::new(1, 1_999).unwrap()), 1_000_001);
        assert_eq!(floor(Timestamp::new(-1, -1).unwrap()), -1_000_001);
    }

    #[test]
    fn bounds_between_two_microseconds_take_neither() {
        let between = Timestamp::new(0, 1_500).unwrap();
        assert_eq!(range((Bound::Included(between), Bound::Unbounded)).0, 2);
        assert_eq!(range((Bound::Excluded(between), Bound::Unbounded)).0, 2);
        assert_eq!(range((Bound::Unbounded, Bound::Included(between))).1, 1);
        assert_eq!(range((Bound::Unbounded, Bound::Excluded(between))).1, 1);
    }
}

//! Dates and times: their text, and the integers that Avro has for them. Fractions finer than the type's unit are cut off
//! (downwards) on both ways.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp};

use super::raw::{Leaf, Raw};
use super::reader::JsonReader;
use super::resolution::Resolution;
use super::value::{Value, assign_value, equal_values};
use super::writer::JsonWriter;
use crate::types::{Logical, TypeNode};

const EPOCH: Date = Date::constant(1970, 1, 1);
/// What begins a zone behind a time of day.
const ZONE: [char; 5] = ['+', '-', '[', 'Z', 'z'];
const NANOS_PER_DAY: i128 = 86_400_000_000_000;

/// The integer that a logical type has for a text; `None`: not such a text, or out of the integer's range.
pub(crate) fn parse(text: &str, logical: Logical) -> Option<i64> {
    match logical {
        Logical::Date => Date::read_text(text)?.to_long(logical),
        Logical::TimeMillis | Logical::TimeMicros => Time::read_text(text)?.to_long(logical),
        Logical::TimestampMillis | Logical::TimestampMicros | Logical::TimestampNanos => {
            Timestamp::read_text(text)?.to_long(logical)
        }
        _ => DateTime::read_text(text)?.to_long(logical),
    }
}

/// Whether the Rust type can hold the integer.
pub(crate) fn in_range(value: i64, logical: Logical) -> bool {
    match logical {
        Logical::Date => Date::from_long(value, logical).is_some(),
        Logical::TimeMillis | Logical::TimeMicros => Time::from_long(value, logical).is_some(),
        Logical::TimestampMillis | Logical::TimestampMicros | Logical::TimestampNanos => {
            Timestamp::from_long(value, logical).is_some()
        }
        _ => DateTime::from_long(value, logical).is_some(),
    }
}

/// A type of jiff's that Avro has an integer for.
pub(crate) trait Temporal: Sized {
    const EMPTY: Self;

    fn read_text(text: &str) -> Option<Self>;
    fn from_long(value: i64, logical: Logical) -> Option<Self>;
    /// `None`: out of the integer's range (nanoseconds reach from 1677 to 2262).
    fn to_long(&self, logical: Logical) -> Option<i64>;
    fn write_text(&self, out: &mut JsonWriter);
}

impl Temporal for Date {
    const EMPTY: Self = EPOCH;

    fn read_text(text: &str) -> Option<Self> {
        // jiff would take a date-time for a date.
        text.parse()
            .ok()
            .filter(|_| !text.contains(['T', 't', ' ']))
    }

    fn from_long(value: i64, _logical: Logical) -> Option<Self> {
        // Days beyond an int are far out of range, and would not fit a duration.
        let days = i64::from(i32::try_from(value).ok()?);
        EPOCH
            .checked_add(SignedDuration::from_hours(days * 24))
            .ok()
    }

    fn to_long(&self, _logical: Logical) -> Option<i64> {
        Some(EPOCH.duration_until(*self).as_hours() / 24)
    }

    fn write_text(&self, out: &mut JsonWriter) {
        out.display(format_args!("\"{self}\""));
    }
}

impl Temporal for Time {
    const EMPTY: Self = Self::constant(0, 0, 0, 0);

    fn read_text(text: &str) -> Option<Self> {
        // Neither a date before it nor a zone behind it.
        text.parse()
            .ok()
            .filter(|_| !text.contains(['T', 't', ' ']) && !text.contains(ZONE))
    }

    fn from_long(value: i64, logical: Logical) -> Option<Self> {
        let nanos = i128::from(value) * nanos_per_unit(logical);
        if !(0..NANOS_PER_DAY).contains(&nanos) {
            return None;
        }
        Self::midnight()
            .checked_add(SignedDuration::from_nanos(nanos.try_into().ok()?))
            .ok()
    }

    fn to_long(&self, logical: Logical) -> Option<i64> {
        units(Self::midnight().duration_until(*self).as_nanos(), logical)
    }

    fn write_text(&self, out: &mut JsonWriter) {
        out.display(format_args!("\"{self}\""));
    }
}

impl Temporal for Timestamp {
    const EMPTY: Self = Self::UNIX_EPOCH;

    fn read_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn from_long(value: i64, logical: Logical) -> Option<Self> {
        match logical {
            Logical::TimestampMillis => Self::from_millisecond(value),
            Logical::TimestampMicros => Self::from_microsecond(value),
            _ => Self::from_nanosecond(value.into()),
        }
        .ok()
    }

    fn to_long(&self, logical: Logical) -> Option<i64> {
        // Whole seconds and what is over are never of different signs; neither product leaves 64 bits.
        let (seconds, over) = (self.as_second(), i64::from(self.subsec_nanosecond()));
        match logical {
            Logical::TimestampMillis => Some(seconds * 1_000 + over.div_euclid(1_000_000)),
            Logical::TimestampMicros => Some(seconds * 1_000_000 + over.div_euclid(1_000)),
            _ => units(self.as_nanosecond(), logical),
        }
    }

    fn write_text(&self, out: &mut JsonWriter) {
        out.display(format_args!("\"{self}\""));
    }
}

impl Temporal for DateTime {
    const EMPTY: Self = Self::constant(1970, 1, 1, 0, 0, 0, 0);

    fn read_text(text: &str) -> Option<Self> {
        // A zone would be dropped in silence, a missing time made midnight.
        let (_, time) = text.split_once(['T', 't', ' '])?;
        text.parse().ok().filter(|_| !time.contains(ZONE))
    }

    fn from_long(value: i64, logical: Logical) -> Option<Self> {
        // jiff's Timestamp covers a day less than its DateTime at both ends; the difference is taken from the days.
        let nanos = i128::from(value) * nanos_per_unit(logical);
        let days = i64::try_from(nanos.div_euclid(NANOS_PER_DAY)).ok()?;
        let date = Date::from_long(days, Logical::Date)?;
        let time = i64::try_from(nanos.rem_euclid(NANOS_PER_DAY)).ok()?;
        Some(
            date.to_datetime(
                Time::midnight()
                    .checked_add(SignedDuration::from_nanos(time))
                    .ok()?,
            ),
        )
    }

    fn to_long(&self, logical: Logical) -> Option<i64> {
        let days = i128::from(self.date().to_long(Logical::Date)?);
        let nanos = Time::midnight().duration_until(self.time()).as_nanos();
        units(days * NANOS_PER_DAY + nanos, logical)
    }

    fn write_text(&self, out: &mut JsonWriter) {
        out.display(format_args!("\"{self}\""));
    }
}

fn nanos_per_unit(logical: Logical) -> i128 {
    match logical {
        Logical::TimeMillis | Logical::TimestampMillis | Logical::LocalTimestampMillis => 1_000_000,
        Logical::TimeMicros | Logical::TimestampMicros | Logical::LocalTimestampMicros => 1_000,
        _ => 1,
    }
}

fn units(nanos: i128, logical: Logical) -> Option<i64> {
    nanos.div_euclid(nanos_per_unit(logical)).try_into().ok()
}

macro_rules! temporal {
    ($($type:ty),*) => {$(
        impl Value for $type {
            fn empty() -> Self {
                Self::EMPTY
            }

            fn write_json(&self, node: &'static TypeNode, out: &mut JsonWriter) {
                let TypeNode::Logical(logical, _) = node else { return out.wrong_table(node) };
                match self.to_long(*logical).and_then(|value| Self::from_long(value, *logical)) {
                    Some(cut) => cut.write_text(out),
                    None => {
                        out.problem(super::expectation::expectation(node), format!("`{self}`"));
                        self.write_text(out);
                    }
                }
            }

            fn read_json(&mut self, how: &Resolution, reader: &mut JsonReader<'_>) {
                reader.read_leaf(self, how);
            }

            fn equals(&self, other: &dyn Value) -> Option<bool> {
                equal_values(self, other)
            }

            fn assign(&mut self, from: &dyn Value) -> bool {
                assign_value(self, from)
            }
        }

        impl Leaf for $type {
            fn from_raw(raw: Raw, node: &'static TypeNode) -> Option<Self> {
                match (raw, node) {
                    (Raw::Long(value), TypeNode::Logical(logical, _)) => Self::from_long(value, *logical),
                    _ => None,
                }
            }
        }
    )*};
}

temporal!(Date, Time, Timestamp, DateTime);

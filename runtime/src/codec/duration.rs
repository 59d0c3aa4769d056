//! `Duration`: the value of Avro's duration, and its ISO 8601 text.

use std::fmt;

use super::raw::{Leaf, Raw};
use super::reader::JsonReader;
use super::resolution::Resolution;
use super::value::{Value, assign_value, equal_values};
use super::writer::JsonWriter;
use crate::types::TypeNode;

/// Months, days and milliseconds, none of which turns into another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Duration {
    /// Months.
    pub months: u32,
    /// Days.
    pub days: u32,
    /// Milliseconds.
    pub millis: u32,
}

impl Duration {
    /// From Avro's form: three little-endian integers.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 12]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = bytes;
        Self {
            months: u32::from_le_bytes([a, b, c, d]),
            days: u32::from_le_bytes([e, f, g, h]),
            millis: u32::from_le_bytes([i, j, k, l]),
        }
    }

    /// Avro's form.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 12] {
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&self.months.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.days.to_le_bytes());
        bytes[8..].copy_from_slice(&self.millis.to_le_bytes());
        bytes
    }
}

/// ISO 8601, all parts always: `P1M2DT3.004S`.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            months,
            days,
            millis,
        } = self;
        write!(f, "P{months}M{days}DT{}", millis / 1000)?;
        if millis % 1000 > 0 {
            write!(f, ".{:03}", millis % 1000)?;
        }
        f.write_str("S")
    }
}

/// Reads years, months, weeks, days, hours, minutes and seconds, in this order, each at most once.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let rest = text.strip_prefix('P')?;
    let (date, time) = match rest.split_once('T') {
        Some((date, time)) if !time.is_empty() => (date, time),
        Some(_) => return None,
        None => (rest, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let [years, months, weeks, days] = parts(date, ['Y', 'M', 'W', 'D'])?;
    let (time, fraction) = match time.split_once('.') {
        Some((before, after)) => (format!("{before}S"), millis(after.strip_suffix('S')?)?),
        None => (time.to_owned(), 0),
    };
    let [hours, minutes, seconds] = parts(&time, ['H', 'M', 'S'])?;
    let millis = ((hours * 60 + minutes) * 60 + seconds) * 1000 + fraction;
    Some(Duration {
        months: (years * 12 + months).try_into().ok()?,
        days: (weeks * 7 + days).try_into().ok()?,
        millis: millis.try_into().ok()?,
    })
}

fn parts<const N: usize>(mut text: &str, units: [char; N]) -> Option<[u64; N]> {
    let mut values = [0; N];
    for (unit, value) in units.into_iter().zip(&mut values) {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits > 0 && text[digits..].starts_with(unit) {
            *value = text[..digits].parse::<u32>().ok()?.into();
            text = &text[digits + 1..];
        }
    }
    text.is_empty().then_some(values)
}

fn millis(fraction: &str) -> Option<u64> {
    let digits = (1..=3).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
    if digits {
        format!("{fraction:0<3}").parse().ok()
    } else {
        None
    }
}

impl Value for Duration {
    fn empty() -> Self {
        Self::default()
    }

    fn write_json(&self, _node: &'static TypeNode, out: &mut JsonWriter) {
        out.display(format_args!("\"{self}\""));
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

impl Leaf for Duration {
    fn from_raw(raw: Raw, _node: &'static TypeNode) -> Option<Self> {
        if let Raw::Bytes(bytes) = raw {
            bytes.try_into().ok().map(Self::from_bytes)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_iso_8601() {
        for (text, months, days, millis) in [
            ("P0M0DT0S", 0, 0, 0),
            ("P1M2DT3.004S", 1, 2, 3004),
            (
                "P4294967295M4294967295DT4294967.295S",
                u32::MAX,
                u32::MAX,
                u32::MAX,
            ),
        ] {
            let duration = Duration {
                months,
                days,
                millis,
            };
            assert_eq!(duration.to_string(), text);
            assert_eq!(parse(text), Some(duration));
            assert_eq!(Duration::from_bytes(duration.to_bytes()), duration);
        }
    }

    #[test]
    fn other_forms_are_read() {
        let duration = |months, days, millis| {
            Some(Duration {
                months,
                days,
                millis,
            })
        };
        assert_eq!(parse("P1Y2W"), duration(12, 14, 0));
        assert_eq!(parse("PT1H1M1.5S"), duration(0, 0, 3_661_500));
        for text in [
            "",
            "P",
            "PT",
            "P1",
            "1D",
            "P1DT",
            "P-1D",
            "PT1.2345S",
            "PT1.S",
            "PT.5S",
            "P1S",
            "PT4294968S",
            "P1D1M",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}

//! `Decimal`: the value of Avro's decimal and big-decimal, any number of digits. It counts nothing: for arithmetic turn
//! it into the number type of your choice, through its text or its bytes.

use std::fmt;
use std::str::FromStr;

use super::error::shortened;
use super::expectation::expectation;
use super::raw::{Leaf, Raw};
use super::reader::JsonReader;
use super::resolution::Resolution;
use super::value::{Value, assign_value, equal_values};
use super::writer::JsonWriter;
use crate::types::{Logical, TypeNode};

/// More digits than this are refused: turning digits into bytes takes time with their square.
const MAX_DIGITS: usize = 4_000;
/// More zeros than this are written as an exponent.
const MAX_ZEROS: i64 = 1_000;

/// A decimal number: an integer of any size and the number of its digits behind the point.
///
/// `12.30` and `12.3` are not equal: their scales differ.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Decimal {
    negative: bool,
    /// Without leading zeros; empty for zero.
    digits: String,
    scale: i32,
}

impl Decimal {
    /// `unscaled` × 10^-`scale`.
    #[must_use]
    pub fn new(unscaled: i128, scale: i32) -> Self {
        Self::from_digits(unscaled < 0, &unscaled.unsigned_abs().to_string(), scale)
    }

    /// From Avro's form: the unscaled integer as big-endian two's complement (none: zero).
    #[must_use]
    pub fn from_be_bytes(bytes: &[u8], scale: i32) -> Self {
        let negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
        let mut magnitude = bytes.to_vec();
        if negative {
            negate(&mut magnitude);
        }
        // Limbs of nine digits, the lowest first.
        let mut limbs: Vec<u64> = Vec::new();
        for byte in magnitude {
            let mut carry = u64::from(byte);
            for limb in &mut limbs {
                let value = (*limb << 8) + carry;
                (*limb, carry) = (value % 1_000_000_000, value / 1_000_000_000);
            }
            if carry > 0 {
                limbs.push(carry);
            }
        }
        let digits: String = limbs
            .iter()
            .rev()
            .map(|limb| format!("{limb:09}"))
            .collect();
        Self::from_digits(negative, &digits, scale)
    }

    /// The unscaled integer in Avro's form: big-endian two's complement, as short as it can be.
    #[must_use]
    pub fn to_be_bytes(&self) -> Vec<u8> {
        // Bytes, the lowest first.
        let mut bytes: Vec<u8> = Vec::new();
        for digit in self.digits.bytes() {
            let mut carry = u16::from(digit - b'0');
            for byte in &mut bytes {
                let [high, low] = (u16::from(*byte) * 10 + carry).to_be_bytes();
                (*byte, carry) = (low, high.into());
            }
            if carry > 0 {
                bytes.push(carry.to_be_bytes()[1]);
            }
        }
        bytes.push(0);
        bytes.reverse();
        if self.negative {
            negate(&mut bytes);
        }
        let sign = if self.negative { 0xff } else { 0 };
        let spare = bytes
            .windows(2)
            .take_while(|pair| pair[0] == sign && (pair[1] ^ sign) & 0x80 == 0)
            .count();
        bytes.split_off(spare)
    }

    /// Digits behind the point; a negative one is that many zeros before it.
    #[must_use]
    pub fn scale(&self) -> i32 {
        self.scale
    }

    /// How many digits it has, leading zeros not counted.
    pub(crate) fn precision(&self) -> usize {
        self.digits.len()
    }

    /// The unscaled integer, where it fits.
    #[must_use]
    pub fn unscaled(&self) -> Option<i128> {
        let sign = if self.negative { "-" } else { "" };
        if self.digits.is_empty() {
            Some(0)
        } else {
            format!("{sign}{}", self.digits).parse().ok()
        }
    }

    /// The same number with another scale; `None`: digits would be lost, or there would be too many.
    #[must_use]
    pub fn with_scale(&self, scale: i32) -> Option<Self> {
        let more = i64::from(scale) - i64::from(self.scale);
        let mut digits = self.digits.clone();
        if more >= 0 {
            let zeros = usize::try_from(more).ok()?;
            if !digits.is_empty() {
                if digits.len() + zeros > MAX_DIGITS {
                    return None;
                }
                digits.extend(std::iter::repeat_n('0', zeros));
            }
        } else {
            let fewer = usize::try_from(-more).ok()?;
            let kept = digits.len().saturating_sub(fewer);
            if digits[kept..].bytes().any(|digit| digit != b'0')
                || (kept == 0 && !digits.is_empty())
            {
                return None;
            }
            digits.truncate(kept);
        }
        Some(Self::from_digits(self.negative, &digits, scale))
    }

    fn from_digits(negative: bool, digits: &str, scale: i32) -> Self {
        let digits = digits.trim_start_matches('0').to_owned();
        Self {
            negative: negative && !digits.is_empty(),
            digits,
            scale,
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            f.write_str("-")?;
        }
        let digits = if self.digits.is_empty() {
            "0"
        } else {
            &self.digits
        };
        let Ok(scale) = usize::try_from(self.scale) else {
            return write!(f, "{digits}e{}", -i64::from(self.scale));
        };
        if let Some(point) = digits.len().checked_sub(scale + 1) {
            let (whole, fraction) = digits.split_at(point + 1);
            f.write_str(whole)?;
            return if scale > 0 {
                write!(f, ".{fraction}")
            } else {
                Ok(())
            };
        }
        if i64::from(self.scale) > MAX_ZEROS {
            return write!(f, "{digits}e-{scale}");
        }
        write!(f, "0.{digits:0>scale$}")
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text is not a decimal number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text} is not a decimal number")]
pub struct ParseDecimalError {
    text: String,
}

impl FromStr for Decimal {
    type Err = ParseDecimalError;

    /// `-12.30`, `12e3`: what a JSON number may be, with any number of leading zeros.
    fn from_str(text: &str) -> Result<Self, ParseDecimalError> {
        parse(text).ok_or_else(|| ParseDecimalError {
            text: shortened(text),
        })
    }
}

fn parse(text: &str) -> Option<Decimal> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], rest[at + 1..].parse::<i32>().ok()?),
        None => (rest, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || (mantissa.ends_with('.')) || !all_digits || digits.len() > MAX_DIGITS {
        return None;
    }
    let scale = i64::try_from(fraction.len()).ok()? - i64::from(exponent);
    Some(Decimal::from_digits(
        negative,
        &digits,
        scale.try_into().ok()?,
    ))
}

/// Turns a two's complement number into its negative, which fits for all but the lowest one; there the result is meant as
/// unsigned.
fn negate(bytes: &mut [u8]) {
    let mut carry = true;
    for byte in bytes.iter_mut().rev() {
        (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
    }
}

/// The bytes of a decimal type's base; `None`: the number does not fit the type.
pub(crate) fn to_base(
    decimal: &Decimal,
    precision: u32,
    scale: u32,
    size: Option<usize>,
) -> Option<Vec<u8>> {
    let scaled = decimal.with_scale(scale.try_into().ok()?)?;
    if scaled.digits.len() > usize::try_from(precision).ok()? {
        return None;
    }
    let bytes = scaled.to_be_bytes();
    let Some(size) = size else { return Some(bytes) };
    let padding = size.checked_sub(bytes.len())?;
    let sign = if scaled.negative { 0xff } else { 0 };
    Some(std::iter::repeat_n(sign, padding).chain(bytes).collect())
}

/// The bytes of a big-decimal: the unscaled integer as Avro's bytes, then the scale as Avro's int.
pub(crate) fn to_big(decimal: &Decimal) -> Vec<u8> {
    let unscaled = decimal.to_be_bytes();
    let mut bytes = Vec::with_capacity(unscaled.len() + 8);
    put_varint(
        i64::try_from(unscaled.len()).unwrap_or(i64::MAX),
        &mut bytes,
    );
    bytes.extend(unscaled);
    put_varint(decimal.scale.into(), &mut bytes);
    bytes
}

pub(crate) fn from_big(mut bytes: &[u8]) -> Option<Decimal> {
    let len = usize::try_from(take_varint(&mut bytes)?).ok()?;
    let (unscaled, mut rest) = bytes.split_at_checked(len)?;
    let scale = take_varint(&mut rest)?.try_into().ok()?;
    rest.is_empty()
        .then(|| Decimal::from_be_bytes(unscaled, scale))
}

fn put_varint(value: i64, out: &mut Vec<u8>) {
    let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while rest > 0x7f {
        out.push(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    out.push(rest.to_le_bytes()[0]);
}

fn take_varint(bytes: &mut &[u8]) -> Option<i64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
        }
    }
    None
}

impl Value for Decimal {
    fn empty() -> Self {
        Self::new(0, 0)
    }

    fn write_json(&self, node: &'static TypeNode, out: &mut JsonWriter) {
        let scaled = match node {
            TypeNode::Logical(Logical::Decimal { precision, scale }, base) => {
                let size = if let TypeNode::Fixed(fixed) = base {
                    Some(fixed.size)
                } else {
                    None
                };
                let fits = to_base(self, *precision, *scale, size).is_some();
                i32::try_from(*scale)
                    .ok()
                    .and_then(|scale| self.with_scale(scale))
                    .filter(|_| fits)
            }
            TypeNode::Logical(Logical::BigDecimal, _) => {
                Some(self.clone()).filter(|decimal| decimal.digits.len() <= MAX_DIGITS)
            }
            _ => return out.wrong_table(node),
        };
        if scaled.is_none() {
            out.problem(expectation(node), shortened(&self.to_string()));
        }
        out.display(format_args!("\"{}\"", scaled.as_ref().unwrap_or(self)));
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

impl Leaf for Decimal {
    fn from_raw(raw: Raw, node: &'static TypeNode) -> Option<Self> {
        let bytes = match raw {
            Raw::Bytes(bytes) => bytes,
            Raw::Text(text) => text.into_bytes(),
            _ => return None,
        };
        match node {
            TypeNode::Logical(Logical::Decimal { scale, .. }, _) => {
                Some(Self::from_be_bytes(&bytes, (*scale).try_into().ok()?))
            }
            TypeNode::Logical(Logical::BigDecimal, _) => from_big(&bytes),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_number_are_inverse() {
        for (text, unscaled, scale) in [
            ("0", 0, 0),
            ("0.00", 0, 2),
            ("12.30", 1230, 2),
            ("-0.05", -5, 2),
            ("12e3", 12, -3),
            ("-170141183460469231731687303715884105728", i128::MIN, 0),
            ("1e-2147483647", 1, i32::MAX),
        ] {
            let decimal: Decimal = text.parse().unwrap();
            assert_eq!(decimal, Decimal::new(unscaled, scale), "{text}");
            assert_eq!(decimal.to_string(), text);
            assert_eq!(decimal.unscaled(), Some(unscaled));
        }
        for text in [
            "",
            "-",
            ".5",
            "5.",
            "1e",
            "1e99999999999",
            "0x1",
            "1 ",
            "NaN",
            "١",
        ] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
    }

    #[test]
    fn bytes_are_the_shortest_twos_complement() {
        for (unscaled, bytes) in [
            (0, &[0][..]),
            (127, &[0x7f]),
            (128, &[0, 0x80]),
            (-1, &[0xff]),
            (-128, &[0x80]),
            (-129, &[0xff, 0x7f]),
            (256, &[1, 0]),
        ] {
            assert_eq!(Decimal::new(unscaled, 0).to_be_bytes(), bytes, "{unscaled}");
            assert_eq!(
                Decimal::from_be_bytes(bytes, 0),
                Decimal::new(unscaled, 0),
                "{unscaled}"
            );
        }
        assert_eq!(Decimal::from_be_bytes(&[], 3), Decimal::new(0, 3));
        assert_eq!(
            Decimal::from_be_bytes(&[0xff, 0xff, 0x80], 0),
            Decimal::new(-128, 0)
        );
    }

    #[test]
    fn a_scale_changes_only_without_loss() {
        let decimal = Decimal::new(1230, 2);
        assert_eq!(decimal.with_scale(1), Some(Decimal::new(123, 1)));
        assert_eq!(decimal.with_scale(4), Some(Decimal::new(123_000, 4)));
        assert_eq!(decimal.with_scale(0), None);
        assert_eq!(decimal.with_scale(i32::MAX), None);
        assert_eq!(Decimal::new(0, 5).with_scale(-7), Some(Decimal::new(0, -7)));
        assert_eq!(Decimal::new(100, 0).with_scale(-3), None);
    }

    #[test]
    fn big_decimals_carry_their_scale() {
        for decimal in [
            Decimal::new(-12_345, 3),
            Decimal::new(1, i32::MIN),
            Decimal::new(0, 0),
        ] {
            assert_eq!(from_big(&to_big(&decimal)), Some(decimal));
        }
        assert_eq!(from_big(&[]), None);
        assert_eq!(from_big(&[0xff; 20]), None);
        assert_eq!(from_big(&[2, 1]), None);
    }
}

//! A logical type whose next version has another unit or scale: what a value means stays, its number does not. Between logical
//! types of different kinds, and where only one side has one, the value below is taken as it is, as Avro says.

use super::decimal::{self, Decimal};
use super::raw::Raw;
use crate::types::{Logical, TypeNode};

/// How both sides say a value of the same kind.
pub(crate) enum Kin {
    /// Times, by the nanoseconds of their units.
    Time([i64; 2]),
    /// Decimals.
    Decimal,
}

/// Whether two types are logical ones of one kind, each with a form of its own.
pub(crate) fn kin(from: &TypeNode, to: &TypeNode) -> Option<Kin> {
    let (TypeNode::Logical(from, _), TypeNode::Logical(to, _)) = (from, to) else {
        return None;
    };
    if from == to {
        return None;
    }
    match (from, to) {
        (Logical::Decimal { .. }, Logical::Decimal { .. }) => Some(Kin::Decimal),
        _ => {
            let ((kind, from), (other, to)) = (unit(*from)?, unit(*to)?);
            (kind == other).then_some(Kin::Time([from, to]))
        }
    }
}

/// What kind of time it is, and the nanoseconds of its unit.
fn unit(logical: Logical) -> Option<(u8, i64)> {
    Some(match logical {
        Logical::TimeMillis => (0, 1_000_000),
        Logical::TimeMicros => (0, 1_000),
        Logical::TimestampMillis => (1, 1_000_000),
        Logical::TimestampMicros => (1, 1_000),
        Logical::TimestampNanos => (1, 1),
        Logical::LocalTimestampMillis => (2, 1_000_000),
        Logical::LocalTimestampMicros => (2, 1_000),
        Logical::LocalTimestampNanos => (2, 1),
        _ => return None,
    })
}

/// A number of units in other units, cut off downwards; `None`: it is out of range.
pub(crate) fn in_units(value: i64, [from, to]: [i64; 2]) -> Option<i64> {
    let nanos = i128::from(value) * i128::from(from);
    i64::try_from(nanos.div_euclid(i128::from(to))).ok()
}

/// The value below the reader's decimal type for that below the writer's; `None`: it has no such value.
pub(crate) fn rescaled(raw: Raw, from: &TypeNode, to: &TypeNode) -> Option<Raw> {
    let (TypeNode::Logical(Logical::Decimal { scale, .. }, _), Raw::Bytes(bytes)) = (from, &raw)
    else {
        return Some(raw);
    };
    let TypeNode::Logical(
        Logical::Decimal {
            precision,
            scale: wanted,
        },
        base,
    ) = to
    else {
        return Some(raw);
    };
    let size = match base {
        TypeNode::Fixed(fixed) => Some(fixed.size),
        _ => None,
    };
    let decimal = Decimal::from_be_bytes(bytes, i32::try_from(*scale).ok()?);
    decimal::to_base(&decimal, *precision, *wanted, size).map(Raw::Bytes)
}

#[cfg(test)]
mod tests {
    use super::in_units;

    #[test]
    fn units_are_converted_downwards() {
        assert_eq!(in_units(1_234, [1_000_000, 1_000]), Some(1_234_000));
        assert_eq!(in_units(-1, [1_000, 1_000_000]), Some(-1));
        assert_eq!(in_units(i64::MAX, [1_000_000, 1]), None);
    }
}

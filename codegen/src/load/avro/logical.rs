//! Logical types: one that is unknown, or not valid over its base, leaves the base type, as the specification says.

use super::{Object, get, text};
use crate::model::types::{Json, Logical, TypeKind};

pub(super) fn of_primitive(base: &TypeKind, object: &Object) -> Option<Logical> {
    let (logical, _) = text(object, "logicalType")?;
    Some(match (base, logical) {
        (TypeKind::Bytes, "decimal") => decimal(object, None)?,
        (TypeKind::Bytes, "big-decimal") => Logical::BigDecimal,
        (TypeKind::String, "uuid") => Logical::Uuid,
        (TypeKind::Int, "date") => Logical::Date,
        (TypeKind::Int, "time-millis") => Logical::TimeMillis,
        (TypeKind::Long, "time-micros") => Logical::TimeMicros,
        (TypeKind::Long, "timestamp-millis") => Logical::TimestampMillis,
        (TypeKind::Long, "timestamp-micros") => Logical::TimestampMicros,
        (TypeKind::Long, "timestamp-nanos") => Logical::TimestampNanos,
        (TypeKind::Long, "local-timestamp-millis") => Logical::LocalTimestampMillis,
        (TypeKind::Long, "local-timestamp-micros") => Logical::LocalTimestampMicros,
        (TypeKind::Long, "local-timestamp-nanos") => Logical::LocalTimestampNanos,
        _ => return None,
    })
}

pub(super) fn of_fixed(size: usize, object: &Object) -> Option<Logical> {
    let (logical, _) = text(object, "logicalType")?;
    match logical {
        "decimal" => decimal(object, Some(size)),
        "uuid" if size == 16 => Some(Logical::Uuid),
        "duration" if size == 12 => Some(Logical::Duration),
        _ => None,
    }
}

fn decimal(object: &Object, size: Option<usize>) -> Option<Logical> {
    let precision = number(object, "precision")?;
    let scale = match get(object, "scale") {
        Some(_) => number(object, "scale")?,
        None => 0,
    };
    let fits = size.is_none_or(|size| precision <= most_digits(size));
    (precision > 0 && scale <= precision && fits).then_some(Logical::Decimal { precision, scale })
}

fn number(object: &Object, key: &str) -> Option<u32> {
    match get(object, key)?.value {
        Json::Number(ref number) => number.parse::<i32>().ok()?.try_into().ok(),
        _ => None,
    }
}

/// Decimal digits that always fit into so many bytes: ⌊log10(2^(8n−1) − 1)⌋.
fn most_digits(size: usize) -> u32 {
    if size == 0 {
        return 0;
    }
    // 2^k is no power of ten, so leaving out the −1 changes no floor.
    let bits = u32::try_from(size).unwrap_or(u32::MAX).saturating_mul(8) - 1;
    let digits = f64::from(bits) * std::f64::consts::LOG10_2;
    digits.floor() as u32
}

#[cfg(test)]
mod tests {
    use super::most_digits;

    #[test]
    fn digits_are_those_of_the_specification() {
        let expected = [(0, 0), (1, 2), (2, 4), (4, 9), (8, 18), (12, 28), (16, 38)];
        for (size, digits) in expected {
            assert_eq!(most_digits(size), digits, "{size}");
        }
    }
}

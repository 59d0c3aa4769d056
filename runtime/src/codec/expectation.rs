//! What an error says that a type expects.

use super::error::shortened;
use crate::types::{Logical, TypeNode};

/// What may stand for a value of this type, for errors.
pub(crate) fn expectation(node: &'static TypeNode) -> String {
    match node {
        TypeNode::Null => "null".to_owned(),
        TypeNode::Boolean => "true or false".to_owned(),
        TypeNode::Int => "an int (-2147483648 to 2147483647)".to_owned(),
        TypeNode::Long => "a long (-2^63 to 2^63-1)".to_owned(),
        TypeNode::Float => "a float".to_owned(),
        TypeNode::Double => "a double".to_owned(),
        TypeNode::Bytes => "bytes, as a string of characters up to U+00FF".to_owned(),
        TypeNode::String => "a string".to_owned(),
        TypeNode::Array(_) => "an array".to_owned(),
        TypeNode::Map(_) => "an object".to_owned(),
        TypeNode::Record(record) => format!("an object ({})", shortened(record.name)),
        TypeNode::Enum(node) => {
            format!("a symbol of {}", shortened(&node.symbols.join("`, `")))
        }
        TypeNode::Fixed(fixed) => {
            format!(
                "{} bytes, as a string of characters up to U+00FF",
                fixed.size
            )
        }
        TypeNode::Union(branches) => {
            let branches: Vec<_> = branches.iter().map(|branch| branch.branch_name()).collect();
            format!("one of {}", shortened(&branches.join("`, `")))
        }
        TypeNode::Logical(logical, base) => match logical {
            Logical::Decimal { precision, scale } => {
                format!("a decimal of at most {precision} digits, {scale} behind the point")
            }
            Logical::BigDecimal => "a decimal".to_owned(),
            Logical::Uuid => "a UUID".to_owned(),
            Logical::Date => "a date (`2024-01-31`)".to_owned(),
            Logical::TimeMillis | Logical::TimeMicros => {
                "a time of day (`hh:mm:ss.fff`)".to_owned()
            }
            Logical::Duration => "a duration (`P1M2DT3.004S`)".to_owned(),
            Logical::TimestampMillis | Logical::TimestampMicros | Logical::TimestampNanos => {
                format!(
                    "a timestamp (`2024-01-31T12:00:00Z`) or {}",
                    expectation(base)
                )
            }
            _ => format!(
                "a local timestamp (`2024-01-31T12:00:00`) or {}",
                expectation(base)
            ),
        },
    }
}

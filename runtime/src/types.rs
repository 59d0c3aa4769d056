//! `TypeNode`: the static type tables that generated code carries, one per schema version.
//! Validation, JSON reading and writing walk them; they hold what the schema file says, resolved.

use std::fmt;

mod packed;
pub mod table;

pub use packed::FieldNodes;
#[doc(hidden)]
pub use packed::{BOOLEAN, BYTES, DOUBLE, FLOAT, INT, LONG, NULL, STRING, record};

/// A type as its schema has it. References are by `&'static`, so recursive types are cyclic.
pub enum TypeNode {
    /// `null`
    Null,
    /// `boolean`
    Boolean,
    /// `int`
    Int,
    /// `long`
    Long,
    /// `float`
    Float,
    /// `double`
    Double,
    /// `bytes`
    Bytes,
    /// `string`
    String,
    /// An array of one type.
    Array(&'static TypeNode),
    /// A map from text to one type.
    Map(&'static TypeNode),
    /// One of several types.
    Union(&'static [&'static TypeNode]),
    /// A record.
    Record(RecordNode),
    /// An enum.
    Enum(EnumNode),
    /// Bytes of a fixed length.
    Fixed(FixedNode),
    /// A logical type over one of the above.
    Logical(Logical, &'static TypeNode),
}

/// A record type.
#[derive(Debug)]
pub struct RecordNode {
    /// Full name (`services.geo.address`).
    pub name: &'static str,
    /// Fields in the schema's order.
    pub fields: FieldNodes,
}

/// A field of a record.
#[derive(Debug)]
pub struct FieldNode {
    /// Name on the wire.
    pub name: &'static str,
    /// Its type.
    pub node: &'static TypeNode,
    /// Default as JSON text in Avro's form for defaults (a union's default is of its first branch; bytes are
    /// characters 0-255); `None` where the schema has none.
    pub default: Option<&'static str>,
}

/// An enum type.
#[derive(Debug)]
pub struct EnumNode {
    /// Full name.
    pub name: &'static str,
    /// Symbols in the schema's order.
    pub symbols: &'static [&'static str],
    /// Index of the symbol that stands for those of later versions, where the schema names one.
    pub default: Option<usize>,
}

/// A fixed type.
#[derive(Debug)]
pub struct FixedNode {
    /// Full name.
    pub name: &'static str,
    /// Length in bytes.
    pub size: usize,
}

/// A logical type that the schema puts over a base type (Avro 1.12, "Logical Types"). Unknown and invalid ones are not
/// here: they are their base type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logical {
    /// Number with a fixed scale, on bytes or fixed.
    Decimal {
        /// Most digits it may have.
        precision: u32,
        /// Digits behind the point.
        scale: u32,
    },
    /// Number that carries its scale.
    BigDecimal,
    /// UUID, on string or fixed(16).
    Uuid,
    /// Days since 1970-01-01.
    Date,
    /// Milliseconds since midnight.
    TimeMillis,
    /// Microseconds since midnight.
    TimeMicros,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    TimestampMillis,
    /// Microseconds since 1970-01-01T00:00:00Z.
    TimestampMicros,
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    TimestampNanos,
    /// Milliseconds since 1970-01-01T00:00:00, in no zone.
    LocalTimestampMillis,
    /// Microseconds since 1970-01-01T00:00:00, in no zone.
    LocalTimestampMicros,
    /// Nanoseconds since 1970-01-01T00:00:00, in no zone.
    LocalTimestampNanos,
    /// Months, days and milliseconds, on fixed(12).
    Duration,
}

impl TypeNode {
    /// The type below a logical type; itself otherwise.
    #[must_use]
    pub fn base(&'static self) -> &'static TypeNode {
        match self {
            Self::Logical(_, base) => base,
            other => other,
        }
    }
}

impl TypeNode {
    /// The name that a union's branch of this type has in Avro's JSON encoding.
    #[must_use]
    pub fn branch_name(&'static self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Long => "long",
            Self::Float => "float",
            Self::Double => "double",
            Self::Bytes => "bytes",
            Self::String => "string",
            Self::Array(_) => "array",
            Self::Map(_) => "map",
            Self::Union(_) => "union",
            Self::Record(record) => record.name,
            Self::Enum(node) => node.name,
            Self::Fixed(fixed) => fixed.name,
            Self::Logical(_, base) => base.branch_name(),
        }
    }
}

/// Named types show their name only: they may hold themselves.
impl fmt::Debug for TypeNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Array(item) => f.debug_tuple("Array").field(item).finish(),
            Self::Map(item) => f.debug_tuple("Map").field(item).finish(),
            Self::Union(branches) => f.debug_tuple("Union").field(branches).finish(),
            Self::Record(RecordNode { name, .. }) => f.debug_tuple("Record").field(name).finish(),
            Self::Enum(EnumNode { name, .. }) => f.debug_tuple("Enum").field(name).finish(),
            Self::Fixed(fixed) => f.debug_tuple("Fixed").field(&fixed.name).finish(),
            Self::Logical(logical, base) => {
                f.debug_tuple("Logical").field(logical).field(base).finish()
            }
            Self::Null => f.write_str("Null"),
            Self::Boolean => f.write_str("Boolean"),
            Self::Int => f.write_str("Int"),
            Self::Long => f.write_str("Long"),
            Self::Float => f.write_str("Float"),
            Self::Double => f.write_str("Double"),
            Self::Bytes => f.write_str("Bytes"),
            Self::String => f.write_str("String"),
        }
    }
}

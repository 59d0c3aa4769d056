//! `TypeNode`: the static type tables that generated code carries, one per schema version.
//! Validation, JSON reading and writing walk them; they hold what the schema file says, resolved.

/// A type as its schema has it. References are by `&'static`, so recursive types are cyclic.
#[derive(Debug)]
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
    pub fields: &'static [FieldNode],
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

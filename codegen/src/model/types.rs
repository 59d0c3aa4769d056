//! Avro types as the schema files have them, names resolved: the arena of named types and the uses of types.
//! Rust names and Rust types are decided in `resolve`.

use crate::source::{SourceId, Span, Spanned};

/// All named types of a directory. Types are referred to by [`NamedId`], so they may be recursive.
#[derive(Debug, Clone, Default)]
pub struct Types {
    named: Vec<NamedType>,
}

/// Names one named type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NamedId(pub u32);

impl Types {
    /// Adds a type.
    pub fn add(&mut self, named: NamedType) -> NamedId {
        let id = u32::try_from(self.named.len()).expect("fewer than 2^32 types");
        self.named.push(named);
        NamedId(id)
    }

    /// The type.
    #[must_use]
    pub fn get(&self, id: NamedId) -> &NamedType {
        &self.named[id.0 as usize]
    }

    /// The type, to fill in what was not known when it was added (a record's fields may refer to the record).
    pub fn get_mut(&mut self, id: NamedId) -> &mut NamedType {
        &mut self.named[id.0 as usize]
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.named.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// Adds the types of another directory; gives by how much their ids grew.
    pub(crate) fn append(&mut self, other: &Self) -> u32 {
        let by = u32::try_from(self.named.len()).expect("fewer than 2^32 types");
        self.named.extend(other.named.iter().cloned());
        for named in &mut self.named[by as usize..] {
            if let NamedKind::Record { fields } = &mut named.kind {
                for field in fields {
                    field.ty.shift(by);
                }
            }
        }
        by
    }

    /// The types from a place on, in the order in which they were read.
    pub(crate) fn iter_from(&self, first: usize) -> impl Iterator<Item = (NamedId, &NamedType)> {
        let start = u32::try_from(first).expect("fewer than 2^32 types");
        (start..).map(NamedId).zip(&self.named[first..])
    }

    /// All types, in the order in which they were read.
    pub fn iter(&self) -> impl Iterator<Item = (NamedId, &NamedType)> {
        (0..).map(NamedId).zip(&self.named)
    }
}

/// A type with a name: a record, an enum or a fixed.
#[derive(Debug, Clone)]
pub struct NamedType {
    /// Full name.
    pub name: FullName,
    /// Where the name stands.
    pub name_span: Span,
    /// The file it is defined in.
    pub source: SourceId,
    /// Whether it is local to an event file, or shared.
    pub home: Home,
    /// Aliases, made full names.
    pub aliases: Vec<FullName>,
    /// Its `doc`.
    pub doc: Option<String>,
    /// What it is.
    pub kind: NamedKind,
    /// Where its definition stands, braces included.
    pub span: Span,
}

/// A name with its namespace.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FullName {
    /// `services.geo`; empty for the null namespace.
    pub namespace: String,
    /// `address`
    pub name: String,
}

impl std::fmt::Display for FullName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.namespace.is_empty() {
            f.write_str(&self.name)
        } else {
            write!(f, "{}.{}", self.namespace, self.name)
        }
    }
}

/// Which module a named type belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Home {
    /// Defined inside an event file: only that file sees it.
    EventFile,
    /// Defined below `types/`: every file sees it by its full name.
    Shared,
    /// Defined in a types-only directory: the files of that directory see it. Index into `Model::types_only`.
    TypesOnly(usize),
}

/// What a named type is.
#[derive(Debug, Clone)]
pub enum NamedKind {
    /// A record, or an error.
    Record {
        /// Fields in the schema's order.
        fields: Vec<Field>,
    },
    /// An enum.
    Enum {
        /// Symbols in the schema's order.
        symbols: Vec<Spanned<String>>,
        /// Symbol that stands for those a reader does not know.
        default: Option<Spanned<String>>,
    },
    /// Bytes of a fixed length.
    Fixed {
        /// Length in bytes.
        size: usize,
        /// Logical type (decimal, uuid, duration), if it is a valid one.
        logical: Option<Logical>,
    },
}

impl NamedType {
    /// The fields, if it is a record.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        match &self.kind {
            NamedKind::Record { fields } => fields,
            _ => &[],
        }
    }
}

/// A field of a record.
#[derive(Debug, Clone)]
pub struct Field {
    /// Name on the wire.
    pub name: Spanned<String>,
    /// Aliases.
    pub aliases: Vec<String>,
    /// Its `doc`.
    pub doc: Option<String>,
    /// Its type.
    pub ty: Type,
    /// Its default, checked against the type.
    pub default: Option<Spanned<Json>>,
    /// Where the field's definition stands.
    pub span: Span,
}

/// One use of a type.
#[derive(Debug, Clone)]
pub struct Type {
    /// Which.
    pub kind: TypeKind,
    /// Logical type over a primitive, if it is a valid one; that of a fixed is in [`NamedKind::Fixed`].
    pub logical: Option<Logical>,
    /// Where it stands.
    pub span: Span,
}

impl Type {
    /// Adds to the ids of the types that it names.
    pub(crate) fn shift(&mut self, by: u32) {
        match &mut self.kind {
            TypeKind::Named(id) => id.0 += by,
            TypeKind::Array(inner) | TypeKind::Map(inner) => inner.shift(by),
            TypeKind::Union(branches) => branches.iter_mut().for_each(|branch| branch.shift(by)),
            _ => {}
        }
    }

    /// The other branch, of a union of null and one more type.
    #[must_use]
    pub fn optional(&self) -> Option<&Type> {
        match self.branches() {
            [null, other] | [other, null]
                if matches!(null.kind, TypeKind::Null) && !matches!(other.kind, TypeKind::Null) =>
            {
                Some(other)
            }
            _ => None,
        }
    }

    /// A union's branches; another type is the only branch.
    #[must_use]
    pub fn branches(&self) -> &[Type] {
        match &self.kind {
            TypeKind::Union(branches) => branches,
            _ => std::slice::from_ref(self),
        }
    }

    /// What an array or a map holds; another type itself.
    #[must_use]
    pub fn inner(&self) -> &Type {
        match &self.kind {
            TypeKind::Array(inner) | TypeKind::Map(inner) => inner,
            _ => self,
        }
    }
}

/// Which type is used.
#[derive(Debug, Clone)]
pub enum TypeKind {
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
    /// An array.
    Array(Box<Type>),
    /// A map.
    Map(Box<Type>),
    /// A union, branches in the schema's order.
    Union(Vec<Type>),
    /// A record, enum or fixed.
    Named(NamedId),
}

impl TypeKind {
    /// A primitive type's name in Avro.
    #[must_use]
    pub fn primitive(&self) -> Option<&'static str> {
        Some(match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Long => "long",
            Self::Float => "float",
            Self::Double => "double",
            Self::Bytes => "bytes",
            Self::String => "string",
            Self::Array(_) | Self::Map(_) | Self::Union(_) | Self::Named(_) => return None,
        })
    }
}

/// A logical type that is valid over its base (Avro 1.12, "Logical Types").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Logical {
    /// On bytes or fixed.
    Decimal {
        /// Most digits.
        precision: u32,
        /// Digits behind the point.
        scale: u32,
    },
    /// On bytes.
    BigDecimal,
    /// On string or fixed(16).
    Uuid,
    /// On int.
    Date,
    /// On int.
    TimeMillis,
    /// On long.
    TimeMicros,
    /// On long.
    TimestampMillis,
    /// On long.
    TimestampMicros,
    /// On long.
    TimestampNanos,
    /// On long.
    LocalTimestampMillis,
    /// On long.
    LocalTimestampMicros,
    /// On long.
    LocalTimestampNanos,
    /// On fixed(12).
    Duration,
}

impl Logical {
    /// Names that a schema may give as `logicalType`.
    pub const NAMES: [&str; 13] = [
        "decimal",
        "big-decimal",
        "uuid",
        "date",
        "time-millis",
        "time-micros",
        "timestamp-millis",
        "timestamp-micros",
        "timestamp-nanos",
        "local-timestamp-millis",
        "local-timestamp-micros",
        "local-timestamp-nanos",
        "duration",
    ];

    /// What a schema calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Decimal { .. } => "decimal",
            Self::BigDecimal => "big-decimal",
            Self::Uuid => "uuid",
            Self::Date => "date",
            Self::TimeMillis => "time-millis",
            Self::TimeMicros => "time-micros",
            Self::TimestampMillis => "timestamp-millis",
            Self::TimestampMicros => "timestamp-micros",
            Self::TimestampNanos => "timestamp-nanos",
            Self::LocalTimestampMillis => "local-timestamp-millis",
            Self::LocalTimestampMicros => "local-timestamp-micros",
            Self::LocalTimestampNanos => "local-timestamp-nanos",
            Self::Duration => "duration",
        }
    }
}

/// A JSON value as a schema file has it, positions kept, numbers as written.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number, its text.
    Number(String),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Spanned<Json>>),
    /// An object, entries in order; duplicate keys are a diagnostic of the parser.
    Object(Vec<(Spanned<String>, Spanned<Json>)>),
}

impl Json {
    /// The value as compact JSON text, entries in the order in which they were written.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(text) => out.push_str(text),
            Self::String(text) => write_json_string(text, out),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.value.write(out);
                }
                out.push(']');
            }
            Self::Object(entries) => {
                out.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_json_string(&key.value, out);
                    out.push(':');
                    value.value.write(out);
                }
                out.push('}');
            }
        }
    }
}

fn write_json_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if u32::from(c) < 0x20 || c == '\u{7f}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

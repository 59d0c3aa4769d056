//! Calls that write and read Avro's binary form: for every type one expression, decided here, so that generated code is
//! straight lines without a table to look at. How values of older versions are read is in `avro_reads.rs`.

use crate::model::types::{Logical, NamedKind, Type, TypeKind};
use crate::resolve::types::{Typing, logical_type};

/// Path of the runtime's module.
pub(crate) const AVRO: &str = "::evgen_runtime::codec::avro";

/// Whether a value is written or read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Write,
    Read,
}

impl Way {
    fn codec(self) -> &'static str {
        match self {
            Self::Write => "w",
            Self::Read => "r",
        }
    }

    fn codec_type(self) -> &'static str {
        match self {
            Self::Write => "Writer",
            Self::Read => "Reader",
        }
    }
}

/// The call that writes or reads `place`, an expression of a reference to a value of type `ty`.
pub(crate) fn call(typing: &Typing<'_>, way: Way, ty: &Type, place: &str) -> String {
    let (method, arguments) = method(typing, way, ty);
    let codec = way.codec();
    format!("{codec}.{method}({place}{arguments})")
}

/// Whether a Rust type alone says its Avro form (`codec/avro/natural.rs` in the runtime).
pub(crate) fn by_itself(typing: &Typing<'_>, ty: &Type) -> bool {
    if typing.stands_for(ty) {
        return false;
    }
    let raw_time = typing.model.settings.raw_time;
    if ty
        .logical
        .is_some_and(|logical| logical_type(logical, raw_time).is_some())
    {
        return false;
    }
    match &ty.kind {
        TypeKind::Array(inner) | TypeKind::Map(inner) => by_itself(typing, inner),
        TypeKind::Union(branches) => match ty.optional() {
            Some(inner) => matches!(branches[0].kind, TypeKind::Null) && by_itself(typing, inner),
            None => true,
        },
        TypeKind::Named(id) => match &typing.types().get(*id).kind {
            NamedKind::Fixed { logical, .. } => {
                !logical.is_some_and(|logical| logical_type(logical, false).is_some())
            }
            NamedKind::Record { .. } | NamedKind::Enum { .. } => true,
        },
        _ => true,
    }
}

/// As [`call`], of the type that a user's type stands for.
pub(crate) fn own_call(typing: &Typing<'_>, way: Way, ty: &Type, place: &str) -> String {
    let (method, arguments) = own_method(typing, way, ty);
    let codec = way.codec();
    format!("{codec}.{method}({place}{arguments})")
}

/// The call that reads a logical type which the writer has in another unit or scale, by what it means; `None`: they are of
/// different kinds, or one is none, and the value below is taken as it is.
pub(crate) fn call_by_meaning(
    typing: &Typing<'_>,
    written: &Type,
    read: &Type,
    place: &str,
) -> Option<String> {
    let logical = |ty: &Type| match ty.kind {
        TypeKind::Named(id) => match typing.types().get(id).kind {
            NamedKind::Fixed { size, logical } => Some((logical?, Some(size))),
            _ => None,
        },
        _ => Some((ty.logical?, None)),
    };
    let ((from, size), (to, _)) = (logical(written)?, logical(read)?);
    if from == to {
        return None;
    }
    if let (
        Logical::Decimal { precision, scale },
        Logical::Decimal {
            precision: wanted,
            scale: as_scale,
        },
    ) = (from, to)
    {
        return Some(format!(
            "r.decimal_as({place}, [{precision}, {scale}], {size:?}, [{wanted}, {as_scale}])"
        ));
    }
    let ((kind, unit), (other, as_unit)) = (time_unit(from)?, time_unit(to)?);
    if kind != other {
        return None;
    }
    Some(if typing.model.settings.raw_time {
        format!("r.long_in_units({place}, [{unit}, {as_unit}])")
    } else {
        // The same Rust type holds both.
        format!("r.{}({place})", logical_method(from, None).0)
    })
}

/// What kind of time it is, and the nanoseconds of its unit.
fn time_unit(logical: Logical) -> Option<(u8, u32)> {
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

/// A function that does so: the method itself, or a closure.
pub(crate) fn function(typing: &Typing<'_>, way: Way, ty: &Type) -> String {
    as_function(way, method(typing, way, ty))
}

fn as_function(way: Way, (method, arguments): (&str, String)) -> String {
    let codec = way.codec();
    if arguments.is_empty() {
        format!("{AVRO}::{}::{method}", way.codec_type())
    } else {
        format!("|{codec}, v| {codec}.{method}(v{arguments})")
    }
}

/// The method, and its arguments behind the value's, each with a comma before it.
fn method(typing: &Typing<'_>, way: Way, ty: &Type) -> (&'static str, String) {
    if typing.stands_for(ty) {
        let own = as_function(way, own_method(typing, way, ty));
        return ("mapped", format!(", {own}"));
    }
    own_method(typing, way, ty)
}

fn own_method(typing: &Typing<'_>, way: Way, ty: &Type) -> (&'static str, String) {
    let raw_time = typing.model.settings.raw_time;
    if let Some(logical) = ty.logical
        && logical_type(logical, raw_time).is_some()
    {
        return logical_method(logical, None);
    }
    let plain = |method| (method, String::new());
    let around = |method, inner| (method, format!(", {}", function(typing, way, inner)));
    match &ty.kind {
        TypeKind::Null => plain("null"),
        TypeKind::Boolean => plain("boolean"),
        TypeKind::Int => plain("int"),
        TypeKind::Long => plain("long"),
        TypeKind::Float => plain("float"),
        TypeKind::Double => plain("double"),
        TypeKind::Bytes => plain("bytes"),
        TypeKind::String => plain("string"),
        TypeKind::Array(items) => around("array", items),
        TypeKind::Map(values) => around("map", values),
        TypeKind::Union(branches) => match ty.optional() {
            Some(inner) => {
                let null = usize::from(!matches!(branches[0].kind, TypeKind::Null));
                let inner = function(typing, way, inner);
                ("option", format!(", {null}, {inner}"))
            }
            None => plain("value"),
        },
        TypeKind::Named(id) => match &typing.types().get(*id).kind {
            NamedKind::Record { .. } => plain("record"),
            NamedKind::Enum { .. } => plain("value"),
            NamedKind::Fixed { size, logical } => match logical {
                Some(logical) if logical_type(*logical, false).is_some() => {
                    logical_method(*logical, Some(*size))
                }
                _ => plain("fixed"),
            },
        },
    }
}

/// The method of a logical type; `size` is the base's, if that is a fixed.
fn logical_method(logical: Logical, size: Option<usize>) -> (&'static str, String) {
    let method = match (logical, size) {
        (Logical::Decimal { precision, scale }, size) => {
            return match size {
                None => ("decimal", format!(", {precision}, {scale}")),
                Some(size) => ("decimal_fixed", format!(", {precision}, {scale}, {size}")),
            };
        }
        (Logical::Uuid, None) => "uuid",
        (Logical::Uuid, Some(_)) => "uuid_fixed",
        (Logical::BigDecimal, _) => "big_decimal",
        (Logical::Duration, _) => "duration",
        (Logical::Date, _) => "date",
        (Logical::TimeMillis, _) => "time_millis",
        (Logical::TimeMicros, _) => "time_micros",
        (Logical::TimestampMillis, _) => "timestamp_millis",
        (Logical::TimestampMicros, _) => "timestamp_micros",
        (Logical::TimestampNanos, _) => "timestamp_nanos",
        (Logical::LocalTimestampMillis, _) => "local_timestamp_millis",
        (Logical::LocalTimestampMicros, _) => "local_timestamp_micros",
        (Logical::LocalTimestampNanos, _) => "local_timestamp_nanos",
    };
    (method, String::new())
}

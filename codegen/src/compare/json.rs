//! Rules about what is stored as JSON. docs/avro-json.md says what is read.

use super::difference::Change;
use super::findings::Findings;
use super::wire::each;
use super::{Pair, Sides, VersionPair};
use crate::diagnostic::codes::{JSON_BROKEN, NEWLY_TYPED};
use crate::model::types::{Field, Logical, Type, TypeKind};
use crate::resolution::Resolver;

/// EV0441
pub(super) fn untyped_events_stay_untyped(pair: &Pair<'_>, findings: &mut Findings<'_>) {
    if pair.before.typed || !pair.now.typed {
        return;
    }
    let message = format!(
        "`{}` was untyped: rows of any shape may be stored, and must fit its schema now",
        pair.name
    );
    if let Some(diagnostic) = findings.report(&NEWLY_TYPED, &pair.name, message) {
        diagnostic
            .primary(pair.now.name.span, "typed")
            .context(pair.before.name.span, "untyped")
            .help("hold the rows against the schema first (`journal verify`), then allow it");
    }
}

/// EV0440
pub(super) fn stored_json_still_fits(
    sides: &Sides<'_>,
    version: &VersionPair<'_, '_, '_>,
    findings: &mut Findings<'_>,
) {
    let backward = version.event.reads_backward();
    let forward = version.event.reads_forward();
    let resolver = Resolver::new(&sides.types, &[]);
    each(sides, version, &JSON_BROKEN, findings, |difference| {
        let change = &difference.change;
        if backward && !reads_before(&resolver, change) {
            Some("JSON that was stored no longer fits")
        } else if forward && !reads_now(&resolver, change) {
            Some("older builds cannot read JSON that is stored now")
        } else {
            None
        }
    });
}

/// Whether JSON of before is read as the type of now.
fn reads_before(resolver: &Resolver<'_>, change: &Change<'_>) -> bool {
    match change {
        Change::FieldAdded(field) => has_default(field),
        // Members that a record does not have are ignored.
        Change::FieldRemoved(_) | Change::SymbolAdded(_) => true,
        Change::SymbolRemoved(_) | Change::Resized(..) => false,
        Change::Retyped(before, now) => reads(resolver, before, now),
        Change::Relogical(before, now) => reads_logical(*before, *now),
        // A missing member is filled in.
        Change::Default(Some(_), None) => false,
        _ => true,
    }
}

/// Whether JSON of now is read as the type of before.
fn reads_now(resolver: &Resolver<'_>, change: &Change<'_>) -> bool {
    match change {
        Change::FieldRemoved(field) => has_default(field),
        Change::FieldAdded(_) | Change::SymbolRemoved(_) => true,
        Change::SymbolAdded(_) | Change::Resized(..) => false,
        Change::Retyped(before, now) => reads(resolver, now, before),
        Change::Relogical(before, now) => reads_logical(*now, *before),
        _ => true,
    }
}

fn has_default(field: &Field) -> bool {
    field.default.is_some()
}

/// Whether every JSON text that one type writes is read by another that Avro tells from it.
fn reads(resolver: &Resolver<'_>, written: &Type, read: &Type) -> bool {
    if written.logical.is_some() || read.logical.is_some() {
        return false;
    }
    // Of other unions a value may be tagged, which depends on all branches.
    if let Some(read) = read.optional() {
        let written = written.optional().unwrap_or(written);
        return matches!(written.kind, TypeKind::Null) || fits(resolver, written, read);
    }
    fits(resolver, written, read)
}

fn fits(resolver: &Resolver<'_>, written: &Type, read: &Type) -> bool {
    use TypeKind::{Boolean, Bytes, Double, Float, Int, Long, Null, String};
    match (&written.kind, &read.kind) {
        (TypeKind::Array(written), TypeKind::Array(read))
        | (TypeKind::Map(written), TypeKind::Map(read)) => reads(resolver, written, read),
        (TypeKind::Named(_), TypeKind::Named(_)) => resolver.same(written, read),
        (written, read) => matches!(
            (written, read),
            (Null, Null)
                | (Boolean, Boolean)
                | (Int, Int | Long | Float | Double)
                | (Long, Long | Float | Double)
                | (Float, Float | Double)
                | (Double, Double)
                | (String, String)
                | (Bytes, Bytes | String)
        ),
    }
}

/// Whether the text of one logical type is that of another: times are, whatever their unit.
fn reads_logical(written: Option<Logical>, read: Option<Logical>) -> bool {
    use Logical::{
        LocalTimestampMicros, LocalTimestampMillis, LocalTimestampNanos, TimeMicros, TimeMillis,
        TimestampMicros, TimestampMillis, TimestampNanos,
    };
    let family = |logical| match logical {
        TimeMillis | TimeMicros => 1,
        TimestampMillis | TimestampMicros | TimestampNanos => 2,
        LocalTimestampMillis | LocalTimestampMicros | LocalTimestampNanos => 3,
        _ => 0,
    };
    match (written, read) {
        (Some(written), Some(read)) => family(written) != 0 && family(written) == family(read),
        _ => false,
    }
}

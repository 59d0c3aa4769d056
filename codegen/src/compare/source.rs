//! Rules about generated Rust code: what code that uses it has to be changed for.

use super::Sides;
use super::findings::Findings;
use crate::diagnostic::codes::{
    RUST_FIELD_ADDED, RUST_FIELD_REMOVED, RUST_FIELD_RETYPED, RUST_TYPE_REMOVED,
    RUST_VARIANT_ADDED, RUST_VARIANT_REMOVED,
};
use crate::resolve::listing::{Listed, Member, list};

/// EV0450 to EV0455
pub(super) fn generated_code_stays(sides: &Sides<'_>, findings: &mut Findings<'_>) {
    let now = list(sides.now);
    for (path, before) in &list(sides.before) {
        let now = now
            .get(path)
            .filter(|now| now.is_struct == before.is_struct);
        match now {
            None => types_stay(sides, path, before, findings),
            Some(now) => {
                members_stay(path, before, now, findings);
                members_are_known(path, before, now, findings);
                fields_keep_their_types(path, before, now, findings);
            }
        }
    }
}

/// EV0450
fn types_stay(sides: &Sides<'_>, path: &str, before: &Listed, findings: &mut Findings<'_>) {
    let message = format!("`{path}` is generated no more");
    if let Some(diagnostic) = findings.report(&RUST_TYPE_REMOVED, &before.subject, message) {
        diagnostic
            .primary(sides.place_of(&before.subject), "no longer has it")
            .context(before.span, "here before")
            .help("code that names it has to be changed; where the type was only renamed, `settings.names` keeps its name in Rust");
    }
}

/// EV0451, EV0454
fn members_stay(path: &str, before: &Listed, now: &Listed, findings: &mut Findings<'_>) {
    let (rule, separator, what) = if before.is_struct {
        (&RUST_FIELD_REMOVED, ".", "field")
    } else {
        (&RUST_VARIANT_REMOVED, "::", "variant")
    };
    for (name, member) in missing(before, now) {
        let message = format!("{what} `{path}{separator}{name}` is generated no more");
        if let Some(diagnostic) = findings.report(rule, &before.subject, message) {
            diagnostic
                .primary(now.span, format!("has no `{name}`"))
                .context(member.span, "here before")
                .help("code that names it has to be changed; where it was only renamed, `settings.names` keeps its name in Rust");
        }
    }
}

/// EV0453, EV0455
fn members_are_known(path: &str, before: &Listed, now: &Listed, findings: &mut Findings<'_>) {
    let (rule, separator, help) = if before.is_struct {
        let help = "code that makes one field by field has to set it";
        (&RUST_FIELD_ADDED, ".", help)
    } else {
        let help = "code that matches on every variant has to match on it";
        (&RUST_VARIANT_ADDED, "::", help)
    };
    for (name, member) in missing(now, before) {
        let message = format!("`{path}{separator}{name}` is new");
        if let Some(diagnostic) = findings.report(rule, &now.subject, message) {
            diagnostic
                .primary(member.span, "new")
                .context(before.span, "not there before")
                .help(help);
        }
    }
}

/// EV0452
fn fields_keep_their_types(path: &str, before: &Listed, now: &Listed, findings: &mut Findings<'_>) {
    for (name, was) in &before.members {
        let Some(is) = now.members.get(name) else {
            continue;
        };
        if was.rust_type == is.rust_type {
            continue;
        }
        let message = format!(
            "`{path}.{name}` was `{}`, and is `{}`",
            was.rust_type, is.rust_type
        );
        if let Some(diagnostic) = findings.report(&RUST_FIELD_RETYPED, &now.subject, message) {
            diagnostic
                .primary(is.span, format!("`{}`", is.rust_type))
                .context(was.span, format!("`{}`", was.rust_type))
                .help("code that uses it has to be changed");
        }
    }
}

/// Members that one has and the other has not.
fn missing<'a>(
    of: &'a Listed,
    other: &'a Listed,
) -> impl Iterator<Item = (&'a String, &'a Member)> {
    let all = of.members.iter();
    all.filter(|(name, _)| !other.members.contains_key(*name))
}

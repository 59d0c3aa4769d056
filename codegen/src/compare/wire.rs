//! Rules about what is stored and sent: names of aggregates and events, Avro's binary form, and what older builds read.

use super::difference::{Change, Difference};
use super::findings::Findings;
use super::{Pair, Sides, VersionPair};
use crate::check::evolution::{at, forward_help, forward_readers};
use crate::diagnostic::Code;
use crate::diagnostic::codes::{
    AGGREGATE_REMOVED, DEFAULT_CHANGED, EVENT_REMOVED, EVENT_TYPE_CHANGED, LEGACY_VERSION_CHANGED,
    MEANING_CHANGED, NO_LONGER_TYPED, NOT_FORWARD, VERSION_REWRITTEN,
};
use crate::model::aggregate::Aggregate;
use crate::model::event::Event;
use crate::resolution::Resolver;

/// EV0436
pub(super) fn aggregates_stay(sides: &Sides<'_>, findings: &mut Findings<'_>) {
    for before in &sides.before.aggregates {
        let name = &before.name.value;
        let is_stored = before.events.iter().any(|event| {
            let name = format!("{name}.{}", event.name.value);
            sides.may_be_stored(&name, event)
        });
        if before.is_abstract || !is_stored || sides.now_of(before).is_some() {
            continue;
        }
        let subject = format!("{name}.*");
        let message = format!("aggregate `{name}` is gone: its rows belong to nothing");
        if let Some(diagnostic) = findings.report(&AGGREGATE_REMOVED, &subject, message) {
            diagnostic
                .primary(sides.place_of(&subject), "no longer listed")
                .context(before.name.span, "here before")
                .help(format!(
                    "put it back; where no row of it is stored, allow it: `{{ rule: EV0436, event: \"{subject}\", reason: … }}`"
                ));
        }
    }
}

/// EV0435
pub(super) fn events_stay(
    name: &str,
    aggregate: &Aggregate,
    event: &Event,
    findings: &mut Findings<'_>,
) {
    let message = format!("event `{name}` is gone: its rows cannot be read");
    if let Some(diagnostic) = findings.report(&EVENT_REMOVED, name, message) {
        diagnostic
            .primary(aggregate.name.span, "no longer listed")
            .context(event.name.span, "here before")
            .help("put it back, with `stored_only: true` if nothing is to happen any more; where no row of it is stored, allow it");
    }
}

/// EV0434
pub(super) fn event_types_stay(pair: &Pair<'_>, findings: &mut Findings<'_>) {
    let (before, now) = (&pair.before.event_type, &pair.now.event_type);
    if before.value == now.value {
        return;
    }
    let message = format!(
        "`{}` was stored as `{}`, and is as `{}`",
        pair.name, before.value, now.value
    );
    if let Some(diagnostic) = findings.report(&EVENT_TYPE_CHANGED, &pair.name, message) {
        diagnostic
            .primary(now.span, format!("stored as `{}`", now.value))
            .context(before.span, format!("stored as `{}`", before.value))
            .help(format!("keep the name: `event_type: {}`", before.value));
    }
}

/// EV0437
pub(super) fn legacy_versions_stay(pair: &Pair<'_>, findings: &mut Findings<'_>) {
    let (before, now) = (pair.before.legacy_version, pair.now.legacy_version);
    if before == now {
        return;
    }
    let message = format!(
        "rows of `{}` without version meant version {before}, and mean version {now}",
        pair.name
    );
    if let Some(diagnostic) = findings.report(&LEGACY_VERSION_CHANGED, &pair.name, message) {
        diagnostic
            .primary(pair.now.name.span, format!("`legacy_version` is {now}"))
            .context(
                pair.before.name.span,
                format!("`legacy_version` was {before}"),
            );
    }
}

/// EV0438
pub(super) fn typed_events_stay_typed(pair: &Pair<'_>, findings: &mut Findings<'_>) {
    if pair.now.typed || !pair.before.typed || pair.before.versions.is_empty() {
        return;
    }
    let message = format!(
        "`{}` has no schema any more: rows that hold Avro cannot be read",
        pair.name
    );
    if let Some(diagnostic) = findings.report(&NO_LONGER_TYPED, &pair.name, message) {
        diagnostic
            .primary(pair.now.name.span, "untyped")
            .context(pair.before.name.span, "typed")
            .help("keep it typed; where every row of it is JSON, allow it");
    }
}

/// EV0430
pub(super) fn versions_keep_their_bytes(
    sides: &Sides<'_>,
    version: &VersionPair<'_, '_, '_>,
    findings: &mut Findings<'_>,
) {
    each(sides, version, &VERSION_REWRITTEN, findings, |difference| {
        let renamed = matches!(difference.change, Change::Renamed(..));
        difference.change.changes_bytes().then_some(if renamed {
            "the fingerprint of stored Avro is another"
        } else {
            "stored Avro cannot be read"
        })
    });
}

/// EV0431
pub(super) fn bytes_keep_their_meaning(
    sides: &Sides<'_>,
    version: &VersionPair<'_, '_, '_>,
    findings: &mut Findings<'_>,
) {
    each(sides, version, &MEANING_CHANGED, findings, |difference| {
        matches!(difference.change, Change::Relogical(..))
            .then_some("stored bytes are read as something else")
    });
}

/// EV0432
pub(super) fn defaults_stay(
    sides: &Sides<'_>,
    version: &VersionPair<'_, '_, '_>,
    findings: &mut Findings<'_>,
) {
    each(sides, version, &DEFAULT_CHANGED, findings, |difference| {
        let changes = difference.change.changes_defaults();
        changes.then_some("older events are read as something else")
    });
}

/// Reports a rule for each difference that breaks it; `consequence` says what follows, for those that do.
pub(super) fn each(
    sides: &Sides<'_>,
    version: &VersionPair<'_, '_, '_>,
    rule: &'static Code,
    findings: &mut Findings<'_>,
    consequence: impl Fn(&Difference<'_>) -> Option<&'static str>,
) {
    let name = &version.event.name;
    for difference in &version.differences {
        let Some(consequence) = consequence(difference) else {
            continue;
        };
        let (subject, what) = match difference.shared {
            None => (
                name.clone(),
                format!("version {} of `{name}`", version.number),
            ),
            Some(_) if !findings.is_new(rule, difference.before, difference.now) => continue,
            Some(shared) => (shared.to_string(), format!("shared type `{shared}`")),
        };
        let message = format!(
            "{what} was changed: {}{}; {consequence}",
            difference.change.describe(&sides.types),
            at(difference.place()),
        );
        if let Some(diagnostic) = findings.report(rule, &subject, message) {
            diagnostic
                .primary(difference.now, "now")
                .context(difference.before, "before");
            if difference.shared.is_some() {
                diagnostic.help("put the type back as it was; its next version takes a new namespace, and new versions of the events that use it");
            }
        }
    }
}

/// EV0433
pub(super) fn older_builds_read_the_latest(
    sides: &Sides<'_>,
    pair: &Pair<'_>,
    findings: &mut Findings<'_>,
) {
    let Some(latest) = pair.now.latest() else {
        return;
    };
    let older = pair.before.versions.iter();
    // What was changed in a version itself is another rule's.
    let count = older
        .take_while(|version| version.version < latest.version)
        .count();
    for reader in forward_readers(pair.now, &pair.before.versions[..count]) {
        let mut resolver = Resolver::new(&sides.types, &sides.now.settings.envelope_fields);
        resolver.event(latest.record, sides.record_before(reader));
        for problem in resolver.problems {
            let message = format!(
                "a build that knows `{}` up to version {} cannot read what version {} writes: {}{}",
                pair.name,
                reader.version,
                latest.version,
                problem.message,
                at(&problem.path)
            );
            if let Some(diagnostic) = findings.report(&NOT_FORWARD, &pair.name, message) {
                diagnostic
                    .primary(problem.writer, format!("in version {}", latest.version))
                    .context(problem.reader, format!("in version {}", reader.version))
                    .help(forward_help(pair.now, &pair.name));
            }
        }
    }
}

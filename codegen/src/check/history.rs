//! Rules about what is released: it stays as it was. What is not in `evgen.lock` is a draft, and free.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{NOT_RELEASED, RELEASED_EDITED, RELEASED_GONE};
use crate::lock::{Entry, Fact, Key, Lock, Pin, pin_type, pin_version};
use crate::model::Model;
use crate::model::aggregate::Aggregate;
use crate::model::event::{Event, EventVersion};
use crate::model::naming::file_name_case;
use crate::model::types::{Home, NamedId};
use crate::source::Span;

/// How the fact begins that is the manifest's.
const EVENT_TYPE: &str = "event_type ";
/// Most differences that are shown of one version.
const SHOWN: usize = 6;

pub(super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    let Some(lock) = model.lock.as_ref().filter(|lock| !lock.is_broken) else {
        return;
    };
    let types_are_read = !about_shared_files(model, diagnostics);
    // Types come last in the lock: an edit of one is told once, not for each event.
    for (key, entry) in &lock.entries {
        match key {
            Key::Version {
                aggregate,
                event,
                version,
            } => {
                released_version_is_as_it_was(
                    model,
                    (aggregate, event, *version),
                    entry,
                    diagnostics,
                );
            }
            Key::Type(name) => {
                if types_are_read || shared_type(model, name).is_some() {
                    released_type_is_as_it_was(model, name, entry, diagnostics);
                }
            }
        }
    }
}

/// Whether a file of shared types has a mistake: types that are missing then are not gone.
fn about_shared_files(model: &Model, diagnostics: &Diagnostics) -> bool {
    let labels = diagnostics.iter().flat_map(|diagnostic| &diagnostic.labels);
    let mut files = labels.map(|label| &model.sources.file(label.span.source).relative);
    files.any(|relative| relative.starts_with("types/"))
}

/// The pin of a version.
#[must_use]
pub fn pin(model: &Model, aggregate: &Aggregate, event: &Event, version: &EventVersion) -> Pin {
    let key = Key::version(&aggregate.name.value, &event.name.value, version.version);
    let event_type = (event.event_type.value.as_str(), event.event_type.span);
    let skip = &model.settings.envelope_fields;
    pin_version(&model.types, skip, key, event_type, version.record)
}

/// Every version of every event, in the manifest's order.
pub fn versions(model: &Model) -> impl Iterator<Item = (&Aggregate, &Event, &EventVersion)> {
    model.aggregates.iter().flat_map(|aggregate| {
        let events = aggregate.events.iter();
        events.flat_map(move |event| {
            event
                .versions
                .iter()
                .map(move |version| (aggregate, event, version))
        })
    })
}

/// The versions that are not released, in the manifest's order.
pub fn drafts(model: &Model) -> impl Iterator<Item = (&Aggregate, &Event, &EventVersion)> {
    versions(model).filter(|(aggregate, event, version)| {
        !is_released(
            model.lock.as_ref(),
            &aggregate.name.value,
            &event.name.value,
            version.version,
        )
    })
}

/// Whether a version is in the lock.
#[must_use]
pub fn is_released(lock: Option<&Lock>, aggregate: &str, event: &str, version: i32) -> bool {
    lock.is_some_and(|lock| lock.pins(&Key::version(aggregate, event, version)))
}

/// The deploy gate: an error for every draft.
pub fn every_version_is_released(model: &Model, diagnostics: &mut Diagnostics) {
    for (aggregate, event, version) in drafts(model) {
        diagnostics
            .error(
                &NOT_RELEASED,
                format!(
                    "version {} of `{}.{}` is a draft",
                    version.version, aggregate.name.value, event.name.value
                ),
            )
            .primary(
                model.types.get(version.record).name_span,
                "not in evgen.lock",
            );
    }
}

fn released_version_is_as_it_was(
    model: &Model,
    (aggregate_name, event_name, number): (&str, &str, i32),
    entry: &Entry,
    diagnostics: &mut Diagnostics,
) {
    let full_name = format!("{aggregate_name}.{event_name}");
    let aggregate = model
        .aggregates
        .iter()
        .enumerate()
        .find(|(_, aggregate)| aggregate.name.value == aggregate_name);
    let event = aggregate.and_then(|(index, aggregate)| {
        let event = aggregate
            .events
            .iter()
            .position(|event| event.name.value == event_name)?;
        Some((index, aggregate, event, &aggregate.events[event]))
    });
    let Some((aggregate_index, aggregate, event_index, event)) = event else {
        // What an aggregate without its parent lacks is the parent's mistake.
        if aggregate.is_some_and(|(index, _)| model.incomplete.aggregates.contains(&index)) {
            return;
        }
        gone(
            entry,
            diagnostics,
            format!("`{full_name}` is released, and no longer in the manifest"),
            format!(
                "list it again: stored events have that type. `was: [{event_name}]` says which event it is now, \
                 `dropped: true` that nothing reads it any more, `rust_name` gives it another name in code alone. \
                 If no journal has one, take the lines of `{full_name}` out of evgen.lock"
            ),
        );
        return;
    };
    let version = event
        .versions
        .iter()
        .find(|version| version.version == number);
    let Some(version) = version else {
        let stem = format!(
            "v{number}_{}_{}",
            file_name_case(aggregate_name),
            file_name_case(event_name)
        );
        // A file that is there and cannot be read has been reported.
        let is_there = model.sources.files().any(|(_, file)| {
            let name = file
                .relative
                .rsplit_once('/')
                .map_or(&*file.relative, |(_, name)| name);
            name.rsplit_once('.').map_or(name, |(name, _)| name) == stem
        });
        if !(is_there
            && model
                .incomplete
                .events
                .contains(&(aggregate_index, event_index)))
        {
            gone(
                entry,
                diagnostics,
                format!(
                    "version {number} of `{full_name}` is released, and its schema is not there"
                ),
                format!(
                    "bring `{stem}.json` back (`git log -- '*{stem}.json'` says which commit removed it)"
                ),
            );
        }
        return;
    };
    let pin = pin(model, aggregate, event, version);
    if !is_as_it_was(&pin, entry) {
        let path = &model.sources.file(version.source).path;
        let message = format!("version {number} of `{full_name}` is released, and was edited");
        let help = format!(
            "take the edit back (`git checkout -- {path}`), or make it the next version: \
             `evgen bump {full_name}`"
        );
        edited(&pin, entry, message, help, diagnostics);
    }
}

fn released_type_is_as_it_was(
    model: &Model,
    name: &str,
    entry: &Entry,
    diagnostics: &mut Diagnostics,
) {
    let Some(id) = shared_type(model, name) else {
        gone(
            entry,
            diagnostics,
            format!("shared type `{name}` is released, and is not there"),
            "bring its file below `types/` back".to_owned(),
        );
        return;
    };
    let pin = pin_type(&model.types, id);
    if !is_as_it_was(&pin, entry) {
        let path = &model.sources.file(model.types.get(id).source).path;
        let message = format!("shared type `{name}` is released, and was edited");
        let help = format!(
            "take the edit back (`git checkout -- {path}`), or define the new form under another namespace \
             and use that in the next versions of events"
        );
        edited(&pin, entry, message, help, diagnostics);
    }
}

fn shared_type(model: &Model, name: &str) -> Option<NamedId> {
    let mut named = model.types.iter();
    let found =
        named.find(|(_, named)| named.home == Home::Shared && named.name.to_string() == name);
    found.map(|(id, _)| id)
}

/// Whether a released version is not what it was; a draft never is.
#[must_use]
pub fn was_edited(
    model: &Model,
    aggregate: &Aggregate,
    event: &Event,
    version: &EventVersion,
) -> bool {
    let pin = pin(model, aggregate, event, version);
    let entry = model
        .lock
        .as_ref()
        .and_then(|lock| lock.entries.get(&pin.key));
    entry.is_some_and(|entry| !is_as_it_was(&pin, entry))
}

/// The facts themselves are compared: a build script runs without optimisation, and `load` has hashed the lock's already.
fn is_as_it_was(pin: &Pin, entry: &Entry) -> bool {
    let in_order = || {
        let released = entry.facts.iter().map(|(fact, _)| fact.as_str());
        pin.texts().eq(released)
    };
    let in_any_order = || {
        let released: BTreeSet<&str> = entry.facts.iter().map(|(fact, _)| fact.as_str()).collect();
        pin.texts().all(|fact| released.contains(fact))
    };
    pin.facts.len() == entry.facts.len() && (in_order() || in_any_order())
}

fn gone(entry: &Entry, diagnostics: &mut Diagnostics, message: String, help: String) {
    let diagnostic = diagnostics.error(&RELEASED_GONE, message).help(help);
    if let Some((_, at)) = entry.hashes.first() {
        diagnostic.primary(*at, "released here");
    }
}

/// Shows the lines that differ: the schema's, and the lock's.
fn edited(
    pin: &Pin,
    entry: &Entry,
    message: String,
    mut help: String,
    diagnostics: &mut Diagnostics,
) {
    let mut differences = differences(&pin.facts, &entry.facts);
    let more = differences.len().saturating_sub(SHOWN);
    differences.truncate(SHOWN);
    let diagnostic = diagnostics.error(&RELEASED_EDITED, message);
    for difference in differences {
        match difference {
            Difference::Changed(now, (was, at)) => {
                diagnostic
                    .primary(now.span, format!("now `{}`", short(&now.text)))
                    .context(at, "released as this");
                // Of an edit of the manifest, a next version is no way out.
                if let Some(name) = was.strip_prefix(EVENT_TYPE) {
                    help = format!(
                        "stored events have that type: keep `event_type: {name}` in the manifest"
                    );
                }
            }
            Difference::Added(now) => {
                diagnostic.primary(now.span, "not in what was released");
            }
            Difference::Removed((_, at)) => {
                diagnostic.context(at, "released, and gone from the schema");
            }
        }
    }
    // Where lines only went, the record's name is the place in the schema to look at.
    if !diagnostic.labels.iter().any(|label| label.primary)
        && let Some(record) = pin
            .facts
            .iter()
            .find(|fact| !fact.text.starts_with(EVENT_TYPE))
    {
        diagnostic.primary(record.span, "this is no longer what was released");
    }
    let help = match more {
        0 => help,
        more => format!("{help}. {more} more lines differ"),
    };
    diagnostic.help(help);
}

enum Difference<'a> {
    Changed(&'a Fact, (&'a str, Span)),
    Added(&'a Fact),
    Removed((&'a str, Span)),
}

/// Facts that are not the same, those of the schema first.
fn differences<'a>(now: &'a [Fact], released: &'a [(String, Span)]) -> Vec<Difference<'a>> {
    let mut was: BTreeMap<Subject<'a>, (&str, Span)> = released
        .iter()
        .map(|(text, at)| (subject(text), (text.as_str(), *at)))
        .collect();
    let mut changed = Vec::new();
    let mut moved = Vec::new();
    for fact in now {
        match was.remove(&subject(&fact.text)) {
            None => changed.push(Difference::Added(fact)),
            Some((text, _)) if text == fact.text => {}
            Some((text, at)) if said(text) == said(&fact.text) => {
                moved.push(Difference::Changed(fact, (text, at)));
            }
            Some(was) => changed.push(Difference::Changed(fact, was)),
        }
    }
    changed.extend(was.into_values().map(Difference::Removed));
    // Fields that only made place for another say nothing by themselves.
    if changed.is_empty() { moved } else { changed }
}

/// What a fact is about: a field by its record and name, a type by its name.
type Subject<'a> = (&'a str, &'a str);

fn subject(fact: &str) -> Subject<'_> {
    let (head, rest) = fact.split_once(' ').unwrap_or((fact, ""));
    let name = rest.split_once(' ').map_or(rest, |(name, _)| name);
    match head {
        "event_type" => (head, ""),
        "record" | "enum" | "fixed" => ("", name),
        _ => (
            head.rsplit_once('.').map_or(head, |(record, _)| record),
            name,
        ),
    }
}

/// A fact without a field's place.
fn said(fact: &str) -> &str {
    fact.split_once(' ').map_or(fact, |(_, rest)| rest)
}

/// What is short enough for a label.
fn short(fact: &str) -> String {
    const LONGEST: usize = 120;
    if fact.chars().count() <= LONGEST {
        return fact.to_owned();
    }
    let start: String = fact.chars().take(LONGEST).collect();
    format!("{start}…")
}

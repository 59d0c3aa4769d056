//! `was` and `dropped`: events that are no longer written, but stand in journals.

use super::decode::{Fields, boolean, integer, list_of, named, string, wrong_type};
use super::rust_path::rust_name;
use super::{EventEntry, FateEntry, SplitEntry, aggregates, split};
use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{CONTRADICTION, LISTED_TWICE};
use crate::load::yaml::{Node, NodeKind};
use crate::source::Spanned;

/// Keys of an event's former name: what says how rows of it are stored, and how they are read.
pub(super) const FORMER_KEYS: &[&str] = &[
    "event_type",
    "upcast",
    "split",
    "allow_gaps",
    "legacy_version",
    "django",
];

/// Keys that mean nothing for an event that is dropped.
const MEANINGLESS: &[&str] = &[
    "creates",
    "discards",
    "stored_only",
    "sets",
    "upcast",
    "split",
    "compatibility",
    "forward",
    "rust_name",
    "was",
];

/// Keys that mean nothing for an event that only its parts are of.
const MEANINGLESS_IF_SPLIT: &[&str] = &[
    "creates",
    "discards",
    "stored_only",
    "sets",
    "compatibility",
    "forward",
    "was",
];

/// `was: [ChangedLabel]`, or `was: { ChangedLabel: { event_type: todo_relabelled } }`: what `event` was.
pub(super) fn was(
    event: &EventEntry,
    node: &Node,
    diagnostics: &mut Diagnostics,
) -> Vec<EventEntry> {
    let mut former = Vec::new();
    match &node.kind {
        NodeKind::Sequence(_) => {
            for name in list_of(Some(node), diagnostics, string) {
                former.extend(entry(event, name, None, diagnostics));
            }
        }
        NodeKind::Mapping(_) => {
            for (name, node) in named(node, diagnostics) {
                former.extend(entry(event, name.clone(), Some(node), diagnostics));
            }
        }
        NodeKind::Scalar { .. } => {
            wrong_type(node, "a list of names, or a mapping of them", diagnostics)
        }
    }
    former
}

fn entry(
    event: &EventEntry,
    name: Spanned<String>,
    node: Option<&Node>,
    diagnostics: &mut Diagnostics,
) -> Option<EventEntry> {
    let name = rust_name(name, "event", diagnostics)?;
    let fields = match node {
        Some(node) => Fields::of(node, "a former event", FORMER_KEYS, diagnostics)?,
        None => Fields::none(),
    };
    Some(EventEntry {
        effect: event.effect,
        effect_span: None,
        typed: event.typed,
        sets: None,
        event_type: fields
            .get("event_type")
            .and_then(|node| string(node, diagnostics)),
        upcast: aggregates::upcast(fields.get("upcast"), diagnostics),
        split: split::split(fields.get("split"), diagnostics),
        allow_gaps: fields
            .get("allow_gaps")
            .and_then(|node| boolean(node, diagnostics)),
        legacy_version: fields
            .get("legacy_version")
            .and_then(|node| integer(node, 1, diagnostics)),
        compatibility: None,
        forward: None,
        rust_name: None,
        django: fields
            .get("django")
            .and_then(|node| aggregates::django(node, diagnostics)),
        fate: FateEntry::Renamed(event.name.clone()),
        name,
    })
}

/// Whether an event is dropped; reports keys that say otherwise.
pub(super) fn dropped(full_name: &str, fields: &Fields<'_>, diagnostics: &mut Diagnostics) -> bool {
    let Some((span, node)) = fields.entry("dropped") else {
        return false;
    };
    if boolean(node, diagnostics) != Some(true) {
        return false;
    }
    for key in MEANINGLESS {
        if let Some((other, _)) = fields.entry(key) {
            diagnostics
                .error(
                    &CONTRADICTION,
                    format!("`{full_name}` is dropped, so `{key}` means nothing"),
                )
                .primary(other, "nothing reads or writes it")
                .context(span, "dropped here")
                .help(format!("remove `{key}`, or `dropped`"));
        }
    }
    true
}

/// Whether an event is split from its last version on; reports keys that say otherwise.
pub(super) fn is_split(
    full_name: &str,
    fields: &Fields<'_>,
    split: &[SplitEntry],
    diagnostics: &mut Diagnostics,
) -> bool {
    let Some(last) = split.iter().find(|split| split.step.value.is_none()) else {
        return false;
    };
    for key in MEANINGLESS_IF_SPLIT {
        if let Some((other, _)) = fields.entry(key) {
            diagnostics
                .error(
                    &CONTRADICTION,
                    format!("`{full_name}` is split, so `{key}` means nothing"),
                )
                .primary(other, "no code knows it but the step that splits it")
                .context(last.step.span, "its last version is split here")
                .help(format!(
                    "remove `{key}`; where the event is still written, name the version that is split: `split: {{ 1: […] }}`"
                ));
        }
    }
    true
}

/// Former names are names of their own: of no event that is listed, and of one event each.
pub(super) fn names_are_unique(
    events: &[EventEntry],
    former: &[EventEntry],
    diagnostics: &mut Diagnostics,
) {
    for (index, entry) in former.iter().enumerate() {
        let name = &entry.name;
        let FateEntry::Renamed(now) = &entry.fate else {
            continue;
        };
        let same = |other: &&EventEntry| other.name.value == name.value;
        if let Some(listed) = events.iter().find(same) {
            diagnostics
                .error(
                    &LISTED_TWICE,
                    format!(
                        "`{}` is listed, and is what `{}` was",
                        name.value, now.value
                    ),
                )
                .primary(name.span, "a former name")
                .context(listed.name.span, "an event of its own")
                .help("remove its own entry: under `was`, its keys can stand behind its name");
        } else if let Some(first) = former[..index].iter().find(same) {
            diagnostics
                .error(
                    &LISTED_TWICE,
                    format!("`{}` is the former name of two events", name.value),
                )
                .primary(name.span, "listed again here")
                .context(first.name.span, "first listed here");
        }
    }
}

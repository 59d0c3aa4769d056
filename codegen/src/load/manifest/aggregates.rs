//! `aggregates:` of the manifest, and the events of each.

use super::decode::{Fields, boolean, choice, integer, list_of, named, string, wrong_type};
use super::rust_path::{rust_name, rust_path};
use super::settings::COMPATIBILITY;
use super::{
    AggregateEntry, DjangoEntry, EventEntry, FateEntry, SetEntry, SetValue, SnapshotEntry,
    directory, former, split,
};
use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{BAD_VALUE, CONTRADICTION, MISSING_KEY};
use crate::load::yaml::{Node, NodeKind};
use crate::model::event::{Effect, Forward};
use crate::source::{Span, Spanned};

pub(super) const AGGREGATE_KEYS: &[&str] = &[
    "abstract",
    "extends",
    "omits",
    "type",
    "module",
    "directory",
    "state",
    "snapshot",
    "on_discard",
    "django",
    "legacy_version",
    "allow_gaps",
    "events",
];

pub(super) const EVENT_KEYS: &[&str] = &[
    "creates",
    "discards",
    "stored_only",
    "was",
    "dropped",
    "typed",
    "sets",
    "event_type",
    "upcast",
    "split",
    "allow_gaps",
    "legacy_version",
    "compatibility",
    "forward",
    "rust_name",
    "django",
];

/// Words of `forward`.
const FORWARD: &[(&str, Forward)] = &[("refuse", Forward::Refuse), ("read", Forward::Read)];

pub(super) fn read(node: &Node, diagnostics: &mut Diagnostics) -> Vec<AggregateEntry> {
    let mut aggregates = Vec::new();
    for (name, node) in named(node, diagnostics) {
        aggregates.extend(aggregate(name, node, diagnostics));
    }
    aggregates
}

fn aggregate(
    name: &Spanned<String>,
    node: &Node,
    diagnostics: &mut Diagnostics,
) -> Option<AggregateEntry> {
    let name = rust_name(name.clone(), "aggregate", diagnostics)?;
    let fields = Fields::of(node, "an aggregate", AGGREGATE_KEYS, diagnostics)?;
    let text = |key: &str, diagnostics: &mut Diagnostics| {
        fields.get(key).and_then(|node| string(node, diagnostics))
    };
    let flag = |key: &str, diagnostics: &mut Diagnostics| {
        fields.get(key).and_then(|node| boolean(node, diagnostics))
    };
    let (events, has_no_events) = events(&name, fields.get("events"), diagnostics);
    let discards = [("keep", false), ("remove", true)];
    let extends = text("extends", diagnostics);
    let omits = list_of(fields.get("omits"), diagnostics, string);
    if let (None, Some(omitted)) = (&extends, omits.first()) {
        diagnostics
            .error(
                &CONTRADICTION,
                format!("`{}` omits events but extends nothing", name.value),
            )
            .primary(omitted.span, "not inherited");
    }
    Some(AggregateEntry {
        is_abstract: flag("abstract", diagnostics).unwrap_or(false),
        extends,
        omits,
        rust_type: text("type", diagnostics).and_then(|path| rust_path(path, diagnostics)),
        module: text("module", diagnostics).and_then(|name| rust_name(name, "module", diagnostics)),
        directory: fields
            .get("directory")
            .and_then(|node| schema_directory(node, diagnostics)),
        state: fields
            .get("state")
            .and_then(|node| state(node, diagnostics)),
        snapshot: fields
            .get("snapshot")
            .and_then(|node| snapshot(node, diagnostics)),
        removed_on_discard: fields
            .get("on_discard")
            .and_then(|node| choice(node, &discards, diagnostics))
            .unwrap_or(false),
        django: fields
            .get("django")
            .and_then(|node| django(node, diagnostics)),
        legacy_version: fields
            .get("legacy_version")
            .and_then(|node| integer(node, 1, diagnostics)),
        allow_gaps: flag("allow_gaps", diagnostics),
        events,
        has_no_events,
        name,
    })
}

fn schema_directory(node: &Node, diagnostics: &mut Diagnostics) -> Option<Spanned<String>> {
    let directory = directory(node, diagnostics)?;
    if directory.value == "types" || directory.value.starts_with("types/") {
        diagnostics
            .error(&BAD_VALUE, "`types` is the directory of shared types")
            .primary(directory.span, "not an aggregate's");
        return None;
    }
    Some(directory)
}

fn state(node: &Node, diagnostics: &mut Diagnostics) -> Option<Spanned<crate::model::types::Json>> {
    if matches!(node.kind, NodeKind::Sequence(_)) {
        return Some(node.to_json());
    }
    wrong_type(node, "a list of fields", diagnostics);
    None
}

fn snapshot(node: &Node, diagnostics: &mut Diagnostics) -> Option<SnapshotEntry> {
    let fields = Fields::of(node, "a snapshot", &["every", "version"], diagnostics)?;
    let Some(every) = fields.get("every") else {
        diagnostics
            .error(&MISSING_KEY, "the snapshot has no `every`")
            .primary(node.span, "after how many events?")
            .help("add `every: 100`");
        return None;
    };
    let every = integer(every, 1, diagnostics)?;
    let version = match fields.get("version") {
        Some(node) => integer(node, 0, diagnostics)?,
        None => 1,
    };
    Some(SnapshotEntry {
        every: every.unsigned_abs(),
        version: version.unsigned_abs(),
    })
}

pub(super) fn django(node: &Node, diagnostics: &mut Diagnostics) -> Option<DjangoEntry> {
    let fields = Fields::of(node, "`django`", &["module", "class"], diagnostics)?;
    let mut dotted = |key: &str| {
        let name = string(fields.get(key)?, diagnostics)?;
        let is_dotted = name.value.split('.').all(|part| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_alphanumeric() || c == '_' || c == '<' || c == '>')
        });
        if !is_dotted {
            diagnostics
                .error(
                    &BAD_VALUE,
                    format!("`{}` is not a dotted Python name", name.value),
                )
                .primary(name.span, "expected a name such as `todos.aggregates`");
        }
        Some(name.value)
    };
    Some(DjangoEntry {
        module: dotted("module"),
        class: dotted("class"),
    })
}

/// The events, and whether they are `none`.
fn events(
    aggregate: &Spanned<String>,
    node: Option<&Node>,
    diagnostics: &mut Diagnostics,
) -> (Vec<EventEntry>, bool) {
    let Some(node) = node else {
        return (Vec::new(), false);
    };
    if matches!(&node.kind, NodeKind::Scalar { text, .. } if text == "none") {
        return (Vec::new(), true);
    }
    let (mut events, mut former) = (Vec::new(), Vec::new());
    for (name, node) in named(node, diagnostics) {
        let Some(name) = rust_name(name.clone(), "event", diagnostics) else {
            continue;
        };
        let full = format!("{}.{}", aggregate.value, name.value);
        let Some((event, was)) = event(name, &full, node, diagnostics) else {
            continue;
        };
        former.extend(was);
        events.push(event);
    }
    former::names_are_unique(&events, &former, diagnostics);
    events.append(&mut former);
    (events, false)
}

/// An event, and what it was.
fn event(
    name: Spanned<String>,
    full_name: &str,
    node: &Node,
    diagnostics: &mut Diagnostics,
) -> Option<(EventEntry, Vec<EventEntry>)> {
    let fields = Fields::of(node, "an event", EVENT_KEYS, diagnostics)?;
    let (effect, effect_span) = effect(full_name, &fields, diagnostics);
    let sets = fields.get("sets").and_then(|node| sets(node, diagnostics));
    if let (Effect::StoredOnly, Some((span, _))) = (effect, fields.entry("sets")) {
        diagnostics
            .error(
                &CONTRADICTION,
                format!("`{full_name}` is stored only, but sets fields"),
            )
            .primary(span, "changes state")
            .context(effect_span.unwrap_or(span), "has no mutator");
    }
    let text = |key: &str, diagnostics: &mut Diagnostics| {
        fields.get(key).and_then(|node| string(node, diagnostics))
    };
    let flag = |key: &str, diagnostics: &mut Diagnostics| {
        fields.get(key).and_then(|node| boolean(node, diagnostics))
    };
    let dropped = former::dropped(full_name, &fields, diagnostics);
    let split = split::split(fields.get("split"), diagnostics);
    let is_split = !dropped && former::is_split(full_name, &fields, &split, diagnostics);
    let event = EventEntry {
        effect,
        effect_span,
        typed: flag("typed", diagnostics).unwrap_or(true),
        sets,
        event_type: text("event_type", diagnostics),
        upcast: upcast(fields.get("upcast"), diagnostics),
        split,
        allow_gaps: flag("allow_gaps", diagnostics),
        legacy_version: fields
            .get("legacy_version")
            .and_then(|node| integer(node, 1, diagnostics)),
        compatibility: fields
            .get("compatibility")
            .and_then(|node| choice(node, COMPATIBILITY, diagnostics)),
        forward: fields
            .get("forward")
            .and_then(|node| choice(node, FORWARD, diagnostics)),
        rust_name: text("rust_name", diagnostics)
            .and_then(|name| rust_name(name, "event", diagnostics)),
        django: fields
            .get("django")
            .and_then(|node| django(node, diagnostics)),
        fate: if dropped {
            FateEntry::Dropped
        } else if is_split {
            FateEntry::Split
        } else {
            FateEntry::Written
        },
        name,
    };
    let was = fields
        .get("was")
        .map(|node| former::was(&event, node, diagnostics));
    Some((event, was.unwrap_or_default()))
}

fn effect(
    full_name: &str,
    fields: &Fields<'_>,
    diagnostics: &mut Diagnostics,
) -> (Effect, Option<Span>) {
    let words = [
        ("creates", Effect::Creates),
        ("discards", Effect::Discards),
        ("stored_only", Effect::StoredOnly),
    ];
    let mut found: Option<(&str, Effect, Span)> = None;
    for (key, effect) in words {
        let Some((span, node)) = fields.entry(key) else {
            continue;
        };
        if boolean(node, diagnostics) != Some(true) {
            continue;
        }
        if let Some((first_key, _, first)) = found {
            diagnostics
                .error(
                    &CONTRADICTION,
                    format!("`{full_name}` has both `{first_key}` and `{key}`"),
                )
                .primary(span, "contradicts the other")
                .context(first, "declared here");
        } else {
            found = Some((key, effect, span));
        }
    }
    found.map_or((Effect::Changes, None), |(_, effect, span)| {
        (effect, Some(span))
    })
}

pub(super) fn upcast(node: Option<&Node>, diagnostics: &mut Diagnostics) -> Vec<Spanned<i32>> {
    let mut steps: Vec<Spanned<i32>> = list_of(node, diagnostics, |node, diagnostics| {
        Some(Spanned::new(integer(node, 1, diagnostics)?, node.span))
    });
    steps.sort_by_key(|step| step.value);
    steps.dedup_by_key(|step| step.value);
    steps
}

/// `sets: [label]` or `sets: { done: true, title: { from: label } }`
fn sets(node: &Node, diagnostics: &mut Diagnostics) -> Option<Spanned<Vec<SetEntry>>> {
    let mut entries = Vec::new();
    match &node.kind {
        NodeKind::Sequence(_) => {
            for field in list_of(Some(node), diagnostics, string) {
                entries.push(SetEntry {
                    value: SetValue::From(field.clone()),
                    field,
                });
            }
        }
        NodeKind::Mapping(fields) => {
            for (field, value) in fields {
                let value = set_value(value, diagnostics)?;
                entries.push(SetEntry {
                    field: field.clone(),
                    value,
                });
            }
        }
        NodeKind::Scalar { .. } => {
            wrong_type(
                node,
                "a list of fields, or a mapping from field to value",
                diagnostics,
            );
            return None;
        }
    }
    Some(Spanned::new(entries, node.span))
}

fn set_value(node: &Node, diagnostics: &mut Diagnostics) -> Option<SetValue> {
    match &node.kind {
        NodeKind::Mapping(entries) if entries.len() == 1 && entries[0].0.value == "from" => {
            string(&entries[0].1, diagnostics).map(SetValue::From)
        }
        _ => Some(SetValue::Literal(node.to_json())),
    }
}

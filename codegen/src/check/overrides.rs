//! Rules about `names` and `type_mappings`: each meets a type, and no two things get one name.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{NAME_COLLISION, UNKNOWN_AVRO_NAME};
use crate::diagnostic::suggest::nearest;
use crate::model::types::{Logical, NamedKind, NamedType};
use crate::model::{Model, Settings};

pub(super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    let settings = &model.settings;
    if settings.names.is_empty() && settings.type_mappings.is_empty() {
        return;
    }
    let known = Known::new(model);
    mappings_meet_a_type(model, &known, diagnostics);
    names_meet_a_type(model, &known, diagnostics);
    names_are_unique(model, &known, diagnostics);
}

/// What `names` and `type_mappings` say of a type: each entry that means it, or a field or symbol of it.
pub(crate) fn meant<'s>(settings: &'s Settings, named: &NamedType) -> Vec<(Meant, &'s str)> {
    let name = named.name.to_string();
    let members = || {
        let fields = named.fields().iter().map(|field| &field.name.value);
        let symbols = match &named.kind {
            NamedKind::Enum { symbols, .. } => symbols.as_slice(),
            _ => &[],
        };
        fields.chain(symbols.iter().map(|symbol| &symbol.value))
    };
    let of_key = |key: &'s str| {
        let rest = key.strip_prefix(name.as_str())?;
        let is_member = |member| members().any(|known| known == member);
        match rest.strip_prefix('.') {
            Some(member) => is_member(member).then_some((Meant::Member, key)),
            None => rest.is_empty().then_some((Meant::Type, key)),
        }
    };
    let names = settings.names.iter().map(|(name, _)| name);
    let mappings = settings.type_mappings.iter().map(|(name, _)| name);
    names
        .chain(mappings)
        .filter_map(|key| of_key(&key.value))
        .collect()
}

/// What an entry of `names` or `type_mappings` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Meant {
    /// A type.
    Type,
    /// A field or a symbol.
    Member,
}

/// Full names of types, and of their fields and symbols.
struct Known {
    types: HashSet<String>,
    /// By their type.
    members: HashMap<String, String>,
}

impl Known {
    fn new(model: &Model) -> Self {
        let mut known = Self {
            types: HashSet::new(),
            members: HashMap::new(),
        };
        for (_, named) in model.types.iter() {
            let name = named.name.to_string();
            let mut member = |member: &str| {
                known
                    .members
                    .insert(format!("{name}.{member}"), name.clone());
            };
            match &named.kind {
                NamedKind::Record { fields } => {
                    fields.iter().for_each(|field| member(&field.name.value));
                }
                NamedKind::Enum { symbols, .. } => {
                    symbols.iter().for_each(|symbol| member(&symbol.value));
                }
                NamedKind::Fixed { .. } => {}
            }
            known.types.insert(name);
        }
        known
    }
}

fn mappings_meet_a_type(model: &Model, known: &Known, diagnostics: &mut Diagnostics) {
    for (name, _) in &model.settings.type_mappings {
        if known.types.contains(&name.value) || Logical::NAMES.contains(&name.value.as_str()) {
            continue;
        }
        let candidates = known.types.iter().map(String::as_str);
        let mut candidates: Vec<_> = candidates.chain(Logical::NAMES).collect();
        candidates.sort_unstable();
        diagnostics
            .error(
                &UNKNOWN_AVRO_NAME,
                format!("no schema has a type `{}`", name.value),
            )
            .primary(name.span, "neither a full name nor a logical type")
            .suggest(nearest(&name.value, candidates));
    }
}

fn names_meet_a_type(model: &Model, known: &Known, diagnostics: &mut Diagnostics) {
    let events = model
        .aggregates
        .iter()
        .flat_map(|aggregate| &aggregate.events);
    let event_of: HashMap<_, _> = events
        .flat_map(|event| event.versions.iter().map(move |version| (version, event)))
        .map(|(version, event)| (model.types.get(version.record).name.to_string(), event))
        .collect();
    for (name, _) in &model.settings.names {
        if let Some(event) = event_of.get(&name.value) {
            let event = &event.name.value;
            diagnostics
                .error(
                    &UNKNOWN_AVRO_NAME,
                    format!(
                        "`{}` is the event `{event}`: its own key names its struct",
                        name.value
                    ),
                )
                .primary(name.span, "an event, not a type")
                .help(format!(
                    "write `{event}: {{ rust_name: … }}` below its aggregate"
                ));
            continue;
        }
        if known.types.contains(&name.value) || known.members.contains_key(&name.value) {
            continue;
        }
        let candidates = known.types.iter().chain(known.members.keys());
        let mut candidates: Vec<_> = candidates.map(String::as_str).collect();
        candidates.sort_unstable();
        diagnostics
            .error(
                &UNKNOWN_AVRO_NAME,
                format!("no schema has a type, field or symbol `{}`", name.value),
            )
            .primary(name.span, "not the full name of one")
            .suggest(nearest(&name.value, candidates));
    }
}

/// Among the names that the manifest gives; one that evgen would choose gives way to them.
fn names_are_unique(model: &Model, known: &Known, diagnostics: &mut Diagnostics) {
    let mut first = HashMap::new();
    for (name, rust) in &model.settings.names {
        // Members are beside those of their type; types beside those of their namespace.
        let scope = match known.members.get(&name.value) {
            Some(owner) => owner.as_str(),
            None => name
                .value
                .rsplit_once('.')
                .map_or("", |(namespace, _)| namespace),
        };
        if let Some(&other) = first.get(&(scope, rust.value.as_str())) {
            diagnostics
                .error(
                    &NAME_COLLISION,
                    format!("the Rust name `{}` is given twice", rust.value),
                )
                .primary(rust.span, "the same name")
                .context(other, "as this one");
        } else {
            first.insert((scope, rust.value.as_str()), rust.span);
        }
    }
}

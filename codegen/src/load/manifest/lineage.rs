//! Which events an aggregate has: its own, and those of the abstract aggregate that it extends.

use std::collections::{HashMap, HashSet};

use super::{AggregateEntry, EventEntry, FateEntry, Manifest};
use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{BAD_EXTENDS, CONTRADICTION, UNKNOWN_AGGREGATE, UNKNOWN_EVENT};
use crate::diagnostic::suggest::nearest;

/// Who extends whom.
#[derive(Debug)]
pub(crate) struct Lineage {
    /// For each aggregate the one that it extends.
    parents: Vec<Option<usize>>,
    /// Aggregates whose `extends` names nothing that can be extended.
    orphans: Vec<usize>,
}

/// One event of an aggregate, as the manifest has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listed<'a> {
    /// The entry that names the event: the parent's, where it is inherited.
    pub(crate) named_by: &'a EventEntry,
    /// The aggregate's own entry, if it has one.
    pub(crate) own: Option<&'a EventEntry>,
    /// The parent, where the event is inherited.
    pub(crate) parent: Option<usize>,
}

impl Lineage {
    /// Resolves `extends` and `omits`; reports those that name nothing.
    pub(crate) fn new(manifest: &Manifest, diagnostics: &mut Diagnostics) -> Self {
        let aggregates = &manifest.aggregates;
        let by_name: HashMap<&str, usize> = aggregates
            .iter()
            .enumerate()
            .map(|(index, a)| (a.name.value.as_str(), index))
            .collect();
        let mut parents = Vec::new();
        let mut orphans = Vec::new();
        for aggregate in aggregates {
            let parent = parent(aggregate, aggregates, &by_name, diagnostics);
            if let Some(parent) = parent {
                omitted_events_are_inherited(aggregate, &aggregates[parent], diagnostics);
            }
            if let (true, Some(omitted)) = (aggregate.has_no_events, aggregate.omits.first()) {
                diagnostics
                    .error(
                        &CONTRADICTION,
                        format!("`{}` has no events, so it omits none", aggregate.name.value),
                    )
                    .primary(omitted.span, "nothing to omit");
            }
            if parent.is_none() && aggregate.extends.is_some() {
                orphans.push(parents.len());
            }
            parents.push(parent);
        }
        Self { parents, orphans }
    }

    /// Aggregates that lack their parent's events, for a reason that was reported.
    pub(crate) fn orphans(&self) -> impl Iterator<Item = usize> {
        self.orphans.iter().copied()
    }

    /// The aggregate that one extends.
    pub(crate) fn parent(&self, aggregate: usize) -> Option<usize> {
        self.parents[aggregate]
    }

    /// The events of an aggregate: inherited ones in the parent's order, then its own; behind all those that are written
    /// the ones that no longer are.
    pub(crate) fn events<'a>(&self, manifest: &'a Manifest, index: usize) -> Vec<Listed<'a>> {
        let aggregate = &manifest.aggregates[index];
        if aggregate.has_no_events {
            return Vec::new();
        }
        let own: HashMap<&str, &EventEntry> = aggregate
            .events
            .iter()
            .map(|event| (event.name.value.as_str(), event))
            .collect();
        let mut events = Vec::new();
        let mut inherited_names: Vec<&str> = Vec::new();
        if let Some(parent) = self.parents[index] {
            for entry in &manifest.aggregates[parent].events {
                let name = entry.name.value.as_str();
                inherited_names.push(name);
                if !aggregate.omits.iter().any(|omitted| omitted.value == name) {
                    let own = own.get(name).copied();
                    events.push(Listed {
                        named_by: entry,
                        own,
                        parent: Some(parent),
                    });
                }
            }
        }
        for entry in &aggregate.events {
            if !inherited_names.contains(&entry.name.value.as_str()) {
                events.push(Listed {
                    named_by: entry,
                    own: Some(entry),
                    parent: None,
                });
            }
        }
        // A child that goes without an event never had it under its former name either.
        let names: HashSet<&str> = events.iter().map(Listed::name).collect();
        events.retain(|listed| match listed.fate() {
            FateEntry::Renamed(now) => names.contains(now.value.as_str()),
            FateEntry::Written | FateEntry::Dropped | FateEntry::Split => true,
        });
        events.sort_by_key(|listed| !matches!(listed.fate(), FateEntry::Written));
        events
    }
}

impl<'a> Listed<'a> {
    fn name(&self) -> &'a str {
        &self.named_by.name.value
    }

    /// Whether it is still written: its own entry may say that it is not, where the parent's is.
    pub(crate) fn fate(&self) -> &'a FateEntry {
        match self.own.map(|own| &own.fate) {
            None | Some(FateEntry::Written) => &self.named_by.fate,
            Some(fate) => fate,
        }
    }
}

fn parent(
    aggregate: &AggregateEntry,
    aggregates: &[AggregateEntry],
    by_name: &HashMap<&str, usize>,
    diagnostics: &mut Diagnostics,
) -> Option<usize> {
    let extends = aggregate.extends.as_ref()?;
    let name = &extends.value;
    let Some(&parent) = by_name.get(name.as_str()) else {
        let abstract_ones = aggregates
            .iter()
            .filter(|a| a.is_abstract)
            .map(|a| a.name.value.as_str());
        diagnostics
            .error(
                &UNKNOWN_AGGREGATE,
                format!("there is no aggregate `{name}`"),
            )
            .primary(extends.span, "extended here")
            .suggest(nearest(name, abstract_ones));
        return None;
    };
    if aggregate.is_abstract {
        diagnostics
            .error(
                &BAD_EXTENDS,
                format!("abstract `{}` extends `{name}`", aggregate.name.value),
            )
            .primary(extends.span, "an abstract aggregate extends nothing")
            .help("only one level is possible: an abstract aggregate and its children");
        return None;
    }
    if !aggregates[parent].is_abstract {
        diagnostics
            .error(
                &BAD_EXTENDS,
                format!(
                    "`{}` extends `{name}`, which is not abstract",
                    aggregate.name.value
                ),
            )
            .primary(extends.span, "extended here")
            .context(aggregates[parent].name.span, "not abstract")
            .help(format!(
                "add `abstract: true` to `{name}`, if nothing is stored under its own name"
            ));
        return None;
    }
    Some(parent)
}

fn omitted_events_are_inherited(
    aggregate: &AggregateEntry,
    parent: &AggregateEntry,
    diagnostics: &mut Diagnostics,
) {
    for omitted in &aggregate.omits {
        let names = || parent.events.iter().map(|event| event.name.value.as_str());
        if !names().any(|name| name == omitted.value) {
            diagnostics
                .error(
                    &UNKNOWN_EVENT,
                    format!("`{}` has no event `{}`", parent.name.value, omitted.value),
                )
                .primary(omitted.span, "omitted here")
                .context(parent.name.span, "the aggregate that is extended")
                .suggest(nearest(&omitted.value, names()));
        }
        if let Some(own) = aggregate
            .events
            .iter()
            .find(|event| event.name.value == omitted.value)
        {
            diagnostics
                .error(
                    &CONTRADICTION,
                    format!("`{}` is omitted and listed", omitted.value),
                )
                .primary(own.name.span, "listed here")
                .context(omitted.span, "omitted here");
        }
    }
}

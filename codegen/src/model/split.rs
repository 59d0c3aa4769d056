//! Steps that make several events of one: what `split` of the manifest names, found.

use super::aggregate::Aggregate;
use super::event::{Event, Fate, SplitPart, SplitStep};
use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::UNKNOWN_EVENT;
use crate::diagnostic::suggest::nearest;
use crate::load::Sources;
use crate::load::manifest::{FateEntry, PartEntry, SplitEntry};
use crate::source::Spanned;

/// Finds what every `split` of an aggregate names; reports events that are not there. Needs the events' versions.
pub(super) fn declare(
    sources: &Sources,
    index: usize,
    aggregate: &mut Aggregate,
    diagnostics: &mut Diagnostics,
) {
    let listed = sources.lineage.events(&sources.manifest, index);
    for (place, listed) in listed.iter().enumerate() {
        let own = listed.own.filter(|own| !own.split.is_empty());
        let entries = match own {
            Some(own) => &own.split,
            // As what was renamed or dropped, said once for all children.
            None if matches!(listed.fate(), FateEntry::Split) => &listed.named_by.split,
            None => continue,
        };
        let steps: Vec<_> = entries
            .iter()
            .filter_map(|entry| step(sources, aggregate, (index, place), entry, diagnostics))
            .collect();
        let event = &mut aggregate.events[place];
        for step in &steps {
            let known = event
                .upcast
                .iter()
                .any(|known| known.value == step.step.value);
            if !known {
                event.upcast.push(step.step.clone());
            }
        }
        event.upcast.sort_by_key(|step| step.value);
        event.split = steps;
    }
}

fn step(
    sources: &Sources,
    aggregate: &Aggregate,
    (index, place): (usize, usize),
    entry: &SplitEntry,
    diagnostics: &mut Diagnostics,
) -> Option<SplitStep> {
    let event = &aggregate.events[place];
    let latest = match event.latest() {
        Some(latest) => latest.version,
        // The schema is missing, which was reported; or the event is an abstract aggregate's.
        None if event.typed => return None,
        None => 0,
    };
    let step = entry.step.value.unwrap_or(latest);
    let mut parts = Vec::new();
    for part in &entry.parts {
        let name = &part.event.value;
        let mut events = aggregate.events.iter();
        match events.position(|event| event.name.value == *name) {
            Some(event) => parts.push(SplitPart {
                event,
                // Behind its own step comes the event's own next version; of others the first, which stays what it is.
                version: part
                    .version
                    .unwrap_or(if event == place { step + 1 } else { 1 }),
                span: part.event.span,
            }),
            None if sources.incomplete.aggregates.contains(&index) => {}
            None => unknown(aggregate, part, diagnostics),
        }
    }
    Some(SplitStep {
        step: Spanned::new(step, entry.step.span),
        is_last: entry.step.value.is_none(),
        parts,
    })
}

fn unknown(aggregate: &Aggregate, part: &PartEntry, diagnostics: &mut Diagnostics) {
    let (of, name) = (&aggregate.name.value, &part.event.value);
    let names = aggregate
        .written()
        .iter()
        .map(|event| event.name.value.as_str());
    diagnostics
        .error(&UNKNOWN_EVENT, format!("`{of}` has no event `{name}`"))
        .primary(part.event.span, "a part")
        .context(aggregate.name.span, "the aggregate")
        .suggest(nearest(name, names));
}

impl Event {
    /// The step from a version, if it gives several events.
    #[must_use]
    pub fn split_at(&self, step: i32) -> Option<&SplitStep> {
        self.split.iter().find(|split| split.step.value == step)
    }
}

impl Aggregate {
    /// The next explicit step on the way of a version: its event, and the version that it takes.
    pub(crate) fn next_step<'a>(
        &'a self,
        event: &'a Event,
        version: i32,
    ) -> Option<(&'a Event, i32)> {
        let next = |event: &Event, version: i32| {
            let mut steps = event.upcast.iter().map(|step| step.value);
            steps.find(|step| *step >= version)
        };
        if let Some(step) = next(event, version) {
            return Some((event, step));
        }
        match event.fate {
            Fate::Renamed(to) => Some((&self.events[to], next(&self.events[to], 1)?)),
            Fate::Written | Fate::Dropped | Fate::Split => None,
        }
    }

    /// The first step on the way of a version that gives several events, if there is one.
    pub(crate) fn next_split<'a>(
        &'a self,
        event: &'a Event,
        version: i32,
    ) -> Option<(&'a Event, &'a SplitStep)> {
        let (mut event, mut version) = (event, version);
        loop {
            let (of, step) = self.next_step(event, version)?;
            if let Some(split) = of.split_at(step) {
                return Some((of, split));
            }
            // A step behind which there is no version leads to what the event is now.
            let goes_on = of.latest().is_some_and(|latest| latest.version > step);
            (event, version) = match (goes_on, of.fate) {
                (true, _) => (of, step.saturating_add(1)),
                (false, Fate::Renamed(to)) => (&self.events[to], 1),
                (false, _) => return None,
            };
        }
    }

    /// The last version of an event whose rows are several events.
    pub(crate) fn split_until(&self, event: &Event) -> Option<i32> {
        let versions = event.versions.iter().rev().map(|version| version.version);
        versions
            .into_iter()
            .find(|version| self.next_split(event, *version).is_some())
    }

    /// The places of the events that rows of a version are read as in the end.
    pub(crate) fn read_as(&self, event: &Event, version: i32, into: &mut Vec<usize>) {
        let Some((_, split)) = self.next_split(event, version) else {
            let now = self.now(event);
            let place = self
                .events
                .iter()
                .position(|event| std::ptr::eq(event, now));
            into.extend(place.filter(|place| !into.contains(place)));
            return;
        };
        for part in &split.parts {
            self.read_as(&self.events[part.event], part.version, into);
        }
    }
}

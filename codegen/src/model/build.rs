//! `Sources` → `Model`: puts manifest and schemas together, and finds what names refer to.
//! What it cannot link is reported and left out; `check` then stops.

use std::collections::HashMap;

use super::aggregate::{Aggregate, AggregateId, Snapshot, State};
use super::event::{Effect, Event, EventVersion, Fate, Forward, Mutator};
use super::handler::{Handler, Projection, Subscription};
use super::naming::event_type;
use super::{Incomplete, Model, mutators, split};
use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{LISTED_TWICE, UNKNOWN_AGGREGATE, UNKNOWN_EVENT};
use crate::diagnostic::suggest::nearest;
use crate::load::manifest::{AggregateEntry, DjangoEntry, FateEntry, Listed};
use crate::load::{LoadedVersion, Sources};
use crate::source::{Span, Spanned};

/// Puts manifest and schemas together.
#[must_use]
pub fn build(mut sources: Sources) -> Model {
    let mut diagnostics = std::mem::take(&mut sources.diagnostics);
    let states = std::mem::take(&mut sources.states);
    let mut versions: HashMap<(usize, usize), Vec<EventVersion>> = HashMap::new();
    for loaded in &sources.versions {
        let LoadedVersion {
            aggregate,
            event,
            version,
            source,
            record,
            ref sample,
        } = *loaded;
        versions
            .entry((aggregate, event))
            .or_default()
            .push(EventVersion {
                version,
                source,
                record,
                sample: sample.clone(),
            });
    }
    let mut aggregates = Vec::new();
    for (index, state) in states.into_iter().enumerate() {
        let state = state.map(|fields| State { fields });
        let mut aggregate = aggregate(&sources, index, state);
        for (event, target) in aggregate.events.iter_mut().enumerate() {
            target.versions = versions.remove(&(index, event)).unwrap_or_default();
            if target.typed && target.versions.is_empty() && !aggregate.is_abstract {
                sources.incomplete.events.insert((index, event));
            }
        }
        split::declare(&sources, index, &mut aggregate, &mut diagnostics);
        aggregates.push(aggregate);
    }
    mutators::declare(&sources, &mut aggregates, &mut diagnostics);
    let names = Names::new(&aggregates, &sources.incomplete);
    let handlers = sources.manifest.handlers.iter().map(|handler| Handler {
        name: handler.name.clone(),
        on: names.subscriptions(&handler.on, &mut diagnostics),
        delivery: handler.delivery,
        run: handler.run.clone(),
    });
    let handlers = handlers.collect();
    let projections = sources
        .manifest
        .projections
        .iter()
        .map(|projection| Projection {
            name: projection.name.clone(),
            on: names.subscriptions(&projection.on, &mut diagnostics),
            delivery: projection.delivery,
            run: projection.run.clone(),
            store: projection.store,
        });
    let projections = projections.collect();
    Model {
        handlers,
        projections,
        aggregates,
        sources: sources.map,
        types: sources.types,
        settings: sources.manifest.settings.model,
        types_only: sources.types_only,
        allowances: sources.manifest.allowances,
        lock: sources.lock,
        diagnostics,
        incomplete: sources.incomplete,
        depends_on_data: false,
    }
}

fn aggregate(sources: &Sources, index: usize, state: Option<State>) -> Aggregate {
    let entry = &sources.manifest.aggregates[index];
    let name = &entry.name.value;
    let listed = sources.lineage.events(&sources.manifest, index);
    let mut events: Vec<Event> = listed
        .iter()
        .map(|listed| event(sources, entry, listed))
        .collect();
    for (index, listed) in listed.iter().enumerate() {
        former(&mut events, index, listed.fate());
    }
    Aggregate {
        name: entry.name.clone(),
        is_abstract: entry.is_abstract,
        extends: sources.lineage.parent(index).map(AggregateId),
        rust_type: entry
            .rust_type
            .as_ref()
            .map_or_else(|| format!("crate::{name}"), |path| path.value.clone()),
        module: entry.module.clone(),
        state,
        events,
        omits: entry.omits.clone(),
        snapshot: entry.snapshot.map(|snapshot| Snapshot {
            every: snapshot.every,
            version: snapshot.version,
        }),
        removed_on_discard: entry.removed_on_discard,
    }
}

/// What becomes of an event that is no longer written.
fn former(events: &mut [Event], index: usize, fate: &FateEntry) {
    let fate = match fate {
        FateEntry::Written => return,
        FateEntry::Dropped => Fate::Dropped,
        FateEntry::Split => Fate::Split,
        FateEntry::Renamed(now) => {
            let is_now =
                |event: &Event| event.name.value == now.value && event.fate == Fate::Written;
            // A child may have dropped what its parent renamed.
            events
                .iter()
                .position(is_now)
                .map_or(Fate::Dropped, Fate::Renamed)
        }
    };
    let (effect, typed) = match fate {
        Fate::Renamed(to) => (events[to].effect, events[to].typed),
        Fate::Written | Fate::Dropped | Fate::Split => (Effect::StoredOnly, events[index].typed),
    };
    let event = &mut events[index];
    event.effect = effect;
    event.typed = typed;
    event.mutator = Mutator::None;
    event.fate = fate;
}

fn event(sources: &Sources, aggregate: &AggregateEntry, listed: &Listed<'_>) -> Event {
    let settings = &sources.manifest.settings;
    let Listed {
        named_by,
        own,
        parent,
    } = *listed;
    let name = &named_by.name.value;
    let effect = match own {
        Some(own) if own.effect_span.is_some() => own.effect,
        _ => named_by.effect,
    };
    let computed = || Spanned::new(event_type(&aggregate.name.value, name), named_by.name.span);
    Event {
        name: named_by.name.clone(),
        inherited_from: parent.map(|parent| sources.manifest.aggregates[parent].name.value.clone()),
        effect,
        mutator: if effect == Effect::StoredOnly {
            Mutator::None
        } else {
            Mutator::Method
        },
        typed: own.is_none_or(|own| own.typed),
        event_type: own
            .and_then(|own| own.event_type.clone())
            .unwrap_or_else(computed),
        upcast: own.map(|own| own.upcast.clone()).unwrap_or_default(),
        split: Vec::new(),
        allow_gaps: own
            .and_then(|own| own.allow_gaps)
            .or(aggregate.allow_gaps)
            .unwrap_or(settings.allow_gaps),
        legacy_version: own
            .and_then(|own| own.legacy_version)
            .or(aggregate.legacy_version)
            .unwrap_or(settings.legacy_version),
        compatibility: own
            .and_then(|own| own.compatibility)
            .unwrap_or(settings.model.compatibility),
        forward: own.and_then(|own| own.forward).unwrap_or(Forward::Refuse),
        rust_name: own.and_then(|own| own.rust_name.clone()),
        django: django(aggregate, own.and_then(|own| own.django.as_ref()), name),
        fate: Fate::Written,
        versions: Vec::new(),
    }
}

/// What rows of a split event are read as, as `on` names it.
fn parts_of(aggregate: &Aggregate, event: &Event) -> String {
    let parts = event.split.last().map_or(&[][..], |split| &split.parts);
    let names = parts.iter().map(|part| {
        let now = aggregate.now(&aggregate.events[part.event]);
        format!("`{}.{}`", aggregate.name.value, now.name.value)
    });
    names.collect::<Vec<_>>().join(", ")
}

/// Module and class of an event: its own, else those that follow from its aggregate's.
fn django(
    aggregate: &AggregateEntry,
    own: Option<&DjangoEntry>,
    event: &str,
) -> Option<(String, String)> {
    let of_aggregate = aggregate.django.as_ref();
    if own.is_none() && of_aggregate.is_none() {
        return None;
    }
    let module = own
        .and_then(|own| own.module.clone())
        .or_else(|| of_aggregate.and_then(|django| django.module.clone()))?;
    let class = own.and_then(|own| own.class.clone()).unwrap_or_else(|| {
        let class = of_aggregate.and_then(|django| django.class.as_deref());
        format!("{}.{event}", class.unwrap_or(&aggregate.name.value))
    });
    Some((module, class))
}

/// Finds aggregates and events by name.
struct Names<'a> {
    aggregates: &'a [Aggregate],
    by_name: HashMap<&'a str, usize>,
    events: Vec<HashMap<&'a str, usize>>,
    incomplete: &'a Incomplete,
}

impl<'a> Names<'a> {
    fn new(aggregates: &'a [Aggregate], incomplete: &'a Incomplete) -> Self {
        let name =
            |(index, aggregate): (usize, &'a Aggregate)| (aggregate.name.value.as_str(), index);
        let by_name = aggregates.iter().enumerate().map(name).collect();
        let events = aggregates.iter().map(|aggregate| {
            let events = aggregate.events.iter().enumerate();
            events
                .map(|(index, event)| (event.name.value.as_str(), index))
                .collect()
        });
        Self {
            aggregates,
            by_name,
            events: events.collect(),
            incomplete,
        }
    }

    fn subscriptions(
        &self,
        on: &[Spanned<String>],
        diagnostics: &mut Diagnostics,
    ) -> Vec<Subscription> {
        let mut written: HashMap<&str, Span> = HashMap::new();
        let mut taken: HashMap<(usize, usize), ()> = HashMap::new();
        let mut subscriptions = Vec::new();
        for entry in on {
            if let Some(first) = written.insert(&entry.value, entry.span) {
                diagnostics
                    .error(&LISTED_TWICE, format!("`{}` is listed twice", entry.value))
                    .primary(entry.span, "listed again here")
                    .context(first, "first listed here");
                continue;
            }
            for (aggregate, event) in self.find(entry, diagnostics) {
                if taken.insert((aggregate, event), ()).is_none() {
                    subscriptions.push(Subscription {
                        aggregate: AggregateId(aggregate),
                        event,
                    });
                }
            }
        }
        subscriptions
    }

    /// `Todo.Created`, or `Todo.*` for all.
    fn find(&self, entry: &Spanned<String>, diagnostics: &mut Diagnostics) -> Vec<(usize, usize)> {
        let Some((aggregate, event)) = entry.value.split_once('.') else {
            self.not_aggregate_dot_event(entry, diagnostics);
            return Vec::new();
        };
        let Some(&index) = self.by_name.get(aggregate) else {
            let names = self
                .aggregates
                .iter()
                .map(|aggregate| aggregate.name.value.as_str());
            diagnostics
                .error(
                    &UNKNOWN_AGGREGATE,
                    format!("there is no aggregate `{aggregate}`"),
                )
                .primary(entry.span, "not in the manifest")
                .suggest(nearest(aggregate, names));
            return Vec::new();
        };
        if event == "*" {
            return (0..self.aggregates[index].written().len())
                .map(|event| (index, event))
                .collect();
        }
        if let Some(&event) = self.events[index].get(event) {
            if self.is_written(index, event, entry, diagnostics) {
                return vec![(index, event)];
            }
            return Vec::new();
        }
        if self.incomplete.aggregates.contains(&index) {
            return Vec::new();
        }
        let found = &self.aggregates[index];
        let names = found
            .written()
            .iter()
            .map(|event| event.name.value.as_str());
        let near = nearest(event, names).map(|near| format!("{aggregate}.{near}"));
        diagnostics
            .error(
                &UNKNOWN_EVENT,
                format!("`{aggregate}` has no event `{event}`"),
            )
            .primary(entry.span, "not an event of it")
            .context(found.name.span, "the aggregate")
            .suggest(near.as_deref());
        Vec::new()
    }

    /// Whether an event reaches handlers under its name.
    fn is_written(
        &self,
        aggregate: usize,
        event: usize,
        entry: &Spanned<String>,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        let aggregate = &self.aggregates[aggregate];
        let event = &aggregate.events[event];
        let name = &aggregate.name.value;
        let (message, help) = match event.fate {
            Fate::Written => return true,
            Fate::Renamed(to) => {
                let now = &aggregate.events[to].name.value;
                (
                    format!("`{}` is `{name}.{now}` now", entry.value),
                    format!("write `{name}.{now}`: stored events of the former name are read as that"),
                )
            }
            Fate::Split => (
                format!("`{}` is split", entry.value),
                format!("write the events that it is split into: {}", parts_of(aggregate, event)),
            ),
            Fate::Dropped => (
                format!("`{}` is dropped", entry.value),
                "nothing reads its rows: take it out of `on`, or list the event again as `stored_only: true`"
                    .to_owned(),
            ),
        };
        diagnostics
            .error(&UNKNOWN_EVENT, message)
            .primary(entry.span, "no longer an event that is written")
            .context(event.name.span, "listed here")
            .help(help);
        false
    }

    fn not_aggregate_dot_event(&self, entry: &Spanned<String>, diagnostics: &mut Diagnostics) {
        let name = &entry.value;
        let owner =
            (0..self.aggregates.len()).find(|&i| self.events[i].contains_key(name.as_str()));
        let help = match owner {
            Some(owner) => format!(
                "did you mean `{}.{name}`?",
                self.aggregates[owner].name.value
            ),
            None if self.by_name.contains_key(name.as_str()) => {
                format!("write `{name}.*` for all its events")
            }
            None => "write `Aggregate.Event`".to_owned(),
        };
        diagnostics
            .error(&UNKNOWN_EVENT, format!("`{name}` names no event"))
            .primary(entry.span, "expected `Aggregate.Event`")
            .help(help);
    }
}

//! Declared mutators: which fields `sets` and `creates` assign. Whether the values fit is for `check`.

use std::collections::HashMap;

use super::aggregate::Aggregate;
use super::event::{AssignedValue, Assignment, Effect, Event, Fate, Mutator};
use super::types::NamedId;
use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::MISSING_KEY;
use crate::load::Sources;
use crate::load::manifest::{SetEntry, SetValue};
use crate::source::Spanned;

/// Fills in the mutators of all events.
pub(super) fn declare(
    sources: &Sources,
    aggregates: &mut [Aggregate],
    diagnostics: &mut Diagnostics,
) {
    for index in 0..aggregates.len() {
        let listed = sources.lineage.events(&sources.manifest, index);
        for (event, listed) in listed.into_iter().enumerate() {
            let sets = listed.own.and_then(|own| own.sets.as_ref());
            let aggregate = &aggregates[index];
            if aggregate.state.is_none() {
                if let Some(sets) = sets {
                    declared_mutators_need_a_state(aggregate, sets, diagnostics);
                }
                continue;
            }
            let target = &aggregate.events[event];
            if target.effect == Effect::StoredOnly || target.fate != Fate::Written {
                continue;
            }
            if sets.is_none() && target.effect != Effect::Creates {
                continue;
            }
            let mut assignments = sets
                .map(|sets| sets.value.iter().map(assignment).collect())
                .unwrap_or_default();
            if target.effect == Effect::Creates {
                let records = records_of(aggregates, index, event);
                copy_fields(sources, aggregate, &records, &mut assignments);
            }
            aggregates[index].events[event].mutator = Mutator::Declared(assignments);
        }
    }
}

fn declared_mutators_need_a_state(
    aggregate: &Aggregate,
    sets: &Spanned<Vec<SetEntry>>,
    diagnostics: &mut Diagnostics,
) {
    diagnostics
        .error(
            &MISSING_KEY,
            format!("`{}` has no `state` to set fields of", aggregate.name.value),
        )
        .primary(sets.span, "needs a generated state")
        .context(aggregate.name.span, "has no `state`")
        .help("declare its `state`, or write the mutator in Rust");
}

fn assignment(set: &SetEntry) -> Assignment {
    let value = match &set.value {
        SetValue::From(field) => AssignedValue::EventField(field.clone()),
        SetValue::Literal(literal) => AssignedValue::Literal(literal.clone()),
    };
    Assignment {
        field: set.field.clone(),
        value,
    }
}

/// Fields that `sets` does not name: the event's of that name, else the default. None of both is left out.
fn copy_fields(
    sources: &Sources,
    aggregate: &Aggregate,
    records: &[NamedId],
    assignments: &mut Vec<Assignment>,
) {
    let envelope = &sources.manifest.settings.model.envelope_fields;
    let mut explicit: HashMap<String, Assignment> = assignments
        .drain(..)
        .map(|set| (set.field.value.clone(), set))
        .collect();
    let state = aggregate
        .state
        .as_ref()
        .map(|state| state.fields.as_slice())
        .unwrap_or_default();
    for field in state {
        let name = &field.name;
        if let Some(set) = explicit.remove(&name.value) {
            assignments.push(set);
            continue;
        }
        let has_field = |record: &NamedId| {
            sources
                .types
                .get(*record)
                .fields()
                .iter()
                .any(|field| field.name.value == name.value)
        };
        let value = if !records.is_empty()
            && records.iter().all(has_field)
            && !envelope.contains(&name.value)
        {
            AssignedValue::EventField(name.clone())
        } else if let Some(default) = &field.default {
            AssignedValue::Literal(default.clone())
        } else {
            continue;
        };
        assignments.push(Assignment {
            field: name.clone(),
            value,
        });
    }
    // Names that the state has not: `check` reports them.
    let mut rest: Vec<Assignment> = explicit.into_values().collect();
    rest.sort_by_key(|set| set.field.span);
    assignments.extend(rest);
}

/// The latest record of an event; of an abstract aggregate's event without schema, those of its children.
pub(crate) fn records_of(aggregates: &[Aggregate], index: usize, event: usize) -> Vec<NamedId> {
    let aggregate = &aggregates[index];
    let target = &aggregate.events[event];
    if let Some(latest) = target.latest() {
        return vec![latest.record];
    }
    if !aggregate.is_abstract {
        return Vec::new();
    }
    let children = aggregates
        .iter()
        .filter(|child| child.extends.is_some_and(|id| id.0 == index));
    let same =
        |child: &Event| child.inherited_from.is_some() && child.name.value == target.name.value;
    children
        .filter_map(|child| child.written().iter().find(|child| same(child))?.latest())
        .map(|latest| latest.record)
        .collect()
}

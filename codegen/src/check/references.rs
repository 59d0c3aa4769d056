//! Rules about names and values that refer to each other: declared mutators, event types, upcast steps.

use std::collections::HashMap;

use super::type_match::is_assignable;
use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{
    DUPLICATE_EVENT_TYPE, FIELD_WITHOUT_VALUE, LISTED_TWICE, TYPE_MISMATCH, UNKNOWN_EVENT_FIELD,
    UNKNOWN_STATE_FIELD, UNKNOWN_STEP,
};
use crate::diagnostic::suggest::nearest;
use crate::load::avro::fits;
use crate::model::Model;
use crate::model::aggregate::{Aggregate, State};
use crate::model::event::{AssignedValue, Assignment, Effect, Event, Fate, Mutator};
use crate::model::mutators::records_of;
use crate::model::types::{Field, Json, NamedId};
use crate::source::Spanned;

pub(super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    event_types_are_unique(model, diagnostics);
    for (index, aggregate) in model.aggregates.iter().enumerate() {
        for (position, event) in aggregate.events.iter().enumerate() {
            if !is_complete(model, index, position) {
                continue;
            }
            upcast_steps_exist(aggregate, event, diagnostics);
            let (Some(state), Mutator::Declared(assignments)) = (&aggregate.state, &event.mutator)
            else {
                continue;
            };
            let full_name = format!("{}.{}", aggregate.name.value, event.name.value);
            let records = records_of(&model.aggregates, index, position);
            let rule = Assignments {
                model,
                aggregate,
                state,
                event,
                full_name,
                records,
            };
            rule.check(assignments, diagnostics);
        }
    }
}

/// Whether everything about an event could be read: its schemas, its aggregate's state, and those of the children
/// of an abstract aggregate.
fn is_complete(model: &Model, aggregate: usize, event: usize) -> bool {
    let incomplete = &model.incomplete;
    let is_whole = |aggregate: usize, event: usize| {
        !incomplete.aggregates.contains(&aggregate)
            && !incomplete.events.contains(&(aggregate, event))
    };
    if !is_whole(aggregate, event) {
        return false;
    }
    let target = &model.aggregates[aggregate];
    if !target.is_abstract {
        return true;
    }
    let name = &target.events[event].name.value;
    let children = model.aggregates.iter().enumerate();
    children
        .filter(|(_, child)| child.extends.is_some_and(|parent| parent.0 == aggregate))
        .all(|(index, child)| {
            let inherited = child
                .events
                .iter()
                .position(|event| event.name.value == *name);
            inherited.is_none_or(|event| is_whole(index, event))
        })
}

fn event_types_are_unique(model: &Model, diagnostics: &mut Diagnostics) {
    let mut first: HashMap<&str, (&Aggregate, &Event)> = HashMap::new();
    for aggregate in &model.aggregates {
        for event in &aggregate.events {
            let name = event.event_type.value.as_str();
            let Some((other_aggregate, other)) = first.insert(name, (aggregate, event)) else {
                continue;
            };
            let this = format!("{}.{}", aggregate.name.value, event.name.value);
            let that = format!("{}.{}", other_aggregate.name.value, other.name.value);
            diagnostics
                .error(
                    &DUPLICATE_EVENT_TYPE,
                    format!("`{that}` and `{this}` have the same event type `{name}`"),
                )
                .primary(event.event_type.span, format!("stored as `{name}`"))
                .context(other.event_type.span, "as this one is");
        }
    }
}

fn upcast_steps_exist(aggregate: &Aggregate, event: &Event, diagnostics: &mut Diagnostics) {
    let latest = event.latest().map_or(0, |latest| latest.version);
    // From what an event was, the last step leads to what it is.
    let last = match event.fate {
        Fate::Renamed(_) if event.typed => latest,
        Fate::Renamed(_) => 0,
        Fate::Written | Fate::Dropped | Fate::Split => latest - 1,
    };
    let is_split = |step: i32| event.split_at(step).is_some();
    let mut steps = event.upcast.iter();
    while let Some(step) = steps.find(|step| step.value > last && !is_split(step.value)) {
        let name = format!("{}.{}", aggregate.name.value, event.name.value);
        let help = if last < 1 {
            format!("`{name}` has no second version: remove the step")
        } else {
            format!("`{name}` has steps from version 1 to {last}")
        };
        diagnostics
            .error(
                &UNKNOWN_STEP,
                format!(
                    "there is no version {} of `{name}` to upcast to",
                    step.value.saturating_add(1)
                ),
            )
            .primary(step.span, format!("from version {}", step.value))
            .help(help);
    }
}

/// The rules of one declared mutator.
struct Assignments<'a> {
    model: &'a Model,
    aggregate: &'a Aggregate,
    state: &'a State,
    event: &'a Event,
    full_name: String,
    /// Records of the event: one, or those of the children of an abstract aggregate.
    records: Vec<NamedId>,
}

impl Assignments<'_> {
    fn check(&self, assignments: &[Assignment], diagnostics: &mut Diagnostics) {
        let mut set: HashMap<&str, &Assignment> = HashMap::new();
        for assignment in assignments {
            let field = &assignment.field;
            if let Some(first) = set.insert(&field.value, assignment) {
                diagnostics
                    .error(
                        &LISTED_TWICE,
                        format!("`{}` sets `{}` twice", self.full_name, field.value),
                    )
                    .primary(field.span, "set again here")
                    .context(first.field.span, "first set here");
                continue;
            }
            let target = self
                .state
                .fields
                .iter()
                .find(|state| state.name.value == field.value);
            let Some(target) = target else {
                self.state_has_the_field(field, diagnostics);
                continue;
            };
            match &assignment.value {
                AssignedValue::EventField(source) => {
                    self.event_field_fits(source, target, diagnostics);
                }
                AssignedValue::Literal(literal) => self.literal_fits(literal, target, diagnostics),
            }
        }
        if self.event.effect == Effect::Creates {
            self.every_field_has_a_value(&set, diagnostics);
        }
    }

    fn state_has_the_field(&self, field: &Spanned<String>, diagnostics: &mut Diagnostics) {
        let names = self
            .state
            .fields
            .iter()
            .map(|state| state.name.value.as_str());
        diagnostics
            .error(
                &UNKNOWN_STATE_FIELD,
                format!(
                    "the state of `{}` has no field `{}`",
                    self.aggregate.name.value, field.value
                ),
            )
            .primary(field.span, "set here")
            .context(self.aggregate.name.span, "the aggregate")
            .suggest(nearest(&field.value, names));
    }

    fn event_field_fits(
        &self,
        source: &Spanned<String>,
        target: &Field,
        diagnostics: &mut Diagnostics,
    ) {
        let name = &source.value;
        if self.model.settings.envelope_fields.contains(name) {
            diagnostics
                .error(
                    &UNKNOWN_EVENT_FIELD,
                    format!("`{name}` is in the envelope, not in `{}`", self.full_name),
                )
                .primary(source.span, "an envelope field")
                .help("read it in a mutator method, from its `cx`");
            return;
        }
        if self.records.is_empty() {
            diagnostics
                .error(
                    &UNKNOWN_EVENT_FIELD,
                    format!("`{}` has no schema, so no field `{name}`", self.full_name),
                )
                .primary(source.span, "copied from the event")
                .context(self.event.name.span, "has no schema")
                .help("write its mutator in Rust, or set a literal");
            return;
        }
        for &record in &self.records {
            let record = self.model.types.get(record);
            let found = record
                .fields()
                .iter()
                .find(|field| field.name.value == *name);
            let Some(found) = found else {
                let names = record
                    .fields()
                    .iter()
                    .map(|field| field.name.value.as_str());
                diagnostics
                    .error(
                        &UNKNOWN_EVENT_FIELD,
                        format!("event `{}` has no field `{name}`", self.full_name),
                    )
                    .primary(source.span, "copied from the event")
                    .context(record.name_span, "the event's record")
                    .suggest(nearest(name, names));
                continue;
            };
            if !is_assignable(&found.ty, &target.ty) {
                diagnostics
                    .error(
                        &TYPE_MISMATCH,
                        format!(
                            "`{name}` of `{}` does not fit state field `{}`",
                            self.full_name, target.name.value
                        ),
                    )
                    .primary(target.ty.span, "the state field's type")
                    .context(found.ty.span, "the event field's type")
                    .context(self.event.name.span, "copied by this event")
                    .help("give both the same type, or write the mutator in Rust");
            }
        }
    }

    fn literal_fits(&self, literal: &Spanned<Json>, target: &Field, diagnostics: &mut Diagnostics) {
        // A default of the state field itself was checked when it was read.
        if target
            .default
            .as_ref()
            .is_some_and(|default| default.span == literal.span)
        {
            return;
        }
        if let Err(misfit) = fits(&self.model.types, &target.ty, literal) {
            diagnostics
                .error(
                    &TYPE_MISMATCH,
                    format!("the value does not fit state field `{}`", target.name.value),
                )
                .primary(misfit.span, misfit.why)
                .context(target.ty.span, "the state field's type");
        }
    }

    fn every_field_has_a_value(
        &self,
        set: &HashMap<&str, &Assignment>,
        diagnostics: &mut Diagnostics,
    ) {
        for field in &self.state.fields {
            let name = &field.name.value;
            if !set.contains_key(name.as_str()) {
                diagnostics
                    .error(
                        &FIELD_WITHOUT_VALUE,
                        format!(
                            "`{}` leaves state field `{name}` without value",
                            self.full_name
                        ),
                    )
                    .primary(
                        field.name.span,
                        "no default, and no field of the event has this name",
                    )
                    .context(self.event.name.span, "creates the aggregate");
            }
        }
    }
}

//! Rules about events of abstract aggregates: what a child stores can be read as its parent's.

use super::type_match::is_readable_as;
use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{INHERITED_FIELD, STATE_OF_PARENT, UNTYPED_INHERITED_EVENT};
use crate::model::Model;
use crate::model::aggregate::Aggregate;
use crate::model::event::Event;
use crate::model::handler::Subscription;
use crate::model::types::NamedType;
use crate::source::Spanned;

pub(super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    for subscription in subscriptions(model) {
        every_child_can_be_seen_as_its_parent(model, subscription, diagnostics);
    }
    for child in &model.aggregates {
        let Some(parent) = child.extends.map(|id| model.aggregate(id)) else {
            continue;
        };
        generated_states_hold_generated_states(child, parent, diagnostics);
        for event in child
            .written()
            .iter()
            .filter(|event| event.inherited_from.is_some())
        {
            let inherited = parent
                .events
                .iter()
                .find(|e| e.name.value == event.name.value);
            let records = inherited.map(|e| (e.record(&model.types), event.record(&model.types)));
            if let Some((Some(parents), Some(childs))) = records {
                child_has_the_parents_fields(model, (child, event), parents, childs, diagnostics);
            }
        }
    }
}

/// Every (name of the handler or projection, event that it takes).
fn subscriptions(model: &Model) -> impl Iterator<Item = (&Spanned<String>, &Subscription)> {
    let handlers = model
        .handlers
        .iter()
        .map(|handler| (&handler.name, &handler.on));
    let projections = model
        .projections
        .iter()
        .map(|projection| (&projection.name, &projection.on));
    handlers
        .chain(projections)
        .flat_map(|(name, on)| on.iter().map(move |subscription| (name, subscription)))
}

fn every_child_can_be_seen_as_its_parent(
    model: &Model,
    (name, subscription): (&Spanned<String>, &Subscription),
    diagnostics: &mut Diagnostics,
) {
    let parent = model.aggregate(subscription.aggregate);
    let inherited = &parent.events[subscription.event].name.value;
    for child in &model.aggregates {
        let is_child = child.extends == Some(subscription.aggregate);
        for event in child
            .written()
            .iter()
            .filter(|event| is_child && event.name.value == *inherited)
        {
            if !event.typed {
                let (parent, span) = (&parent.name.value, child.name.span);
                let child = &child.name.value;
                diagnostics
                    .error(
                        &UNTYPED_INHERITED_EVENT,
                        format!("`{child}.{inherited}` is untyped and cannot be taken as `{parent}.{inherited}`"),
                    )
                    .primary(name.span, format!("takes `{parent}.{inherited}`"))
                    .context(span, "has it untyped");
            }
        }
    }
}

fn generated_states_hold_generated_states(
    child: &Aggregate,
    parent: &Aggregate,
    diagnostics: &mut Diagnostics,
) {
    if child.state.is_some() && parent.state.is_none() {
        diagnostics
            .error(
                &STATE_OF_PARENT,
                format!(
                    "`{}` has a generated state, its parent `{}` has none",
                    child.name.value, parent.name.value
                ),
            )
            .primary(child.name.span, "its state would hold the parent's")
            .context(parent.name.span, "its state is yours");
    }
}

fn child_has_the_parents_fields(
    model: &Model,
    (child, event): (&Aggregate, &Event),
    parents: &NamedType,
    childs: &NamedType,
    diagnostics: &mut Diagnostics,
) {
    let full_name = format!("{}.{}", child.name.value, event.name.value);
    for field in parents.fields() {
        let name = &field.name.value;
        if model.settings.envelope_fields.contains(name) {
            continue;
        }
        match childs.fields().iter().find(|own| own.name.value == *name) {
            Some(own) if is_readable_as(&model.types, &own.ty, &field.ty) => {}
            Some(own) => {
                diagnostics
                    .error(
                        &INHERITED_FIELD,
                        format!("`{name}` of `{full_name}` is not of the inherited type"),
                    )
                    .primary(own.ty.span, "cannot be read")
                    .context(field.ty.span, "as this type")
                    .help("give both the same type, or leave the field out of the parent's schema");
            }
            None if field.default.is_some() => {}
            None => {
                diagnostics
                    .error(
                        &INHERITED_FIELD,
                        format!("`{full_name}` has no field `{name}`"),
                    )
                    .primary(childs.name_span, "lacks the field")
                    .context(field.name.span, "inherited from here")
                    .help("add the field, or give it a default in the parent's schema");
            }
        }
    }
}

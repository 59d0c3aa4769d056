//! The top of the events' module: handlers and projections, and how events reach them.

use crate::model::Model;
use crate::model::aggregate::AggregateId;
use crate::model::handler::{Delivery, ProjectionStore, RunOptions, Subscription};
use crate::resolve::docs::literal;
use crate::resolve::layout::{AggregateLayout, children, find_event};
use crate::resolve::names;
use crate::resolved::{Reaction, ReactionArm};

/// Handlers of the manifest.
pub(crate) fn handlers(model: &Model, layouts: &[AggregateLayout]) -> Vec<Reaction> {
    model
        .handlers
        .iter()
        .map(|handler| {
            let kind = match handler.delivery {
                Delivery::Inline => "Inline",
                Delivery::Durable | Delivery::Transactional => "Durable",
            };
            Reaction {
                delivery: kind,
                run: run(&handler.run),
                ..reaction(model, layouts, &handler.name.value, kind, &handler.on)
            }
        })
        .collect()
}

/// Projections of the manifest.
pub(crate) fn projections(model: &Model, layouts: &[AggregateLayout]) -> Vec<Reaction> {
    model
        .projections
        .iter()
        .map(|projection| {
            let kind = match projection.store {
                ProjectionStore::Own => "Own",
                ProjectionStore::Sqlite => "Sqlite",
                ProjectionStore::Postgres => "Postgres",
            };
            Reaction {
                delivery: match projection.delivery {
                    Delivery::Transactional => "Transactional",
                    Delivery::Inline | Delivery::Durable => "Durable",
                },
                run: run(&projection.run),
                ..reaction(model, layouts, &projection.name.value, kind, &projection.on)
            }
        })
        .collect()
}

/// The runtime's `RunOptions`.
fn run(run: &RunOptions) -> String {
    if run.workers.is_none() && run.attempts.is_none() {
        return "::evgen_runtime::RunOptions::DEFAULT".to_owned();
    }
    let workers = run.workers.as_ref().map_or(1, |workers| workers.value);
    let attempts = match &run.attempts {
        Some(attempts) => format!("::std::option::Option::Some({})", attempts.value),
        None => "::std::option::Option::None".to_owned(),
    };
    format!("::evgen_runtime::RunOptions {{ workers: {workers}, attempts: {attempts} }}")
}

fn reaction(
    model: &Model,
    layouts: &[AggregateLayout],
    name: &str,
    kind: &'static str,
    on: &[Subscription],
) -> Reaction {
    let mut arms: Vec<ReactionArm> = Vec::new();
    let mut listed = Vec::new();
    for subscription in on {
        let aggregate = model.aggregate(subscription.aggregate);
        let event = &aggregate.events[subscription.event];
        listed.push(format!("`{}.{}`", aggregate.name.value, event.name.value));
        if aggregate.is_abstract {
            for (child_id, child) in children(model, subscription.aggregate) {
                if let Some((index, child_event)) = find_event(child, &event.name.value)
                    && child_event.typed
                {
                    arms.push(arm(model, layouts, subscription, (child_id, index), true));
                }
            }
            if crate::resolve::is_stored(aggregate) {
                let own = (subscription.aggregate, subscription.event);
                arms.push(arm(model, layouts, subscription, own, false));
            }
        } else {
            let own = (subscription.aggregate, subscription.event);
            arms.push(arm(model, layouts, subscription, own, false));
        }
    }
    let mut declared = Vec::new();
    for arm in &mut arms {
        arm.declares = !declared.contains(&arm.own_variant);
        if arm.declares {
            declared.push(arm.own_variant.clone());
        }
    }
    let enum_name = (declared.len() != 1).then(|| format!("{}Event", names::type_name(name)));
    let event_type = match (&enum_name, arms.first()) {
        (None, Some(arm)) => format!("&{}", arm.own_type),
        (Some(name), _) => format!("{name}<'_>"),
        (None, None) => "()".to_owned(),
    };
    Reaction {
        method: names::identifier(name),
        name_literal: literal(name),
        kind,
        delivery: kind,
        run: String::new(),
        event_type,
        enum_name,
        arms,
        docs: listed.join(", "),
    }
}

fn arm(
    model: &Model,
    layouts: &[AggregateLayout],
    subscription: &Subscription,
    (stored, index): (AggregateId, usize),
    as_parent: bool,
) -> ReactionArm {
    let (seen, layout) = (&layouts[subscription.aggregate.0], &layouts[stored.0]);
    let seen_event = &seen.events[subscription.event];
    let event = &layout.events[index];
    let aggregate = names::type_name(&model.aggregate(subscription.aggregate).name.value);
    ReactionArm {
        event_enum: format!("{}::Event", layout.module),
        variant: event.name.clone(),
        descriptor: format!("{}::{}", layout.module, event.static_name),
        own_variant: format!("{aggregate}{}", seen_event.name),
        own_type: format!("{}::{}", seen.module, seen_event.name),
        as_parent,
        declares: false,
    }
}

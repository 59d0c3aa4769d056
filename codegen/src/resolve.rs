//! `Checked` → `Resolved`: every Rust name, type and fragment is decided here. Pure; nothing is printed.

mod aggregate;
mod avro;
mod avro_reads;
mod docs;
mod field_lines;
mod items;
pub(crate) mod layout;
mod letters;
#[cfg(feature = "cli")]
pub(crate) mod listing;
pub(crate) mod names;
mod nodes;
mod overrides;
mod paths;
mod resolutions;
mod root;
mod samples;
pub(crate) mod schema_text;
mod service;
mod shared;
mod snapshot;
mod types;
mod upcasts;
mod values;

use crate::model::aggregate::{Aggregate, AggregateId};
use crate::model::types::Home;
use crate::model::{Model, Validation};
use crate::options::{Options, Side};
use crate::resolved::{AggregateModule, Resolved, Root, RootModule};
use layout::AggregateLayout;
use names::Scope;
use service::Service;
use shared::SharedLayout;
use types::Typing;

/// Tables of ways between fields' types: of the events' side, and of the aggregates'.
const WAYS: &str = "WAYS";
const SERVICE_WAYS: &str = "SERVICE_WAYS";

/// Decides everything that templates print.
#[must_use]
pub fn resolve(model: &Model, options: &Options) -> Resolved {
    let mut aggregates = Vec::new();
    let resolved = resolve_each(model, options, |aggregate| aggregates.push(aggregate));
    Resolved {
        aggregates,
        ..resolved
    }
}

/// As [`resolve`], but gives aggregates away one by one: what was made of one is printed before the next is decided.
pub fn resolve_each(
    model: &Model,
    options: &Options,
    mut take: impl FnMut(AggregateModule),
) -> Resolved {
    let mut typing = Typing::new(model);
    let mut modules = Scope::with(&["types"]);
    let mut shared = Vec::new();
    let mut types_scope = Scope::default();
    shared.extend(SharedLayout::new(
        &mut typing,
        Home::Shared,
        "types",
        &mut types_scope,
    ));
    let layouts: Vec<_> = (0..model.aggregates.len())
        .map(|index| AggregateLayout::new(&mut typing, AggregateId(index), &mut modules))
        .collect();
    for (index, directory) in model.types_only.iter().enumerate() {
        let home = Home::TypesOnly(index);
        shared.extend(SharedLayout::new(
            &mut typing,
            home,
            &directory.directory,
            &mut modules,
        ));
    }
    let mut types: Vec<_> = shared
        .into_iter()
        .map(|layout| layout.resolve(&typing))
        .collect();
    if let Side::ServiceFrom(path) = &options.side {
        for types in &mut types {
            types.events_path = Some(format!("{path}::{}", types.file));
        }
    }
    let mut modules_of_aggregates = Vec::new();
    let mut descriptors = Vec::new();
    for id in (0..model.aggregates.len()).map(AggregateId) {
        let aggregate = aggregate_module(&typing, &layouts, id, options);
        modules_of_aggregates.extend(root_module(&aggregate));
        if aggregate.stored {
            descriptors.push(format!("{}::AGGREGATE", aggregate.file));
        }
        take(aggregate);
    }
    let samples = samples::resolve(&typing, &layouts, options, modules.claim("samples"));
    let mut root = root(model, options, &layouts);
    root.modules = modules_of_aggregates;
    root.modules.extend(types.iter().map(|types| RootModule {
        name: types.file.clone(),
        file: format!("{}.rs", types.file.trim_start_matches("r#")),
        docs: format!("Types of `{}`.", docs::code_span(&types.origin)),
    }));
    root.descriptors = descriptors;
    root.samples = samples.as_ref().map(|samples| samples.name.clone());
    Resolved {
        root,
        aggregates: Vec::new(),
        types,
        samples,
    }
}

/// Whether rows are stored under the aggregate's own name.
pub(crate) fn is_stored(aggregate: &Aggregate) -> bool {
    !aggregate.events.is_empty()
        && (!aggregate.is_abstract || aggregate.events.iter().any(|event| event.django.is_some()))
}

fn aggregate_module<'m>(
    typing: &Typing<'m>,
    layouts: &[AggregateLayout],
    id: AggregateId,
    options: &Options,
) -> AggregateModule {
    let aggregate = typing.model.aggregate(id);
    let layout = &layouts[id.0];
    let mut side = aggregate::resolve(typing, id, layout);
    let service = Service {
        typing,
        layouts,
        id,
    };
    let to_parent = service.conversions(&mut side.nodes, &mut side.resolutions);
    let events_side = (
        side.nodes.nodes.len(),
        side.resolutions.statics.len(),
        std::mem::take(&mut side.resolutions.ways),
    );
    side.resolutions.ways_name = SERVICE_WAYS;
    let service = (options.side != Side::EventsOnly && !aggregate.events.is_empty()).then(|| {
        let (item, items) = service.resolve(&mut side.nodes, &mut side.resolutions);
        if !items.is_empty() {
            side.module.modules.push(crate::resolved::Module {
                name: "state".to_owned(),
                docs: "Types of the state.".to_owned(),
                items,
                modules: Vec::new(),
            });
        }
        item
    });
    let service_ways = std::mem::take(&mut side.resolutions.ways);
    let mut ways = vec![(SERVICE_WAYS.to_owned(), service_ways)];
    let emits_events = !matches!(options.side, Side::ServiceFrom(_));
    if emits_events {
        ways.push((WAYS.to_owned(), events_side.2));
    } else {
        // The other crate has the events' tables.
        side.nodes.nodes.drain(..events_side.0);
        side.resolutions.statics.drain(..events_side.1);
        side.envelopes.clear();
    }
    ways.retain(|(_, ways)| !ways.is_empty());
    let snapshot = aggregate.snapshot.map(|snapshot| {
        (
            snapshot.every,
            snapshot.version,
            snapshot::key(&side, service.as_ref()),
        )
    });
    AggregateModule {
        file: layout.module.clone(),
        aggregate: aggregate.name.value.clone(),
        aggregate_literal: docs::literal(&aggregate.name.value),
        emits_events,
        events_path: match &options.side {
            Side::ServiceFrom(path) => Some(format!("{path}::{}", layout.module)),
            _ => None,
        },
        module: side.module,
        nodes: side.nodes.nodes,
        envelopes: side.envelopes,
        ways,
        resolutions: side.resolutions.statics,
        avro_reads: side.resolutions.avro_reads,
        events: side.events,
        former: side.former,
        stored: is_stored(aggregate),
        on_discard: if aggregate.removed_on_discard {
            "Remove"
        } else {
            "Keep"
        },
        snapshot,
        upcasts: side.upcasts,
        parts: side.parts,
        upcasters: typing.model.settings.upcasters.clone(),
        service,
        to_parent,
    }
}

/// How the root names an aggregate's module; none where it has no events.
fn root_module(aggregate: &AggregateModule) -> Option<RootModule> {
    (!aggregate.events.is_empty()).then(|| RootModule {
        name: aggregate.file.clone(),
        file: format!("{}.rs", aggregate.file.trim_start_matches("r#")),
        docs: format!("Events of {}.", aggregate.aggregate),
    })
}

/// The root, without its modules.
fn root(model: &Model, options: &Options, layouts: &[AggregateLayout]) -> Root {
    let service = options.side != Side::EventsOnly && !model.aggregates.is_empty();
    let with = |reactions: fn(&Model, &[AggregateLayout]) -> Vec<_>| {
        if service {
            reactions(model, layouts)
        } else {
            Vec::new()
        }
    };
    Root {
        origin: origin(options),
        modules: Vec::new(),
        service,
        events_from: match &options.side {
            Side::ServiceFrom(path) => Some(path.clone()),
            _ => None,
        },
        descriptors: Vec::new(),
        validate: model.settings.validate,
        schema_version_in_data: model.settings.schema_version_in_data,
        validation: match model.settings.validation {
            Validation::Strict => "Strict",
            Validation::Djangoevents => "Djangoevents",
        },
        handlers: with(root::handlers),
        projections: with(root::projections),
        samples: None,
    }
}

/// How generated files name the schema directory.
pub(crate) fn origin(options: &Options) -> String {
    docs::code_span(&options.origin)
}

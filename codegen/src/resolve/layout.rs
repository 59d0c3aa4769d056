//! Where everything of the aggregates stands: modules, struct names, table names. Decided for all aggregates before
//! anything is written, since they refer to one another.

use crate::model::Model;
use crate::model::aggregate::{Aggregate, AggregateId};
use crate::model::event::{Event, Fate};
use crate::model::types::{Field, Home, NamedId, Type, TypeKind};
use crate::resolution::Resolver;
use crate::resolve::names::{self, Scope};
use crate::resolve::types::{Place, Typing, claim_type_name, local_types, named_in};

/// Where one aggregate's items stand.
#[derive(Debug)]
pub(crate) struct AggregateLayout {
    /// Its module, also its file's name.
    pub module: String,
    /// Name of its generated state.
    pub state_name: String,
    /// Its events, in order.
    pub events: Vec<EventLayout>,
    /// Names that are taken among its tables.
    pub node_scope: Scope,
}

/// Where one event's items stand.
#[derive(Debug)]
pub(crate) struct EventLayout {
    /// Struct and variant.
    pub name: String,
    /// Descriptor.
    pub static_name: String,
    /// Mutator method.
    pub method: String,
    /// Module of the types that are local to its file.
    pub submodule: String,
    /// Versions other than the latest that become structs: an explicit step takes or gives them.
    pub old_structs: Vec<i32>,
    /// For each step that gives several events the type of those.
    pub parts: Vec<(i32, String)>,
    /// Fields of an abstract aggregate's event that has no schema of its own: those that all children have in common.
    pub derived: Option<Derived>,
}

/// An event derived from those of an abstract aggregate's children.
#[derive(Debug)]
pub(crate) struct Derived {
    /// Fields in the first child's order.
    pub fields: Vec<Field>,
    /// Name of its table.
    pub node: String,
}

impl AggregateLayout {
    /// Lays out one aggregate and places its types.
    pub(crate) fn new(typing: &mut Typing<'_>, id: AggregateId, modules: &mut Scope) -> Self {
        let model = typing.model;
        let aggregate = model.aggregate(id);
        let wanted = match &aggregate.module {
            Some(module) => module.value.clone(),
            None => names::module_name(&aggregate.name.value),
        };
        let module = modules.claim(&wanted);
        let mut type_scope = Scope::with(&["Event", "Mutator", "Upcaster"]);
        let mut module_scope = Scope::with(&["nodes", "state"]);
        let mut node_scope = Scope::with(&["STATE", super::WAYS, super::SERVICE_WAYS]);
        let mut static_scope = Scope::with(&["AGGREGATE"]);
        let state_name = names::type_name(&aggregate.name.value);
        if aggregate.state.is_some() {
            type_scope.claim(&state_name);
        }
        let mut layout = Self {
            module,
            state_name,
            events: Vec::new(),
            node_scope: Scope::default(),
        };
        for event in &aggregate.events {
            let name = type_scope.claim(&struct_name(event));
            let snake = names::module_name(&event.name.value);
            let mut event_layout = EventLayout {
                static_name: static_scope.claim(&names::static_name(&[&event.name.value])),
                method: names::module_name(&event.name.value),
                submodule: module_scope.claim(&snake),
                old_structs: old_structs(aggregate, event),
                parts: Vec::new(),
                derived: None,
                name,
            };
            layout.place_versions(typing, event, &event_layout, &mut node_scope);
            let is_written = event.fate == Fate::Written;
            if aggregate.is_abstract && event.versions.is_empty() && event.typed && is_written {
                let fields = common_fields(model, id, &event.name.value);
                let node = node_scope.claim(&event_layout.static_name);
                event_layout.derived = Some(Derived { fields, node });
            }
            layout.events.push(event_layout);
        }
        layout.node_scope = node_scope;
        // Behind the events: their names are the user's.
        for (event, layout) in aggregate.events.iter().zip(&mut layout.events) {
            for split in &event.split {
                let step = split.step.value;
                let name = type_scope.claim(&format!("{}V{step}Part", layout.name));
                layout.parts.push((step, name));
            }
        }
        layout
    }

    fn place_versions(
        &self,
        typing: &mut Typing<'_>,
        event: &Event,
        layout: &EventLayout,
        node_scope: &mut Scope,
    ) {
        // What was renamed or dropped has no struct of its own.
        let latest = event
            .latest()
            .map(|latest| latest.version)
            .filter(|_| event.fate == Fate::Written);
        for version in &event.versions {
            let mut module = vec![self.module.clone()];
            if latest != Some(version.version) {
                module.push(format!("v{}", version.version));
            }
            let node = node_scope.claim(&names::static_name(&[
                &layout.static_name,
                &format!("V{}", version.version),
            ]));
            let node_module = vec![self.module.clone(), "nodes".to_owned()];
            let mut inner = module.clone();
            inner.push(layout.submodule.clone());
            typing.place(
                version.record,
                Place {
                    module,
                    name: layout.name.clone(),
                    node_module: node_module.clone(),
                    node: node.clone(),
                },
            );
            let mut scope = Scope::default();
            // Envelope fields' types, too: the file's own table needs them.
            for id in local_types(typing.types(), version.record, &[]) {
                let name = claim_type_name(&mut scope, typing, id);
                let node = node_scope.claim(&names::static_name(&[&node, &name]));
                typing.place(
                    id,
                    Place {
                        module: inner.clone(),
                        name,
                        node_module: node_module.clone(),
                        node,
                    },
                );
            }
        }
    }
}

/// Name of an event's struct: the manifest's name where that is a type's name.
fn struct_name(event: &Event) -> String {
    if let Some(name) = &event.rust_name {
        return name.value.clone();
    }
    let name = &event.name.value;
    let is_type_name = name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
        && name != "Self";
    if is_type_name {
        name.clone()
    } else {
        names::type_name(name)
    }
}

fn old_structs(aggregate: &Aggregate, event: &Event) -> Vec<i32> {
    let latest = event.latest().map_or(0, |latest| latest.version);
    let is_written = event.fate == Fate::Written;
    let is_old = |version: &i32| *version < latest || *version == latest && !is_written;
    // What a step gives that splits is listed.
    let of_steps = event.upcast.iter().flat_map(|step| {
        let next = event.split_at(step.value).is_none();
        [step.value].into_iter().chain(next.then(|| step.value + 1))
    });
    let place = aggregate
        .events
        .iter()
        .position(|other| std::ptr::eq(other, event));
    let all_parts = aggregate
        .events
        .iter()
        .flat_map(|event| &event.split)
        .flat_map(|split| &split.parts);
    let as_parts = all_parts
        .filter(|part| Some(part.event) == place)
        .map(|part| part.version);
    let mut versions: Vec<_> = of_steps.chain(as_parts).filter(is_old).collect();
    // The last step of what it was gives its first version.
    let leads_here = |former: &Event| {
        let last = former.latest().map(|latest| latest.version);
        former.fate != Fate::Dropped
            && std::ptr::eq(aggregate.now(former), event)
            && former.upcast.iter().any(|step| Some(step.value) == last)
    };
    if is_written && latest > 1 && aggregate.events.iter().any(leads_here) {
        versions.push(1);
    }
    versions.sort_unstable();
    versions.dedup();
    versions
}

/// The children of an abstract aggregate.
pub(crate) fn children(
    model: &Model,
    parent: AggregateId,
) -> impl Iterator<Item = (AggregateId, &Aggregate)> {
    (0..)
        .map(AggregateId)
        .zip(&model.aggregates)
        .filter(move |(_, aggregate)| aggregate.extends == Some(parent))
}

/// The event of that name, if it is still written.
pub(crate) fn find_event<'m>(aggregate: &'m Aggregate, name: &str) -> Option<(usize, &'m Event)> {
    aggregate
        .written()
        .iter()
        .enumerate()
        .find(|(_, event)| event.name.value == name)
}

/// Payload fields of an event's latest version.
pub(crate) fn payload_fields<'m>(model: &'m Model, event: &Event) -> Vec<&'m Field> {
    let Some(latest) = event.latest() else {
        return Vec::new();
    };
    let skip = &model.settings.envelope_fields;
    let fields = model.types.get(latest.record).fields().iter();
    fields
        .filter(|field| !skip.contains(&field.name.value))
        .collect()
}

/// Fields that all children's event has in common, by name and type. Types local to a file are never in common.
pub(crate) fn common_fields(model: &Model, parent: AggregateId, event: &str) -> Vec<Field> {
    let mut records = children(model, parent).filter_map(|(_, child)| {
        let (_, event) = find_event(child, event)?;
        (event.typed && !event.versions.is_empty()).then(|| payload_fields(model, event))
    });
    let Some(first) = records.next() else {
        return Vec::new();
    };
    let rest: Vec<_> = records.collect();
    let resolver = Resolver::new(&model.types, &[]);
    first
        .into_iter()
        .filter(|field| is_shared(model, &field.ty))
        .filter(|field| {
            rest.iter().all(|fields| {
                fields.iter().any(|other| {
                    other.name.value == field.name.value && resolver.same(&other.ty, &field.ty)
                })
            })
        })
        .cloned()
        .collect()
}

fn is_shared(model: &Model, ty: &Type) -> bool {
    let mut shared = true;
    named_in(ty, &mut |id: NamedId| {
        shared &= model.types.get(id).home == Home::Shared
    });
    shared && !has_wide_union(ty)
}

/// Unions of several types become enums of the module that they stand in, so they are not shared either.
fn has_wide_union(ty: &Type) -> bool {
    match &ty.kind {
        TypeKind::Union(_) => ty.optional().is_none_or(has_wide_union),
        TypeKind::Array(inner) | TypeKind::Map(inner) => has_wide_union(inner),
        _ => false,
    }
}

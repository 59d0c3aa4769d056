//! Which impls the generated code asks of the user, and which methods each needs. Pure functions of `Resolved`.
//! What a stub looks like is in `stub_text.rs`, where it goes in `sync_plan.rs`.

use super::stub_text::{StateField, Stub, StubKind};
use crate::resolved::{
    AggregateModule, Item, MethodKind, MutatorMethod, Reaction, Resolved, ServiceItem,
};

/// An impl that the generated code asks for.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// Module of the trait below the events' module; `None`: that itself.
    pub(crate) module: Option<String>,
    /// Name of the trait.
    pub(crate) trait_name: &'static str,
    /// Path of the type, where the manifest says it; for others the name of one to make.
    pub(crate) self_type: String,
    /// Whether any type will do.
    pub(crate) any_type: bool,
    /// Whether the type is the user's to declare.
    pub(crate) declared_by_user: bool,
    /// Methods without a default.
    pub(crate) methods: Vec<Stub>,
    /// What a state that is declared nowhere yet holds at first.
    pub(crate) fields: Vec<StateField>,
}

/// Every impl that the generated code asks for.
pub(crate) fn wanted(resolved: &Resolved) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    for aggregate in &resolved.aggregates {
        if let Some(service) = &aggregate.service {
            wanted.extend(mutator(aggregate, service));
        }
        if aggregate.emits_events && !aggregate.upcasts.is_empty() {
            wanted.push(upcaster(aggregate));
        }
    }
    let root = &resolved.root;
    for (reactions, trait_name, type_name) in [
        (&root.handlers, "Handlers", "MyHandlers"),
        (&root.projections, "Projections", "MyProjections"),
    ] {
        if !reactions.is_empty() {
            wanted.push(Wanted {
                module: None,
                trait_name,
                self_type: type_name.to_owned(),
                any_type: true,
                declared_by_user: true,
                methods: reactions.iter().map(reaction).collect(),
                fields: Vec::new(),
            });
        }
    }
    wanted
}

fn mutator(aggregate: &AggregateModule, service: &ServiceItem) -> Option<Wanted> {
    let has_own_state = service.state.is_none();
    if !has_own_state && service.methods.is_empty() {
        return None;
    }
    let parent = service
        .parent
        .as_ref()
        .filter(|_| has_own_state)
        .map(|parent| Stub {
            name: parent.method.clone(),
            kind: StubKind::Parent {
                rust_type: parent.rust_type.clone(),
            },
        });
    let methods = service
        .methods
        .iter()
        .filter_map(|method| mutator_stub(service, method));
    Some(Wanted {
        module: Some(aggregate.file.clone()),
        trait_name: "Mutator",
        self_type: service.rust_type.clone(),
        any_type: false,
        declared_by_user: has_own_state,
        fields: if parent.is_none() {
            state_fields(aggregate, service)
        } else {
            Vec::new()
        },
        methods: parent.into_iter().chain(methods).collect(),
    })
}

fn mutator_stub(service: &ServiceItem, method: &MutatorMethod) -> Option<Stub> {
    let event = method.event.clone();
    let kind = match method.kind {
        MethodKind::Creates => StubKind::Creates { event },
        MethodKind::CreatesFromParent => {
            let parent = service.parent.as_ref()?;
            StubKind::CreatesFromParent {
                parent: parent.method.clone(),
                parent_type: parent.rust_type.clone(),
                event,
            }
        }
        MethodKind::Changes => StubKind::Changes { event },
        // It has a default.
        MethodKind::Discards => return None,
    };
    Some(Stub {
        name: method.name.clone(),
        kind,
    })
}

fn upcaster(aggregate: &AggregateModule) -> Wanted {
    let steps = aggregate.upcasts.iter().map(|step| Stub {
        name: step.method.clone(),
        kind: StubKind::Upcast {
            old: step.old_type.clone(),
            new: step.new_type.clone(),
            splits: step.splits,
        },
    });
    Wanted {
        module: Some(aggregate.file.clone()),
        trait_name: "Upcaster",
        self_type: aggregate.upcasters.clone(),
        any_type: false,
        declared_by_user: true,
        methods: steps.collect(),
        fields: Vec::new(),
    }
}

fn reaction(reaction: &Reaction) -> Stub {
    let event = reaction.event_type.clone();
    let kind = match reaction.kind {
        "Sqlite" => StubKind::Sqlite { event },
        "Postgres" => StubKind::Postgres { event },
        _ => StubKind::Handler { event },
    };
    Stub {
        name: reaction.method.clone(),
        kind,
    }
}

/// Fields of the event that creates an aggregate, those of types that need no import.
fn state_fields(aggregate: &AggregateModule, service: &ServiceItem) -> Vec<StateField> {
    let creates = service
        .methods
        .iter()
        .find(|method| method.kind == MethodKind::Creates);
    let record = creates.and_then(|method| {
        aggregate.module.items.iter().find_map(|item| match item {
            Item::Record(record) if record.name == method.event => Some(record),
            _ => None,
        })
    });
    let fields = record.into_iter().flat_map(|record| &record.fields);
    fields
        .filter_map(|field| {
            let rust_type = field
                .rust_type
                .replace("::std::string::", "")
                .replace("::std::vec::", "")
                .replace("::std::option::", "")
                .replace("::evgen_runtime::", "evgen_runtime::");
            let is_plain = !rust_type.replace("evgen_runtime::", "").contains("::");
            is_plain.then(|| StateField {
                name: field.name.clone(),
                rust_type,
            })
        })
        .collect()
}

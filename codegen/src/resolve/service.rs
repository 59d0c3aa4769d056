//! The aggregates' side of one aggregate: its state, the mutator trait, what every event does, inherited commands.
//! Events themselves are in `aggregate.rs`.

use crate::model::aggregate::{Aggregate, AggregateId};
use crate::model::event::{AssignedValue, Assignment, Effect, Event, Mutator};
use crate::model::types::Field;
use crate::resolution::Resolver;
use crate::resolve::aggregate::{EventFields, event_fields};
use crate::resolve::docs::literal;
use crate::resolve::items::Items;
use crate::resolve::layout::{AggregateLayout, find_event};
use crate::resolve::names::{self, Scope};
use crate::resolve::nodes::Nodes;
use crate::resolve::resolutions::Resolutions;
use crate::resolve::types::{Typing, relative};
use crate::resolve::values::{constant, taken};
use crate::resolved::{
    Action, ApplyArm, Build, Change, Conversion, FieldItem, InheritedDecision, Item, MethodKind,
    MutatorMethod, Parent, ServiceItem,
};

/// What it takes to resolve one aggregate's service side.
pub(crate) struct Service<'a, 'm> {
    pub typing: &'a Typing<'m>,
    pub layouts: &'a [AggregateLayout],
    pub id: AggregateId,
}

impl<'a, 'm> Service<'a, 'm> {
    fn aggregate(&self) -> &'m Aggregate {
        self.typing.model.aggregate(self.id)
    }

    fn layout(&self) -> &'a AggregateLayout {
        &self.layouts[self.id.0]
    }

    fn module(&self) -> Vec<String> {
        vec![self.layout().module.clone()]
    }

    /// The aggregates' side, and items of the generated state's fields.
    pub(crate) fn resolve(
        &self,
        nodes: &mut Nodes<'_, 'm>,
        resolutions: &mut Resolutions<'m>,
    ) -> (ServiceItem, Vec<Item>) {
        let aggregate = self.aggregate();
        let mut items = Vec::new();
        let parent = aggregate.extends.map(|parent| self.parent(parent));
        let state = aggregate.state.as_ref().map(|state| {
            let fields: Vec<_> = state.fields.iter().collect();
            let node = "STATE";
            let inside = parent.as_ref().map(|parent| {
                let module = &parent.module;
                (
                    literal(&parent.method),
                    format!("&super::{module}::nodes::STATE"),
                )
            });
            let name = format!("{}.state", aggregate.name.value);
            nodes.record(node, &name, inside, &fields);
            let mut module = Items::new(
                self.typing,
                vec![self.layout().module.clone(), "state".to_owned()],
                Scope::default(),
            );
            let docs = vec![format!("State of {}.", aggregate.name.value)];
            let mut item = module.record(
                nodes,
                None,
                &fields,
                &self.layout().state_name,
                &self.module(),
                format!("nodes::{node}"),
                docs,
                "",
            );
            if let Some(parent) = &parent {
                item.fields.insert(
                    0,
                    FieldItem {
                        docs: vec!["What it has from its parent.".to_owned()],
                        name: parent.method.clone(),
                        rust_type: parent.rust_type.clone(),
                        codec: None,
                    },
                );
            }
            items = module.items;
            item
        });
        let service = ServiceItem {
            rust_type: self.rust_type(self.id, &self.module()),
            methods: self.methods(),
            arms: aggregate
                .events
                .iter()
                .zip(&self.layout().events)
                .map(|(event, layout)| ApplyArm {
                    variant: layout.name.clone(),
                    parent_event: self.parent_event_name(event),
                    action: self.action(nodes, resolutions, event),
                })
                .collect(),
            inherited_decisions: self.inherited_decisions(nodes, resolutions),
            state,
            parent,
        };
        (service, items)
    }

    /// Path of an aggregate's type, as written in `module`.
    pub(crate) fn rust_type(&self, id: AggregateId, module: &[String]) -> String {
        let aggregate = self.typing.model.aggregate(id);
        let layout = &self.layouts[id.0];
        if aggregate.state.is_some() {
            relative(
                module,
                std::slice::from_ref(&layout.module),
                &layout.state_name,
            )
        } else {
            aggregate.rust_type.clone()
        }
    }

    fn parent(&self, id: AggregateId) -> Parent {
        let layout = &self.layouts[id.0];
        Parent {
            rust_type: self.rust_type(id, &self.module()),
            module: format!("super::{}", layout.module),
            method: names::module_name(&self.typing.model.aggregate(id).name.value),
        }
    }

    /// Methods that the user writes.
    fn methods(&self) -> Vec<MutatorMethod> {
        let aggregate = self.aggregate();
        let own_state = aggregate.state.is_none();
        aggregate
            .events
            .iter()
            .zip(&self.layout().events)
            .filter_map(|(event, layout)| {
                let inherited = event.inherited_from.is_some();
                let kind = match (event.effect, &event.mutator) {
                    (Effect::Creates, Mutator::Method) if inherited && own_state => {
                        MethodKind::CreatesFromParent
                    }
                    (Effect::Creates, Mutator::Declared(_)) if inherited && own_state => {
                        MethodKind::CreatesFromParent
                    }
                    _ if inherited => return None,
                    (Effect::Creates, Mutator::Method) => MethodKind::Creates,
                    (Effect::Changes, Mutator::Method) => MethodKind::Changes,
                    (Effect::Discards, Mutator::Method) if own_state => MethodKind::Discards,
                    _ => return None,
                };
                Some(MutatorMethod {
                    name: layout.method.clone(),
                    event: layout.name.clone(),
                    kind,
                })
            })
            .collect()
    }

    fn action(
        &self,
        nodes: &mut Nodes<'_, 'm>,
        resolutions: &mut Resolutions<'m>,
        event: &'m Event,
    ) -> Action {
        let method = || {
            let (index, _) = find_event(self.aggregate(), &event.name.value).unwrap_or((0, event));
            self.layout().events[index].method.clone()
        };
        if event.effect == Effect::StoredOnly {
            return Action::Nothing;
        }
        if event.inherited_from.is_some()
            && let Some(parent_id) = self.aggregate().extends
        {
            return self.inherited_action(nodes, resolutions, event, parent_id, method());
        }
        match (event.effect, &event.mutator) {
            (Effect::Creates, Mutator::Declared(assignments)) => Action::Create {
                parent: None,
                build: Build::Literal(self.assigned(
                    nodes,
                    resolutions,
                    self.id,
                    event,
                    assignments,
                )),
            },
            (Effect::Creates, _) => Action::Create {
                parent: None,
                build: Build::Method(method()),
            },
            (_, Mutator::Declared(assignments)) => Action::Change(Change::Set(self.assigned(
                nodes,
                resolutions,
                self.id,
                event,
                assignments,
            ))),
            // A generated state has nothing that discarding changes.
            (Effect::Discards, _) if self.aggregate().state.is_some() => Action::Nothing,
            (_, Mutator::Method) => Action::Change(Change::Method(method())),
            (_, Mutator::None) => Action::Nothing,
        }
    }

    /// What a child's event does: the parent's mutator, on the parent inside.
    fn inherited_action(
        &self,
        nodes: &mut Nodes<'_, 'm>,
        resolutions: &mut Resolutions<'m>,
        event: &'m Event,
        parent_id: AggregateId,
        method: String,
    ) -> Action {
        let parent = self.typing.model.aggregate(parent_id);
        let Some((index, parent_event)) = find_event(parent, &event.name.value) else {
            return Action::Nothing;
        };
        let parent_method = self.layouts[parent_id.0].events[index].method.clone();
        if event.effect == Effect::Creates {
            let build_parent = match &parent_event.mutator {
                Mutator::Declared(assignments) => Build::Literal(self.assigned(
                    nodes,
                    resolutions,
                    parent_id,
                    parent_event,
                    assignments,
                )),
                _ => Build::Method(parent_method),
            };
            let build = match (&event.mutator, &self.aggregate().state) {
                (Mutator::Declared(assignments), Some(_)) => {
                    Build::Literal(self.assigned(nodes, resolutions, self.id, event, assignments))
                }
                _ => Build::Method(method),
            };
            return Action::Create {
                parent: Some(build_parent),
                build,
            };
        }
        match &parent_event.mutator {
            Mutator::Declared(assignments) => Action::ChangeParent(Change::Set(self.assigned(
                nodes,
                resolutions,
                parent_id,
                parent_event,
                assignments,
            ))),
            Mutator::Method if event.effect == Effect::Discards && parent.state.is_some() => {
                Action::Nothing
            }
            Mutator::Method => Action::ChangeParent(Change::Method(parent_method)),
            Mutator::None => Action::Nothing,
        }
    }

    /// A declared mutator's assignments to the state of `owner`: (Rust field, expression over `event`).
    fn assigned(
        &self,
        nodes: &mut Nodes<'_, 'm>,
        resolutions: &mut Resolutions<'m>,
        owner: AggregateId,
        event: &'m Event,
        assignments: &[Assignment],
    ) -> Vec<(String, String)> {
        let aggregate = self.typing.model.aggregate(owner);
        let Some(state) = &aggregate.state else {
            return Vec::new();
        };
        let layout = &self.layouts[owner.0];
        let Some((index, _)) = find_event(aggregate, &event.name.value) else {
            return Vec::new();
        };
        let event_fields = event_fields(self.typing, event, &layout.events[index]);
        let state_fields: Vec<_> = state.fields.iter().collect();
        let state_names = self.typing.field_names(None, &state_fields);
        let event_names = event_fields.names(self.typing);
        let event_fields = event_fields.fields;
        let module = self.module();
        assignments
            .iter()
            .filter_map(|assignment| {
                let index = position(state.fields.iter(), &assignment.field.value)?;
                let (field, to) = (state_names[index].clone(), &state.fields[index].ty);
                let value = match &assignment.value {
                    AssignedValue::EventField(name) => {
                        let from = position(event_fields.iter().copied(), &name.value)?;
                        let access = format!("event.{}", event_names[from]);
                        taken(
                            self.typing,
                            nodes,
                            resolutions,
                            &access,
                            &event_fields[from].ty,
                            to,
                        )
                    }
                    AssignedValue::Literal(value) => constant(
                        self.typing,
                        nodes,
                        &module,
                        &[&event.name.value, &assignment.field.value],
                        &value.value,
                        to,
                    ),
                };
                Some((field, value))
            })
            .collect()
    }

    /// Parent's events that this aggregate's events can be made of.
    fn inherited_decisions(
        &self,
        nodes: &mut Nodes<'_, 'm>,
        resolutions: &mut Resolutions<'m>,
    ) -> Vec<InheritedDecision> {
        let Some(parent_id) = self.aggregate().extends else {
            return Vec::new();
        };
        let mut decisions = Vec::new();
        for (event, layout) in self.aggregate().events.iter().zip(&self.layout().events) {
            let Some((parent_event, parent_index)) = self.parent_event(parent_id, event) else {
                continue;
            };
            let parent_layout = &self.layouts[parent_id.0];
            let from = event_fields(
                self.typing,
                parent_event,
                &parent_layout.events[parent_index],
            );
            let to = event_fields(self.typing, event, layout);
            let name = &event.name.value;
            let fields = self.fields_from(nodes, resolutions, name, "self", &from, &to);
            if let Some(fields) = fields {
                decisions.push(InheritedDecision {
                    parent: format!(
                        "super::{}::{}",
                        parent_layout.module, parent_layout.events[parent_index].name
                    ),
                    variant: layout.name.clone(),
                    creates: event.effect == Effect::Creates,
                    fields,
                });
            }
        }
        decisions
    }

    /// How this aggregate's inherited events become the parent's.
    pub(crate) fn conversions(
        &self,
        nodes: &mut Nodes<'_, 'm>,
        resolutions: &mut Resolutions<'m>,
    ) -> Vec<Conversion> {
        let Some(parent_id) = self.aggregate().extends else {
            return Vec::new();
        };
        let parent_layout = &self.layouts[parent_id.0];
        self.aggregate()
            .events
            .iter()
            .zip(&self.layout().events)
            .filter_map(|(event, layout)| {
                let (parent_event, index) = self.parent_event(parent_id, event)?;
                let to = event_fields(self.typing, parent_event, &parent_layout.events[index]);
                let from = event_fields(self.typing, event, layout);
                let name = &event.name.value;
                let fields = self.fields_from(nodes, resolutions, name, "event", &from, &to);
                Some(Conversion {
                    event: layout.name.clone(),
                    parent: format!(
                        "super::{}::{}",
                        parent_layout.module, parent_layout.events[index].name
                    ),
                    fields: fields?,
                })
            })
            .collect()
    }

    /// The parent's event that an inherited typed event stands for.
    fn parent_event(&self, parent: AggregateId, event: &Event) -> Option<(&'m Event, usize)> {
        event.inherited_from.as_ref()?;
        let (index, parent_event) =
            find_event(self.typing.model.aggregate(parent), &event.name.value)?;
        (event.typed && parent_event.typed).then_some((parent_event, index))
    }

    /// Struct of the parent's event that an inherited one stands for.
    fn parent_event_name(&self, event: &Event) -> String {
        let Some(parent) = self.aggregate().extends else {
            return String::new();
        };
        find_event(self.typing.model.aggregate(parent), &event.name.value)
            .map(|(index, _)| self.layouts[parent.0].events[index].name.clone())
            .unwrap_or_default()
    }

    /// Fields of one event made of another's, which is called `variable`; `None` where one cannot be.
    fn fields_from(
        &self,
        nodes: &mut Nodes<'_, 'm>,
        resolutions: &mut Resolutions<'m>,
        event: &str,
        variable: &str,
        from: &EventFields<'_>,
        to: &EventFields<'_>,
    ) -> Option<Vec<(String, String)>> {
        let (from_names, to_names) = (from.names(self.typing), to.names(self.typing));
        let (from, to) = (&from.fields, &to.fields);
        let mut fields = Vec::new();
        for (field, name) in to.iter().zip(to_names) {
            let value = if let Some(index) = position(from.iter().copied(), &field.name.value) {
                let mut resolver = Resolver::new(self.typing.types(), &[]);
                resolver.value(&from[index].ty, &field.ty)?;
                if !resolver.problems.is_empty() {
                    return None;
                }
                let access = format!("{variable}.{}", from_names[index]);
                let (from, to) = (&from[index].ty, &field.ty);
                taken(self.typing, nodes, resolutions, &access, from, to)
            } else {
                let default = &field.default.as_ref()?.value;
                let names = [event, field.name.value.as_str()];
                let module = self.module();
                constant(self.typing, nodes, &module, &names, default, &field.ty)
            };
            fields.push((name, value));
        }
        Some(fields)
    }
}

fn position<'a>(mut fields: impl Iterator<Item = &'a Field>, name: &str) -> Option<usize> {
    fields.position(|field| field.name.value == name)
}

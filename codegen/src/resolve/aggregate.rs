//! The events' side of one aggregate: structs, tables, descriptors, how rows are read.
//! The aggregates' side (mutators, `impl Aggregate`) is in `service.rs`.

use crate::canonical;
use crate::model::aggregate::{Aggregate, AggregateId};
use crate::model::event::{Effect, Event, EventVersion, Fate, Forward};
use crate::model::types::{Field, NamedId};
use crate::resolve::docs::{code_span, doc_line, doc_lines, literal};
use crate::resolve::items::{Items, matching};
use crate::resolve::layout::{AggregateLayout, EventLayout, payload_fields};
use crate::resolve::names::Scope;
use crate::resolve::nodes::Nodes;
use crate::resolve::paths;
use crate::resolve::resolutions::Resolutions;
use crate::resolve::schema_text::minified;
use crate::resolve::types::{Typing, local_types, relative};
use crate::resolve::upcasts;
use crate::resolved::{
    EnvelopeStatic, EventItem, Item, Module, PartsItem, Read, UntypedItem, UpcastItem, VersionItem,
};

/// What the events' side of an aggregate consists of.
pub(crate) struct EventsSide<'a, 'm> {
    pub module: Module,
    pub nodes: Nodes<'a, 'm>,
    pub envelopes: Vec<EnvelopeStatic>,
    pub resolutions: Resolutions<'m>,
    pub events: Vec<EventItem>,
    pub former: Vec<EventItem>,
    pub upcasts: Vec<UpcastItem>,
    pub parts: Vec<PartsItem>,
}

/// Resolves the events' side of an aggregate.
pub(crate) fn resolve<'a, 'm>(
    typing: &'a Typing<'m>,
    id: AggregateId,
    layout: &AggregateLayout,
) -> EventsSide<'a, 'm> {
    let aggregate = typing.model.aggregate(id);
    let node_module = vec![layout.module.clone(), "nodes".to_owned()];
    let mut side = EventsSide {
        module: Module::default(),
        nodes: Nodes::new(typing, node_module, layout.node_scope.clone()),
        envelopes: Vec::new(),
        resolutions: Resolutions::new(&typing.model.settings.envelope_fields),
        events: Vec::new(),
        former: Vec::new(),
        upcasts: Vec::new(),
        parts: Vec::new(),
    };
    for (event, event_layout) in aggregate.events.iter().zip(&layout.events) {
        side.event(typing, layout, event, event_layout, aggregate);
    }
    side
}

impl<'m> EventsSide<'_, 'm> {
    fn event(
        &mut self,
        typing: &Typing<'m>,
        layout: &AggregateLayout,
        event: &'m Event,
        event_layout: &EventLayout,
        of: &'m Aggregate,
    ) {
        let aggregate = of.name.value.as_str();
        let skip = &typing.model.settings.envelope_fields;
        let mut versions = Vec::new();
        for version in &event.versions {
            versions.push(self.version(typing, version));
        }
        let is_written = event.fate == Fate::Written;
        // An abstract aggregate's former event has no versions of its own.
        let has_rows = is_written || !event.typed || !event.versions.is_empty();
        let read = if event.fate == Fate::Dropped || !has_rows {
            Read::Never
        } else if !event.typed && !is_written {
            Read::Untyped
        } else if !event.typed {
            self.untyped(typing, layout, event, event_layout, aggregate);
            Read::Untyped
        } else if let Some(derived) = &event_layout.derived {
            let full_name = format!("{aggregate}.{}", event.name.value);
            let fields: Vec<_> = derived.fields.iter().collect();
            self.nodes.record(&derived.node, &full_name, None, &fields);
            let docs = vec![
                format!("The event {} of {aggregate}.", event.name.value),
                String::new(),
                "Holds the fields that all children's events have in common.".to_owned(),
            ];
            let at = StructPlace {
                module: vec![layout.module.clone()],
                node: &derived.node,
            };
            self.structure(typing, None, &fields, event_layout, &at, docs);
            versions.push(VersionItem {
                version: 1,
                file_literal: literal("(derived from its children)"),
                schema_literal: literal("null"),
                fingerprint: "0".to_owned(),
                node: format!("nodes::{}", derived.node),
                envelope: "&[]".to_owned(),
                places: Vec::new(),
            });
            Read::Only
        } else {
            for version in &event.versions {
                let latest = is_written
                    && event
                        .latest()
                        .is_some_and(|latest| latest.version == version.version);
                if latest || event_layout.old_structs.contains(&version.version) {
                    let fields = fields_of(typing, version.record, skip);
                    let mut docs = struct_docs(typing, event, version, aggregate);
                    if latest {
                        docs.extend(paths::lines(typing.model, of, event, &layout.events));
                    }
                    let place = typing.get(version.record).clone();
                    let at = StructPlace {
                        module: place.module,
                        node: &place.node,
                    };
                    self.structure(
                        typing,
                        Some(version.record),
                        &fields,
                        event_layout,
                        &at,
                        docs,
                    );
                }
            }
            upcasts::read(self, typing, of, event, &layout.events)
        };
        let now = match event.fate {
            Fate::Renamed(to) => &layout.events[to],
            Fate::Written | Fate::Dropped | Fate::Split => event_layout,
        };
        let split = upcasts::split(of, event).map(|(until, into)| {
            let into = into.into_iter();
            (
                until,
                into.map(|place| layout.events[place].static_name.clone())
                    .collect(),
            )
        });
        let events = if is_written {
            &mut self.events
        } else {
            &mut self.former
        };
        events.push(EventItem {
            name: now.name.clone(),
            now_static: (!matches!(event.fate, Fate::Dropped | Fate::Split))
                .then(|| now.static_name.clone()),
            split,
            is_split: event.fate == Fate::Split,
            is_former: !is_written,
            static_name: event_layout.static_name.clone(),
            name_literal: literal(&event.name.value),
            event_type_literal: literal(&event.event_type.value),
            version: event.latest().map_or(1, |latest| latest.version),
            legacy_version: event.legacy_version,
            forward: event.forward == Forward::Read,
            typed: event.typed,
            effect: match event.effect {
                Effect::Creates => "Creates",
                Effect::Changes => "Changes",
                Effect::Discards => "Discards",
                Effect::StoredOnly => "StoredOnly",
            },
            django: event
                .django
                .as_ref()
                .map(|(module, class)| (literal(module), literal(class))),
            versions,
            read,
        });
    }

    /// Tables and descriptor of one schema version.
    fn version(&mut self, typing: &Typing<'m>, version: &EventVersion) -> VersionItem {
        let skip = &typing.model.settings.envelope_fields;
        let node = &typing.get(version.record).node;
        self.nodes.named(version.record, skip);
        for local in local_types(typing.types(), version.record, &[]) {
            self.nodes.named(local, &[]);
        }
        let (places, of_envelope): (Vec<_>, Vec<_>) = fields_of(typing, version.record, &[])
            .into_iter()
            .enumerate()
            .filter(|(_, field)| skip.contains(&field.name.value))
            .unzip();
        let envelope = self.envelope(&of_envelope);
        let file = typing.model.sources.file(version.source);
        let canonical = canonical::canonical_form(typing.types(), version.record, skip);
        VersionItem {
            version: version.version,
            file_literal: literal(&file.relative),
            schema_literal: literal(&minified(&file.text)),
            fingerprint: format!("0x{:016x}", canonical::fingerprint(&canonical)),
            node: format!("nodes::{node}"),
            envelope,
            places,
        }
    }

    /// The table of a file's envelope fields. Most files have the same ones, so equal tables are one.
    fn envelope(&mut self, fields: &[&Field]) -> String {
        if fields.is_empty() {
            return "&[]".to_owned();
        }
        let table = self.nodes.fields(fields);
        let name = match self.envelopes.iter().find(|(_, known)| *known == table) {
            Some((name, _)) => name.clone(),
            None => {
                let name = self.nodes.scope.claim("ENVELOPE");
                self.envelopes.push((name.clone(), table));
                name
            }
        };
        format!("nodes::{name}")
    }

    /// The struct of one version, with the types that are local to its file.
    fn structure(
        &mut self,
        typing: &Typing<'m>,
        record: Option<NamedId>,
        fields: &[&Field],
        layout: &EventLayout,
        at: &StructPlace<'_>,
        docs: Vec<String>,
    ) {
        let mut inner = at.module.clone();
        inner.push(layout.submodule.clone());
        let skip = &typing.model.settings.envelope_fields;
        let local = record.map_or_else(Vec::new, |id| local_types(typing.types(), id, skip));
        let mut scope = Scope::default();
        for id in &local {
            scope.claim(&typing.get(*id).name);
        }
        let mut items = Items::new(typing, inner, scope);
        let node = relative(&at.module, self.nodes.module(), at.node);
        let item = items.record(
            &mut self.nodes,
            record,
            fields,
            &layout.name,
            &at.module,
            node,
            docs,
            "",
        );
        for id in local {
            items.named(&mut self.nodes, id);
        }
        let module = module_at(&mut self.module, &at.module[1..]);
        module.items.push(Item::Record(item));
        if !items.items.is_empty() {
            module.modules.push(Module {
                name: layout.submodule.clone(),
                docs: format!("Types of [`{}`].", layout.name),
                items: items.items,
                modules: Vec::new(),
            });
        }
    }

    fn untyped(
        &mut self,
        typing: &Typing<'m>,
        layout: &AggregateLayout,
        event: &Event,
        event_layout: &EventLayout,
        aggregate: &str,
    ) {
        let module = [layout.module.clone()];
        self.module.items.push(Item::Untyped(UntypedItem {
            docs: vec![
                format!(
                    "The event {} of {aggregate}, its data as JSON.",
                    event.name.value
                ),
                String::new(),
                "The manifest says `typed: false`.".to_owned(),
            ],
            name: event_layout.name.clone(),
            derives: matching(&typing.model.settings.derives, &module, &event_layout.name),
            attributes: matching(
                &typing.model.settings.attributes,
                &module,
                &event_layout.name,
            ),
        }));
    }
}

/// Where a struct stands and what its table is called.
struct StructPlace<'a> {
    module: Vec<String>,
    node: &'a str,
}

fn fields_of<'m>(typing: &Typing<'m>, record: NamedId, skip: &[String]) -> Vec<&'m Field> {
    let fields = typing.types().get(record).fields().iter();
    fields
        .filter(|field| !skip.contains(&field.name.value))
        .collect()
}

fn struct_docs(
    typing: &Typing<'_>,
    event: &Event,
    version: &EventVersion,
    aggregate: &str,
) -> Vec<String> {
    let mut docs = doc_lines(typing.types().get(version.record).doc.as_deref());
    if docs.is_empty() {
        docs.push(format!(
            "The event {} of {aggregate}.",
            doc_line(&event.name.value)
        ));
    }
    docs.push(String::new());
    let file = &typing.model.sources.file(version.source).relative;
    docs.push(format!(
        "Generated from `{}`, version {}{}.",
        code_span(file),
        version.version,
        match paths::status(typing.model, aggregate, event, version.version) {
            "" => String::new(),
            status => format!(" ({status})"),
        }
    ));
    docs
}

/// The module at a path below `module`, made where it is missing.
fn module_at<'a>(module: &'a mut Module, path: &[String]) -> &'a mut Module {
    let Some((name, rest)) = path.split_first() else {
        return module;
    };
    let index = module
        .modules
        .iter()
        .position(|known| known.name == *name)
        .unwrap_or_else(|| {
            module.modules.push(Module {
                name: name.clone(),
                docs: format!(
                    "Events of version {}, as upcasters see them.",
                    name.trim_start_matches('v')
                ),
                ..Module::default()
            });
            module.modules.len() - 1
        });
    module_at(&mut module.modules[index], rest)
}

/// The fields of an event's struct, and the record that they are of, if the event has its own.
pub(crate) struct EventFields<'a> {
    pub record: Option<NamedId>,
    pub fields: Vec<&'a Field>,
}

impl EventFields<'_> {
    /// Their Rust names.
    pub(crate) fn names(&self, typing: &Typing<'_>) -> Vec<String> {
        typing.field_names(self.record, &self.fields)
    }
}

/// Payload fields of the event, an abstract aggregate's derived ones too.
pub(crate) fn event_fields<'a>(
    typing: &Typing<'a>,
    event: &Event,
    layout: &'a EventLayout,
) -> EventFields<'a> {
    match &layout.derived {
        Some(derived) => EventFields {
            record: None,
            fields: derived.fields.iter().collect(),
        },
        None => EventFields {
            record: event.latest().map(|latest| latest.record),
            fields: payload_fields(typing.model, event),
        },
    }
}

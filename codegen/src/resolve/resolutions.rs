//! Resolution tables: the plans of `resolution.rs` as statics and expressions.

use std::collections::HashMap;

use crate::model::types::{Field, NamedId, NamedKind, Type};
use crate::resolution::{Plan, RecordPlan, Resolver};
use crate::resolve::avro_reads::AvroReads;
use crate::resolve::docs::literal;
use crate::resolve::nodes::Nodes;
use crate::resolve::types::Typing;
use crate::resolved::{AvroRead, ResolutionStatic, WayItem};

/// The resolution tables of one file. They stand beside its type tables.
pub(crate) struct Resolutions<'m> {
    skip: &'m [String],
    names: HashMap<(NamedId, NamedId), String>,
    /// Name of the table of ways.
    pub(crate) ways_name: &'static str,
    /// Ways between types of fields.
    pub(crate) ways: Vec<String>,
    pub(crate) statics: Vec<ResolutionStatic>,
    pub(crate) avro_reads: Vec<AvroRead>,
}

impl WayItem {
    /// The way from a version to its own type.
    pub(crate) fn same(node: &str) -> Self {
        Self {
            resolution: format!("c::Resolution::Same(&{node})"),
            avro: "None".to_owned(),
        }
    }

    /// Whether it is [`Self::same`].
    pub(crate) fn is_same(&self) -> bool {
        self.avro == "None"
    }
}

impl<'m> Resolutions<'m> {
    pub(crate) fn new(skip: &'m [String]) -> Self {
        Self {
            skip,
            names: HashMap::new(),
            ways_name: crate::resolve::WAYS,
            ways: Vec::new(),
            statics: Vec::new(),
            avro_reads: Vec::new(),
        }
    }

    /// The way from one version of an event to another, as expressions.
    pub(crate) fn event(
        &mut self,
        typing: &Typing<'m>,
        nodes: &mut Nodes<'_, 'm>,
        writer: NamedId,
        reader: NamedId,
    ) -> WayItem {
        let mut resolver = Resolver::new(typing.types(), self.skip)
            .depending_on_data(typing.model.depends_on_data);
        let plan = resolver.event(writer, reader);
        self.tables(typing, nodes, &resolver);
        for (pair, record) in &resolver.records {
            let name = self.function_name(pair.0, pair.1);
            if self.avro_reads.iter().all(|known| known.name != name) {
                let read = self.avro_read(typing, nodes, *pair, record);
                self.avro_reads.push(read);
            }
        }
        match plan {
            Plan::Record(from, to) => WayItem {
                resolution: format!("c::Resolution::Record(&{})", self.names[&(from, to)]),
                avro: format!("Some({})", self.function_name(from, to)),
            },
            _ => WayItem::same(&typing.get(reader).node),
        }
    }

    /// The way from one type to another, as an entry of the table of ways: a value of the one is read as the other.
    pub(crate) fn value(
        &mut self,
        typing: &Typing<'m>,
        nodes: &mut Nodes<'_, 'm>,
        from: &Type,
        to: &Type,
    ) -> String {
        let mut resolver = Resolver::new(typing.types(), self.skip);
        let plan = resolver.value(from, to);
        self.tables(typing, nodes, &resolver);
        let way = match plan {
            Some(plan) => self.expression(typing, nodes, &plan, from, to),
            None => {
                "c::Resolution::Never { reason: \"the types have nothing in common\" }".to_owned()
            }
        };
        self.ways
            .push(format!("({}, {way})", nodes.reference(from)));
        format!("nodes::{}[{}]", self.ways_name, self.ways.len() - 1)
    }

    /// Tables of all records that a resolver has met.
    fn tables(&mut self, typing: &Typing<'m>, nodes: &mut Nodes<'_, 'm>, resolver: &Resolver<'_>) {
        // Tables may be cyclic, so all have their names before any is written.
        for pair @ (from, to) in resolver.records.keys() {
            if !self.names.contains_key(pair) {
                let name = format!("{}_TO_{}", typing.get(*from).node, typing.get(*to).node);
                self.names.insert(*pair, nodes.scope.claim(&name));
            }
        }
        for ((from, to), record) in &resolver.records {
            let name = self.names[&(*from, *to)].clone();
            if self.statics.iter().all(|known| known.name != name) {
                let table = self.record(typing, nodes, name, (*from, *to), record);
                self.statics.push(table);
            }
        }
    }

    fn function_name(&self, from: NamedId, to: NamedId) -> String {
        self.names[&(from, to)].to_lowercase()
    }

    fn avro_read(
        &self,
        typing: &Typing<'m>,
        nodes: &Nodes<'_, 'm>,
        (from, to): (NamedId, NamedId),
        plan: &RecordPlan,
    ) -> AvroRead {
        let present: Vec<_> = typing
            .types()
            .get(to)
            .fields()
            .iter()
            .map(|field| {
                Some(field).filter(|field| !plan.is_event || !self.skip.contains(&field.name.value))
            })
            .collect();
        let reads = AvroReads {
            typing,
            nodes,
            function_name: &|from, to| self.function_name(from, to),
        };
        reads.record(
            (from, to),
            plan,
            typing.types().get(from).fields(),
            &present,
        )
    }

    fn record(
        &self,
        typing: &Typing<'m>,
        nodes: &Nodes<'_, 'm>,
        name: String,
        (from, to): (NamedId, NamedId),
        plan: &RecordPlan,
    ) -> ResolutionStatic {
        let (writer, reader) = (
            typing.types().get(from).fields(),
            typing.types().get(to).fields(),
        );
        // Indexes count the fields of the reader's struct: envelope fields are not among them.
        let index = |of: usize| {
            let kept = |field: &&Field| !plan.is_event || !self.skip.contains(&field.name.value);
            reader[..of].iter().filter(kept).count()
        };
        ResolutionStatic {
            name,
            name_literal: literal(&typing.types().get(from).name.to_string()),
            fields: plan
                .fields
                .iter()
                .map(|(place, target)| {
                    let field = &writer[*place];
                    let default = match &field.default {
                        Some(default) => format!("Some({})", literal(&default.value.to_text())),
                        None => "None".to_owned(),
                    };
                    let target = match target {
                        Some((to, plan)) => {
                            let way =
                                self.expression(typing, nodes, plan, &field.ty, &reader[*to].ty);
                            format!("Some(({}, {way}))", index(*to))
                        }
                        None => "None".to_owned(),
                    };
                    (
                        literal(&field.name.value),
                        nodes.reference(&field.ty),
                        default,
                        target,
                    )
                })
                .collect(),
            added: plan
                .added
                .iter()
                .map(|place| {
                    let field = &reader[*place];
                    let default = field
                        .default
                        .as_ref()
                        .map(|default| default.value.to_text())
                        .unwrap_or_default();
                    (index(*place), nodes.reference(&field.ty), literal(&default))
                })
                .collect(),
        }
    }

    fn expression(
        &self,
        typing: &Typing<'m>,
        nodes: &Nodes<'_, 'm>,
        plan: &Plan,
        writer: &Type,
        reader: &Type,
    ) -> String {
        match plan {
            Plan::Same => format!("c::Resolution::Same({})", nodes.reference(reader)),
            Plan::Never => {
                "c::Resolution::Never { reason: \"the types have nothing in common\" }".to_owned()
            }
            Plan::Promote => format!(
                "c::Resolution::Promote {{ from: {}, to: {} }}",
                nodes.reference(writer),
                nodes.reference(reader)
            ),
            Plan::Record(from, to) => {
                format!("c::Resolution::Record(&{})", self.names[&(*from, *to)])
            }
            Plan::Enum(from, to) => {
                let symbols: Vec<_> = symbols(typing, *from, *to)
                    .into_iter()
                    .map(|(symbol, index)| format!("({}, {index:?})", literal(symbol)))
                    .collect();
                format!("c::Resolution::Enum(&[{}])", symbols.join(", "))
            }
            Plan::Array(plan) => {
                let (writer, reader) = (writer.inner(), reader.inner());
                let items = self.expression(typing, nodes, plan, writer, reader);
                format!("c::Resolution::Array(&{items})")
            }
            Plan::Map(plan) => {
                let (writer, reader) = (writer.inner(), reader.inner());
                let values = self.expression(typing, nodes, plan, writer, reader);
                format!("c::Resolution::Map(&{values})")
            }
            Plan::FromUnion(plans) => {
                let branches: Vec<_> = plans
                    .iter()
                    .zip(writer.branches())
                    .map(|(plan, branch)| {
                        let way = match plan {
                            Some(plan) => {
                                format!(
                                    "Some({})",
                                    self.expression(typing, nodes, plan, branch, reader)
                                )
                            }
                            None => "None".to_owned(),
                        };
                        format!("({}, {way})", nodes.reference(branch))
                    })
                    .collect();
                format!("c::Resolution::FromUnion(&[{}])", branches.join(", "))
            }
            Plan::IntoUnion(branch, plan) => {
                let into = &reader.branches()[*branch];
                format!(
                    "c::Resolution::IntoUnion {{ union: {}, branch: {branch}, resolution: &{} }}",
                    nodes.reference(reader),
                    self.expression(typing, nodes, plan, writer, into)
                )
            }
        }
    }
}

/// For every symbol of the writer the index of the reader's, its default applied.
pub(crate) fn symbols<'m>(
    typing: &Typing<'m>,
    from: NamedId,
    to: NamedId,
) -> Vec<(&'m str, Option<usize>)> {
    let (
        NamedKind::Enum { symbols, .. },
        NamedKind::Enum {
            symbols: known,
            default,
        },
    ) = (&typing.types().get(from).kind, &typing.types().get(to).kind)
    else {
        return Vec::new();
    };
    let place = |name: &str| known.iter().position(|known| known.value == name);
    symbols
        .iter()
        .map(|symbol| {
            let index = place(&symbol.value)
                .or_else(|| default.as_ref().and_then(|default| place(&default.value)));
            (symbol.value.as_str(), index)
        })
        .collect()
}

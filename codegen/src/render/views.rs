//! What each template is given: the resolved item, and nothing else. `escape = "none"`: Rust, not HTML.

use askama::Template;

use super::filters;
use crate::resolved::{
    Action, AggregateModule, AliasItem, AvroRead, Build, Change, EnumItem, EnvelopeStatic,
    EventItem, MethodKind, NodeKind, NodeStatic, Parent, PartArm, Reaction, ReactionArm, Read,
    RecordItem, ResolutionStatic, Root, SamplesModule, ServiceItem, UnionItem, UntypedItem,
    UpcastFunction, WayItem,
};

#[derive(Template)]
#[template(path = "root.rs.j2", escape = "none")]
pub(crate) struct RootView<'a> {
    pub root: &'a Root,
    pub lints: &'a str,
}

#[derive(Template)]
#[template(path = "samples.rs.j2", escape = "none")]
pub(crate) struct SamplesView<'a> {
    pub samples: &'a SamplesModule,
}

#[derive(Template)]
#[template(path = "aggregate.rs.j2", escape = "none")]
pub(crate) struct AggregateView<'a> {
    pub aggregate: &'a AggregateModule,
}

#[derive(Template)]
#[template(path = "service.rs.j2", escape = "none")]
pub(crate) struct ServiceView<'a> {
    pub aggregate: &'a AggregateModule,
    pub service: &'a ServiceItem,
}

#[derive(Template)]
#[template(path = "event.rs.j2", escape = "none")]
pub(crate) struct EventView<'a> {
    pub event: &'a EventItem,
    pub aggregate_literal: &'a str,
}

#[derive(Template)]
#[template(path = "nodes.rs.j2", escape = "none")]
pub(crate) struct NodesView<'a> {
    pub nodes: &'a [NodeStatic],
    /// Path of the module that has the events' tables, where it is another crate's.
    pub other_crate: Option<&'a str>,
    pub envelopes: &'a [EnvelopeStatic],
    pub ways: &'a [(String, Vec<String>)],
    pub resolutions: &'a [ResolutionStatic],
    pub avro_reads: &'a [AvroRead],
    /// Ways into explicit steps, and between them, with their names.
    pub starts: Vec<(&'a str, &'a WayItem)>,
    /// Ways from every version to the latest, with the names of their tables.
    pub reads: Vec<(String, &'a [Option<WayItem>])>,
}

impl<'a> NodesView<'a> {
    /// Type tables alone.
    pub(crate) fn of_types(nodes: &'a [NodeStatic]) -> Self {
        Self {
            other_crate: None,
            nodes,
            envelopes: &[],
            ways: &[],
            resolutions: &[],
            avro_reads: &[],
            starts: Vec::new(),
            reads: Vec::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.uses_no_resolution()
    }

    /// Whether `t::` stands somewhere in the tables.
    fn uses_types(&self) -> bool {
        let in_ways = |ways: &(String, Vec<String>)| ways.1.iter().any(|way| way.contains("t::"));
        !self.nodes.is_empty() || self.ways.iter().any(in_ways)
    }

    fn uses_no_resolution(&self) -> bool {
        self.reads.is_empty()
            && self.starts.is_empty()
            && self.resolutions.is_empty()
            && self.ways.is_empty()
    }
}

#[derive(Template)]
#[template(path = "record.rs.j2", escape = "none")]
pub(crate) struct RecordView<'a> {
    pub docs: &'a [String],
    pub item: &'a RecordItem,
}

/// Avro's binary form of a record.
#[derive(Template)]
#[template(path = "avro_record.rs.j2", escape = "none")]
pub(crate) struct AvroRecordView<'a> {
    pub item: &'a RecordItem,
}

/// Avro's binary form of a union.
#[derive(Template)]
#[template(path = "avro_union.rs.j2", escape = "none")]
pub(crate) struct AvroUnionView<'a> {
    pub item: &'a UnionItem,
}

#[derive(Template)]
#[template(path = "enum.rs.j2", escape = "none")]
pub(crate) struct EnumView<'a> {
    pub docs: &'a [String],
    pub item: &'a EnumItem,
}

#[derive(Template)]
#[template(path = "union.rs.j2", escape = "none")]
pub(crate) struct UnionView<'a> {
    pub docs: &'a [String],
    pub item: &'a UnionItem,
}

#[derive(Template)]
#[template(path = "alias.rs.j2", escape = "none")]
pub(crate) struct AliasView<'a> {
    pub docs: &'a [String],
    pub item: &'a AliasItem,
}

#[derive(Template)]
#[template(path = "untyped.rs.j2", escape = "none")]
pub(crate) struct UntypedView<'a> {
    pub docs: &'a [String],
    pub item: &'a UntypedItem,
}

// Short questions that the templates ask; they say what to print, not what things are called.

impl RecordItem {
    /// Whether its fields by themselves say all: they fit one tuple, and the Rust type of each has one Avro form.
    pub(crate) fn is_plain(&self) -> bool {
        self.fields.len() <= TUPLE && self.fields.iter().all(|field| field.codec.is_none())
    }

    /// The fields to be written, as a tuple.
    fn written(&self) -> String {
        tuples(self.fields.iter().map(|field| match &field.codec {
            None => format!("&self.{}", field.name),
            Some((write, _)) => format!("{CODEC}::of(&self.{}, {write})", field.name),
        }))
    }

    /// The fields to be read, as a tuple.
    fn read(&self) -> String {
        tuples(self.fields.iter().map(|field| match &field.codec {
            None => format!("&mut self.{}", field.name),
            Some((_, read)) => format!("{CODEC}::of_mut(&mut self.{}, {read})", field.name),
        }))
    }
}

const CODEC: &str = "::evgen_runtime::codec";

/// As many as the runtime has tuples for (`codec/fields.rs`).
const TUPLE: usize = 16;

/// A tuple, or groups of them, each element on a line of its own.
fn tuples(elements: impl Iterator<Item = String>) -> String {
    let mut elements: Vec<_> = elements.collect();
    let mut text = tuple(&elements);
    let mut inside_groups = false;
    while elements.len() > TUPLE {
        let chunks = elements.chunks(TUPLE).map(|chunk| match inside_groups {
            true => groups(&tuple(chunk)),
            false => tuple(chunk),
        });
        elements = chunks.collect();
        inside_groups = true;
        text = groups(&tuple(&elements));
    }
    text.replace('\n', "\n        ")
}

fn groups(tuple: &str) -> String {
    format!("{CODEC}::Groups({tuple})")
}

fn tuple(elements: &[String]) -> String {
    let mut text = "(".to_owned();
    for element in elements {
        text.push_str("\n    ");
        text.push_str(&element.replace('\n', "\n    "));
        text.push(',');
    }
    text.push_str("\n)");
    text
}

impl Root {
    fn handler_names(&self) -> String {
        names(&self.handlers)
    }

    fn projection_names(&self) -> String {
        names(&self.projections)
    }

    fn reactions(&self) -> impl Iterator<Item = &Reaction> {
        self.handlers.iter().chain(&self.projections)
    }
}

fn names(reactions: &[Reaction]) -> String {
    let names: Vec<_> = reactions
        .iter()
        .map(|reaction| reaction.method.as_str())
        .collect();
    names.join(", ")
}

impl Reaction {
    /// The method's name without `r#`, to build others from.
    fn plain_method(&self) -> &str {
        self.method.trim_start_matches("r#")
    }

    /// The event, in the reaction's own enum if it has one.
    fn wrap(&self, arm: &ReactionArm) -> String {
        match &self.enum_name {
            Some(name) => format!("{name}::{}(event)", arm.own_variant),
            None => "event".to_owned(),
        }
    }
}

impl AggregateModule {
    /// Pattern of the events that are no abstract aggregate's.
    fn not_inherited(&self) -> Option<String> {
        let inherited = |name: &str| self.to_parent.iter().any(|parent| parent.event == name);
        let variants: Vec<_> = self
            .events
            .iter()
            .filter(|event| !inherited(&event.name))
            .map(|event| format!("Self::{}(_)", event.name))
            .collect();
        (!variants.is_empty()).then(|| variants.join(" | "))
    }
}

impl PartArm {
    /// What becomes of the event that a step has given.
    fn lines(&self) -> Vec<String> {
        let convert = self.convert.as_ref().map(|convert| {
            let call = format!(
                "::evgen_runtime::codec::avro::convert(&event, &nodes::{})?;",
                convert.static_name
            );
            format!("let event: {} = {call}", convert.rust_type)
        });
        let event = &self.event;
        let push = match &self.next {
            None => format!("parts.push(Event::{event}(event));"),
            Some((next, false)) => format!("parts.push(Event::{event}({next}(event, cx)?));"),
            Some((next, true)) => format!("{next}(event, cx, parts)?;"),
        };
        convert.into_iter().chain([push]).collect()
    }
}

impl UpcastFunction {
    /// Whether the step's result is the latest.
    fn is_last(&self) -> bool {
        self.convert.is_none() && self.next.is_none()
    }
}

impl ServiceItem {
    fn has_mutator(&self) -> bool {
        self.state.is_none() || !self.methods.is_empty()
    }

    /// The parent, where the user's own type holds it.
    fn own_parent(&self) -> Option<&Parent> {
        self.parent.as_ref().filter(|_| self.state.is_none())
    }

    fn parent_name(&self) -> &str {
        self.parent.as_ref().map_or("", |parent| &parent.method)
    }

    fn parent_type(&self) -> &str {
        self.parent.as_ref().map_or("", |parent| &parent.rust_type)
    }

    fn parent_module(&self) -> &str {
        self.parent.as_ref().map_or("", |parent| &parent.module)
    }

    /// Expression for the parent inside the state.
    fn parent_inside(&self) -> String {
        let name = self.parent_name();
        if self.state.is_some() {
            format!("&mut ::evgen_runtime::existing(state, cx)?.{name}")
        } else {
            format!("<Self as Mutator>::{name}(::evgen_runtime::existing(state, cx)?)")
        }
    }

    /// Pattern of the events that change nothing.
    fn untouched(&self) -> Option<String> {
        let variants: Vec<_> = self
            .arms
            .iter()
            .filter(|arm| matches!(arm.action, Action::Nothing))
            .map(|arm| format!("Event::{}(_)", arm.variant))
            .collect();
        (!variants.is_empty()).then(|| variants.join(" | "))
    }

    /// Whether any action uses the context.
    fn uses_cx(&self) -> bool {
        self.arms.iter().any(|arm| match &arm.action {
            Action::Nothing => false,
            Action::Create { parent, build } => {
                matches!(build, Build::Method(_)) || matches!(parent, Some(Build::Method(_)))
            }
            Action::Change(_) | Action::ChangeParent(_) => true,
        })
    }
}

//! YAML text → the spanned manifest. Every mistake that one entry shows by itself is reported here;
//! what entries say about each other, and about the schemas, is for `model/build.rs` and `check`.

mod aggregates;
mod allow;
mod decode;
mod former;
mod lineage;
mod reactions;
mod rust_path;
mod settings;
mod slices;

pub(crate) use lineage::{Lineage, Listed};
#[cfg(feature = "cli")]
pub(crate) use rust_path::is_rust_name;
pub(crate) use slices::Slices;

use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{BAD_VALUE, MISSING_KEY, UNKNOWN_FORMAT};
use crate::load::yaml::{self, Node, NodeKind};
use crate::model::event::{Effect, Forward};
use crate::model::handler::{Delivery, ProjectionStore, RunOptions};
use crate::model::types::Json;
use crate::model::{Allowance, Compatibility, Settings};
use crate::source::{SourceId, Span, Spanned};
use decode::{Fields, list_of, string};

/// The manifest's JSON Schema, for editors.
#[must_use]
pub fn manifest_schema() -> &'static str {
    include_str!("../../manifest.schema.json")
}

/// The manifest, as written.
#[derive(Debug)]
pub struct Manifest {
    /// The file.
    pub source: SourceId,
    /// `settings`, and those that only steer loading.
    pub settings: ManifestSettings,
    /// `types_only`: directories of plain Avro.
    pub types_only: Vec<Spanned<String>>,
    /// `aggregates`
    pub aggregates: Vec<AggregateEntry>,
    /// `handlers`
    pub handlers: Vec<HandlerEntry>,
    /// `projections`
    pub projections: Vec<ProjectionEntry>,
    /// `allow`
    pub allowances: Vec<Allowance>,
    /// Where each aggregate stands in the text, where that can be said.
    pub(crate) slices: Option<Slices>,
}

/// The manifest's `settings`.
#[derive(Debug)]
pub struct ManifestSettings {
    /// Those that the model keeps.
    pub model: Settings,
    /// `legacy_version`
    pub legacy_version: i32,
    /// `allow_gaps`
    pub allow_gaps: bool,
}

/// One entry of `aggregates`.
#[derive(Debug)]
pub struct AggregateEntry {
    /// Its name.
    pub name: Spanned<String>,
    /// `abstract`
    pub is_abstract: bool,
    /// `extends`
    pub extends: Option<Spanned<String>>,
    /// `omits`
    pub omits: Vec<Spanned<String>>,
    /// `type`
    pub rust_type: Option<Spanned<String>>,
    /// `module`
    pub module: Option<Spanned<String>>,
    /// `directory`
    pub directory: Option<Spanned<String>>,
    /// `state`: fields as Avro JSON, the list's span.
    pub state: Option<Spanned<Json>>,
    /// `snapshot`
    pub snapshot: Option<SnapshotEntry>,
    /// `on_discard: remove`
    pub removed_on_discard: bool,
    /// `django`
    pub django: Option<DjangoEntry>,
    /// `legacy_version`
    pub legacy_version: Option<i32>,
    /// `allow_gaps`
    pub allow_gaps: Option<bool>,
    /// `events`, none for `events: none`; behind them what stands under their `was`.
    pub events: Vec<EventEntry>,
    /// `events: none`
    pub has_no_events: bool,
}

/// `snapshot:`
#[derive(Debug, Clone, Copy)]
pub struct SnapshotEntry {
    /// `every`
    pub every: u32,
    /// `version`
    pub version: u32,
}

/// `django:`
#[derive(Debug, Clone, Default)]
pub struct DjangoEntry {
    /// `module`
    pub module: Option<String>,
    /// `class`
    pub class: Option<String>,
}

/// One entry of `events`.
#[derive(Debug)]
pub struct EventEntry {
    /// Its name.
    pub name: Spanned<String>,
    /// `creates`, `discards`, `stored_only`
    pub effect: Effect,
    /// Where the effect is declared, if it is.
    pub effect_span: Option<Span>,
    /// `typed`
    pub typed: bool,
    /// `sets`
    pub sets: Option<Spanned<Vec<SetEntry>>>,
    /// `event_type`
    pub event_type: Option<Spanned<String>>,
    /// `upcast`
    pub upcast: Vec<Spanned<i32>>,
    /// `allow_gaps`
    pub allow_gaps: Option<bool>,
    /// `legacy_version`
    pub legacy_version: Option<i32>,
    /// `compatibility`
    pub compatibility: Option<Compatibility>,
    /// `forward`
    pub forward: Option<Forward>,
    /// `rust_name`
    pub rust_name: Option<Spanned<String>>,
    /// `django`
    pub django: Option<DjangoEntry>,
    /// `dropped`, or that it stands under another event's `was`.
    pub fate: FateEntry,
}

/// Whether an event is still written.
#[derive(Debug, Clone)]
pub enum FateEntry {
    /// It is.
    Written,
    /// The event of this name was called so: it stands under its `was`.
    Renamed(Spanned<String>),
    /// `dropped`
    Dropped,
}

/// One field of `sets`.
#[derive(Debug)]
pub struct SetEntry {
    /// Field of the state.
    pub field: Spanned<String>,
    /// What it becomes.
    pub value: SetValue,
}

/// What a field of `sets` becomes.
#[derive(Debug)]
pub enum SetValue {
    /// A field of the event.
    From(Spanned<String>),
    /// A literal.
    Literal(Spanned<Json>),
}

/// One entry of `handlers`.
#[derive(Debug)]
pub struct HandlerEntry {
    /// Its name.
    pub name: Spanned<String>,
    /// `on`
    pub on: Vec<Spanned<String>>,
    /// `delivery`
    pub delivery: Delivery,
    /// `workers`, `attempts`
    pub run: RunOptions,
}

/// One entry of `projections`.
#[derive(Debug)]
pub struct ProjectionEntry {
    /// Its name.
    pub name: Spanned<String>,
    /// `on`
    pub on: Vec<Spanned<String>>,
    /// `delivery`
    pub delivery: Delivery,
    /// `workers`, `attempts`
    pub run: RunOptions,
    /// `store`
    pub store: ProjectionStore,
}

const KEYS: &[&str] = &[
    "format",
    "settings",
    "types_only",
    "aggregates",
    "handlers",
    "projections",
    "allow",
];

/// Reads a manifest; `None` if it is not YAML. Anything wrong is reported.
pub(crate) fn read(
    source: SourceId,
    text: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Manifest> {
    let root = yaml::parse(source, text, diagnostics)?;
    format(&root, diagnostics)?;
    let fields = Fields::of(&root, "a manifest", KEYS, diagnostics)?;
    let settings = settings::read(fields.get("settings"), diagnostics);
    let directory = |node: &Node, diagnostics: &mut Diagnostics| directory(node, diagnostics);
    Some(Manifest {
        source,
        settings,
        types_only: list_of(fields.get("types_only"), diagnostics, directory),
        aggregates: fields
            .get("aggregates")
            .map(|node| aggregates::read(node, diagnostics))
            .unwrap_or_default(),
        handlers: reactions::handlers(fields.get("handlers"), diagnostics),
        projections: reactions::projections(fields.get("projections"), diagnostics),
        allowances: allow::read(fields.get("allow"), diagnostics),
        slices: Slices::of(&root, text),
    })
}

/// A later format may mean anything by any key: nothing more is read of it.
fn format(root: &Node, diagnostics: &mut Diagnostics) -> Option<()> {
    let NodeKind::Mapping(entries) = &root.kind else {
        return Some(());
    };
    let Some((_, node)) = entries.iter().find(|(key, _)| key.value == "format") else {
        diagnostics
            .error(&MISSING_KEY, "the manifest has no `format`")
            .primary(
                Span {
                    end: root.span.start,
                    ..root.span
                },
                "expected `format: 1`",
            )
            .help("start the manifest with `format: 1`");
        return Some(());
    };
    if matches!(&node.to_json().value, Json::Number(number) if number == "1") {
        return Some(());
    }
    let found = string_for_message(node);
    diagnostics
        .error(
            &UNKNOWN_FORMAT,
            format!("manifest format {found} is not known"),
        )
        .primary(node.span, "not known to this build");
    None
}

fn string_for_message(node: &Node) -> String {
    match node.to_json().value {
        Json::Number(text) => text,
        Json::String(text) => format!("`{text}`"),
        _ => node.describe().to_owned(),
    }
}

/// A directory below the schema directory.
pub(super) fn directory(node: &Node, diagnostics: &mut Diagnostics) -> Option<Spanned<String>> {
    let directory = string(node, diagnostics)?;
    let parts_are_names = directory
        .value
        .split('/')
        .all(|part| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', ':']));
    if parts_are_names {
        return Some(directory);
    }
    diagnostics
        .error(
            &BAD_VALUE,
            format!(
                "`{}` is not a directory below the schema directory",
                directory.value
            ),
        )
        .primary(directory.span, "not a relative path of plain names")
        .help("write it relative to the schema directory, with `/`, without `.` and `..`");
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::category::Category;

    fn keys(json: &Json, path: &[&str]) -> Vec<String> {
        let Json::Object(entries) = json else {
            panic!("{path:?}")
        };
        let Some((first, rest)) = path.split_first() else {
            let mut keys: Vec<String> = entries.iter().map(|(key, _)| key.value.clone()).collect();
            keys.sort();
            return keys;
        };
        let found = entries.iter().find(|(key, _)| key.value == *first).unwrap();
        match &found.1.value {
            Json::Array(items) => keys(&items.last().unwrap().value, rest),
            inner => keys(inner, rest),
        }
    }

    #[test]
    fn json_schema_knows_the_same_keys() {
        let mut none = Diagnostics::default();
        let schema = crate::load::json::parse(SourceId(0), manifest_schema(), &mut none).unwrap();
        let root = ["properties"];
        let settings = ["properties", "settings", "properties"];
        let aggregate = [
            "properties",
            "aggregates",
            "additionalProperties",
            "properties",
        ];
        let event = [
            &aggregate[..],
            &["events", "anyOf", "additionalProperties", "properties"],
        ]
        .concat();
        let former = [
            &event[..],
            &["was", "anyOf", "additionalProperties", "properties"],
        ]
        .concat();
        let against = [&settings[..], &["against", "properties"]].concat();
        let allow = ["properties", "allow", "items", "properties"];
        let categories = Category::ALL.map(Category::name);
        let all: [(&[&str], &[&str]); 7] = [
            (&root, KEYS),
            (&settings, settings::KEYS),
            (&against, &categories),
            (&allow, allow::KEYS),
            (&aggregate, aggregates::AGGREGATE_KEYS),
            (&event, aggregates::EVENT_KEYS),
            (&former, former::FORMER_KEYS),
        ];
        for (path, known) in all {
            let mut known: Vec<&str> = known.to_vec();
            known.sort_unstable();
            assert_eq!(keys(&schema.value, path), known, "{path:?}");
        }
    }
}

//! `settings:` of the manifest.

use super::ManifestSettings;
use super::decode::{Fields, boolean, choice, integer, list_of, named, string};
use super::rust_path::{attribute, rust_name, rust_path};
use crate::diagnostic::Diagnostics;
use crate::diagnostic::category::Category;
use crate::diagnostic::codes::BAD_VALUE;
use crate::load::yaml::Node;
use crate::model::{Compatibility, Settings, Validation, Weight};
use crate::source::Spanned;

pub(super) const KEYS: &[&str] = &[
    "validate",
    "schema_version_in_data",
    "validation",
    "compatibility",
    "against",
    "envelope_fields",
    "legacy_version",
    "allow_gaps",
    "upcasters",
    "derives",
    "attributes",
    "type_mappings",
    "names",
    "time",
];

const ENVELOPE_FIELDS: &[&str] = &[
    "entity_id",
    "entity_version",
    "domain_event_id",
    "metadata",
    "schema_version",
];

/// Words of `compatibility`.
pub(super) const COMPATIBILITY: &[(&str, Compatibility)] = &[
    ("none", Compatibility::None),
    ("backward", Compatibility::Backward),
    ("backward_transitive", Compatibility::BackwardTransitive),
    ("forward", Compatibility::Forward),
    ("forward_transitive", Compatibility::ForwardTransitive),
    ("full", Compatibility::Full),
    ("full_transitive", Compatibility::FullTransitive),
];

impl Default for ManifestSettings {
    fn default() -> Self {
        let model = Settings {
            validate: true,
            schema_version_in_data: false,
            validation: Validation::Strict,
            compatibility: Compatibility::BackwardTransitive,
            against: Category::ALL.map(|category| match category {
                // Events evolve, and code that uses them with them.
                Category::Source => Weight::Warning,
                _ => Weight::Error,
            }),
            envelope_fields: ENVELOPE_FIELDS
                .iter()
                .map(|&field| field.to_owned())
                .collect(),
            upcasters: "crate::Upcasters".to_owned(),
            derives: Vec::new(),
            attributes: Vec::new(),
            type_mappings: Vec::new(),
            names: Vec::new(),
            raw_time: false,
        };
        Self {
            model,
            legacy_version: 1,
            allow_gaps: false,
        }
    }
}

pub(super) fn read(node: Option<&Node>, diagnostics: &mut Diagnostics) -> ManifestSettings {
    let mut settings = ManifestSettings::default();
    let Some(fields) = node.and_then(|node| Fields::of(node, "settings", KEYS, diagnostics)) else {
        return settings;
    };
    let model = &mut settings.model;
    let mut flag = |key: &str, target: &mut bool| {
        if let Some(value) = fields.get(key).and_then(|node| boolean(node, diagnostics)) {
            *target = value;
        }
    };
    flag("validate", &mut model.validate);
    flag("schema_version_in_data", &mut model.schema_version_in_data);
    flag("allow_gaps", &mut settings.allow_gaps);
    if let Some(value) = fields
        .get("compatibility")
        .and_then(|node| choice(node, COMPATIBILITY, diagnostics))
    {
        model.compatibility = value;
    }
    if let Some(node) = fields.get("against") {
        against(node, &mut model.against, diagnostics);
    }
    let validation = [
        ("strict", Validation::Strict),
        ("djangoevents", Validation::Djangoevents),
    ];
    if let Some(value) = fields
        .get("validation")
        .and_then(|node| choice(node, &validation, diagnostics))
    {
        model.validation = value;
    }
    if let Some(node) = fields.get("envelope_fields") {
        let names = list_of(Some(node), diagnostics, string);
        model.envelope_fields = names.into_iter().map(|name| name.value).collect();
    }
    if let Some(value) = fields
        .get("legacy_version")
        .and_then(|node| integer(node, 1, diagnostics))
    {
        settings.legacy_version = value;
    }
    if let Some(path) = fields
        .get("upcasters")
        .and_then(|node| string(node, diagnostics))
    {
        model.upcasters = rust_path(path, diagnostics).map_or_else(String::new, |path| path.value);
    }
    if let Some(node) = fields.get("derives") {
        model.derives = by_pattern(node, rust_path, diagnostics);
    }
    if let Some(node) = fields.get("attributes") {
        model.attributes = by_pattern(node, attribute, diagnostics);
    }
    if let Some(node) = fields.get("type_mappings") {
        for (name, path) in named(node, diagnostics) {
            let path = string(path, diagnostics).and_then(|path| rust_path(path, diagnostics));
            if let Some(path) = path {
                model.type_mappings.push((name.clone(), path.value));
            }
        }
    }
    if let Some(node) = fields.get("names") {
        for (name, rust) in named(node, diagnostics) {
            let rust =
                string(rust, diagnostics).and_then(|rust| rust_name(rust, "the name", diagnostics));
            if let Some(rust) = rust {
                model.names.push((name.clone(), rust));
            }
        }
    }
    let time = [("typed", false), ("raw", true)];
    if let Some(raw) = fields
        .get("time")
        .and_then(|node| choice(node, &time, diagnostics))
    {
        model.raw_time = raw;
    }
    settings
}

/// What a change of each category is: `against: { source: error }`.
fn against(node: &Node, weights: &mut [Weight; 4], diagnostics: &mut Diagnostics) {
    let words = [
        ("off", Weight::Off),
        ("warning", Weight::Warning),
        ("error", Weight::Error),
    ];
    let names = Category::ALL.map(Category::name);
    let Some(fields) = Fields::of(node, "`against`", &names, diagnostics) else {
        return;
    };
    for (name, weight) in names.iter().zip(weights) {
        let word = fields.get(name);
        if let Some(word) = word.and_then(|node| choice(node, &words, diagnostics)) {
            *weight = word;
        }
    }
}

type Check = fn(Spanned<String>, &mut Diagnostics) -> Option<Spanned<String>>;

/// Lists of texts, by pattern over Rust names.
fn by_pattern(
    node: &Node,
    check: Check,
    diagnostics: &mut Diagnostics,
) -> Vec<(String, Vec<String>)> {
    let mut lists = Vec::new();
    for (pattern, texts) in named(node, diagnostics) {
        check_pattern(pattern, diagnostics);
        let texts = list_of(Some(texts), diagnostics, |node, diagnostics| {
            check(string(node, diagnostics)?, diagnostics)
        });
        lists.push((
            pattern.value.clone(),
            texts.into_iter().map(|text| text.value).collect(),
        ));
    }
    lists
}

/// `*`, `todo::*`, `todo::Created`
fn check_pattern(pattern: &Spanned<String>, diagnostics: &mut Diagnostics) {
    let path = pattern.value.strip_suffix("::*").unwrap_or(&pattern.value);
    let is_pattern = pattern.value == "*"
        || path.split("::").all(|part| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        });
    if !is_pattern {
        diagnostics
            .error(
                &BAD_VALUE,
                format!("`{}` is not a pattern over Rust names", pattern.value),
            )
            .primary(pattern.span, "expected `*`, `module::*` or `module::Name`");
    }
}

//! Rules about names in Rust: modules of aggregates and structs of events do not collide.

use std::collections::HashMap;

use heck::{ToSnakeCase, ToUpperCamelCase};

use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::NAME_COLLISION;
use crate::model::Model;
use crate::model::aggregate::Aggregate;
use crate::source::Span;

/// Module of shared types.
const TYPES: &str = "types";

pub(super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    modules_are_unique(model, diagnostics);
    for aggregate in &model.aggregates {
        structs_are_unique(aggregate, diagnostics);
    }
}

fn modules_are_unique(model: &Model, diagnostics: &mut Diagnostics) {
    let mut first: HashMap<String, Span> = HashMap::new();
    for aggregate in &model.aggregates {
        let (module, span) = match &aggregate.module {
            Some(module) => (module.value.clone(), module.span),
            None => (aggregate.name.value.to_snake_case(), aggregate.name.span),
        };
        if module == TYPES {
            diagnostics
                .error(
                    &NAME_COLLISION,
                    format!(
                        "the module of `{}` would be `{TYPES}`",
                        aggregate.name.value
                    ),
                )
                .primary(span, "module of shared types")
                .help("give it another name with `module`");
        }
        if let Some(&other) = first.get(&module) {
            diagnostics
                .error(
                    &NAME_COLLISION,
                    format!("two aggregates have the module `{module}`"),
                )
                .primary(span, "the same module")
                .context(other, "as this one")
                .help("give one of them another name with `module`");
        } else {
            first.insert(module, span);
        }
    }
}

fn structs_are_unique(aggregate: &Aggregate, diagnostics: &mut Diagnostics) {
    let mut first: HashMap<String, Span> = HashMap::new();
    for event in aggregate.written() {
        let (name, span) = match &event.rust_name {
            Some(name) => (name.value.clone(), name.span),
            None => (event.name.value.to_upper_camel_case(), event.name.span),
        };
        if let Some(&other) = first.get(&name) {
            diagnostics
                .error(
                    &NAME_COLLISION,
                    format!(
                        "two events of `{}` have the Rust name `{name}`",
                        aggregate.name.value
                    ),
                )
                .primary(span, "the same name")
                .context(other, "as this one")
                .help("give one of them another name with `rust_name`");
        } else {
            first.insert(name, span);
        }
    }
}

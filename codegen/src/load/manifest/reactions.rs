//! `handlers:` and `projections:` of the manifest.

use super::decode::{Fields, choice, integer, list_of, named, string};
use super::rust_path::rust_name;
use super::{HandlerEntry, ProjectionEntry};
use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{BAD_VALUE, MISSING_KEY};
use crate::load::yaml::{Node, NodeKind};
use crate::model::handler::{Delivery, ProjectionStore, RunOptions};
use crate::source::Spanned;

/// More at a time than any service needs; each is a task.
const MAX_WORKERS: i32 = 1024;

pub(super) fn handlers(node: Option<&Node>, diagnostics: &mut Diagnostics) -> Vec<HandlerEntry> {
    let deliveries = [("inline", Delivery::Inline), ("durable", Delivery::Durable)];
    let keys = ["on", "delivery", "workers", "attempts"];
    let mut handlers = Vec::new();
    for (name, node) in node
        .map(|node| named(node, diagnostics))
        .unwrap_or_default()
    {
        let Some((name, fields)) =
            reaction(name, node, ("handler", "a handler", &keys), diagnostics)
        else {
            continue;
        };
        let delivery = fields
            .get("delivery")
            .filter(|node| !is_transactional(node, diagnostics))
            .and_then(|node| choice(node, &deliveries, diagnostics));
        let on = subscriptions(&name, &fields, diagnostics);
        let run = run_options(&fields, diagnostics);
        handlers.push(HandlerEntry {
            name,
            on,
            delivery: delivery.unwrap_or(Delivery::Inline),
            run,
        });
    }
    handlers
}

pub(super) fn projections(
    node: Option<&Node>,
    diagnostics: &mut Diagnostics,
) -> Vec<ProjectionEntry> {
    let stores = [
        ("own", ProjectionStore::Own),
        ("sqlite", ProjectionStore::Sqlite),
        ("postgres", ProjectionStore::Postgres),
    ];
    let deliveries = [
        ("durable", Delivery::Durable),
        ("transactional", Delivery::Transactional),
    ];
    let keys = ["on", "store", "delivery", "workers", "attempts"];
    let mut projections = Vec::new();
    for (name, node) in node
        .map(|node| named(node, diagnostics))
        .unwrap_or_default()
    {
        let Some((name, fields)) = reaction(
            name,
            node,
            ("projection", "a projection", &keys),
            diagnostics,
        ) else {
            continue;
        };
        let store = fields
            .get("store")
            .and_then(|node| choice(node, &stores, diagnostics));
        let on = subscriptions(&name, &fields, diagnostics);
        let delivery = fields
            .get("delivery")
            .and_then(|node| choice(node, &deliveries, diagnostics));
        let run = run_options(&fields, diagnostics);
        projections.push(ProjectionEntry {
            name,
            on,
            delivery: delivery.unwrap_or(Delivery::Durable),
            run,
            store: store.unwrap_or(ProjectionStore::Own),
        });
    }
    projections
}

fn reaction<'a>(
    name: &Spanned<String>,
    node: &'a Node,
    (kind, what, keys): (&str, &str, &[&str]),
    diagnostics: &mut Diagnostics,
) -> Option<(Spanned<String>, Fields<'a>)> {
    let name = rust_name(name.clone(), kind, diagnostics)?;
    Some((name, Fields::of(node, what, keys, diagnostics)?))
}

fn run_options(fields: &Fields<'_>, diagnostics: &mut Diagnostics) -> RunOptions {
    let mut number = |key| {
        let node = fields.get(key)?;
        let number = integer(node, 1, diagnostics)?;
        Some(Spanned::new(number, node.span))
    };
    let (workers, attempts) = (number("workers"), number("attempts"));
    if let Some(workers) = workers.as_ref().filter(|w| w.value > MAX_WORKERS) {
        diagnostics
            .error(
                &BAD_VALUE,
                format!("{} workers are too many", workers.value),
            )
            .primary(workers.span, format!("at most {MAX_WORKERS}"));
    }
    RunOptions { workers, attempts }
}

/// A handler cannot be part of an append: what it does could not be taken back.
fn is_transactional(node: &Node, diagnostics: &mut Diagnostics) -> bool {
    let found = is_word(node, "transactional");
    if found {
        diagnostics
            .error(&BAD_VALUE, "a handler cannot be transactional")
            .primary(node.span, "for projections only")
            .help("write `delivery: durable`, or make it a projection with `store: sqlite`");
    }
    found
}

fn is_word(node: &Node, word: &str) -> bool {
    matches!(&node.kind, NodeKind::Scalar { text, .. } if text == word)
}

fn subscriptions(
    name: &Spanned<String>,
    fields: &Fields<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<Spanned<String>> {
    let Some(node) = fields.get("on") else {
        diagnostics
            .error(&MISSING_KEY, format!("`{}` has no `on`", name.value))
            .primary(name.span, "takes no events")
            .help("list the events that it takes: `on: [Todo.Created]`");
        return Vec::new();
    };
    if matches!(&node.kind, NodeKind::Sequence(items) if items.is_empty()) {
        diagnostics
            .error(&BAD_VALUE, format!("`on` of `{}` is empty", name.value))
            .primary(node.span, "takes no events");
    }
    list_of(Some(node), diagnostics, string)
}

//! `allow:` of the manifest: changes that are accepted, each with its reason.

use super::decode::{Fields, list_of, string};
use crate::diagnostic::category::Category;
use crate::diagnostic::codes::{self, BAD_VALUE, CONTRADICTION, MISSING_KEY};
use crate::diagnostic::suggest::nearest;
use crate::diagnostic::{Code, Diagnostics};
use crate::load::yaml::Node;
use crate::model::Allowance;
use crate::source::Spanned;

pub(super) const KEYS: &[&str] = &["rule", "event", "type", "reason"];

pub(super) fn read(node: Option<&Node>, diagnostics: &mut Diagnostics) -> Vec<Allowance> {
    list_of(node, diagnostics, allowance)
}

fn allowance(node: &Node, diagnostics: &mut Diagnostics) -> Option<Allowance> {
    let fields = Fields::of(node, "an allowance", KEYS, diagnostics)?;
    let rule = required(&fields, "rule", "which rule?", node, diagnostics);
    let rule = rule.and_then(|id| known_rule(id, diagnostics));
    let reason = required(&fields, "reason", "why?", node, diagnostics);
    let reason = reason.and_then(|reason| not_blank(reason, diagnostics));
    let subject = match (fields.entry("event"), fields.entry("type")) {
        (Some((first, _)), Some((second, _))) => {
            diagnostics
                .error(&CONTRADICTION, "an allowance is for an event or for a type")
                .primary(second, "a type")
                .context(first, "an event");
            None
        }
        (Some((_, node)), None) | (None, Some((_, node))) => string(node, diagnostics),
        (None, None) => required(&fields, "event", "for which event?", node, diagnostics),
    };
    Some(Allowance {
        rule: rule?,
        subject: subject?,
        reason: reason?,
    })
}

fn required(
    fields: &Fields<'_>,
    key: &str,
    question: &str,
    entry: &Node,
    diagnostics: &mut Diagnostics,
) -> Option<Spanned<String>> {
    if let Some(node) = fields.get(key) {
        return string(node, diagnostics);
    }
    diagnostics
        .error(&MISSING_KEY, format!("the allowance has no `{key}`"))
        .primary(entry.span, question)
        .help("write `{ rule: EV0430, event: Todo.Created, reason: \"…\" }`");
    None
}

fn known_rule(
    id: Spanned<String>,
    diagnostics: &mut Diagnostics,
) -> Option<Spanned<&'static Code>> {
    if let Some(rule) = Category::rule(&id.value) {
        return Some(Spanned::new(rule, id.span));
    }
    let rules = codes::ALL
        .iter()
        .filter(|code| Category::of(code).is_some());
    let near = nearest(&id.value, rules.map(|code| code.id));
    diagnostics
        .error(
            &BAD_VALUE,
            format!("`{}` is no rule about changes", id.value),
        )
        .primary(id.span, "cannot be allowed")
        .suggest(near);
    None
}

fn not_blank(reason: Spanned<String>, diagnostics: &mut Diagnostics) -> Option<String> {
    if !reason.value.trim().is_empty() {
        return Some(reason.value);
    }
    diagnostics
        .error(&BAD_VALUE, "the reason is empty")
        .primary(reason.span, "why is this change no harm?");
    None
}

//! `split`: rows of an event that are read as several events.

use super::decode::{list_of, named, string, wrong_type};
use super::rust_path::rust_name;
use super::{PartEntry, SplitEntry};
use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::BAD_VALUE;
use crate::load::yaml::{Node, NodeKind};
use crate::source::Spanned;

/// The word for an event's last version: behind it there is none, so the event is no longer written.
const LAST: &str = "last";

/// `split: [AddressChanged, PhoneChanged]`, from the last version on; or `split: { 1: [Created, ChangedLabel] }`, by the
/// version that the step takes.
pub(super) fn split(node: Option<&Node>, diagnostics: &mut Diagnostics) -> Vec<SplitEntry> {
    let Some(node) = node else {
        return Vec::new();
    };
    let mut splits = Vec::new();
    match &node.kind {
        NodeKind::Sequence(_) => splits.push(SplitEntry {
            step: Spanned::new(None, node.span),
            parts: parts(node, diagnostics),
        }),
        NodeKind::Mapping(_) => {
            for (step, node) in named(node, diagnostics) {
                let number = match step.value.as_str() {
                    LAST => None,
                    text => match text.parse::<i32>() {
                        Ok(number) if number >= 1 => Some(number),
                        _ => {
                            diagnostics
                                .error(&BAD_VALUE, format!("`{text}` is no version"))
                                .primary(step.span, "expected a number from 1, or `last`")
                                .help("write the version that is split, or a list where the event is no longer written");
                            continue;
                        }
                    },
                };
                splits.push(SplitEntry {
                    step: Spanned::new(number, step.span),
                    parts: parts(node, diagnostics),
                });
            }
        }
        NodeKind::Scalar { .. } => wrong_type(
            node,
            "a list of events, or a mapping from versions to such lists",
            diagnostics,
        ),
    }
    splits.sort_by_key(|split| split.step.value.unwrap_or(i32::MAX));
    splits
}

/// `[AddressChanged, PhoneChanged.2]`
fn parts(node: &Node, diagnostics: &mut Diagnostics) -> Vec<PartEntry> {
    let names = list_of(Some(node), diagnostics, string);
    if names.is_empty() && matches!(node.kind, NodeKind::Sequence(_)) {
        diagnostics
            .error(&BAD_VALUE, "an event is split into nothing")
            .primary(node.span, "expected events of the aggregate")
            .help("write `dropped: true` for an event that nothing reads any more");
    }
    let mut parts: Vec<PartEntry> = Vec::new();
    for name in names {
        let (event, version) = match name.value.split_once('.') {
            None => (name.value.as_str(), None),
            Some((event, version)) => match version.parse::<i32>() {
                Ok(version) if version >= 1 => (event, Some(version)),
                _ => {
                    diagnostics
                        .error(&BAD_VALUE, format!("`{version}` is no version"))
                        .primary(
                            name.span,
                            "expected an event, or an event and a version: `PhoneChanged.2`",
                        );
                    continue;
                }
            },
        };
        let event = Spanned::new(event.to_owned(), name.span);
        if let Some(event) = rust_name(event, "event", diagnostics) {
            parts.push(PartEntry { event, version });
        }
    }
    parts
}

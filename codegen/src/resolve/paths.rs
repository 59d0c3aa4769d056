//! Docs of an event: which versions are stored, and how each becomes the latest. Which code does it is decided in `upcasts.rs`.

use crate::check::evolution::{find, next_step};
use crate::check::history;
use crate::model::Model;
use crate::model::aggregate::Aggregate;
use crate::model::event::{Event, EventVersion, Fate};
use crate::resolve::docs::code_span;
use crate::resolve::layout::EventLayout;
use crate::resolve::upcasts::step_method;

/// Most explicit steps of an event whose paths are written out whole: the docs grow with the versions, not with their pairs.
const WHOLE: usize = 6;

/// Whether a version is released, as docs say it; nothing where there is no lock.
pub(crate) fn status(model: &Model, aggregate: &str, event: &Event, version: i32) -> &'static str {
    match &model.lock {
        None => "",
        lock if history::is_released(lock.as_ref(), aggregate, &event.name.value, version) => {
            "released"
        }
        Some(_) => "draft",
    }
}

/// One line per version, the oldest first, behind those of what the event was; none where there is only one.
pub(crate) fn lines(
    model: &Model,
    aggregate: &Aggregate,
    event: &Event,
    layouts: &[EventLayout],
) -> Vec<String> {
    let is_former = |former: &&Event| {
        matches!(former.fate, Fate::Renamed(_)) && std::ptr::eq(aggregate.now(former), event)
    };
    let former = aggregate.events.iter().filter(is_former);
    let events: Vec<&Event> = former.chain([event]).collect();
    let versions = || {
        let all = events.iter();
        all.flat_map(|event| event.versions.iter().map(move |version| (*event, version)))
    };
    if versions().count() < 2 {
        return Vec::new();
    }
    let mut lines = vec![
        String::new(),
        "How stored versions become this one:".to_owned(),
    ];
    for (of, version) in versions() {
        let number = version.version;
        let status = match status(model, &aggregate.name.value, of, number) {
            "" => String::new(),
            status => format!(" ({status})"),
        };
        let name = match of.fate {
            Fate::Written | Fate::Dropped => String::new(),
            Fate::Renamed(_) => format!("`{}` ", code_span(&of.name.value)),
        };
        let path = path(aggregate, of, version, layouts);
        lines.push(format!("- {name}version {number}{status}{path}"));
    }
    lines
}

/// ` → 2 by Avro's rules → 3 by [Upcaster::created_v2_to_v3]`
fn path(
    aggregate: &Aggregate,
    event: &Event,
    from: &EventVersion,
    layouts: &[EventLayout],
) -> String {
    let now = aggregate.now(event);
    let latest = now.latest().map_or(0, |latest| latest.version);
    let steps = event.upcast.len()
        + if event.fate == Fate::Written {
            0
        } else {
            now.upcast.len()
        };
    let mut path = String::new();
    let (mut of, mut at) = (event, from.version);
    while !(std::ptr::eq(of, now) && at >= latest) {
        // Behind the versions of what it was stand those of what it is.
        let own = next_step(of, at);
        let (next, step) = match own {
            Some(_) => (of, own),
            None if std::ptr::eq(of, now) => (of, None),
            None => (now, next_step(now, 1)),
        };
        let target = step.unwrap_or(latest);
        let crosses = !std::ptr::eq(of, next);
        if crosses {
            let name = code_span(&next.name.value);
            path.push_str(&format!(" → `{name}` {target} by Avro's rules"));
        } else if target != at {
            path.push_str(&format!(" → {target} by Avro's rules"));
        }
        (of, at) = (next, target);
        let Some(step) = step else { continue };
        let method = step_method(aggregate, of, layouts, step);
        let to = if find(of, step.saturating_add(1)).is_some() {
            at = step.saturating_add(1);
            at.to_string()
        } else {
            (of, at) = (now, 1);
            format!("`{}` 1", code_span(&now.name.value))
        };
        path.push_str(&format!(" → {to} by [`Upcaster::{method}`]"));
        if steps > WHOLE && !(std::ptr::eq(of, now) && at >= latest) {
            path.push_str(&format!(", then as version {at}"));
            break;
        }
    }
    if path.is_empty() {
        path.push_str(": as it is");
    }
    path
}

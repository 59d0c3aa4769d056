//! Docs of an event: which versions are stored, and how each becomes the latest. Which code does it is decided in `upcasts.rs`.

use crate::check::evolution::find;
use crate::check::history;
use crate::model::Model;
use crate::model::aggregate::Aggregate;
use crate::model::event::{Event, EventVersion, Fate, SplitStep};
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
    let as_part = as_part(aggregate, event, layouts);
    if versions().count() < 2 && as_part.is_empty() {
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
            Fate::Written | Fate::Dropped | Fate::Split => String::new(),
            Fate::Renamed(_) => format!("`{}` ", code_span(&of.name.value)),
        };
        let path = path(aggregate, of, version, layouts);
        lines.push(format!("- {name}version {number}{status}{path}"));
    }
    lines.extend(as_part);
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
        let (next, step) = match aggregate.next_step(of, at) {
            Some((next, step)) => (next, Some(step)),
            None => (now, None),
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
        if let Some(split) = of.split_at(step) {
            path.push_str(&format!(
                " → {} by [`Upcaster::{method}`]",
                parts(aggregate, split)
            ));
            break;
        }
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

/// `` `AddressChanged` 1 and `PhoneChanged` 2 ``
fn parts(aggregate: &Aggregate, split: &SplitStep) -> String {
    let names = split.parts.iter().map(|part| {
        let name = code_span(&aggregate.events[part.event].name.value);
        format!("`{name}` {}", part.version)
    });
    names.collect::<Vec<_>>().join(" and ")
}

/// Lines for what rows of other events become that are split into this one.
fn as_part(aggregate: &Aggregate, event: &Event, layouts: &[EventLayout]) -> Vec<String> {
    let is_it = |place: usize| std::ptr::eq(aggregate.now(&aggregate.events[place]), event);
    let mut lines = Vec::new();
    for of in &aggregate.events {
        for split in &of.split {
            let is_part = split.parts.iter().any(|part| is_it(part.event));
            if is_part && !std::ptr::eq(of, event) {
                let step = split.step.value;
                let method = step_method(aggregate, of, layouts, step);
                let name = code_span(&of.name.value);
                lines.push(format!(
                    "- `{name}` up to version {step}: a part of it, by [`Upcaster::{method}`]"
                ));
            }
        }
    }
    lines
}

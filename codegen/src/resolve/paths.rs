//! Docs of an event: which versions are stored, and how each becomes the latest. Which code does it is decided in `upcasts.rs`.

use crate::check::history;
use crate::model::Model;
use crate::model::event::Event;
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

/// One line per version, the oldest first; none where there is only one.
pub(crate) fn lines(
    model: &Model,
    aggregate: &str,
    event: &Event,
    layout: &EventLayout,
) -> Vec<String> {
    let Some(latest) = event.latest().filter(|_| event.versions.len() > 1) else {
        return Vec::new();
    };
    let mut lines = vec![
        String::new(),
        "How stored versions become this one:".to_owned(),
    ];
    for version in &event.versions {
        let number = version.version;
        let status = match status(model, aggregate, event, number) {
            "" => String::new(),
            status => format!(" ({status})"),
        };
        let path = path(event, layout, number, latest.version);
        lines.push(format!("- version {number}{status}{path}"));
    }
    lines
}

/// ` → 2 by Avro's rules → 3 by [Upcaster::created_v2_to_v3]`
fn path(event: &Event, layout: &EventLayout, from: i32, latest: i32) -> String {
    let mut path = String::new();
    let mut at = from;
    while at < latest {
        let step = event
            .upcast
            .iter()
            .map(|step| step.value)
            .find(|step| *step >= at);
        let target = step.unwrap_or(latest);
        if target != at {
            path.push_str(&format!(" → {target} by Avro's rules"));
        }
        at = target;
        if let Some(step) = step {
            at = step.saturating_add(1);
            let method = step_method(layout, step);
            path.push_str(&format!(" → {at} by [`Upcaster::{method}`]"));
            if event.upcast.len() > WHOLE && at < latest {
                path.push_str(&format!(", then as version {at}"));
                break;
            }
        }
    }
    if path.is_empty() {
        path.push_str(": as it is");
    }
    path
}

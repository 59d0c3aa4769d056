//! How rows of every version become the latest struct: by resolution alone, or through the explicit steps in between.
//! One function per step, so that the code grows with the versions and not with their pairs.

use crate::model::event::{Event, EventVersion};
use crate::resolve::aggregate::EventsSide;
use crate::resolve::layout::EventLayout;
use crate::resolve::types::{Typing, relative};
use crate::resolved::{Read, UpcastConversion, UpcastFunction, UpcastItem, UpcastStart};

/// How rows of an event are read. Adds its steps to the trait.
pub(crate) fn read<'m>(
    side: &mut EventsSide<'_, 'm>,
    typing: &Typing<'m>,
    event: &'m Event,
    layout: &EventLayout,
) -> Read {
    let Some(latest) = event.latest() else {
        return Read::Untyped;
    };
    let steps: Vec<i32> = event.upcast.iter().map(|step| step.value).collect();
    let first_step = |version: i32| steps.iter().copied().find(|step| *step >= version);
    let mut direct = Vec::new();
    let mut starts = Vec::new();
    for version in &event.versions {
        let step = first_step(version.version).and_then(|step| Some((step, find(event, step)?)));
        let target = step.map_or(latest, |(_, target)| target);
        let way = side
            .resolutions
            .event(typing, &mut side.nodes, version.record, target.record);
        if let Some((step, _)) = step {
            starts.push(UpcastStart {
                version: version.version,
                static_name: format!("{}_FROM_V{}", layout.static_name, version.version),
                way,
                rust_type: type_of(typing, target),
                function: function_name(layout, step),
            });
            direct.push(None);
        } else {
            direct.push(Some(way));
        }
    }
    if starts.is_empty() {
        return match direct.as_slice() {
            [Some(way)] if way.is_same() => Read::Only,
            _ => Read::Direct(direct),
        };
    }
    let mut functions = Vec::new();
    for step in &steps {
        let (Some(old), Some(new)) = (find(event, *step), find(event, step + 1)) else {
            continue;
        };
        let next = first_step(step + 1);
        let target = next.and_then(|next| find(event, next)).unwrap_or(latest);
        let convert = (target.version != new.version).then(|| {
            let way = side
                .resolutions
                .event(typing, &mut side.nodes, new.record, target.record);
            UpcastConversion {
                static_name: format!("{}_BEHIND_V{step}", layout.static_name),
                way,
                rust_type: type_of(typing, target),
            }
        });
        functions.push(UpcastFunction {
            name: function_name(layout, *step),
            from: *step,
            old_type: type_of(typing, old),
            method: step_method(layout, *step),
            convert,
            next: next.map(|next| function_name(layout, next)),
        });
        side.upcasts.push(UpcastItem {
            method: step_method(layout, *step),
            old_type: type_of(typing, old),
            new_type: type_of(typing, new),
            docs: format!(
                "Takes `{}` from version {step} to version {}.",
                event.name.value,
                step + 1
            ),
        });
    }
    Read::Upcast {
        direct,
        starts,
        functions,
    }
}

fn find(event: &Event, version: i32) -> Option<&EventVersion> {
    event
        .versions
        .iter()
        .find(|candidate| candidate.version == version)
}

/// Type of a version, as written in the aggregate's module.
fn type_of(typing: &Typing<'_>, version: &EventVersion) -> String {
    let place = typing.get(version.record);
    relative(&place.module[..1], &place.module, &place.name)
}

pub(crate) fn step_method(layout: &EventLayout, step: i32) -> String {
    format!("{}_v{step}_to_v{}", plain(&layout.method), step + 1)
}

fn function_name(layout: &EventLayout, step: i32) -> String {
    format!("{}_from_v{step}", plain(&layout.method))
}

fn plain(method: &str) -> &str {
    method.trim_start_matches("r#")
}

//! How rows of every version become the latest struct: by resolution alone, or through the explicit steps in between.
//! One function per step, so that the code grows with the versions and not with their pairs.

use crate::check::evolution::{find, next_step};
use crate::model::aggregate::Aggregate;
use crate::model::event::{Event, EventVersion, Fate};
use crate::resolve::aggregate::EventsSide;
use crate::resolve::layout::EventLayout;
use crate::resolve::types::{Typing, relative};
use crate::resolved::{Read, UpcastConversion, UpcastFunction, UpcastItem, UpcastStart};

/// How rows of an event are read. Adds its steps to the trait.
pub(crate) fn read<'m>(
    side: &mut EventsSide<'_, 'm>,
    typing: &Typing<'m>,
    aggregate: &'m Aggregate,
    event: &'m Event,
    layouts: &[EventLayout],
) -> Read {
    let Some(history) = History::new(aggregate, event, layouts) else {
        return Read::Direct(Vec::new());
    };
    let layout = history.layout;
    let mut direct = Vec::new();
    let mut starts = Vec::new();
    for version in &event.versions {
        let Some(stop) = history.stop(version.version) else {
            continue;
        };
        let (writer, reader) = (version.record, stop.version.record);
        let way = side
            .resolutions
            .event(typing, &mut side.nodes, writer, reader);
        if let Some(function) = stop.function {
            starts.push(UpcastStart {
                version: version.version,
                static_name: format!("{}_FROM_V{}", layout.static_name, version.version),
                way,
                rust_type: type_of(typing, stop.version),
                function,
            });
            direct.push(None);
        } else {
            direct.push(Some(way));
        }
    }
    if starts.is_empty() {
        return match direct.as_slice() {
            [Some(way)] if way.is_same() && history.now.is_none() => Read::Only,
            _ => Read::Direct(direct),
        };
    }
    let mut functions = Vec::new();
    for step in event.upcast.iter().map(|step| step.value) {
        let Some((old, new, stop)) = history.step(step) else {
            continue;
        };
        let convert = (stop.version.record != new.record).then(|| {
            let (writer, reader) = (new.record, stop.version.record);
            let way = side
                .resolutions
                .event(typing, &mut side.nodes, writer, reader);
            UpcastConversion {
                static_name: format!("{}_BEHIND_V{step}", layout.static_name),
                way,
                rust_type: type_of(typing, stop.version),
            }
        });
        let method = step_method(aggregate, event, layouts, step);
        functions.push(UpcastFunction {
            name: function_name(layout, step),
            from: step,
            old_type: type_of(typing, old),
            method: method.clone(),
            convert,
            next: stop.function,
        });
        side.upcasts.push(UpcastItem {
            method,
            old_type: type_of(typing, old),
            new_type: type_of(typing, new),
            docs: history.step_docs(step),
        });
    }
    Read::Upcast {
        direct,
        starts,
        functions,
    }
}

/// The versions of an event, and behind them those of the event that it is now.
struct History<'a, 'm> {
    event: &'m Event,
    layout: &'a EventLayout,
    /// The event that it is now, and its layout; `None`: it is still called as it was.
    now: Option<(&'m Event, &'a EventLayout)>,
    latest: &'m EventVersion,
}

/// Where resolution leads to.
struct Stop<'m> {
    version: &'m EventVersion,
    /// The function of the step that begins there; `None`: it is the latest.
    function: Option<String>,
}

impl<'a, 'm> History<'a, 'm> {
    fn new(aggregate: &'m Aggregate, event: &'m Event, layouts: &'a [EventLayout]) -> Option<Self> {
        let layout = |event: &Event| {
            let mut events = aggregate.events.iter();
            let index = events.position(|other| std::ptr::eq(other, event))?;
            layouts.get(index)
        };
        let now = aggregate.now(event);
        Some(Self {
            event,
            layout: layout(event)?,
            now: match event.fate {
                Fate::Renamed(_) => Some((now, layout(now)?)),
                Fate::Written | Fate::Dropped => None,
            },
            latest: now.latest()?,
        })
    }

    /// Where resolution leads to from a version of the event.
    fn stop(&self, version: i32) -> Option<Stop<'m>> {
        let step = |event: &'m Event, layout: &EventLayout, version: i32| {
            let step = next_step(event, version)?;
            Some(Stop {
                version: find(event, step)?,
                function: Some(function_name(layout, step)),
            })
        };
        let own = step(self.event, self.layout, version);
        let later = || self.now.and_then(|(now, layout)| step(now, layout, 1));
        own.or_else(later).or(Some(Stop {
            version: self.latest,
            function: None,
        }))
    }

    /// What a step takes and gives, and where resolution leads to from there.
    fn step(&self, step: i32) -> Option<(&'m EventVersion, &'m EventVersion, Stop<'m>)> {
        let old = find(self.event, step)?;
        let new = match (find(self.event, step + 1), self.now) {
            (Some(new), _) => new,
            (None, Some((now, _))) => now.versions.first()?,
            (None, None) => return None,
        };
        Some((old, new, self.stop(step + 1)?))
    }

    fn step_docs(&self, step: i32) -> String {
        let name = &self.event.name.value;
        match (find(self.event, step + 1), self.now) {
            (None, Some((now, _))) => format!(
                "Takes `{name}` from its last version, {step}, to version 1 of `{}`.",
                now.name.value
            ),
            _ => format!(
                "Takes `{name}` from version {step} to version {}.",
                step + 1
            ),
        }
    }
}

/// Type of a version, as written in the aggregate's module.
fn type_of(typing: &Typing<'_>, version: &EventVersion) -> String {
    let place = typing.get(version.record);
    relative(&place.module[..1], &place.module, &place.name)
}

/// The trait's method of a step.
pub(crate) fn step_method(
    aggregate: &Aggregate,
    event: &Event,
    layouts: &[EventLayout],
    step: i32,
) -> String {
    let place = |wanted: &Event| {
        let mut events = aggregate.events.iter();
        events.position(|event| std::ptr::eq(event, wanted))
    };
    let name = |event: &Event| {
        let layout = place(event).and_then(|index| layouts.get(index));
        layout.map_or("", |layout| plain(&layout.method))
    };
    match event.fate {
        Fate::Renamed(_) if find(event, step + 1).is_none() => format!(
            "{}_v{step}_to_{}_v1",
            name(event),
            name(aggregate.now(event))
        ),
        _ => format!("{}_v{step}_to_v{}", name(event), step + 1),
    }
}

fn function_name(layout: &EventLayout, step: i32) -> String {
    format!("{}_from_v{step}", plain(&layout.method))
}

fn plain(method: &str) -> &str {
    method.trim_start_matches("r#")
}

//! How rows of every version become the latest struct: by resolution alone, or through the explicit steps in between.
//! One function per step, so that the code grows with the versions and not with their pairs.

use crate::check::evolution::find;
use crate::model::aggregate::Aggregate;
use crate::model::event::{Event, EventVersion, Fate, SplitStep};
use crate::resolve::aggregate::EventsSide;
use crate::resolve::docs::code_span;
use crate::resolve::layout::EventLayout;
use crate::resolve::types::{Typing, relative};
use crate::resolved::{
    PartArm, PartsItem, Read, UpcastConversion, UpcastFunction, UpcastItem, UpcastStart,
};

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
                splits: aggregate.next_split(event, version.version).is_some(),
                version: version.version,
                static_name: format!("{}_FROM_V{}", layout.static_name, version.version),
                way,
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
        if let Some(split) = event.split_at(step) {
            functions.extend(split_function(side, typing, &history, layouts, split));
            continue;
        }
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
            splits: aggregate.next_split(event, step).is_some(),
            parts: Vec::new(),
            parts_type: String::new(),
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
            splits: false,
            docs: history.step_docs(step),
        });
    }
    Read::Upcast {
        direct,
        starts,
        functions,
    }
}

/// The function of a step that gives several events, each on its own way from there.
fn split_function<'m>(
    side: &mut EventsSide<'_, 'm>,
    typing: &Typing<'m>,
    history: &History<'_, 'm>,
    layouts: &[EventLayout],
    split: &'m SplitStep,
) -> Option<UpcastFunction> {
    let (aggregate, event, layout) = (history.aggregate, history.event, history.layout);
    let step = split.step.value;
    let old = find(event, step)?;
    let (_, parts_type) = layout.parts.iter().find(|(of, _)| *of == step)?;
    let method = step_method(aggregate, event, layouts, step);
    let mut arms = Vec::new();
    let mut variants = Vec::new();
    let mut given = Vec::new();
    for part in &split.parts {
        let of = &aggregate.events[part.event];
        let of_part = History::new(aggregate, of, layouts)?;
        let (version, stop) = (find(of, part.version)?, of_part.stop(part.version)?);
        let variant = of_part.layout.name.clone();
        let convert = (stop.version.record != version.record).then(|| {
            let (writer, reader) = (version.record, stop.version.record);
            let way = side
                .resolutions
                .event(typing, &mut side.nodes, writer, reader);
            UpcastConversion {
                static_name: format!(
                    "{}_SPLIT_V{step}_{}",
                    layout.static_name, of_part.layout.static_name
                ),
                way,
                rust_type: type_of(typing, stop.version),
            }
        });
        let splits = aggregate.next_split(of, part.version).is_some();
        arms.push(PartArm {
            variant: variant.clone(),
            event: of_part.now_layout().name.clone(),
            convert,
            next: stop.function.map(|function| (function, splits)),
        });
        variants.push((variant, type_of(typing, version)));
        given.push(format!(
            "version {} of `{}`",
            part.version,
            code_span(&of.name.value)
        ));
    }
    let name = code_span(&event.name.value);
    side.parts.push(PartsItem {
        name: parts_type.clone(),
        docs: vec![format!(
            "What [`Upcaster::{method}`] makes of version {step} of `{name}`."
        )],
        variants,
    });
    side.upcasts.push(UpcastItem {
        method: method.clone(),
        old_type: type_of(typing, old),
        new_type: parts_type.clone(),
        splits: true,
        docs: format!(
            "Splits version {step} of `{name}` into events of {}: any number of each, in the order in which they count.",
            given.join(", ")
        ),
    });
    Some(UpcastFunction {
        name: function_name(layout, step),
        splits: true,
        parts: arms,
        parts_type: parts_type.clone(),
        from: step,
        old_type: type_of(typing, old),
        method,
        convert: None,
        next: None,
    })
}

/// Up to which version rows of an event are several, and the places of the events that these may be.
pub(crate) fn split(aggregate: &Aggregate, event: &Event) -> Option<(i32, Vec<usize>)> {
    let until = aggregate.split_until(event)?;
    let mut into = Vec::new();
    for version in event
        .versions
        .iter()
        .filter(|version| version.version <= until)
    {
        aggregate.read_as(event, version.version, &mut into);
    }
    into.sort_unstable();
    into.retain(|place| aggregate.events[*place].fate == Fate::Written);
    Some((until, into))
}

/// The versions of an event, and behind them those of the event that it is now.
struct History<'a, 'm> {
    aggregate: &'m Aggregate,
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
            aggregate,
            event,
            layout: layout(event)?,
            now: match event.fate {
                Fate::Renamed(_) => Some((now, layout(now)?)),
                Fate::Written | Fate::Dropped | Fate::Split => None,
            },
            latest: now.latest()?,
        })
    }

    /// Where resolution leads to from a version of the event.
    fn stop(&self, version: i32) -> Option<Stop<'m>> {
        let Some((of, step)) = self.aggregate.next_step(self.event, version) else {
            return Some(Stop {
                version: self.latest,
                function: None,
            });
        };
        let layout = if std::ptr::eq(of, self.event) {
            self.layout
        } else {
            self.now_layout()
        };
        Some(Stop {
            version: find(of, step)?,
            function: Some(function_name(layout, step)),
        })
    }

    /// The layout of the event that it is now.
    fn now_layout(&self) -> &'a EventLayout {
        self.now.map_or(self.layout, |(_, layout)| layout)
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
        _ if event.split_at(step).is_some() => format!("split_{}_v{step}", name(event)),
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

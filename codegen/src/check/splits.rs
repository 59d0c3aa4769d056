//! Rules about events that are split into several: what a step gives is there, and the way ends.

use std::collections::HashSet;

use crate::check::evolution::find;
use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{
    BAD_PART, CONTRADICTION, LISTED_TWICE, SPLIT_IN_CIRCLES, UNKNOWN_STEP,
};
use crate::model::Model;
use crate::model::aggregate::Aggregate;
use crate::model::event::{Event, Fate, SplitStep};

pub(super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    for aggregate in &model.aggregates {
        for event in &aggregate.events {
            for split in &event.split {
                step_is_one(aggregate, event, split, diagnostics);
                parts_can_be_given(aggregate, event, split, diagnostics);
            }
        }
        every_way_ends(aggregate, diagnostics);
    }
}

fn step_is_one(
    aggregate: &Aggregate,
    event: &Event,
    split: &SplitStep,
    diagnostics: &mut Diagnostics,
) {
    let name = format!("{}.{}", aggregate.name.value, event.name.value);
    let step = split.step.value;
    if !event.typed {
        diagnostics
            .error(
                &CONTRADICTION,
                format!("`{name}` is untyped, so no step can split it"),
            )
            .primary(split.step.span, "takes a type")
            .context(event.span(), "has none");
        return;
    }
    let latest = event.latest().map_or(0, |latest| latest.version);
    if !split.is_last && step >= latest {
        diagnostics
            .error(
                &UNKNOWN_STEP,
                format!("there is no version {} of `{name}` behind the one that is split", step.saturating_add(1)),
            )
            .primary(split.step.span, format!("from version {step}"))
            .help("add the next version; or, if the event is no longer written, list the events that its last version is split into: `split: [A, B]`");
    } else if split.is_last && matches!(event.fate, Fate::Renamed(_)) {
        diagnostics
            .error(&CONTRADICTION, format!("`{name}` is renamed, and its last version is split"))
            .primary(split.step.span, "gives other events")
            .context(event.span(), "is another event now")
            .help("name the version that is split, or list the event by itself instead of under `was`");
    }
    let twice = event.split.iter().filter(|other| other.step.value == step);
    if let Some(first) = twice
        .into_iter()
        .find(|other| other.step.span != split.step.span)
    {
        if first.step.span < split.step.span {
            diagnostics
                .error(
                    &LISTED_TWICE,
                    format!("version {step} of `{name}` is split twice"),
                )
                .primary(split.step.span, "split again here")
                .context(first.step.span, "first split here");
        }
        return;
    }
    let upcast = event.upcast.iter().find(|upcast| upcast.value == step);
    if let Some(upcast) = upcast.filter(|upcast| upcast.span != split.step.span) {
        diagnostics
            .error(&CONTRADICTION, format!("version {step} of `{name}` is upcast and split"))
            .primary(split.step.span, "split here")
            .context(upcast.span, "upcast here")
            .help("a step that gives one event is an upcast, one that gives several a split: keep one of the two");
    }
}

fn parts_can_be_given(
    aggregate: &Aggregate,
    event: &Event,
    split: &SplitStep,
    diagnostics: &mut Diagnostics,
) {
    let name = |event: &Event| format!("{}.{}", aggregate.name.value, event.name.value);
    for (place, part) in split.parts.iter().enumerate() {
        let of = &aggregate.events[part.event];
        let before = split.parts[..place].iter();
        if let Some(first) = before.into_iter().find(|other| other.event == part.event) {
            diagnostics
                .error(
                    &LISTED_TWICE,
                    format!("`{}` is listed twice as a part", name(of)),
                )
                .primary(part.span, "listed again here")
                .context(first.span, "first listed here")
                .help("list it once: the step may give any number of each");
        } else if of.fate == Fate::Dropped {
            diagnostics
                .error(
                    &BAD_PART,
                    format!(
                        "`{}` is dropped, so it is no part of `{}`",
                        name(of),
                        name(event)
                    ),
                )
                .primary(part.span, "nothing reads it")
                .context(of.span(), "dropped here")
                .help("take it from the list, and from what the step gives");
        } else if !of.typed {
            diagnostics
                .error(
                    &BAD_PART,
                    format!(
                        "`{}` is untyped, so it is no part of `{}`",
                        name(of),
                        name(event)
                    ),
                )
                .primary(part.span, "has no type that a step could give")
                .context(of.span(), "listed here");
        } else if !of.versions.is_empty() && find(of, part.version).is_none() {
            let latest = of.latest().map_or(0, |latest| latest.version);
            let is_own = std::ptr::eq(of, event);
            let help = if is_own && split.is_last {
                "the last version is split into other events; where the event is still written, name the version that is split: `split: { 1: […] }`".to_owned()
            } else if latest == 1 {
                format!("`{}` has version 1 alone", name(of))
            } else {
                format!("`{}` has versions 1 to {latest}", name(of))
            };
            diagnostics
                .error(
                    &BAD_PART,
                    format!("there is no version {} of `{}`", part.version, name(of)),
                )
                .primary(part.span, "a part")
                .help(help);
        }
    }
}

fn every_way_ends(aggregate: &Aggregate, diagnostics: &mut Diagnostics) {
    let mut done = HashSet::new();
    for event in &aggregate.events {
        for split in &event.split {
            ends(
                aggregate,
                (event, split),
                &mut Vec::new(),
                &mut done,
                diagnostics,
            );
        }
    }
}

/// The event's name and version: what a step is told apart by.
type StepKey<'a> = (&'a str, i32);

fn ends<'a>(
    aggregate: &'a Aggregate,
    (event, split): (&'a Event, &'a SplitStep),
    above: &mut Vec<StepKey<'a>>,
    done: &mut HashSet<StepKey<'a>>,
    diagnostics: &mut Diagnostics,
) {
    let key = (event.name.value.as_str(), split.step.value);
    if done.contains(&key) {
        return;
    }
    above.push(key);
    for part in &split.parts {
        let of = &aggregate.events[part.event];
        let Some((next, next_split)) = aggregate.next_split(of, part.version) else {
            continue;
        };
        let next_key = (next.name.value.as_str(), next_split.step.value);
        if above.contains(&next_key) {
            diagnostics
                .error(
                    &SPLIT_IN_CIRCLES,
                    format!(
                        "version {} of `{}.{}` is a part of itself",
                        next_key.1, aggregate.name.value, next_key.0
                    ),
                )
                .primary(part.span, "leads back")
                .context(next_split.step.span, "to this step")
                .help("give a version behind the step that splits it");
        } else {
            ends(aggregate, (next, next_split), above, done, diagnostics);
        }
    }
    above.pop();
    done.insert(key);
}

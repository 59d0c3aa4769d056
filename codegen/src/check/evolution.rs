//! Rules about an event's history: every version has its way to the latest.

use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{NO_WAY_TO_LATEST, NOT_FORWARD};
use crate::model::Model;
use crate::model::aggregate::Aggregate;
use crate::model::event::{Event, EventVersion, Fate, Forward};
use crate::resolution::Resolver;

pub(super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    for aggregate in &model.aggregates {
        for event in aggregate.events.iter().filter(|event| event.typed) {
            if !model.depends_on_data {
                every_version_has_its_way(model, aggregate, event, diagnostics);
            }
            if event.fate == Fate::Written {
                older_versions_read_the_latest(model, aggregate, event, diagnostics);
            }
        }
    }
}

fn every_version_has_its_way(
    model: &Model,
    aggregate: &Aggregate,
    event: &Event,
    diagnostics: &mut Diagnostics,
) {
    for version in &event.versions {
        let writer = (event, version);
        if let Some(reader) = read_as(aggregate, event, version) {
            resolves(model, aggregate, writer, reader, diagnostics);
        }
    }
}

/// A build that knows an event only up to some older version reads what this one writes, where the manifest asks for it.
fn older_versions_read_the_latest(
    model: &Model,
    aggregate: &Aggregate,
    event: &Event,
    diagnostics: &mut Diagnostics,
) {
    let name = format!("{}.{}", aggregate.name.value, event.name.value);
    let Some((latest, older)) = event.versions.split_last() else {
        return;
    };
    if model.allows(&NOT_FORWARD, &name) {
        return;
    }
    for reader in forward_readers(event, older) {
        let mut resolver = Resolver::new(&model.types, &model.settings.envelope_fields);
        resolver.event(latest.record, reader.record);
        for problem in resolver.problems {
            diagnostics
                .error(
                    &NOT_FORWARD,
                    format!(
                        "version {} of `{name}` cannot read what version {} writes: {}{}",
                        reader.version,
                        latest.version,
                        problem.message,
                        at(&problem.path)
                    ),
                )
                .primary(problem.writer, format!("in version {}", latest.version))
                .context(problem.reader, format!("in version {}", reader.version))
                .help(forward_help(event, &name));
        }
    }
}

/// Those of the older versions that have to read what the latest writes.
pub(crate) fn forward_readers<'a>(event: &Event, older: &'a [EventVersion]) -> &'a [EventVersion] {
    let mode = event.compatibility;
    if mode.is_forward() && mode.is_transitive() {
        older
    } else if mode.is_forward() || event.forward == Forward::Read {
        &older[older.len().saturating_sub(1)..]
    } else {
        &[]
    }
}

/// What to do where an older version cannot read the latest.
pub(crate) fn forward_help(event: &Event, name: &str) -> String {
    let why = if event.forward == Forward::Read {
        "`forward: read`"
    } else {
        "its `compatibility`"
    };
    format!(
        "{why} asks for it: keep what older versions need, or allow it for `{name}` with a reason"
    )
}

/// ` (\`address.zip\`)`
pub(crate) fn at(path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!(" (`{path}`)")
    }
}

/// The version that Avro's rules must read a version as: the latest, or the one that the next explicit step takes. Behind
/// the versions of a former event stand those of the event that it is now.
pub(crate) fn read_as<'a>(
    aggregate: &'a Aggregate,
    event: &'a Event,
    version: &EventVersion,
) -> Option<(&'a Event, &'a EventVersion)> {
    if event.fate == Fate::Dropped {
        return None;
    }
    if let Some((of, step)) = aggregate.next_step(event, version.version) {
        return Some((of, find(of, step)?));
    }
    let now = aggregate.now(event);
    Some((now, now.latest()?))
}

/// A version of an event.
pub(crate) fn find(event: &Event, version: i32) -> Option<&EventVersion> {
    let mut versions = event.versions.iter();
    versions.find(|candidate| candidate.version == version)
}

fn resolves(
    model: &Model,
    aggregate: &Aggregate,
    (of_writer, writer): (&Event, &EventVersion),
    (of_reader, reader): (&Event, &EventVersion),
    diagnostics: &mut Diagnostics,
) {
    let mut resolver = Resolver::new(&model.types, &model.settings.envelope_fields);
    resolver.event(writer.record, reader.record);
    if resolver.problems.is_empty() {
        return;
    }
    let name = |event: &Event| format!("{}.{}", aggregate.name.value, event.name.value);
    let is_renamed = of_writer.name.value != of_reader.name.value;
    let (target, advice) = if is_renamed {
        let was = &of_writer.name.value;
        let last = of_writer.latest().map_or(1, |latest| latest.version);
        (
            format!("version {} of `{}`", reader.version, name(of_reader)),
            format!(
                "`was: {{ {was}: {{ upcast: [{last}] }} }}` for `{}`",
                name(of_reader)
            ),
        )
    } else {
        (
            format!("version {}", reader.version),
            format!(
                "`upcast: [{}]` for `{}`",
                reader.version - 1,
                name(of_writer)
            ),
        )
    };
    for problem in resolver.problems {
        let at = at(&problem.path);
        diagnostics
            .error(
                &NO_WAY_TO_LATEST,
                format!(
                    "version {} of `{}` cannot be read as {target}: {}{at}",
                    writer.version,
                    name(of_writer),
                    problem.message
                ),
            )
            .primary(problem.reader, format!("in {target}"))
            .context(problem.writer, format!("in version {}", writer.version))
            .help(format!(
                "give the field a default, or declare {advice} and write the step"
            ));
    }
}

//! `evgen bump`: the next version of an event's schema, and whether old events become new ones by themselves.

use std::path::Path;

use super::args::{self, Global};
use super::bump_edited::{self, State};
use super::console::Console;
use super::fields;
use super::init;
use super::manifest_edit::Entry;
use super::new::{self, create};
use super::new_event::split;
use super::project::Project;
use super::schema_file;
use super::stop::Stop;
use crate::check::Checked;
use crate::diagnostic::suggest::nearest;
use crate::model::event::{Event, Fate};
use crate::pipeline;

pub(crate) fn run(
    args: &args::Bump,
    global: &Global,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let project = Project::find(global, console)?;
    let (aggregate_name, event_name) = split(&args.event)?;
    let fields = fields::parse_all(&args.fields)?;
    // An edited release is what `bump` is the way out of.
    let checked = project.check_without_lock(console)?;
    let event = find(&checked, aggregate_name, event_name)?;
    let Some(latest) = event.latest() else {
        return Err(Stop::usage(
            format!("`{}` has no schema", args.event),
            "write its first version, or take `typed: false` from the manifest",
        ));
    };
    let file = checked.sources.file(latest.source);
    let known = schema_file::field_names(&file.text);
    if let Some(field) = fields.iter().find(|field| known.contains(&field.name)) {
        return Err(Stop::usage(
            format!(
                "version {} of `{}` has a field `{}`",
                latest.version, args.event, field.name
            ),
            "give only fields to add; others are changed in the new file",
        ));
    }
    let text = schema_file::with_fields(&file.text, &fields);
    let Some(text) = text else {
        return Err(Stop::usage(
            format!("`{}` has no list of fields", file.path),
            "write the next version by hand",
        ));
    };
    let next = latest.version + 1;
    let path = project
        .directory
        .join(next_file(&file.relative, latest.version));
    let manifest = if args.upcast {
        Some(with_upcast(&project, args, event, latest.version)?)
    } else {
        None
    };
    let state = bump_edited::state(&project, (aggregate_name, event_name), console)?;
    create(&path, &text, console)?;
    if state == State::Edited {
        let released = project.directory.join(&file.relative);
        bump_edited::take_back(&project, (aggregate_name, event_name), &released, console)?;
    } else if state == State::Draft {
        console.progress(&format!(
            "note: version {} is a draft, it could have been edited",
            latest.version
        ));
    }
    if let Some(manifest) = manifest {
        init::write(&project.manifest, &manifest)?;
        console.file("edited", &project.manifest);
    }
    verdict(&project, args, (latest.version, next), console)
}

/// Says how old events become new ones.
fn verdict(
    project: &Project,
    args: &args::Bump,
    (latest, next): (i32, i32),
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    if args.upcast {
        console.progress(&format!(
            "a step in Rust takes version {latest} to version {next}: change the schema now, then fill in the stub"
        ));
        return new::stubs(project, console);
    }
    match pipeline::check(&project.directory, &project.options) {
        Ok(_) => {
            console.progress(&format!(
                "versions up to {latest} are read as version {next} by Avro's rules, no step is needed"
            ));
            Ok(())
        }
        Err(report) => Err(console.report(&report)),
    }
}

pub(crate) fn find<'a>(
    checked: &'a Checked,
    aggregate: &str,
    event: &str,
) -> Result<&'a Event, Stop> {
    let did_you_mean = |name: Option<&str>| match name {
        Some(name) => format!("did you mean `{name}`?"),
        None => "`evgen check` knows the manifest".to_owned(),
    };
    let names = || {
        checked
            .aggregates
            .iter()
            .map(|aggregate| aggregate.name.value.as_str())
    };
    let Some(found) = checked
        .aggregates
        .iter()
        .find(|found| found.name.value == aggregate)
    else {
        return Err(Stop::usage(
            format!("there is no aggregate `{aggregate}`"),
            did_you_mean(nearest(aggregate, names())),
        ));
    };
    let names = || {
        let events = found.written().iter();
        events.map(|event| event.name.value.as_str())
    };
    let former = found.events.iter().find(|found| found.name.value == event);
    let (message, help) = match former.map(|former| former.fate) {
        Some(Fate::Renamed(to)) => {
            let now = format!("{aggregate}.{}", found.events[to].name.value);
            (
                format!("`{aggregate}.{event}` is `{now}` now"),
                format!("say `{now}`: its next versions are that event's"),
            )
        }
        Some(Fate::Split) => (
            format!("`{aggregate}.{event}` is split into other events"),
            "it is no longer written, so it has no next version; those have".to_owned(),
        ),
        Some(Fate::Dropped) => (
            format!("`{aggregate}.{event}` is dropped"),
            "it is no longer written, so it has no next version".to_owned(),
        ),
        Some(Fate::Written) | None => (
            format!("`{aggregate}` has no event `{event}`"),
            did_you_mean(nearest(event, names())),
        ),
    };
    found
        .written()
        .iter()
        .find(|found| found.name.value == event)
        .ok_or_else(|| Stop::usage(message, help))
}

/// `todo/v1_todo_created.json` → `todo/v2_todo_created.json`
fn next_file(relative: &str, version: i32) -> String {
    let path = Path::new(relative);
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let rest = name.split_once('_').map_or("", |(_, rest)| rest);
    path.with_file_name(format!("v{}_{rest}", version + 1))
        .to_string_lossy()
        .replace('\\', "/")
}

fn with_upcast(
    project: &Project,
    args: &args::Bump,
    event: &Event,
    version: i32,
) -> Result<String, Stop> {
    let (aggregate, name) = split(&args.event)?;
    if !event.upcast.is_empty() {
        return Err(Stop::usage(
            format!("`{}` declares steps already", args.event),
            format!(
                "add {version} to its `upcast` in {}, and run again without --upcast",
                project.manifest.display()
            ),
        ));
    }
    let entry = Entry::flow("upcast", format!("[{version}]"));
    let text = new::manifest(project)?;
    new::with_entry(
        project,
        &text,
        &["aggregates", aggregate, "events", name],
        &entry,
    )
}

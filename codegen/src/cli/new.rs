//! `evgen new`: what an aggregate and an event have in common. See `new_aggregate` and `new_event`.

use std::fs;
use std::path::Path;

use super::args::{self, Global, NewWhat};
use super::console::Console;
use super::fields::Field;
use super::init;
use super::manifest_edit::{self, CannotAdd, Entry};
use super::project::Project;
use super::stop::Stop;
use super::sync;
use super::{new_aggregate, new_event, schema_file};
use crate::model::naming::file_name_case;

pub(crate) fn run(
    args: &args::New,
    global: &Global,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let project = Project::find(global, console)?;
    match &args.what {
        NewWhat::Aggregate(args) => new_aggregate::run(args, &project, console),
        NewWhat::Event(args) => new_event::run(args, &project, console),
    }
}

/// The manifest's text.
pub(crate) fn manifest(project: &Project) -> Result<String, Stop> {
    fs::read_to_string(&project.manifest).map_err(Stop::io(&project.manifest))
}

/// The manifest with an entry more; why not, in words.
pub(crate) fn with_entry(
    project: &Project,
    text: &str,
    path: &[&str],
    entry: &Entry,
) -> Result<String, Stop> {
    let manifest = project.manifest.display();
    manifest_edit::add(text, path, entry).map_err(|why| match why {
        CannotAdd::Unreadable => Stop::usage(
            format!("{manifest} cannot be read"),
            "`evgen check` says what is wrong with it",
        ),
        CannotAdd::Exists => Stop::usage(
            format!("{manifest} has `{}` already", entry.key),
            "choose another name; `evgen bump` starts the next version of an event",
        ),
        CannotAdd::NoParent(name) => Stop::usage(
            format!("{manifest} has no `{name}`"),
            format!("`evgen new aggregate {name}` adds an aggregate"),
        ),
        CannotAdd::Style => Stop::usage(
            format!("{manifest} is written in a style that cannot be edited with certainty"),
            format!(
                "add it by hand: `{}: {}` below `{}`",
                entry.key,
                entry.flow,
                path.join(".")
            ),
        ),
    })
}

/// Writes the first version of an event's schema.
pub(crate) fn write_schema(
    project: &Project,
    directory: &str,
    (aggregate, event): (&str, &str),
    fields: &[Field],
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let record = format!("{}_{}", file_name_case(aggregate), file_name_case(event));
    let path = project
        .directory
        .join(directory)
        .join(format!("v1_{record}.json"));
    create(&path, &schema_file::new_schema(&record, fields), console)
}

/// Writes a file that must not exist yet.
pub(crate) fn create(path: &Path, text: &str, console: &mut Console<'_>) -> Result<(), Stop> {
    if path.exists() {
        return Err(Stop::usage(
            format!("`{}` exists already", path.display()),
            "nothing was written; remove or rename it first",
        ));
    }
    init::write(path, text)?;
    console.file("created", path);
    Ok(())
}

/// Adds stubs for what is new, where there is a package.
pub(crate) fn stubs(project: &Project, console: &mut Console<'_>) -> Result<(), Stop> {
    let src = Path::new("src");
    if !console.path(src).is_dir() {
        project.check(console)?;
        console.progress("help: run `evgen sync` in the package of the service, it adds the stubs");
        return Ok(());
    }
    let plan = sync::plan(project, src, console)?;
    plan.write(console)?;
    for note in &plan.notes {
        console.progress(&format!("help: {note}"));
    }
    if plan.is_incomplete {
        Err(Stop::Findings)
    } else {
        Ok(())
    }
}

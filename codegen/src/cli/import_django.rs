//! `evgen import-django`: drafts the manifest of a service that runs on djangoevents, from its schema directory and, where
//! given, its journal. Neither is changed; what a draft had to guess stands beside it as a comment.

mod draft;
mod fit;
mod journal;
mod names;
mod yaml;

use std::path::{Path, PathBuf};

use super::args::{self, Global};
use super::console::Console;
use super::init;
use super::project::Project;
use super::stop::Stop;
use crate::diagnostic::Diagnostics;
use crate::load::{self, MANIFEST, walk};
use crate::model;
use crate::report::Report;
use crate::source::SourceMap;
use draft::Draft;
use journal::Journal;

pub(crate) fn run(
    args: &args::ImportDjango,
    global: &Global,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let directory = console.path(&args.directory);
    let out = out(args, console)?;
    let files = found(&directory, console)?;
    let journal = args.journal.as_deref().map(|path| console.path(path));
    let journal = journal.as_deref().map(Journal::open).transpose()?;
    let classes = match &journal {
        Some(journal) => journal.classes()?,
        None => Vec::new(),
    };

    let mut draft = Draft::new(&files, &classes);
    draft.schema_version_in_data = match &journal {
        Some(journal) => journal.newest_has_version()?,
        None => None,
    };
    let sources = load::load_draft(&directory, yaml::text(&draft));
    let sources = sources.map_err(|report| console.report(&report))?;
    let mut model = model::build::build(sources);
    if let Some(journal) = &journal {
        fit::rows(&mut draft, &model, journal)?;
    }
    fit::steps(&mut draft, &mut model);
    let text = yaml::text(&draft);

    let Some(out) = out else {
        return console.print(&text);
    };
    init::write(&out, &text)?;
    console.file("created", &out);
    for note in &draft.notes {
        console.progress(&format!("note: {note}"));
    }
    let project = Project::new(&args.directory, global, console).with_manifest(out);
    let checked = project.check(console)?;
    let events: usize = checked.aggregates.iter().map(|at| at.events.len()).sum();
    let (aggregates, rows) = (checked.aggregates.len(), draft.rows());
    console.progress(&format!(
        "drafted {aggregates} aggregates with {events} events from {} schemas and {rows} rows: it passes `evgen check`; \
         read its comments",
        files.len()
    ));
    Ok(())
}

/// Where the draft goes; `None`: stdout. A manifest that is there is never written over.
fn out(args: &args::ImportDjango, console: &Console<'_>) -> Result<Option<PathBuf>, Stop> {
    let out = match &args.out {
        Some(out) if out == Path::new("-") => return Ok(None),
        Some(out) => console.path(out),
        None => console.path(&args.directory.join(MANIFEST)),
    };
    if out.exists() {
        return Err(Stop::usage(
            format!("{} exists already", out.display()),
            "name another file with `--out FILE`, or print the draft with `--out -`",
        ));
    }
    Ok(Some(out))
}

/// The schema files below `directory`, with `/`.
fn found(directory: &Path, console: &mut Console<'_>) -> Result<Vec<String>, Stop> {
    let mut diagnostics = Diagnostics::default();
    let files = walk::find(directory, &mut diagnostics).filter(|_| !diagnostics.has_errors());
    let Some(files) = files else {
        let sources = SourceMap::default();
        return Err(console.report(&Report {
            sources,
            diagnostics,
        }));
    };
    let relative = files.into_iter().map(|file| file.relative);
    Ok(relative
        .filter(|file| !file.starts_with("types/"))
        .collect())
}

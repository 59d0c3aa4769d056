//! `evgen generate`: generated code that is checked in, formatted; `--check` says whether it is up to date.

use super::args::{self, Global};
use super::console::Console;
use super::format::format;
use super::project::Project;
use super::stop::Stop;
use crate::render;
use crate::resolve;
use crate::write::{self, Mode};

pub(crate) fn run(
    args: &args::Generate,
    global: &Global,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let project = Project::find(global, console)?;
    let checked = project.check(console)?;
    let files = render::render(resolve::resolve(&checked, &project.options))?;
    let files: Result<Vec<_>, String> = files.iter().map(format).collect();
    let files = files.map_err(Stop::Bug)?;

    let out = console.path(&args.out);
    let mode = if args.check { Mode::Check } else { Mode::Write };
    let report = write::write(&out, &files, mode)?;
    let (written, removed) = if args.check {
        ("stale", "surplus")
    } else {
        ("written", "removed")
    };
    for path in &report.written {
        console.file(written, path);
    }
    for path in &report.removed {
        console.file(removed, path);
    }
    if report.is_up_to_date() {
        console.progress(&format!("{} files are up to date", report.unchanged.len()));
    } else if args.check {
        console.progress("help: `evgen generate` brings them up to date");
        return Err(Stop::Stale);
    }
    Ok(())
}

//! `evgen check`: what is wrong with schemas and manifest; the same as in a build.

use super::args::{self, Global};
use super::console::Console;
use super::project::Project;
use super::released;
use super::stop::Stop;
use crate::check::history;
use crate::pipeline;

pub(crate) fn run(
    args: &args::Check,
    global: &Global,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let project = match &args.directory {
        Some(directory) => Project::new(directory, global, console),
        None => Project::find(global, console)?,
    };
    let checked = pipeline::check(&project.directory, &project.options)
        .map_err(|report| console.report(&report))?;
    let mut found = checked.warnings().clone();
    found.append(released::samples(&checked));
    if args.released {
        history::every_version_is_released(&checked, &mut found);
    }
    console.findings(&checked.sources, &found)?;
    if found.has_errors() {
        return Err(Stop::Findings);
    }
    let events: usize = checked
        .aggregates
        .iter()
        .map(|aggregate| aggregate.written().len())
        .sum();
    let aggregates = checked.aggregates.len();
    console.progress(&format!(
        "checked {} with {}: all is well{}",
        counted(aggregates, "aggregate"),
        counted(events, "event"),
        match history::drafts(&checked).count() {
            0 => String::new(),
            drafts => format!(", {} not released yet", counted(drafts, "version")),
        },
    ));
    let without = released::without_sample(&checked);
    if without > 0 {
        console.progress(&format!(
            "help: {} without a sample: `evgen release` writes it",
            counted(without, "released version")
        ));
    }
    Ok(())
}

fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

//! `evgen check`: what is wrong with schemas and manifest, the same as in a build; and what changed since an older state.

use super::args::{self, Global};
use super::console::Console;
use super::older;
use super::project::Project;
use super::stop::Stop;
use crate::check::Checked;
use crate::compare;
use crate::pipeline;
use crate::report::Report;

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
    let size = size(&checked);
    let Some(named) = &args.against else {
        let report = checked.into_report();
        console.findings(&report.sources, &report.diagnostics)?;
        console.progress(&format!("checked {size}: all is well"));
        return Ok(());
    };
    let older = older::find(named, &project, console)?;
    let report = compare::compare(checked, &older).map_err(|report| console.report(&report))?;
    if report.diagnostics.has_errors() {
        return Err(console.report(&report));
    }
    console.findings(&report.sources, &report.diagnostics)?;
    let shown = &older.shown;
    console.progress(&format!(
        "checked {size} against {shown}: {}",
        verdict(&report)
    ));
    Ok(())
}

fn verdict(report: &Report) -> &'static str {
    if report.diagnostics.is_empty() {
        "all is well"
    } else {
        "nothing that must not change has changed"
    }
}

fn size(checked: &Checked) -> String {
    let events: usize = checked
        .aggregates
        .iter()
        .map(|aggregate| aggregate.events.len())
        .sum();
    let aggregates = checked.aggregates.len();
    format!(
        "{} with {}",
        counted(aggregates, "aggregate"),
        counted(events, "event")
    )
}

fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

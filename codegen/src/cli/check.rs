//! `evgen check`: what is wrong with schemas and manifest; the same as in a build.

use super::args::{self, Global};
use super::console::Console;
use super::project::Project;
use super::stop::Stop;

pub(crate) fn run(
    args: &args::Check,
    global: &Global,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let project = match &args.directory {
        Some(directory) => Project::new(directory, global, console),
        None => Project::find(global, console)?,
    };
    let checked = project.check(console)?;
    let events: usize = checked
        .aggregates
        .iter()
        .map(|aggregate| aggregate.events.len())
        .sum();
    let aggregates = checked.aggregates.len();
    console.progress(&format!(
        "checked {} with {}: all is well",
        counted(aggregates, "aggregate"),
        counted(events, "event"),
    ));
    Ok(())
}

fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

//! `evgen check`: what is wrong with schemas, samples and manifest, the same as in a build; and what changed since an older
//! state.

use super::args::{self, Global};
use super::console::Console;
use super::older;
use super::project::Project;
use super::released;
use super::stop::Stop;
use crate::check::{Checked, history};
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
    let mut found = released::samples(&checked);
    if args.released {
        history::every_version_is_released(&checked, &mut found);
    }
    let summary = Summary::new(&checked);
    let older = match &args.against {
        Some(named) => Some(older::find(named, &project, console)?),
        None => None,
    };
    let mut report = match &older {
        Some(older) => {
            compare::compare(checked, older).map_err(|report| console.report(&report))?
        }
        None => checked.into_report(),
    };
    report.diagnostics.append(found);
    if report.diagnostics.has_errors() {
        return Err(console.report(&report));
    }
    console.findings(&report.sources, &report.diagnostics)?;
    let against = older.map_or_else(String::new, |older| format!(" against {}", older.shown));
    summary.say(&against, &report, console);
    Ok(())
}

/// What was checked, in figures.
struct Summary {
    aggregates: usize,
    events: usize,
    drafts: usize,
    without_sample: usize,
}

impl Summary {
    fn new(checked: &Checked) -> Self {
        let events = checked
            .aggregates
            .iter()
            .map(|aggregate| aggregate.events.len());
        Self {
            aggregates: checked.aggregates.len(),
            events: events.sum(),
            drafts: history::drafts(checked).count(),
            without_sample: released::without_sample(checked),
        }
    }

    fn say(&self, against: &str, report: &Report, console: &mut Console<'_>) {
        let verdict = if against.is_empty() || report.diagnostics.is_empty() {
            "all is well"
        } else {
            "nothing that must not change has changed"
        };
        console.progress(&format!(
            "checked {} with {}{against}: {verdict}{}",
            counted(self.aggregates, "aggregate"),
            counted(self.events, "event"),
            match self.drafts {
                0 => String::new(),
                drafts => format!(", {} not released yet", counted(drafts, "version")),
            },
        ));
        if self.without_sample > 0 {
            console.progress(&format!(
                "help: {} without a sample: `evgen release` writes it",
                counted(self.without_sample, "released version")
            ));
        }
    }
}

fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

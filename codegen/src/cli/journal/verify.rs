//! `evgen journal verify`: can every event be read by the schema that it says it was written by? What upcasters make of it
//! only the app knows; its own `journal verify` goes through them.

pub(super) mod check;
mod gaps;

use std::ops::ControlFlow;

use super::super::args::{Format, Global};
use super::super::console::Console;
use super::super::stop::Stop;
use super::findings::{self, Finding};
use super::numbers::counted;
use super::progress::Progress;
use super::scan::{Query, Read, scan};
use super::schemas::Schemas;
use super::{args, store_url};
use gaps::Gaps;

pub(crate) fn run(
    args: &args::Verify,
    global: &Global,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let schemas = Schemas::load(global, console)?;
    let journal = store_url::open(&args.store, console)?;
    let head = journal
        .wait(journal.store.head())
        .map_err(|error| journal.failed(error))?;
    let mut progress = Progress::new("verifying", u64::try_from(head.0).unwrap_or(0));
    let mut found = Found::new(args.limit);
    let mut gaps = Gaps::new(journal.store.is_djangoevents());
    let mut events: u64 = 0;
    scan(&journal, Query::all().with_checksums(), |read| {
        match read {
            Read::NotAnEvent { position, problem } => {
                gaps.pass(position.0);
                found.add(check::not_an_event(position.0, problem), console)?;
            }
            Read::Events(page) => {
                for event in page.iter() {
                    for finding in gaps.find(&event) {
                        found.add(finding, console)?;
                    }
                    // Every check of one event is in `check`.
                    if let Some(finding) = check::event(&event, &schemas) {
                        found.add(finding, console)?;
                    }
                }
                events += page.len() as u64;
            }
        }
        progress.at(events, console);
        Ok(ControlFlow::Continue(()))
    })?;
    progress.end(console);
    if console.format() == Format::Sarif {
        console.print(&findings::as_sarif(&found.shown, &journal.name))?;
    }
    found.summary(events, gaps.streams(), console);
    if found.errors > 0 {
        Err(Stop::Findings)
    } else {
        Ok(())
    }
}

/// What was found so far.
struct Found {
    /// Only for SARIF, which is one document.
    shown: Vec<Finding>,
    limit: usize,
    errors: u64,
    warnings: u64,
}

impl Found {
    fn new(limit: usize) -> Self {
        Self {
            shown: Vec::new(),
            limit,
            errors: 0,
            warnings: 0,
        }
    }

    fn add(&mut self, finding: Finding, console: &mut Console<'_>) -> Result<(), Stop> {
        let is_shown = self.errors + self.warnings < self.limit as u64;
        if finding.kind.is_error() {
            self.errors += 1;
        } else {
            self.warnings += 1;
        }
        if !is_shown {
            return Ok(());
        }
        if console.format() == Format::Sarif {
            self.shown.push(finding);
            return Ok(());
        }
        let text = findings::show(&finding, console.format(), console.coloured());
        console.print(&text)
    }

    fn summary(&self, events: u64, streams: u64, console: &mut Console<'_>) {
        let all = self.errors + self.warnings;
        let hidden = all.saturating_sub(self.limit as u64);
        if hidden > 0 {
            console.progress(&format!(
                "{hidden} more are not shown; `--limit` shows more"
            ));
        }
        let (events, streams) = (counted(events, "event"), counted(streams, "stream"));
        let result = match (self.errors, self.warnings) {
            (0, 0) => "each can be read by its schema".to_owned(),
            (errors, 0) => counted(errors, "error"),
            (errors, warnings) => {
                format!(
                    "{}, {}",
                    counted(errors, "error"),
                    counted(warnings, "warning")
                )
            }
        };
        console.progress(&format!("verified {events} of {streams}: {result}"));
        console.progress(
            "note: by schemas alone; whether upcasters take every old event, the app's own `journal verify` says",
        );
    }
}

//! `evgen journal tail`: the last events, then new ones as they are appended, by this or other processes.

use std::ops::ControlFlow;

use evgen_runtime::Position;
use evgen_runtime::store::{Direction, JournalQuery};

use super::super::args::Global;
use super::super::console::Console;
use super::super::stop::Stop;
use super::cat::Printer;
use super::scan::{Query, Read, scan};
use super::{args, store_url};
use store_url::Journal;

pub(crate) fn run(
    args: &args::Tail,
    global: &Global,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let mut printer = Printer::new(args.long, global, console)?;
    let journal = store_url::open(&args.store, console)?;
    printer.schemas.learn(&journal)?;
    // Before the first read: what is appended from here on is told of.
    let mut changes = journal.store.changes();
    let mut seen = journal
        .wait(journal.store.head())
        .map_err(|error| journal.failed(error))?;
    let last = last(args, &journal, seen, &printer)?;
    console.print(&last)?;
    if args.no_follow {
        return Ok(());
    }
    loop {
        let mut query = Query::Journal(JournalQuery::default());
        query.set_after(seen);
        scan(&journal, query, |read| {
            let mut text = String::new();
            match read {
                Read::NotAnEvent { position, problem } => {
                    seen = position;
                    console.progress(&format!(
                        "error: row {position} of the journal is not an event: {problem}"
                    ));
                }
                Read::Events(page) => {
                    for event in page.iter() {
                        seen = event.position;
                        if args.select.takes(&event, &printer.schemas) {
                            printer.event(&event, &mut text);
                        }
                    }
                }
            }
            console.print(&text)?;
            Ok(ControlFlow::Continue(()))
        })?;
        if args.select.is_past(seen, Direction::Forward) {
            return Ok(());
        }
        let told = journal
            .wait(changes.wait_for(|head| *head > seen))
            .map(|_| ());
        if told.is_err() {
            // The store was closed.
            return Ok(());
        }
    }
}

/// The last events up to `head`, oldest first.
fn last(
    args: &args::Tail,
    journal: &Journal,
    head: Position,
    printer: &Printer,
) -> Result<String, Stop> {
    let mut lines: Vec<String> = Vec::new();
    if args.lines == 0 {
        return Ok(String::new());
    }
    scan(journal, args.select.query(Direction::Backward), |read| {
        let Read::Events(page) = read else {
            return Ok(ControlFlow::Continue(()));
        };
        for event in page.iter() {
            if event.position > head || !args.select.takes(&event, &printer.schemas) {
                continue;
            }
            let mut line = String::new();
            printer.event(&event, &mut line);
            lines.push(line);
            if lines.len() == args.lines {
                return Ok(ControlFlow::Break(()));
            }
        }
        let past = page
            .iter()
            .next_back()
            .is_some_and(|last| args.select.is_past(last.position, Direction::Backward));
        Ok(if past {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    })?;
    lines.reverse();
    Ok(lines.concat())
}

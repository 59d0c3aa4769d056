//! `evgen journal cat`: the events of a journal, one after the other.

use std::ops::ControlFlow;

use evgen_runtime::RecordedEvent;
use evgen_runtime::store::Direction;

use super::super::args::Global;
use super::super::console::Console;
use super::super::stop::Stop;
use super::scan::{Read, scan};
use super::schemas::Schemas;
use super::show::Show;
use super::{args, is_json, line, store_url};

/// Text that is printed at once.
const AT_ONCE: usize = 64 << 10;

pub(crate) fn run(
    args: &args::Cat,
    global: &Global,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let mut printer = Printer::new(args.long, global, console)?;
    let journal = store_url::open(&args.store, console)?;
    printer.schemas.learn(&journal)?;
    let direction = if args.reverse {
        Direction::Backward
    } else {
        Direction::Forward
    };
    let mut left = args.limit.unwrap_or(usize::MAX);
    let mut unreadable = false;
    let mut text = String::new();
    scan(&journal, args.select.query(direction), |read| {
        let page = match read {
            Read::Events(page) => page,
            Read::NotAnEvent { position, problem } => {
                console.progress(&format!(
                    "error: row {position} of the journal is not an event: {problem}"
                ));
                unreadable = true;
                return Ok(ControlFlow::Continue(()));
            }
        };
        for event in page
            .iter()
            .filter(|event| args.select.takes(event, &printer.schemas))
        {
            if left == 0 {
                break;
            }
            left -= 1;
            printer.event(&event, &mut text);
            if text.len() > AT_ONCE {
                console.print(&std::mem::take(&mut text))?;
            }
        }
        console.print(&std::mem::take(&mut text))?;
        let past = page
            .iter()
            .next_back()
            .is_some_and(|last| args.select.is_past(last.position, direction));
        Ok(if past || left == 0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    })?;
    if unreadable {
        Err(Stop::Findings)
    } else {
        Ok(())
    }
}

/// Events in the form that was asked for.
pub(super) struct Printer {
    pub(super) schemas: Schemas,
    json: bool,
    show: Show,
}

impl Printer {
    pub(super) fn new(
        long: bool,
        global: &Global,
        console: &mut Console<'_>,
    ) -> Result<Self, Stop> {
        Ok(Self {
            json: is_json(console)?,
            schemas: Schemas::find(global, console)?,
            show: Show {
                coloured: console.coloured(),
                long,
            },
        })
    }

    /// Appends an event.
    pub(super) fn event(&self, event: &RecordedEvent<'_>, out: &mut String) {
        if self.json {
            line::write(event, &self.schemas, out);
        } else {
            self.show.event(event, &self.schemas, out);
        }
    }
}

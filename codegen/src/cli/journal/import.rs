//! `evgen journal import`: stores the events of an export, in its order. All are checked before the first is stored; those
//! that are stored already are left alone.

mod avro;
mod incoming;
mod jsonl;
mod store;

use std::path::Path;

use super::super::args::{Format, Global};
use super::super::console::Console;
use super::super::stop::Stop;
use super::findings::{self, Finding, Kind};
use super::numbers::{counted, grouped};
use super::progress::Progress;
use super::schemas::Schemas;
use super::verify::check;
use super::{args, store_url};
use incoming::{Incoming, Problem};

/// Most findings that are shown.
const SHOWN: u64 = 100;

/// An export, event by event; each with its place in the files.
trait Source {
    fn next(&mut self, schemas: &Schemas) -> Option<Result<Incoming, Problem>>;
}

pub(crate) fn run(
    args: &args::Import,
    global: &Global,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    if console.format() == Format::Sarif {
        return Err(Stop::usage(
            "an import has no findings in SARIF",
            "choose `--format text`, `json` or `github`",
        ));
    }
    let schemas = Schemas::load(global, console)?;
    if args.no_validate && schemas.validate {
        return Err(Stop::usage(
            "events are stored only as their schemas allow",
            "`--no-validate` is for manifests that say `settings: { validate: false }`",
        ));
    }
    let path = console.path(&args.path);
    let events = check(args, &path, &schemas, console)?;
    if args.dry_run {
        console.progress(&format!(
            "checked {}: all can be stored",
            counted(events, "event")
        ));
        return Ok(());
    }
    let journal = store_url::create(&args.store, console)?;
    let mut source = open(&path, &args.path)?;
    let mut progress = Progress::new("importing", events);
    let mut store = store::Store::new(&journal, &schemas)?;
    while let Some(read) = source.next(&schemas) {
        let event = read.map_err(|problem| changed(&args.path, &problem))?;
        store.add(event).map_err(|refused| refused.stop(console))?;
        progress.at(store.done, console);
    }
    store.flush().map_err(|refused| refused.stop(console))?;
    progress.end(console);
    let (stored, there) = (counted(store.stored, "event"), store.done - store.stored);
    console.progress(&match there {
        0 => format!("imported {stored} into {}", journal.name),
        there => format!(
            "imported {stored} into {}; {} there already",
            journal.name,
            counted(there, "event")
        ),
    });
    Ok(())
}

/// Reads all of it, and holds it against the schemas; how many events it has.
fn check(
    args: &args::Import,
    path: &Path,
    schemas: &Schemas,
    console: &mut Console<'_>,
) -> Result<u64, Stop> {
    let mut source = open(path, &args.path)?;
    let (mut events, mut wrong) = (0, 0);
    let mut progress = Progress::new("checking", 0);
    while let Some(read) = source.next(schemas) {
        let finding = match read {
            Ok(event) if args.no_validate => {
                drop(event);
                None
            }
            Ok(event) => check::event(&event.recorded(), schemas).map(|finding| Finding {
                at: Some(event.at.clone()),
                ..finding
            }),
            Err(Problem::Io(error)) => return Err(Stop::io(&args.path)(error)),
            Err(Problem::Event { at, problem }) => Some(Finding {
                at: Some(at),
                ..check::not_an_event(0, problem)
            }),
        };
        events += 1;
        progress.at(events, console);
        if let Some(finding) = finding {
            wrong += 1;
            if wrong <= SHOWN {
                let text = findings::show(&finding, console.format(), console.coloured());
                console.print(&text)?;
            }
        }
    }
    progress.end(console);
    if wrong == 0 {
        return Ok(events);
    }
    if wrong > SHOWN {
        console.progress(&format!("{} more are not shown", wrong - SHOWN));
    }
    let events = counted(events, "event");
    let wrong = grouped(wrong);
    console.progress(&format!(
        "{wrong} of {events} cannot be stored: nothing was"
    ));
    Err(Stop::Findings)
}

fn open(path: &Path, shown: &Path) -> Result<Box<dyn Source>, Stop> {
    let metadata = std::fs::metadata(path).map_err(Stop::io(shown))?;
    if metadata.is_dir() {
        Ok(Box::new(avro::Files::open(path, shown)?))
    } else if path
        .extension()
        .is_some_and(|extension| extension == "avro")
    {
        Ok(Box::new(avro::Files::one(path, shown)?))
    } else {
        Ok(Box::new(jsonl::Lines::open(path, shown)?))
    }
}

/// Between the check and now.
fn changed(path: &Path, problem: &Problem) -> Stop {
    Stop::Store(format!(
        "{} changed while it was read: {problem}",
        path.display()
    ))
}

/// An event that the store does not take.
fn refused(at: String, event: &Incoming, problem: String) -> Finding {
    Finding {
        kind: Kind::Refused,
        at: Some(at),
        event: Some((&event.recorded()).into()),
        help: Some("what came before it is stored; put it right and import again"),
        ..check::not_an_event(0, problem)
    }
}

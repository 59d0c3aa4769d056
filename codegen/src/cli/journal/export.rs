//! `evgen journal export`: all events as JSON lines, or as Avro object container files.

mod avro;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;

use evgen_runtime::RecordedEvent;
use evgen_runtime::store::Direction;

use super::super::args::Global;
use super::super::console::Console;
use super::super::stop::Stop;
use super::args::Kind;
use super::numbers::{counted, grouped};
use super::progress::Progress;
use super::scan::{Read, scan};
use super::schemas::Schemas;
use super::{args, line, store_url};

/// Text that is printed at once.
const AT_ONCE: usize = 64 << 10;

/// Where events go.
enum Sink {
    Stdout(String),
    File(BufWriter<File>),
    Avro(avro::Files),
}

pub(crate) fn run(
    args: &args::Export,
    global: &Global,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let mut schemas = Schemas::find(global, console)?;
    let journal = store_url::open(&args.store, console)?;
    schemas.learn(&journal)?;
    let head = journal
        .wait(journal.store.head())
        .map_err(|error| journal.failed(error))?;
    let out = args.out.as_deref();
    let path = out.map(|out| console.path(out));
    let shown = out.unwrap_or(Path::new("stdout"));
    let mut sink = match (&path, args.kind) {
        (None, _) => Sink::Stdout(String::new()),
        (Some(path), Kind::Jsonl) => {
            let file = File::create_new(path).map_err(|error| taken(shown, error))?;
            Sink::File(BufWriter::new(file))
        }
        (Some(path), Kind::Avro) => {
            Sink::Avro(avro::Files::create(path, args.codec).map_err(|error| taken(shown, error))?)
        }
    };
    let mut progress = Progress::new("exporting", u64::try_from(head.0).unwrap_or(0));
    let (mut exported, mut unreadable) = (0, false);
    scan(&journal, args.select.query(Direction::Forward), |read| {
        let page = match read {
            Read::Events(page) => page,
            Read::NotAnEvent { position, problem } => {
                unreadable = true;
                console.progress(&format!(
                    "error: row {position} of the journal is not an event: {problem}"
                ));
                return Ok(ControlFlow::Continue(()));
            }
        };
        for event in page
            .iter()
            .filter(|event| args.select.takes(event, &schemas))
        {
            sink.event(&event, &schemas, shown, console)?;
            exported += 1;
        }
        progress.at(exported, console);
        let past = page
            .iter()
            .next_back()
            .is_some_and(|last| args.select.is_past(last.position, Direction::Forward));
        Ok(if past {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    })?;
    progress.end(console);
    let note = sink.finish(shown, console)?;
    let to = if out.is_some() {
        format!(" to {}", shown.display())
    } else {
        String::new()
    };
    console.progress(&format!(
        "exported {}{to}{note}",
        counted(exported, "event")
    ));
    if unreadable {
        Err(Stop::Findings)
    } else {
        Ok(())
    }
}

fn taken(path: &Path, error: std::io::Error) -> Stop {
    if error.kind() == std::io::ErrorKind::AlreadyExists {
        return Stop::usage(
            format!("{} exists already", path.display()),
            "name another one with `--out`",
        );
    }
    Stop::io(path)(error)
}

impl Sink {
    fn event(
        &mut self,
        event: &RecordedEvent<'_>,
        schemas: &Schemas,
        path: &Path,
        console: &mut Console<'_>,
    ) -> Result<(), Stop> {
        match self {
            Self::Stdout(text) => {
                line::write(event, schemas, text);
                if text.len() > AT_ONCE {
                    console.print(&std::mem::take(text))?;
                }
                Ok(())
            }
            Self::File(file) => {
                let mut text = String::new();
                line::write(event, schemas, &mut text);
                file.write_all(text.as_bytes()).map_err(Stop::io(path))
            }
            Self::Avro(files) => files.event(event, schemas).map_err(Stop::io(path)),
        }
    }

    /// Writes what is left, to the disk; says what is worth knowing.
    fn finish(self, path: &Path, console: &mut Console<'_>) -> Result<String, Stop> {
        match self {
            Self::Stdout(text) => console.print(&text).map(|()| String::new()),
            Self::File(file) => {
                let file = file
                    .into_inner()
                    .map_err(|error| Stop::io(path)(error.into_error()))?;
                file.sync_all()
                    .map_err(Stop::io(path))
                    .map(|()| String::new())
            }
            Self::Avro(files) => {
                let (files, without_schema) = files.finish().map_err(Stop::io(path))?;
                let files = counted(files, "file");
                Ok(match without_schema {
                    0 => format!(", {files}"),
                    events => format!(
                        ", {files}; {} without a schema in other.avro",
                        grouped(events)
                    ),
                })
            }
        }
    }
}

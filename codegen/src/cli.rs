//! The command `evgen`: dispatch and exit codes. One subcommand per file; what it says goes through `console`.
//! Not an API: `main.rs` and tests call it.

mod args;
mod bump;
mod bump_edited;
mod cargo_toml;
mod check;
mod completions;
mod console;
mod explain;
mod fields;
mod findings;
mod format;
mod generate;
mod impl_text;
mod import_django;
mod init;
mod inspect;
mod journal;
mod manifest_edit;
mod manifest_schema;
mod new;
mod new_aggregate;
mod new_event;
mod older;
mod project;
mod release;
mod release_samples;
pub mod released;
mod rust_edit;
mod rust_file;
mod sarif;
mod schema_file;
mod stop;
mod stub_text;
mod stubs;
mod sync;
mod sync_plan;
pub mod type_tables;

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Command};
use console::Console;
use stop::Stop;

pub use format::format;

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        let mut err = std::io::stderr();
        let _ = writeln!(err, "error[EV0900]: evgen has a defect: {panic}");
        let _ = writeln!(
            err,
            "help: please report it, with what you typed and the schemas"
        );
    }));
    let code = std::panic::catch_unwind(|| {
        let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
        let terminal =
            out.is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let colours = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let streams = Streams {
            out: &mut out,
            colours,
            progress: err.is_terminal(),
            err: &mut err,
        };
        run(std::env::args_os(), Path::new(""), streams)
    });
    ExitCode::from(code.unwrap_or(Stop::BUG))
}

/// Where a command writes.
pub struct Streams<'a> {
    /// Findings, and what was asked for.
    pub out: &'a mut dyn Write,
    /// Progress, and why nothing was done.
    pub err: &'a mut dyn Write,
    /// Whether `--color auto` means colours.
    pub colours: bool,
    /// Whether long work shows on `err` how far it is: on a terminal.
    pub progress: bool,
}

/// Runs one command line, relative paths from `root`; returns the exit code.
pub fn run(args: impl IntoIterator<Item = OsString>, root: &Path, streams: Streams<'_>) -> u8 {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => return show_usage(&error, streams),
    };
    let mut console = Console::new(streams, &args.global, root);
    let result = dispatch(&args, &mut console);
    let code = match &result {
        Ok(()) => Stop::DONE,
        Err(stop) => stop.code(),
    };
    if let Err(stop) = result {
        console.stopped(&stop);
    }
    code
}

fn dispatch(args: &Args, console: &mut Console<'_>) -> Result<(), Stop> {
    let global = &args.global;
    match &args.command {
        Command::Init(args) => init::run(args, global, console),
        Command::New(args) => new::run(args, global, console),
        Command::Bump(args) => bump::run(args, global, console),
        Command::Generate(args) => generate::run(args, global, console),
        Command::ImportDjango(args) => import_django::run(args, global, console),
        Command::Sync(args) => sync::run(args, global, console),
        Command::Release(args) => release::run(args, global, console),
        Command::Check(args) => check::run(args, global, console),
        Command::Explain(args) => explain::run(args, console),
        Command::Inspect(args) => inspect::run(args, global, console),
        Command::Journal(args) => journal::run(args, global, console),
        Command::ManifestSchema => manifest_schema::run(console),
        Command::Completions(args) => completions::run(args, console),
    }
}

/// Help goes to stdout and is no failure; anything else is wrong usage.
fn show_usage(error: &clap::Error, streams: Streams<'_>) -> u8 {
    let text = error.render();
    let text = if streams.colours {
        text.ansi().to_string()
    } else {
        text.to_string()
    };
    let is_help = !error.use_stderr();
    let to = if is_help { streams.out } else { streams.err };
    // A closed pipe is the reader's choice.
    let _ = write!(to, "{text}").and_then(|()| to.flush());
    if is_help { Stop::DONE } else { Stop::USAGE }
}

//! The app's own commands (feature `admin`): what needs the compiled upcasters and projections of a service, and so cannot be
//! in `evgen`. A service calls [`App::admin`] with the arguments behind a word of its own:
//!
//! ```
//! # use evgen_runtime::prelude::*;
//! # async fn example(app: App) -> std::process::ExitCode {
//! let mut arguments = std::env::args().skip(1);
//! if arguments.next().as_deref() == Some("admin") {
//!     return app.admin(arguments).await;
//! }
//! # std::process::ExitCode::SUCCESS
//! # }
//! ```
//!
//! Exit codes: 0 done, 1 findings, 2 usage, 74 the store. Findings go to stdout, progress and errors to stderr.

use std::io::{self, IsTerminal as _, Write};
use std::process::ExitCode;

use crate::app::App;
use crate::error::Causes;

mod projections;
mod verify;

const HELP: &str = "\
Usage:
  projections list                              how far each projection and durable handler has come
  projections rebuild NAME                      make a read model anew, beside the running one
  projections parked [NAME]                     events that were set aside
  projections parked retry NAME [POSITION]      try one again, or all that failed
  projections parked skip NAME POSITION         give one up; those behind it follow
  journal verify                                read every event as this build reads it
";

/// How a command ended, as its exit code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Done = 0,
    Findings = 1,
    Usage = 2,
    Store = 74,
}

/// Where a command prints.
struct Console<'a> {
    out: &'a mut (dyn Write + Send),
    err: &'a mut (dyn Write + Send),
    /// Whether somebody watches: progress is drawn over itself.
    watched: bool,
}

impl Console<'_> {
    /// A reader who has hung up is no reason to stop what is under way.
    fn say(&mut self, line: impl AsRef<str>) {
        let _ = writeln!(self.out, "{}", line.as_ref());
    }

    fn fail(&mut self, end: End, error: &dyn std::error::Error) -> End {
        let _ = writeln!(self.err, "error: {}", Causes(error));
        end
    }

    fn progress(&mut self, done: i64, all: i64, what: &str) {
        if self.watched {
            let percent = if all > 0 { done * 100 / all } else { 100 };
            let _ = write!(self.err, "\r{what} {done} of {all} ({percent} %)");
            let _ = self.err.flush();
        }
    }

    fn progress_ends(&mut self) {
        if self.watched {
            let _ = writeln!(self.err);
        }
    }
}

impl App {
    /// Runs one of the app's own commands: `projections list|rebuild|parked`, `journal verify`; no argument prints help.
    ///
    /// Build the app with `run_projections(false)` where the service itself runs elsewhere and this process shall only look.
    pub async fn admin(&self, arguments: impl IntoIterator<Item = impl Into<String>>) -> ExitCode {
        let watched = io::stderr().is_terminal();
        let code = self
            .administer(arguments, &mut io::stdout(), &mut io::stderr(), watched)
            .await;
        ExitCode::from(code)
    }

    /// As [`App::admin`], printing elsewhere; gives the exit code.
    pub async fn admin_to(
        &self,
        arguments: impl IntoIterator<Item = impl Into<String>>,
        out: &mut (dyn Write + Send),
        err: &mut (dyn Write + Send),
    ) -> u8 {
        self.administer(arguments, out, err, false).await
    }

    async fn administer(
        &self,
        arguments: impl IntoIterator<Item = impl Into<String>>,
        out: &mut (dyn Write + Send),
        err: &mut (dyn Write + Send),
        watched: bool,
    ) -> u8 {
        let arguments: Vec<String> = arguments.into_iter().map(Into::into).collect();
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut console = Console { out, err, watched };
        let console = &mut console;
        let end = match words.as_slice() {
            [] | ["help" | "-h" | "--help"] => {
                let _ = write!(console.out, "{HELP}");
                End::Done
            }
            ["projections", "list"] => projections::list(self, console).await,
            ["projections", "rebuild", name] => projections::rebuild(self, name, console).await,
            ["projections", "parked"] => projections::parked(self, None, console).await,
            ["projections", "parked", "retry", name] => {
                projections::retry_all(self, name, console).await
            }
            ["projections", "parked", "retry", name, position] => match position.parse() {
                Ok(position) => projections::retry(self, name, position, console).await,
                Err(_) => no_position(position, console),
            },
            ["projections", "parked", "skip", name, position] => match position.parse() {
                Ok(position) => projections::skip(self, name, position, console).await,
                Err(_) => no_position(position, console),
            },
            ["projections", "parked", name] if !matches!(*name, "retry" | "skip") => {
                projections::parked(self, Some(name), console).await
            }
            ["journal", "verify"] => verify::verify(self, console).await,
            _ => {
                let _ = write!(
                    console.err,
                    "error: no such command: {}\n\n{HELP}",
                    words.join(" ")
                );
                End::Usage
            }
        };
        end as u8
    }
}

fn no_position(word: &str, console: &mut Console<'_>) -> End {
    let _ = writeln!(console.err, "error: `{word}` is no position");
    End::Usage
}

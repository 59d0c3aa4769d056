//! What a command says: findings and answers on stdout, progress on stderr. A closed pipe ends it quietly.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::Streams;
use super::args::{Color, Format, Global};
use super::findings;
use super::stop::Stop;
use crate::diagnostic::Diagnostics;
use crate::report::{Report, Style};
use crate::source::SourceMap;

/// Where a command runs, and what it says.
pub(crate) struct Console<'a> {
    streams: Streams<'a>,
    style: Style,
    format: Format,
    root: PathBuf,
}

impl<'a> Console<'a> {
    pub(crate) fn new(streams: Streams<'a>, global: &Global, root: &Path) -> Self {
        let coloured = match global.color {
            Color::Auto => streams.colours,
            Color::Always => true,
            Color::Never => false,
        };
        let style = if coloured {
            Style::Coloured
        } else {
            Style::Plain
        };
        Self {
            streams,
            style,
            format: global.format,
            root: root.to_owned(),
        }
    }

    /// A path as the user gave it, from where the command runs.
    pub(crate) fn path(&self, path: &Path) -> PathBuf {
        self.root.join(path)
    }

    /// How answers and findings are to be printed.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Whether what is printed may have colours.
    pub(crate) fn coloured(&self) -> bool {
        matches!(self.style, Style::Coloured)
    }

    /// Where long work shows how far it is; `None` where nobody looks.
    pub(crate) fn live(&mut self) -> Option<&mut dyn Write> {
        if self.streams.progress {
            Some(self.streams.err)
        } else {
            None
        }
    }

    /// What was asked for, as it is.
    pub(crate) fn print(&mut self, text: &str) -> Result<(), Stop> {
        let out = &mut self.streams.out;
        out.write_all(text.as_bytes())
            .and_then(|()| out.flush())
            .map_err(|error| {
                if error.kind() == ErrorKind::BrokenPipe {
                    Stop::Closed
                } else {
                    Stop::Io {
                        path: "stdout".into(),
                        source: error,
                    }
                }
            })
    }

    /// A line about what is being done.
    pub(crate) fn progress(&mut self, line: &str) {
        // Nobody is left to be told that stderr is gone.
        let _ = writeln!(self.streams.err, "{line}");
    }

    /// A file that a command wrote or left: `created  schemas/aggregates.yaml`.
    pub(crate) fn file(&mut self, what: &str, path: &Path) {
        let path = path
            .strip_prefix(&self.root)
            .unwrap_or(path)
            .display()
            .to_string();
        self.progress(&format!("{what:>9}  {path}"));
    }

    /// Shows findings in the format that was asked for.
    pub(crate) fn findings(
        &mut self,
        sources: &SourceMap,
        diagnostics: &Diagnostics,
    ) -> Result<(), Stop> {
        let text = findings::show(sources, diagnostics, self.format, self.style);
        self.print(&text)
    }

    /// Shows a report, which then is what the command stops for.
    pub(crate) fn report(&mut self, report: &Report) -> Stop {
        match self.findings(&report.sources, &report.diagnostics) {
            Ok(()) => Stop::Findings,
            Err(stop) => stop,
        }
    }

    /// Says why a command stopped, where that was not said yet.
    pub(crate) fn stopped(&mut self, stop: &Stop) {
        match stop {
            Stop::Findings | Stop::Stale | Stop::Closed => {}
            Stop::Usage { problem, advice } => {
                self.progress(&format!("error: {problem}\nhelp: {advice}"));
            }
            Stop::Bug(what) => self.progress(&format!(
                "error[EV0900]: {what}\nhelp: this is a defect of evgen, please report it"
            )),
            Stop::Store(problem) => self.progress(&format!("error: {problem}")),
            Stop::Io { path, source } => {
                self.progress(&format!("error: {}: {source}", path.display()));
            }
        }
    }
}

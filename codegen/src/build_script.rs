//! For build.rs: `compile`, and a builder for options. Talks to Cargo; exits when there is nothing to compile.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostics, Severity};
use crate::options::{LockFile, Options, Side};
use crate::pipeline::{self, GenerateError};
use crate::report::{self, Report};
use crate::source::SourceMap;
use crate::write::{self, Mode};

/// Generates the events of `directory` into `OUT_DIR`, where `include_events!()` finds them. Call it from build.rs:
///
/// ```no_run
/// evgen::compile("schemas");
/// ```
///
/// Every mistake becomes a line of Cargo's, and the drawn report goes to stderr; then the build script exits with 1.
pub fn compile(directory: impl AsRef<Path>) {
    Builder::new(directory).compile();
}

/// A generation with options.
///
/// ```no_run
/// evgen::Builder::new("../schemas").events_only().compile();
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is generated before `compile`"]
pub struct Builder {
    directory: PathBuf,
    options: Options,
    out_dir: Option<PathBuf>,
}

impl Builder {
    /// Events of a schema directory; a relative path is relative to the package.
    pub fn new(directory: impl AsRef<Path>) -> Self {
        let directory = directory.as_ref().to_owned();
        let origin = directory.to_string_lossy().replace('\\', "/");
        Self {
            directory,
            options: Options {
                origin,
                ..Options::default()
            },
            out_dir: None,
        }
    }

    /// Takes the manifest from elsewhere than `aggregates.yaml` in the schema directory.
    pub fn manifest(mut self, path: impl AsRef<Path>) -> Self {
        self.options.manifest = Some(path.as_ref().to_owned());
        self
    }

    /// Takes the lock from elsewhere than `evgen.lock` in the schema directory.
    pub fn lock(mut self, path: impl AsRef<Path>) -> Self {
        self.options.lock = LockFile::At(path.as_ref().to_owned());
        self
    }

    /// Generates events, versions, upcasters and codecs, and nothing that names a service's own types: for a crate that
    /// several services share.
    pub fn events_only(mut self) -> Self {
        self.options.side = Side::EventsOnly;
        self
    }

    /// Generates mutators, handlers and the app on top of the events of another crate, given as the path of its
    /// events' module (`::shop_events::events`).
    pub fn events_from(mut self, path: impl Into<String>) -> Self {
        self.options.side = Side::ServiceFrom(path.into());
        self
    }

    /// Writes to a folder `evgen` below `path` instead of `OUT_DIR`.
    pub fn out_dir(mut self, path: impl AsRef<Path>) -> Self {
        self.out_dir = Some(path.as_ref().to_owned());
        self
    }

    /// Generates.
    pub fn compile(self) {
        rerun_if_changed(&self.directory);
        if let Some(manifest) = &self.options.manifest {
            rerun_if_changed(manifest);
        }
        if let LockFile::At(lock) = &self.options.lock {
            rerun_if_changed(lock);
        }
        if let Err(code) = self.run() {
            std::process::exit(code);
        }
    }

    fn run(&self) -> Result<(), i32> {
        let Some(out_dir) = self
            .out_dir
            .clone()
            .or_else(|| std::env::var_os("OUT_DIR").map(PathBuf::from))
        else {
            cargo(
                "error",
                "evgen::compile is for build scripts: OUT_DIR is not set",
            );
            return Err(1);
        };
        match pipeline::generate(&self.directory, &self.options) {
            Ok(generated) => {
                show(&generated.checked.sources, generated.checked.warnings());
                write::write(&out_dir.join("evgen"), &generated.files, Mode::Write).map_err(
                    |error| {
                        cargo("error", &format!("{error}: {}", error.source));
                        1
                    },
                )?;
                Ok(())
            }
            Err(GenerateError::Input(Report {
                sources,
                diagnostics,
            })) => {
                show(&sources, &diagnostics);
                stderr(&report::draw_all(
                    &sources,
                    &diagnostics,
                    report::Style::Plain,
                ));
                Err(1)
            }
            Err(GenerateError::Internal(error)) => {
                cargo(
                    "error",
                    &format!(
                        "EV0900 {}: {}; this is a defect of evgen, please report it",
                        error.file, error.problem
                    ),
                );
                Err(1)
            }
        }
    }
}

/// One line of Cargo's per diagnostic: of several lines in one, only the first survives.
fn show(sources: &SourceMap, diagnostics: &Diagnostics) {
    for diagnostic in diagnostics {
        let kind = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        cargo(kind, &report::one_line(sources, diagnostic));
    }
}

/// The directory, not each file: a file that is added counts, too.
fn rerun_if_changed(path: &Path) {
    cargo("rerun-if-changed", &path.to_string_lossy());
}

#[expect(
    clippy::print_stdout,
    reason = "stdout is how a build script talks to Cargo"
)]
fn cargo(key: &str, value: &str) {
    println!("cargo::{key}={}", value.replace(['\n', '\r'], " "));
}

fn stderr(text: &str) {
    // Nobody is left to be told that stderr is gone.
    let _ = writeln!(std::io::stderr(), "{text}");
}

//! For build.rs: `compile`, and a builder for options. Talks to Cargo; exits when there is nothing to compile.

use std::hash::{Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::diagnostic::Severity;
use crate::incremental::{self, Failure};
use crate::options::{LockFile, Options, Side};
use crate::pipeline::GenerateError;
use crate::report::{self, Report};

/// Generates the events of `directory` into `OUT_DIR`, where `include_events!()` finds them. Call it from build.rs:
///
/// ```no_run
/// evgen::compile("schemas");
/// ```
///
/// What is generated is remembered in `OUT_DIR`, so that the next build generates only the aggregates whose schemas changed.
/// The result is the same as without.
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
        let out = out_dir.join("evgen");
        let memory = memory(&out);
        match incremental::generate(&self.directory, &self.options, &out, memory.as_deref()) {
            Ok(done) => {
                for warning in &done.warnings {
                    cargo("warning", warning);
                }
                Ok(())
            }
            Err(Failure::Write(error)) => {
                cargo("error", &format!("{error}: {}", error.source));
                Err(1)
            }
            Err(Failure::Generate(error)) => {
                show(error);
                Err(1)
            }
        }
    }
}

/// What is shown of an error: a line of Cargo's per diagnostic, and the report.
fn show(error: GenerateError) {
    match error {
        GenerateError::Input(Report {
            sources,
            diagnostics,
        }) => {
            // Of several lines in one, only the first survives.
            for diagnostic in &diagnostics {
                let kind = match diagnostic.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                };
                cargo(kind, &report::one_line(&sources, diagnostic));
            }
            stderr(&report::draw_all(
                &sources,
                &diagnostics,
                report::Style::Plain,
            ));
        }
        GenerateError::Internal(error) => cargo(
            "error",
            &format!(
                "EV0900 {}: {}; this is a defect of evgen, please report it",
                error.file, error.problem
            ),
        ),
    }
}

/// Where a generation into `out` is remembered: in `OUT_DIR`, even where the files are generated elsewhere, since there they
/// may be checked in.
fn memory(out: &Path) -> Option<PathBuf> {
    let mut name = std::hash::DefaultHasher::new();
    out.hash(&mut name);
    let folder = PathBuf::from(std::env::var_os("OUT_DIR")?);
    Some(folder.join(format!("evgen-{:016x}.memory", name.finish())))
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

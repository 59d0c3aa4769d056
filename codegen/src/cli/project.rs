//! Where a project's schemas and its manifest are, and what the pipeline makes of them.

use std::fs;
use std::path::{Path, PathBuf};

use super::args::Global;
use super::console::Console;
use super::stop::Stop;
use crate::check::Checked;
use crate::load::MANIFEST;
use crate::lock::LOCK;
use crate::options::{LockFile, Options};
use crate::pipeline;

/// A schema directory and its manifest.
#[derive(Debug)]
pub(crate) struct Project {
    /// The schema directory.
    pub(crate) directory: PathBuf,
    /// The manifest.
    pub(crate) manifest: PathBuf,
    /// The lock.
    pub(crate) lock: PathBuf,
    /// How to generate.
    pub(crate) options: Options,
}

impl Project {
    /// The project that the options name, or the one that is found.
    pub(crate) fn find(global: &Global, console: &Console<'_>) -> Result<Self, Stop> {
        let directory = match (&global.dir, &global.manifest) {
            (Some(directory), _) => directory.clone(),
            (None, Some(_)) => PathBuf::from("schemas"),
            (None, None) => find_directory(&console.path(Path::new("")))?,
        };
        Ok(Self::new(&directory, global, console))
    }

    /// The project in `directory`.
    pub(crate) fn new(directory: &Path, global: &Global, console: &Console<'_>) -> Self {
        let origin = directory.to_string_lossy().replace('\\', "/");
        let directory = console.path(directory);
        let chosen = global.manifest.as_deref().map(|path| console.path(path));
        let manifest = chosen.clone().unwrap_or_else(|| directory.join(MANIFEST));
        let lock = global.lock.as_deref().map(|path| console.path(path));
        let options = Options {
            manifest: chosen,
            lock: lock.clone().map_or(LockFile::InDirectory, LockFile::At),
            origin,
            ..Options::default()
        };
        Self {
            lock: lock.unwrap_or_else(|| directory.join(LOCK)),
            directory,
            manifest,
            options,
        }
    }

    /// The same schemas, with the manifest in another file.
    pub(crate) fn with_manifest(mut self, manifest: PathBuf) -> Self {
        self.options.manifest = Some(manifest.clone());
        self.manifest = manifest;
        self
    }

    /// As [`Project::check`], as if nothing was released, and without warnings.
    pub(crate) fn check_without_lock(&self, console: &mut Console<'_>) -> Result<Checked, Stop> {
        let options = Options {
            lock: LockFile::Ignored,
            ..self.options.clone()
        };
        pipeline::check(&self.directory, &options).map_err(|report| console.report(&report))
    }

    /// Checks it; shows what is found, warnings too.
    pub(crate) fn check(&self, console: &mut Console<'_>) -> Result<Checked, Stop> {
        match pipeline::check(&self.directory, &self.options) {
            Ok(checked) => {
                console.findings(&checked.sources, checked.warnings())?;
                Ok(checked)
            }
            Err(report) => Err(console.report(&report)),
        }
    }
}

/// `schemas`, the working directory itself, or the one directory below it that holds a manifest.
fn find_directory(root: &Path) -> Result<PathBuf, Stop> {
    for candidate in ["schemas", "."] {
        if root.join(candidate).join(MANIFEST).is_file() {
            return Ok(PathBuf::from(candidate));
        }
    }
    let here = if root.as_os_str().is_empty() {
        Path::new(".")
    } else {
        root
    };
    let entries = fs::read_dir(here).map_err(Stop::io(here))?;
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| entry.path().join(MANIFEST).is_file())
        .map(|entry| PathBuf::from(entry.file_name()))
        .collect();
    found.sort();
    match &found[..] {
        [one] => Ok(one.clone()),
        [] => Err(Stop::usage(
            format!("there is no `schemas/{MANIFEST}` here"),
            "give the schema directory with `--dir DIR`, or make a first one with `evgen init`",
        )),
        _ => {
            let names: Vec<_> = found
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            Err(Stop::usage(
                format!("several directories hold a manifest: {}", names.join(", ")),
                "choose one with `--dir DIR`",
            ))
        }
    }
}

/// Accepts the name of an aggregate or event as Rust writes types: `ChangedLabel`.
pub(crate) fn type_name(name: &str) -> Result<(), Stop> {
    let is_camel = name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric());
    if is_camel && name != "Self" {
        return Ok(());
    }
    Err(Stop::usage(
        format!("`{name}` is not the name of an aggregate or event"),
        "write it as a Rust type: `Todo`, `ChangedLabel`",
    ))
}

//! The older state of a schema directory that `check --against` names: a directory, or a commit of git.

mod git;

use std::path::Path;

use super::console::Console;
use super::project::Project;
use super::stop::Stop;
use crate::diagnostic::Diagnostics;
use crate::load::MANIFEST;
use crate::load::file_set::FileSet;
use crate::load::walk;
use crate::lock::LOCK;
use crate::report::Report;
use crate::source::SourceMap;

/// Finds it. A directory that holds a manifest is meant before a branch of the same name.
pub(crate) fn find(
    named: &str,
    project: &Project,
    console: &mut Console<'_>,
) -> Result<FileSet, Stop> {
    let directory = console.path(Path::new(named));
    if directory.join(MANIFEST).is_file() {
        return from_directory(&directory, project, console);
    }
    match git::read(named, project)? {
        Some(set) => Ok(set),
        None if directory.is_dir() => from_directory(&directory, project, console),
        None => Err(Stop::usage(
            format!("`{named}` is neither a directory nor a commit that git knows here"),
            "a clone in CI often has one commit only: fetch the other one first (`git fetch origin main`, `fetch-depth: 0`)",
        )),
    }
}

fn from_directory(
    directory: &Path,
    project: &Project,
    console: &mut Console<'_>,
) -> Result<FileSet, Stop> {
    let mut diagnostics = Diagnostics::default();
    let found = walk::find(directory, &mut diagnostics).unwrap_or_default();
    if diagnostics.has_errors() {
        return Err(console.report(&Report {
            sources: SourceMap::default(),
            diagnostics,
        }));
    }
    let mut set = FileSet {
        shown: directory.display().to_string(),
        ..FileSet::default()
    };
    for file in found {
        let content = std::fs::read(&file.path).map_err(Stop::io(&file.path))?;
        set.files.push((file.relative, content));
    }
    let lock = directory.join(LOCK);
    if lock.is_file() {
        set.lock = Some(std::fs::read(&lock).map_err(Stop::io(&lock))?);
    }
    let manifest = directory.join(MANIFEST);
    let manifest = if manifest.is_file() {
        manifest
    } else {
        project.manifest.clone()
    };
    set.manifest = std::fs::read(&manifest).map_err(Stop::io(&manifest))?;
    set.manifest_shown = manifest.display().to_string();
    Ok(set)
}

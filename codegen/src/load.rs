//! Reads the manifest and the schema files, each once: `Sources`. The only stage that reads the disk.
//! Says what is wrong in a file by itself; what they say about each other is for `check`.

pub(crate) mod avro;
pub mod file_set;
pub(crate) mod json;
pub(crate) mod layout;
mod lock;
pub mod manifest;
mod samples;
mod schemas;
pub(crate) mod walk;
pub(crate) mod yaml;

use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{MISSING_KEY, UNREADABLE};
use crate::lock::{LOCK, Lock};
use crate::model::event::VersionSample;
use crate::model::types::{Field, Home, Json, NamedId, Type, Types};
use crate::model::{Incomplete, TypesOnly};
use crate::options::LockFile;
use crate::report::Report;
use crate::source::{SourceFile, SourceId, SourceMap};
use avro::{File, Loader, Scope};
use file_set::FileSet;
use layout::Layout;
use manifest::{Lineage, Manifest};
use schemas::Schemas;

/// Deepest nesting of manifest and schemas.
pub(crate) const DEPTH_LIMIT: usize = 128;
/// Largest manifest and largest schema file.
pub(crate) const SIZE_LIMIT: usize = 4 * 1024 * 1024;
pub(crate) use lock::SIZE_LIMIT as LOCK_LIMIT;
/// Name of the manifest in a schema directory.
pub const MANIFEST: &str = "aggregates.yaml";

/// What the caller of [`load`] may choose.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// The manifest, if it is not `aggregates.yaml` in the schema directory.
    pub manifest: Option<PathBuf>,
    /// Where the released versions are pinned.
    pub lock: LockFile,
}

/// Every file read, manifest and schemas decoded.
#[derive(Debug)]
pub struct Sources {
    /// The files.
    pub map: SourceMap,
    /// The manifest.
    pub manifest: Manifest,
    /// Every named type.
    pub types: Types,
    /// The schema versions of events, by aggregate, event and version.
    pub versions: Vec<LoadedVersion>,
    /// Fields of generated states, by the aggregate's place in the manifest.
    pub states: Vec<Option<Vec<Field>>>,
    /// Types-only directories.
    pub types_only: Vec<TypesOnly>,
    /// What `evgen.lock` pins; `None` where there is no such file.
    pub lock: Option<Lock>,
    /// What is wrong in the schemas and in the files' names: it does not keep the next stages from finding more.
    pub diagnostics: Diagnostics,
    pub(crate) lineage: Lineage,
    pub(crate) incomplete: Incomplete,
}

/// One schema file of an event.
#[derive(Debug, Clone)]
pub struct LoadedVersion {
    /// The aggregate's place in the manifest.
    pub aggregate: usize,
    /// The event's place among the aggregate's events, inherited ones included.
    pub event: usize,
    /// Its number.
    pub version: i32,
    /// The file.
    pub source: SourceId,
    /// The record in it.
    pub record: NamedId,
    /// Its sample, if there is one.
    pub sample: Option<VersionSample>,
}

/// Loads a schema directory and its manifest.
///
/// # Errors
/// Where the manifest cannot be read whole: everything that is wrong in any file by itself. Else errors travel
/// in [`Sources::diagnostics`], and `check` returns them with its own.
pub fn load(directory: &Path, options: &LoadOptions) -> Result<Sources, Report> {
    let path = options.manifest.clone();
    let path = path.unwrap_or_else(|| directory.join(MANIFEST));
    load_with(directory, &options.lock, |map, diagnostics| {
        read_manifest(&path, map, diagnostics)
    })
}

/// Loads a schema directory that is in memory. Its files get ids behind those of `beside`, so that one diagnostic may
/// point at both.
///
/// # Errors
/// As [`load`].
pub fn load_set(set: FileSet, beside: &SourceMap) -> Result<Sources, Report> {
    load_memory(set, beside, |_| {})
}

/// Loads a part of a schema directory: `set` has the files of some aggregates, and the shared types; `change` takes the others out
/// of the manifest.
pub(crate) fn load_part(
    set: FileSet,
    change: impl FnOnce(&mut Manifest),
) -> Result<Sources, Report> {
    load_memory(set, &SourceMap::default(), change)
}

fn load_memory(
    mut set: FileSet,
    beside: &SourceMap,
    change: impl FnOnce(&mut Manifest),
) -> Result<Sources, Report> {
    let found = set.found();
    let shown = set.manifest_shown;
    let lock = set.lock;
    load_found(
        Path::new(&set.shown),
        beside.next(),
        |_| Some(found),
        |root, _, map, diagnostics| lock::read_content(&root.join(LOCK), lock?, map, diagnostics),
        |map, diagnostics| {
            let text =
                walk::decode_content(Path::new(&shown), &set.manifest, SIZE_LIMIT, diagnostics)?;
            let mut manifest = decode_manifest(&shown, text, map, diagnostics)?;
            change(&mut manifest);
            Some(manifest)
        },
    )
}

/// Loads a schema directory with a manifest that is not in a file yet.
#[cfg(feature = "cli")]
pub(crate) fn load_draft(directory: &Path, manifest: String) -> Result<Sources, Report> {
    load_with(directory, &LockFile::Ignored, |map, diagnostics| {
        decode_manifest("the draft", manifest, map, diagnostics)
    })
}

/// Files of samples, and the versions that they are of.
struct Samples<'a> {
    files: Vec<&'a walk::FoundFile>,
    versions: &'a mut Vec<LoadedVersion>,
}

fn load_with(
    directory: &Path,
    lock: &LockFile,
    manifest: impl FnOnce(&mut SourceMap, &mut Diagnostics) -> Option<Manifest>,
) -> Result<Sources, Report> {
    let find = |diagnostics: &mut Diagnostics| walk::find(directory, diagnostics);
    let beside = |root: &Path, found: Samples<'_>, map: &mut SourceMap, diagnostics: &mut _| {
        samples::read(root, &found.files, found.versions, map, diagnostics);
        lock::read(root, lock, map, diagnostics)
    };
    load_found(directory, SourceMap::default(), find, beside, manifest)
}

fn load_found(
    directory: &Path,
    mut map: SourceMap,
    find: impl FnOnce(&mut Diagnostics) -> Option<Vec<walk::FoundFile>>,
    beside: impl FnOnce(&Path, Samples<'_>, &mut SourceMap, &mut Diagnostics) -> Option<Lock>,
    manifest: impl FnOnce(&mut SourceMap, &mut Diagnostics) -> Option<Manifest>,
) -> Result<Sources, Report> {
    let mut diagnostics = Diagnostics::default();
    let Some(found) = find(&mut diagnostics) else {
        return Err(Report {
            sources: map,
            diagnostics,
        });
    };
    let Some(manifest) = manifest(&mut map, &mut diagnostics) else {
        return Err(Report {
            sources: map,
            diagnostics,
        });
    };
    let is_whole = !diagnostics.has_errors();
    // Of half a manifest, what it says about files would be wrong; the files themselves are still read.
    let mut unreliable = Diagnostics::default();
    let about_files = if is_whole {
        &mut diagnostics
    } else {
        &mut unreliable
    };
    let lineage = Lineage::new(&manifest, about_files);
    let layout = Layout::new(&manifest, &lineage, &found, directory, about_files);
    let mut schemas = Schemas::read(&manifest, &layout, &found, &mut map, &mut diagnostics);
    if !is_whole {
        return Err(Report {
            sources: map,
            diagnostics,
        });
    }
    let samples = Samples {
        files: layout.samples.iter().map(|&index| &found[index]).collect(),
        versions: &mut schemas.versions,
    };
    let lock = beside(directory, samples, &mut map, &mut diagnostics);
    let mut incomplete = schemas.incomplete;
    incomplete.aggregates.extend(lineage.orphans());
    Ok(Sources {
        map,
        manifest,
        types: schemas.types,
        versions: schemas.versions,
        states: schemas.states,
        types_only: schemas.types_only,
        lock,
        diagnostics,
        lineage,
        incomplete,
    })
}

/// One schema that stands by itself.
#[derive(Debug)]
pub struct Schema {
    /// Its text.
    pub map: SourceMap,
    /// The types that it defines.
    pub types: Types,
    /// What it says.
    pub top: Type,
    /// Warnings.
    pub warnings: Diagnostics,
}

/// Reads one schema from its text; `path` is what diagnostics name.
///
/// # Errors
/// Everything that is wrong in it.
pub fn load_schema(path: &str, text: String) -> Result<Schema, Report> {
    let mut map = SourceMap::default();
    let mut diagnostics = Diagnostics::default();
    let source = map.add(SourceFile {
        path: path.to_owned(),
        relative: path.to_owned(),
        text,
    });
    let json = json::parse(source, &map.file(source).text, &mut diagnostics);
    let mut loader = Loader::new(&mut diagnostics);
    let top = json.and_then(|json| {
        let mut scope = Scope::new(Home::EventFile, true);
        loader
            .load(&[File { source, json }], &mut scope, None)
            .pop()
            .flatten()
    });
    let types = loader.into_types();
    match top {
        Some(top) if !diagnostics.has_errors() => Ok(Schema {
            map,
            types,
            top,
            warnings: diagnostics,
        }),
        _ => Err(Report {
            sources: map,
            diagnostics,
        }),
    }
}

/// Parses JSON as schemas are parsed, for tools and tests that read it.
///
/// # Errors
/// What is wrong with it.
pub fn parse_json(text: &str) -> Result<Json, Report> {
    let mut report = Report::default();
    let json = json::parse(SourceId(0), text, &mut report.diagnostics);
    match json {
        Some(json) if report.diagnostics.is_empty() => Ok(json.value),
        _ => Err(report),
    }
}

fn read_manifest(
    path: &Path,
    map: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Option<Manifest> {
    let shown = path.display().to_string();
    if !path.exists() {
        diagnostics
            .error(&UNREADABLE, format!("there is no manifest `{shown}`"))
            .path(shown)
            .help("write one, or make a first one with `evgen init`");
        return None;
    }
    let text = walk::read(path, SIZE_LIMIT, diagnostics)?;
    if text.trim().is_empty() {
        diagnostics
            .error(&MISSING_KEY, format!("the manifest `{shown}` is empty"))
            .path(shown)
            .help("start the manifest with `format: 1`");
        return None;
    }
    decode_manifest(&shown, text, map, diagnostics)
}

fn decode_manifest(
    path: &str,
    text: String,
    map: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Option<Manifest> {
    let source = map.add(SourceFile {
        path: path.to_owned(),
        relative: MANIFEST.to_owned(),
        text,
    });
    manifest::read(source, &map.file(source).text, diagnostics)
}

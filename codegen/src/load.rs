//! Reads the manifest and the schema files, each once: `Sources`. The only stage that reads the disk.
//! Says what is wrong in a file by itself; what they say about each other is for `check`.

pub(crate) mod avro;
pub(crate) mod json;
pub(crate) mod layout;
pub mod manifest;
pub(crate) mod walk;
pub(crate) mod yaml;

use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{MISSING_KEY, UNREADABLE};
use crate::model::TypesOnly;
use crate::model::types::{Field, Home, Json, NamedId, Type, Types};
use crate::report::Report;
use crate::source::{SourceFile, SourceId, SourceMap, Spanned};
use avro::{File, Loader, Scope};
use layout::Layout;
use manifest::{Lineage, Manifest};
use walk::FoundFile;

/// Deepest nesting of manifest and schemas.
pub(crate) const DEPTH_LIMIT: usize = 128;
/// Largest manifest and largest schema file.
const SIZE_LIMIT: usize = 4 * 1024 * 1024;
/// Name of the manifest in a schema directory.
pub const MANIFEST: &str = "aggregates.yaml";

/// What the caller of [`load`] may choose.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// The manifest, if it is not `aggregates.yaml` in the schema directory.
    pub manifest: Option<PathBuf>,
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
    /// Warnings.
    pub warnings: Diagnostics,
    pub(crate) lineage: Lineage,
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
}

/// Loads a schema directory and its manifest.
///
/// # Errors
/// Everything that is wrong in a file by itself, and in the files' names.
pub fn load(directory: &Path, options: &LoadOptions) -> Result<Sources, Report> {
    let mut map = SourceMap::default();
    let mut diagnostics = Diagnostics::default();
    let loaded = read_all(directory, options, &mut map, &mut diagnostics);
    match loaded {
        Some(loaded) if !diagnostics.has_errors() => Ok(Sources {
            map,
            manifest: loaded.manifest,
            types: loaded.types,
            versions: loaded.versions,
            states: loaded.states,
            types_only: loaded.types_only,
            warnings: diagnostics,
            lineage: loaded.lineage,
        }),
        _ => Err(Report {
            sources: map,
            diagnostics,
        }),
    }
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

struct Loaded {
    manifest: Manifest,
    types: Types,
    versions: Vec<LoadedVersion>,
    states: Vec<Option<Vec<Field>>>,
    types_only: Vec<TypesOnly>,
    lineage: Lineage,
}

fn read_all(
    directory: &Path,
    options: &LoadOptions,
    map: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Option<Loaded> {
    let found = walk::find(directory, diagnostics)?;
    let path = options
        .manifest
        .clone()
        .unwrap_or_else(|| directory.join(MANIFEST));
    let manifest = read_manifest(&path, map, diagnostics)?;
    let lineage = Lineage::new(&manifest, diagnostics);
    let layout = Layout::new(&manifest, &lineage, &found, directory, diagnostics);

    let mut reader = FileReader {
        found: &found,
        map,
        diagnostics,
        incomplete: false,
    };
    let shared_files = reader.read_files(&layout.shared);
    let shared_is_complete = !reader.incomplete;
    let only_files: Vec<Vec<File>> = layout
        .types_only
        .iter()
        .map(|files| reader.read_files(files))
        .collect();
    let version_files: Vec<Option<File>> = layout
        .versions
        .iter()
        .map(|version| reader.read_file(version.file))
        .collect();

    let mut loader = Loader::new(diagnostics);
    let mut shared = Scope::new(Home::Shared, shared_is_complete);
    let _ = loader.load(&shared_files, &mut shared, None);
    let types_only = types_only(&manifest, &only_files, &shared, &mut loader);
    let states = states(&manifest, &shared, &mut loader);
    let versions = versions(&layout, &version_files, &shared, &mut loader);
    Some(Loaded {
        types: loader.into_types(),
        manifest,
        versions,
        states,
        types_only,
        lineage,
    })
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
    let source = map.add(SourceFile {
        path: shown,
        relative: MANIFEST.to_owned(),
        text,
    });
    manifest::read(source, &map.file(source).text, diagnostics)
}

fn types_only(
    manifest: &Manifest,
    files: &[Vec<File>],
    shared: &Scope,
    loader: &mut Loader<'_>,
) -> Vec<TypesOnly> {
    let directories = manifest.types_only.iter().zip(files).enumerate();
    directories
        .map(|(index, (directory, files))| {
            let mut scope = Scope::new(Home::TypesOnly(index), true);
            let tops = loader.load(files, &mut scope, Some(shared));
            let roots = files
                .iter()
                .zip(tops)
                .filter_map(|(file, top)| Some((file.source, top?)));
            TypesOnly {
                directory: directory.value.clone(),
                roots: roots.collect(),
            }
        })
        .collect()
}

fn states(manifest: &Manifest, shared: &Scope, loader: &mut Loader<'_>) -> Vec<Option<Vec<Field>>> {
    let aggregates = manifest.aggregates.iter();
    aggregates
        .map(|aggregate| {
            let fields: &Spanned<_> = aggregate.state.as_ref()?;
            Some(loader.state_fields(fields, manifest.source, shared))
        })
        .collect()
}

fn versions(
    layout: &Layout,
    files: &[Option<File>],
    shared: &Scope,
    loader: &mut Loader<'_>,
) -> Vec<LoadedVersion> {
    let mut versions = Vec::new();
    for (version, file) in layout.versions.iter().zip(files) {
        let Some(file) = file else { continue };
        let mut scope = Scope::new(Home::EventFile, true);
        let top = loader
            .load(std::slice::from_ref(file), &mut scope, Some(shared))
            .pop();
        let Some(top) = top.flatten() else { continue };
        let Some(record) = loader.record_at_top(&top, file) else {
            continue;
        };
        versions.push(LoadedVersion {
            aggregate: version.aggregate,
            event: version.event,
            version: version.number,
            source: file.source,
            record,
        });
    }
    versions
}

/// Reads schema files and parses their JSON.
struct FileReader<'a> {
    found: &'a [FoundFile],
    map: &'a mut SourceMap,
    diagnostics: &'a mut Diagnostics,
    /// Whether a file could not be read.
    incomplete: bool,
}

impl FileReader<'_> {
    fn read_files(&mut self, indices: &[usize]) -> Vec<File> {
        indices
            .iter()
            .filter_map(|&index| self.read_file(index))
            .collect()
    }

    fn read_file(&mut self, index: usize) -> Option<File> {
        let file = self.read_json(&self.found[index]);
        self.incomplete |= file.is_none();
        file
    }

    fn read_json(&mut self, found: &FoundFile) -> Option<File> {
        let text = walk::read(&found.path, SIZE_LIMIT, self.diagnostics)?;
        let path = found.path.display().to_string();
        let source = self.map.add(SourceFile {
            path,
            relative: found.relative.clone(),
            text,
        });
        let json = json::parse(source, &self.map.file(source).text, self.diagnostics)?;
        Some(File { source, json })
    }
}

//! Reads the schema files that the layout names, and turns them into types.

use super::avro::{File, Loader, Scope};
use super::layout::Layout;
use super::manifest::Manifest;
use super::walk::FoundFile;
use super::{LoadedVersion, SIZE_LIMIT, json, walk};
use crate::diagnostic::Diagnostics;
use crate::model::types::{Field, Home, Types};
use crate::model::{Incomplete, TypesOnly};
use crate::source::{SourceFile, SourceMap};

/// What the schema files hold.
pub(super) struct Schemas {
    pub(super) types: Types,
    pub(super) versions: Vec<LoadedVersion>,
    pub(super) states: Vec<Option<Vec<Field>>>,
    pub(super) types_only: Vec<TypesOnly>,
    pub(super) incomplete: Incomplete,
}

impl Schemas {
    /// Reads every file, then every type.
    pub(super) fn read(
        manifest: &Manifest,
        layout: &Layout,
        found: &[FoundFile],
        map: &mut SourceMap,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let mut reader = FileReader {
            found,
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

        let mut incomplete = Incomplete::default();
        let mut loader = Loader::new(diagnostics);
        let mut shared = Scope::new(Home::Shared, shared_is_complete);
        let _ = loader.load(&shared_files, &mut shared, None);
        let types_only = types_only(manifest, &only_files, &shared, &mut loader);
        let states = states(manifest, &shared, &mut loader, &mut incomplete);
        let versions = versions(
            layout,
            &version_files,
            &shared,
            &mut loader,
            &mut incomplete,
        );
        Self {
            types: loader.into_types(),
            versions,
            states,
            types_only,
            incomplete,
        }
    }
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

fn states(
    manifest: &Manifest,
    shared: &Scope,
    loader: &mut Loader<'_>,
    incomplete: &mut Incomplete,
) -> Vec<Option<Vec<Field>>> {
    let mut states = Vec::new();
    for (index, aggregate) in manifest.aggregates.iter().enumerate() {
        let errors = loader.errors();
        let fields = aggregate.state.as_ref();
        states.push(fields.map(|fields| loader.state_fields(fields, manifest.source, shared)));
        if loader.errors() > errors {
            incomplete.aggregates.insert(index);
        }
    }
    states
}

fn versions(
    layout: &Layout,
    files: &[Option<File>],
    shared: &Scope,
    loader: &mut Loader<'_>,
    incomplete: &mut Incomplete,
) -> Vec<LoadedVersion> {
    let mut versions = Vec::new();
    for (version, file) in layout.versions.iter().zip(files) {
        let errors = loader.errors();
        let record = file.as_ref().and_then(|file| {
            let mut scope = Scope::new(Home::EventFile, true);
            let files = std::slice::from_ref(file);
            let top = loader
                .load(files, &mut scope, Some(shared))
                .pop()
                .flatten()?;
            Some((file, loader.record_at_top(&top, file)?))
        });
        if record.is_none() || loader.errors() > errors {
            incomplete.events.insert((version.aggregate, version.event));
        }
        let Some((file, record)) = record else {
            continue;
        };
        versions.push(LoadedVersion {
            aggregate: version.aggregate,
            event: version.event,
            version: version.number,
            source: file.source,
            record,
            sample: None,
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
        let text = walk::read_found(found, SIZE_LIMIT, self.diagnostics)?;
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

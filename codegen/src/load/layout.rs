//! Which schema file is what: a version of an event, a shared type, plain Avro, or nobody's.
//! Rules about file names stand in the files below; djangoevents' layout is accepted as it is.

mod names;
mod versions;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::manifest::{Lineage, Manifest};
use super::walk::FoundFile;
use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{UNREADABLE, UNUSED_SCHEMA};
use names::{Namer, UNUSED_LIMIT};
use versions::{expected_events, files_are_of_one_event};

/// Directory of shared types.
const SHARED: &str = "types";

/// What the files of a schema directory are, as indices of the list that `walk` found.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// Files of shared types.
    pub(crate) shared: Vec<usize>,
    /// Files of each types-only directory.
    pub(crate) types_only: Vec<Vec<usize>>,
    /// Samples of versions.
    pub(crate) samples: Vec<usize>,
    /// Versions of events, by aggregate, event and number.
    pub(crate) versions: Vec<VersionFile>,
}

/// A file that holds a version of an event.
#[derive(Debug)]
pub(crate) struct VersionFile {
    pub(crate) aggregate: usize,
    pub(crate) event: usize,
    pub(crate) number: i32,
    pub(crate) file: usize,
}

impl Layout {
    /// Sorts the files; reports misnamed, missing and unused ones.
    pub(crate) fn new(
        manifest: &Manifest,
        lineage: &Lineage,
        found: &[FoundFile],
        root: &Path,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let mut layout = Self {
            types_only: vec![Vec::new(); manifest.types_only.len()],
            ..Self::default()
        };
        let mut expected = expected_events(manifest, lineage);
        let mut by_stem: HashMap<(String, String), usize> = HashMap::new();
        let mut by_directory: HashMap<String, Vec<usize>> = HashMap::new();
        let mut colliding = Vec::new();
        for (index, event) in expected.iter().enumerate() {
            by_directory
                .entry(event.directory.clone())
                .or_default()
                .push(index);
            let key = (event.directory.clone(), event.stem.clone());
            if let Some(&other) = by_stem.get(&key) {
                files_are_of_one_event(event, &expected[other], diagnostics);
                colliding.push(index);
            } else {
                by_stem.insert(key, index);
            }
        }
        for index in colliding {
            expected[index].needs_schema = false;
        }
        let mut namer = Namer {
            found,
            root,
            by_directory,
            unknown_directories: HashSet::new(),
            unused: 0,
        };
        for (index, file) in found.iter().enumerate() {
            if let Some(only) = types_only_of(manifest, &file.relative) {
                layout.types_only[only].push(index);
                continue;
            }
            if file.relative.starts_with("types/") {
                layout.shared.push(index);
                continue;
            }
            if namer.is_sample(&file.relative) {
                layout.samples.push(index);
                continue;
            }
            match namer.event_of(file, &by_stem) {
                Some((event, Ok(number))) => {
                    expected[event].found.entry(number).or_default().push(index);
                }
                Some((event, Err(why))) => namer.misnamed(file, &expected[event], why, diagnostics),
                None => namer.unused(file, &expected, diagnostics),
            }
        }
        for (directory, files) in manifest.types_only.iter().zip(&layout.types_only) {
            if files.is_empty() {
                diagnostics
                    .error(
                        &UNREADABLE,
                        format!("`{}` holds no schemas", directory.value),
                    )
                    .primary(directory.span, "no such directory, or an empty one")
                    .path(root.join(&directory.value).display().to_string());
            }
        }
        if namer.unused > UNUSED_LIMIT {
            let more = namer.unused - UNUSED_LIMIT;
            diagnostics
                .warning(
                    &UNUSED_SCHEMA,
                    format!("{more} more schema files are not used"),
                )
                .path(root.display().to_string());
        }
        for event in &expected {
            event.choose_versions(&namer, &mut layout.versions, diagnostics);
        }
        layout
    }
}

fn types_only_of(manifest: &Manifest, relative: &str) -> Option<usize> {
    manifest.types_only.iter().position(|directory| {
        relative
            .strip_prefix(&directory.value)
            .is_some_and(|rest| rest.starts_with('/'))
    })
}

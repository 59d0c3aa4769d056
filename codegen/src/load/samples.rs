//! The samples of event versions: JSON for the team to edit, Avro beside it. Only read here; generated tests hold them against
//! their schemas.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::walk::{self, FoundFile};
use super::{LoadedVersion, SIZE_LIMIT};
use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::UNUSED_SCHEMA;
use crate::model::event::VersionSample;
use crate::sample::{avro_path, json_path};
use crate::source::{SourceFile, SourceMap};

/// Gives each version its sample.
pub(super) fn read(
    root: &Path,
    files: &[&FoundFile],
    versions: &mut [LoadedVersion],
    map: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) {
    let by_path: HashMap<&str, &FoundFile> = files
        .iter()
        .map(|file| (file.relative.as_str(), *file))
        .collect();
    let mut used = HashSet::new();
    for version in versions {
        let path = json_path(&map.file(version.source).relative);
        let Some(found) = by_path.get(path.as_str()) else {
            continue;
        };
        used.insert(path.clone());
        let Some(text) = walk::read(&found.path, SIZE_LIMIT, diagnostics) else {
            continue;
        };
        let json = map.add(SourceFile {
            path: found.path.display().to_string(),
            relative: path.clone(),
            text,
        });
        let avro = root.join(avro_path(&path));
        version.sample = Some(VersionSample {
            json,
            avro: walk::read_bytes(&avro, SIZE_LIMIT).ok().flatten(),
        });
    }
    // Where a version is missing, its sample is not the mistake.
    if diagnostics.has_errors() {
        return;
    }
    for file in files.iter().filter(|file| !used.contains(&file.relative)) {
        diagnostics
            .warning(
                &UNUSED_SCHEMA,
                format!("`{}` is the sample of no version", file.relative),
            )
            .path(file.path.display().to_string())
            .help("name it as the schema file, or remove it");
    }
}

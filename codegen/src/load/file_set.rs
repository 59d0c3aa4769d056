//! A schema directory that is not on disk: an older state of it, as a version control system has it.

use std::path::Path;

use super::walk::FoundFile;

/// The files of a schema directory, in memory.
#[derive(Debug, Clone, Default)]
pub struct FileSet {
    /// What diagnostics call the directory (`main:schemas`).
    pub shown: String,
    /// What diagnostics call the manifest.
    pub manifest_shown: String,
    /// The manifest's content.
    pub manifest: Vec<u8>,
    /// The content of `evgen.lock`, where there is one.
    pub lock: Option<Vec<u8>>,
    /// Schema files: path below the directory, with `/`, and content.
    pub files: Vec<(String, Vec<u8>)>,
}

impl FileSet {
    /// The files, as a walk over a directory finds them: schemas alone, in path order.
    pub(super) fn found(&mut self) -> Vec<FoundFile> {
        let root = Path::new(&self.shown).to_owned();
        let files = std::mem::take(&mut self.files).into_iter();
        let mut found: Vec<_> = files
            .filter(|(relative, _)| is_schema(relative))
            .map(|(relative, content)| FoundFile {
                path: root.join(&relative),
                relative,
                content: Some(content),
            })
            .collect();
        found.sort_by(|a, b| a.relative.split('/').cmp(b.relative.split('/')));
        found
    }
}

/// Whether a path is that of a schema file: `.json` or `.avsc`, and nothing on the way is hidden.
#[must_use]
pub fn is_schema(relative: &str) -> bool {
    let extension = Path::new(relative).extension();
    extension.is_some_and(|extension| {
        extension.eq_ignore_ascii_case("json") || extension.eq_ignore_ascii_case("avsc")
    }) && relative.split('/').all(|part| !part.starts_with('.'))
}

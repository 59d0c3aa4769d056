//! The schema directory: which files it has, and the text of one. Bounded in number and size.
//! Which file is what is for `layout.rs`.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{TOO_LARGE, UNREADABLE};

/// Most files and directories of a schema directory.
const ENTRY_LIMIT: usize = 200_000;

/// A schema file that is there.
#[derive(Debug)]
pub(crate) struct FoundFile {
    /// Where to read it.
    pub(crate) path: PathBuf,
    /// Below the schema directory, with `/`.
    pub(crate) relative: String,
    /// What is in it, where it is not to be read from the disk.
    pub(crate) content: Option<Vec<u8>>,
}

/// Finds the schema files (`.json`, `.avsc`) of a directory, in path order; `None` where it is none.
pub(crate) fn find(directory: &Path, diagnostics: &mut Diagnostics) -> Option<Vec<FoundFile>> {
    let shown = directory.display().to_string();
    match std::fs::metadata(directory) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => {
            diagnostics
                .error(
                    &UNREADABLE,
                    format!("`{shown}` is a file, not a schema directory"),
                )
                .path(shown)
                .help("name the directory that holds `aggregates.yaml`");
            return None;
        }
        Err(error) => {
            diagnostics
                .error(
                    &UNREADABLE,
                    format!("schema directory `{shown}` cannot be read: {error}"),
                )
                .path(shown)
                .help("name an existing directory, or make one with `evgen init`");
            return None;
        }
    }
    let mut files = Vec::new();
    let walk = WalkDir::new(directory)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.file_name()));
    for (count, entry) in walk.enumerate() {
        if count == ENTRY_LIMIT {
            diagnostics
                .error(
                    &TOO_LARGE,
                    format!("`{shown}` holds more than {ENTRY_LIMIT} files"),
                )
                .path(shown)
                .help("name the directory of the schemas alone");
            return None;
        }
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {}
            Ok(entry) => files.extend(schema_file(directory, &entry, diagnostics)),
            Err(error) => report(directory, &error, diagnostics),
        }
    }
    Some(files)
}

fn is_hidden(name: &std::ffi::OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

fn schema_file(
    directory: &Path,
    entry: &walkdir::DirEntry,
    diagnostics: &mut Diagnostics,
) -> Option<FoundFile> {
    let extension = entry.path().extension()?;
    if !extension.eq_ignore_ascii_case("json") && !extension.eq_ignore_ascii_case("avsc") {
        return None;
    }
    let relative = entry.path().strip_prefix(directory).ok()?;
    let parts: Option<Vec<&str>> = relative.iter().map(|part| part.to_str()).collect();
    let Some(parts) = parts else {
        let shown = entry.path().display().to_string();
        diagnostics
            .error(&UNREADABLE, format!("the name of `{shown}` is not UTF-8"))
            .path(shown)
            .help("rename the file");
        return None;
    };
    Some(FoundFile {
        path: entry.path().to_owned(),
        relative: parts.join("/"),
        content: None,
    })
}

fn report(directory: &Path, error: &walkdir::Error, diagnostics: &mut Diagnostics) {
    let path = error.path().unwrap_or(directory).display().to_string();
    if let Some(ancestor) = error.loop_ancestor() {
        let ancestor = ancestor.display();
        diagnostics
            .error(
                &UNREADABLE,
                format!("symbolic link `{path}` leads back to `{ancestor}`"),
            )
            .path(path)
            .help("remove the link");
    } else {
        let why = error
            .io_error()
            .map_or_else(|| error.to_string(), ToString::to_string);
        diagnostics
            .error(&UNREADABLE, format!("`{path}` cannot be read: {why}"))
            .path(path);
    }
}

/// Reads a text file of at most `limit` bytes.
pub(crate) fn read(path: &Path, limit: usize, diagnostics: &mut Diagnostics) -> Option<String> {
    decode(path, read_bytes(path, limit), limit, diagnostics)
}

/// As [`read`], of a file whose content may be in memory already.
pub(crate) fn read_found(
    file: &FoundFile,
    limit: usize,
    diagnostics: &mut Diagnostics,
) -> Option<String> {
    match &file.content {
        None => read(&file.path, limit, diagnostics),
        Some(content) => decode_content(&file.path, content, limit, diagnostics),
    }
}

/// The text of a file that is in memory.
pub(crate) fn decode_content(
    path: &Path,
    content: &[u8],
    limit: usize,
    diagnostics: &mut Diagnostics,
) -> Option<String> {
    let bytes = (content.len() <= limit).then(|| content.to_vec());
    decode(path, Ok(bytes), limit, diagnostics)
}

/// The text that reading a file gave; says why there is none.
fn decode(
    path: &Path,
    bytes: std::io::Result<Option<Vec<u8>>>,
    limit: usize,
    diagnostics: &mut Diagnostics,
) -> Option<String> {
    let shown = path.display().to_string();
    match bytes {
        Ok(Some(bytes)) => match String::from_utf8(bytes) {
            Ok(text) => Some(text),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let line = error.as_bytes()[..at]
                    .iter()
                    .filter(|&&byte| byte == b'\n')
                    .count()
                    + 1;
                diagnostics
                    .error(
                        &UNREADABLE,
                        format!("`{shown}` is not UTF-8: byte {at}, in line {line}"),
                    )
                    .path(shown)
                    .help("save the file as UTF-8");
                None
            }
        },
        Ok(None) => {
            let limit = limit / (1024 * 1024);
            diagnostics
                .error(&TOO_LARGE, format!("`{shown}` is larger than {limit} MiB"))
                .path(shown)
                .help("keep data out of the schema directory");
            None
        }
        Err(error) => {
            diagnostics
                .error(&UNREADABLE, format!("`{shown}` cannot be read: {error}"))
                .path(shown);
            None
        }
    }
}

/// `None`: larger than the limit. A pipe or a device is not opened: it might never end.
pub(crate) fn read_bytes(path: &Path, limit: usize) -> std::io::Result<Option<Vec<u8>>> {
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(std::io::Error::other("not a regular file"));
    }
    let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    if size > limit {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(size + 1);
    File::open(path)?
        .take(limit as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok((bytes.len() <= limit).then_some(bytes))
}

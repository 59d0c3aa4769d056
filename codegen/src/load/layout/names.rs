//! File names: the event and the version that one says, and what is wrong with it.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::SHARED;
use super::versions::Expected;
use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{BAD_FILE_NAME, UNUSED_SCHEMA};
use crate::diagnostic::suggest::nearest;
use crate::load::walk::FoundFile;
use crate::sample::SAMPLES;

/// Most files of which each is reported as unused.
pub(super) const UNUSED_LIMIT: usize = 100;

/// Why a file name is not that of a version.
#[derive(Clone, Copy)]
pub(super) enum NotAVersion {
    Number(&'static str),
    Spelling,
}

pub(super) struct Namer<'a> {
    pub(super) found: &'a [FoundFile],
    pub(super) root: &'a Path,
    pub(super) by_directory: HashMap<String, Vec<usize>>,
    pub(super) unknown_directories: HashSet<String>,
    pub(super) unused: usize,
}

impl Namer<'_> {
    pub(super) fn shown(&self, relative: &str) -> String {
        self.root.join(relative).display().to_string()
    }

    /// Whether a file is a sample: two directories deep below `samples`, unless an aggregate's schemas are there.
    pub(super) fn is_sample(&self, relative: &str) -> bool {
        relative.starts_with(&format!("{SAMPLES}/"))
            && relative.rsplit_once('/').is_some_and(|(directory, _)| {
                directory != SAMPLES && !self.by_directory.contains_key(directory)
            })
    }

    /// The event that a file belongs to, and its version or what is wrong with its name.
    pub(super) fn event_of(
        &self,
        file: &FoundFile,
        by_stem: &HashMap<(String, String), usize>,
    ) -> Option<(usize, Result<i32, NotAVersion>)> {
        let (directory, name) = file.relative.rsplit_once('/')?;
        let (name, extension) = name.rsplit_once('.')?;
        let event = |stem: &str| {
            by_stem
                .get(&(directory.to_owned(), stem.to_owned()))
                .copied()
        };
        if let Some((number, stem)) = name.strip_prefix('v').and_then(|rest| rest.split_once('_'))
            && let Some(event) = event(stem)
        {
            let is_spelled_right = matches!(extension, "json" | "avsc");
            let number = version_number(number);
            let number = if is_spelled_right {
                number
            } else {
                Err(NotAVersion::Spelling)
            };
            return Some((event, number));
        }
        // `V2_todo_created`, `v2-todo-created`, `todo_created_v2`, `todo_created`
        let folded = name.to_ascii_lowercase().replace(['-', '.', ' '], "_");
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let before = folded
            .strip_prefix('v')
            .map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_'));
        let behind = folded
            .rsplit_once("_v")
            .filter(|(_, number)| is_number(number));
        let candidates = [before, behind.map(|(stem, _)| stem), Some(folded.as_str())];
        let event = candidates.into_iter().flatten().find_map(event)?;
        Some((event, Err(NotAVersion::Spelling)))
    }

    pub(super) fn misnamed(
        &self,
        file: &FoundFile,
        event: &Expected<'_>,
        why: NotAVersion,
        diagnostics: &mut Diagnostics,
    ) {
        let why = match why {
            NotAVersion::Number(why) => why,
            NotAVersion::Spelling => "that is not how versions are named",
        };
        diagnostics
            .error(
                &BAD_FILE_NAME,
                format!(
                    "`{}` looks like a version of `{}`, but {why}",
                    file.relative, event.full_name
                ),
            )
            .path(self.shown(&file.relative))
            .help(format!(
                "name it `{}/v1_{}.json`, with its version for 1",
                event.directory, event.stem
            ));
    }

    pub(super) fn unused(
        &mut self,
        file: &FoundFile,
        expected: &[Expected<'_>],
        diagnostics: &mut Diagnostics,
    ) {
        self.unused += 1;
        if self.unused > UNUSED_LIMIT {
            return;
        }
        let Some((directory, name)) = file.relative.rsplit_once('/') else {
            diagnostics
                .warning(
                    &UNUSED_SCHEMA,
                    format!("`{}` is in no aggregate's directory", file.relative),
                )
                .path(self.shown(&file.relative))
                .help("put it into the directory of its aggregate, or below `types/`");
            return;
        };
        let Some(events) = self.by_directory.get(directory) else {
            self.unused_directory(directory, diagnostics);
            return;
        };
        let name = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let number: String = name
            .chars()
            .skip(1)
            .take_while(char::is_ascii_digit)
            .collect();
        let wanted: Vec<String> = events
            .iter()
            .map(|&event| format!("v{number}_{}", expected[event].stem))
            .collect();
        let diagnostic = diagnostics
            .warning(
                &UNUSED_SCHEMA,
                format!("no event names `{}`", file.relative),
            )
            .path(self.shown(&file.relative));
        match nearest(name, wanted.iter().map(String::as_str)) {
            Some(near) => diagnostic.suggest(Some(near)),
            None => diagnostic.help("list its event in the manifest, or remove the file"),
        };
    }

    /// One warning per directory, not one per file.
    fn unused_directory(&mut self, directory: &str, diagnostics: &mut Diagnostics) {
        if !self.unknown_directories.insert(directory.to_owned()) {
            return;
        }
        let mut known: Vec<&str> = self.by_directory.keys().map(String::as_str).collect();
        known.push(SHARED);
        known.sort_unstable();
        let diagnostic = diagnostics
            .warning(
                &UNUSED_SCHEMA,
                format!("directory `{directory}` belongs to no aggregate"),
            )
            .path(self.shown(directory));
        match nearest(directory, known) {
            Some(near) => diagnostic.suggest(Some(near)),
            None => {
                diagnostic.help("list its aggregate in the manifest, or name it in `types_only`")
            }
        };
    }
}

fn version_number(digits: &str) -> Result<i32, NotAVersion> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NotAVersion::Number("its version is not a number"));
    }
    match digits.parse::<i32>() {
        Ok(0) => Err(NotAVersion::Number("versions start at 1")),
        Ok(_) if digits.starts_with('0') => {
            Err(NotAVersion::Number("version numbers have no leading zero"))
        }
        Ok(number) => Ok(number),
        Err(_) => Err(NotAVersion::Number("its version is too large")),
    }
}

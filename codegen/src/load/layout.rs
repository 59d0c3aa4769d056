//! Which schema file is what: a version of an event, a shared type, plain Avro, or nobody's.
//! Rules about file names stand here; djangoevents' layout is accepted as it is.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use super::manifest::{Lineage, Listed, Manifest};
use super::walk::FoundFile;
use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{
    BAD_FILE_NAME, MISSING_SCHEMA, NAME_COLLISION, TWO_FILES, UNUSED_SCHEMA, VERSION_GAP,
    VERSIONS_IGNORED,
};
use crate::diagnostic::suggest::nearest;
use crate::model::naming::file_name_case;
use crate::source::Spanned;

/// Most files of which each is reported as unused.
const UNUSED_LIMIT: usize = 100;
/// Directory of shared types.
const SHARED: &str = "types";

/// What the files of a schema directory are, as indices of the list that `walk` found.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// Files of shared types.
    pub(crate) shared: Vec<usize>,
    /// Files of each types-only directory.
    pub(crate) types_only: Vec<Vec<usize>>,
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

/// An event, as far as its files go.
struct Expected<'a> {
    aggregate: usize,
    event: usize,
    name: &'a Spanned<String>,
    /// `Todo.Created`
    full_name: String,
    /// `todo/v{}_todo_created`, split at the number.
    directory: String,
    stem: String,
    allow_gaps: bool,
    needs_schema: bool,
    /// Number → files.
    found: BTreeMap<i32, Vec<usize>>,
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
            match namer.event_of(file, &by_stem) {
                Some((event, Ok(number))) => {
                    expected[event].found.entry(number).or_default().push(index);
                }
                Some((event, Err(why))) => namer.misnamed(file, &expected[event], why, diagnostics),
                None => namer.unused(file, &expected, diagnostics),
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

fn expected_events<'a>(manifest: &'a Manifest, lineage: &Lineage) -> Vec<Expected<'a>> {
    let mut expected = Vec::new();
    for (index, aggregate) in manifest.aggregates.iter().enumerate() {
        let snake = file_name_case(&aggregate.name.value);
        let directory = aggregate
            .directory
            .as_ref()
            .map_or(&snake, |name| &name.value);
        for (event, listed) in lineage.events(manifest, index).into_iter().enumerate() {
            let Listed {
                named_by,
                own,
                parent,
            } = listed;
            let allow_gaps = own
                .and_then(|own| own.allow_gaps)
                .or(aggregate.allow_gaps)
                .unwrap_or(manifest.settings.allow_gaps);
            let typed = own.is_none_or(|own| own.typed);
            expected.push(Expected {
                aggregate: index,
                event,
                // Where a child's schema is missing, the child is the place to say so.
                name: own.map_or(
                    if parent.is_some() {
                        &aggregate.name
                    } else {
                        &named_by.name
                    },
                    |own| &own.name,
                ),
                full_name: format!("{}.{}", aggregate.name.value, named_by.name.value),
                directory: directory.clone(),
                stem: format!("{snake}_{}", file_name_case(&named_by.name.value)),
                allow_gaps,
                needs_schema: typed && !aggregate.is_abstract,
                found: BTreeMap::new(),
            });
        }
    }
    expected
}

fn files_are_of_one_event(
    event: &Expected<'_>,
    other: &Expected<'_>,
    diagnostics: &mut Diagnostics,
) {
    let message = format!(
        "`{}` and `{}` have the same schema files, `{}/v1_{}.json`",
        other.full_name, event.full_name, event.directory, event.stem
    );
    diagnostics
        .error(&NAME_COLLISION, message)
        .primary(event.name.span, "the same file names")
        .context(other.name.span, "as this one")
        .help("give one of the aggregates another `directory`");
}

fn types_only_of(manifest: &Manifest, relative: &str) -> Option<usize> {
    manifest.types_only.iter().position(|directory| {
        relative
            .strip_prefix(&directory.value)
            .is_some_and(|rest| rest.starts_with('/'))
    })
}

/// Why a file name is not that of a version.
#[derive(Clone, Copy)]
enum NotAVersion {
    Number(&'static str),
    Spelling,
}

struct Namer<'a> {
    found: &'a [FoundFile],
    root: &'a Path,
    by_directory: HashMap<String, Vec<usize>>,
    unknown_directories: HashSet<String>,
    unused: usize,
}

impl Namer<'_> {
    fn shown(&self, relative: &str) -> String {
        self.root.join(relative).display().to_string()
    }

    /// The event that a file belongs to, and its version or what is wrong with its name.
    fn event_of(
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
        if let Some((number, stem)) = name.strip_prefix('v').and_then(|rest| rest.split_once('_')) {
            if let Some(event) = event(stem) {
                let is_spelled_right = matches!(extension, "json" | "avsc");
                let number = version_number(number);
                let number = if is_spelled_right {
                    number
                } else {
                    Err(NotAVersion::Spelling)
                };
                return Some((event, number));
            }
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

    fn misnamed(
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

    fn unused(
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

impl Expected<'_> {
    /// Takes the versions from 1 on; reports what is missing or there twice.
    fn choose_versions(
        &self,
        namer: &Namer<'_>,
        versions: &mut Vec<VersionFile>,
        diagnostics: &mut Diagnostics,
    ) {
        let first = format!("{}/v1_{}.json", self.directory, self.stem);
        if self.found.is_empty() || (self.allow_gaps && !self.found.contains_key(&1)) {
            if let Some(&found) = self.found.keys().next() {
                self.gap(namer, 1, found, diagnostics);
            }
            if self.needs_schema {
                diagnostics
                    .error(
                        &MISSING_SCHEMA,
                        format!(
                            "`{}` has no schema: there is no `{}`",
                            self.full_name,
                            namer.shown(&first)
                        ),
                    )
                    .primary(self.name.span, format!("looked for `{first}`"))
                    .help("write that file, or declare the event `typed: false`");
            }
            return;
        }
        let mut next = 1;
        for (&number, files) in &self.found {
            if number != next {
                self.gap(namer, next, number, diagnostics);
                // Versions behind a gap are read where the gap is a mistake, to report all of theirs.
                if self.allow_gaps {
                    break;
                }
            }
            if let [one, other, ..] = files[..] {
                let (one, other) = (&namer.found[one].relative, &namer.found[other].relative);
                diagnostics
                    .error(
                        &TWO_FILES,
                        format!(
                            "version {number} of `{}` is in `{one}` and in `{other}`",
                            self.full_name
                        ),
                    )
                    .primary(self.name.span, "listed here")
                    .path(namer.shown(other));
            }
            let (aggregate, event) = (self.aggregate, self.event);
            versions.push(VersionFile {
                aggregate,
                event,
                number,
                file: files[0],
            });
            next = number.saturating_add(1);
        }
    }

    fn gap(&self, namer: &Namer<'_>, missing: i32, found: i32, diagnostics: &mut Diagnostics) {
        let missing = namer.shown(&format!("{}/v{missing}_{}.json", self.directory, self.stem));
        if self.allow_gaps {
            diagnostics
                .warning(&VERSIONS_IGNORED, format!("`{}` ends before version {found}: there is no `{missing}`", self.full_name))
                .primary(self.name.span, format!("version {found} and later are ignored"))
                .help("djangoevents ignored them, too; add the missing file, or remove the later ones");
        } else {
            diagnostics
                .error(&VERSION_GAP, format!("`{}` has version {found}, but there is no `{missing}`", self.full_name))
                .primary(self.name.span, "versions start at 1 and have no gap")
                .help("add the missing file; in a directory of djangoevents, `allow_gaps: true` ignores later versions as it did");
        }
    }
}

//! The versions that each event of the manifest has, by its files: from 1 on, without gap, each once.

use std::collections::BTreeMap;

use super::VersionFile;
use super::names::Namer;
use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{
    MISSING_SCHEMA, NAME_COLLISION, TWO_FILES, VERSION_GAP, VERSIONS_IGNORED,
};
use crate::load::manifest::{FateEntry, Lineage, Listed, Manifest};
use crate::model::naming::file_name_case;
use crate::source::Spanned;

/// An event, as far as its files go.
pub(super) struct Expected<'a> {
    pub(super) aggregate: usize,
    pub(super) event: usize,
    pub(super) name: &'a Spanned<String>,
    /// `Todo.Created`
    pub(super) full_name: String,
    /// `todo/v{}_todo_created`, split at the number.
    pub(super) directory: String,
    pub(super) stem: String,
    pub(super) allow_gaps: bool,
    pub(super) needs_schema: bool,
    /// What to do where it has none.
    help: &'static str,
    /// Number → files.
    pub(super) found: BTreeMap<i32, Vec<usize>>,
}

pub(super) fn expected_events<'a>(manifest: &'a Manifest, lineage: &Lineage) -> Vec<Expected<'a>> {
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
            let is_written = matches!(listed.fate(), FateEntry::Written);
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
                help: match (is_written, parent) {
                    (true, _) => "write that file, or declare the event `typed: false`",
                    (false, None) => "bring that file back: stored events were written by it",
                    (false, Some(_)) => {
                        "bring that file back: stored events were written by it; an aggregate that never had the event \
                         lists it under `omits`"
                    }
                },
                found: BTreeMap::new(),
            });
        }
    }
    expected
}

pub(super) fn files_are_of_one_event(
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

impl Expected<'_> {
    /// Takes the versions from 1 on; reports what is missing or there twice.
    pub(super) fn choose_versions(
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
                    .help(self.help);
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

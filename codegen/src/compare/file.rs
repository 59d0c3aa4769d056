//! Rules about files: what others know by its name.

use super::findings::Findings;
use super::{Pair, Sides};
use crate::diagnostic::codes::{VERSION_FILE_RENAMED, VERSION_REMOVED};
use crate::model::event::{Event, EventVersion};

/// EV0420
pub(super) fn versions_stay(sides: &Sides<'_>, pair: &Pair<'_>, findings: &mut Findings<'_>) {
    // An event that lost its schema as a whole is another matter.
    if !pair.now.typed {
        return;
    }
    for version in &pair.before.versions {
        if find(pair.now, version.version).is_some() || sides.was_draft(&pair.name, version.version)
        {
            continue;
        }
        let message = format!("version {} of `{}` is gone", version.version, pair.name);
        if let Some(diagnostic) = findings.report(&VERSION_REMOVED, &pair.name, message) {
            let file = &sides.before.sources.file(version.source).relative;
            let record = sides.before.types.get(version.record);
            diagnostic
                .primary(pair.now.name.span, format!("there is no `{file}`"))
                .context(record.name_span, "here before");
        }
    }
}

/// EV0421
pub(super) fn files_keep_their_names(
    sides: &Sides<'_>,
    pair: &Pair<'_>,
    findings: &mut Findings<'_>,
) {
    for before in &pair.before.versions {
        if sides.was_draft(&pair.name, before.version) {
            continue;
        }
        let Some(now) = find(pair.now, before.version) else {
            continue;
        };
        let was = &sides.before.sources.file(before.source).relative;
        let is = &sides.now.sources.file(now.source).relative;
        if was == is {
            continue;
        }
        let message = format!(
            "version {} of `{}` was in `{was}`, and is in `{is}`",
            before.version, pair.name
        );
        if let Some(diagnostic) = findings.warn(&VERSION_FILE_RENAMED, &pair.name, message) {
            diagnostic
                .primary(sides.now.types.get(now.record).name_span, "here now")
                .context(
                    sides.before.types.get(before.record).name_span,
                    "here before",
                )
                .help("tools that know the file by its name have to be told");
        }
    }
}

fn find(event: &Event, version: i32) -> Option<&EventVersion> {
    event.versions.iter().find(|one| one.version == version)
}

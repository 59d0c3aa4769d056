//! What `evgen check` says of drafts and samples.

use evgen_runtime::validate::validate;

use super::release_samples::avro;
use super::type_tables::Tables;
use crate::check::{Checked, history};
use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{BAD_SAMPLE, STALE_SAMPLE};
use crate::load::json;
use crate::model::event::VersionSample;
use crate::model::types::Json;
use crate::sample::avro_path;
use crate::source::{SourceId, Span, Spanned};

/// What is wrong with samples.
#[must_use]
pub fn samples(checked: &Checked) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let mut tables = Tables::new(&checked.types);
    let skip = &checked.settings.envelope_fields;
    for (aggregate, event, version) in history::versions(checked) {
        let Some(sample) = &version.sample else {
            continue;
        };
        let node = tables.event(version.record, skip);
        let file = checked.sources.file(sample.json);
        let name = format!(
            "version {} of `{}.{}`",
            version.version, aggregate.name.value, event.name.value
        );
        if let Err(errors) = validate(node, &file.text) {
            for error in errors.errors() {
                let path = match error.path() {
                    "" => String::new(),
                    path => format!(" at `{path}`"),
                };
                diagnostics
                    .error(
                        &BAD_SAMPLE,
                        format!("the sample of {name} does not fit{path}"),
                    )
                    .primary(
                        place(sample.json, &file.text, error.path()),
                        format!("expected {}, found {}", error.expected(), error.found()),
                    )
                    .context(
                        checked.types.get(version.record).name_span,
                        "by this schema",
                    );
            }
        } else if event.typed && is_stale(sample, avro(checked, version, node, &file.text)) {
            diagnostics
                .warning(
                    &STALE_SAMPLE,
                    format!("the Avro sample of {name} is not what its JSON sample says"),
                )
                .path(avro_path(&file.path));
        }
    }
    diagnostics
}

fn is_stale(sample: &VersionSample, avro: Result<Vec<u8>, String>) -> bool {
    match (&sample.avro, avro) {
        (Some(there), Ok(wanted)) => *there != wanted,
        (None, _) | (_, Err(_)) => true,
    }
}

/// How many released versions have no sample.
pub(crate) fn without_sample(checked: &Checked) -> usize {
    let versions = history::versions(checked).filter(|(aggregate, event, version)| {
        version.sample.is_none()
            && history::is_released(
                checked.lock.as_ref(),
                &aggregate.name.value,
                &event.name.value,
                version.version,
            )
    });
    versions.count()
}

/// Where a JSON pointer leads in a text; its first byte where it leads nowhere.
fn place(source: SourceId, text: &str, pointer: &str) -> Span {
    let top = json::parse(source, text, &mut Diagnostics::default());
    let start = Span {
        source,
        start: 0,
        end: u32::from(!text.is_empty()),
    };
    let Some(mut at) = top.as_ref() else {
        return start;
    };
    for segment in pointer.split('/').skip(1) {
        match step(at, &segment.replace("~1", "/").replace("~0", "~")) {
            Some(inner) => at = inner,
            None => break,
        }
    }
    at.span
}

fn step<'a>(json: &'a Spanned<Json>, segment: &str) -> Option<&'a Spanned<Json>> {
    match &json.value {
        Json::Array(items) => items.get(segment.parse::<usize>().ok()?),
        Json::Object(members) => {
            let mut members = members.iter();
            let found = members.find(|(key, _)| key.value == segment);
            found.map(|(_, value)| value)
        }
        _ => None,
    }
}

//! Samples of released versions: made where there is none, and their Avro form kept in line with the JSON, which counts.

use evgen_runtime::codec::avro::from_json_text;
use evgen_runtime::types::TypeNode;

use super::console::Console;
use super::init;
use super::project::Project;
use super::stop::Stop;
use super::type_tables::Tables;
use crate::canonical;
use crate::check::{Checked, history};
use crate::lock::Key;
use crate::model::Model;
use crate::model::event::EventVersion;
use crate::sample::{avro_path, json_path, sample};

/// Most new samples that are listed.
const SHOWN: usize = 20;

/// What was done.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Samples that are new.
    pub(crate) made: usize,
    /// Avro samples that follow an edited JSON sample.
    pub(crate) renewed: usize,
}

/// Writes what is missing or stale, of the versions that are released.
pub(crate) fn write(
    project: &Project,
    checked: &Checked,
    is_released: &dyn Fn(&Key) -> bool,
    dry_run: bool,
    console: &mut Console<'_>,
) -> Result<Written, Stop> {
    let mut written = Written::default();
    let mut tables = Tables::new(&checked.types);
    let skip = &checked.settings.envelope_fields;
    for (aggregate, event, version) in history::versions(checked) {
        let key = Key::version(&aggregate.name.value, &event.name.value, version.version);
        if !is_released(&key) {
            continue;
        }
        let node = tables.event(version.record, skip);
        let made = if version.sample.is_none() {
            let raw_time = checked.settings.raw_time;
            sample(&checked.types, version.record, skip, raw_time)
        } else {
            None
        };
        let text = match (&made, &version.sample) {
            (Some(text), _) => text.as_str(),
            (None, Some(sample)) => checked.sources.file(sample.json).text.as_str(),
            (None, None) => {
                console.progress(&format!(
                    "help: no sample of {key} could be made up, write one"
                ));
                continue;
            }
        };
        let avro = match avro(checked, version, node, text) {
            Ok(avro) => avro,
            Err(why) if made.is_some() => {
                console.progress(&format!(
                    "help: no sample of {key} could be made up ({why}), write one"
                ));
                continue;
            }
            // `check` says what is wrong with a sample of the team's.
            Err(_) => continue,
        };
        let relative = json_path(&checked.sources.file(version.source).relative);
        let (json_file, avro_file) = (
            project.directory.join(&relative),
            project.directory.join(avro_path(&relative)),
        );
        let what = |present: &'static str, conditional| if dry_run { conditional } else { present };
        if made.is_some() {
            if !dry_run {
                init::write(&json_file, text)?;
            }
            written.made += 1;
            if written.made <= SHOWN {
                console.file(what("created", "would add"), &json_file);
            }
        }
        let old = version
            .sample
            .as_ref()
            .and_then(|sample| sample.avro.as_ref());
        if old != Some(&avro) {
            if !dry_run {
                init::write_bytes(&avro_file, &avro)?;
            }
            if made.is_none() {
                console.file(what("renewed", "stale"), &avro_file);
                written.renewed += 1;
            }
        }
    }
    if written.made > SHOWN {
        console.progress(&format!(
            "{:>9}  {} samples more",
            "…",
            written.made - SHOWN
        ));
    }
    Ok(written)
}

/// Single-object encoding of a JSON sample.
pub(crate) fn avro(
    model: &Model,
    version: &EventVersion,
    node: &'static TypeNode,
    text: &str,
) -> Result<Vec<u8>, String> {
    let skip = &model.settings.envelope_fields;
    let body = from_json_text(node, text).map_err(|error| error.to_string())?;
    let form = canonical::canonical_form(&model.types, version.record, skip);
    let mut bytes = vec![0xc3, 0x01];
    bytes.extend_from_slice(&canonical::fingerprint(&form).to_le_bytes());
    bytes.extend_from_slice(&body);
    Ok(bytes)
}

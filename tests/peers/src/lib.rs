//! What the benches share: schemas to generate from, and what a process has used so far.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use nix::sys::resource::{UsageWho, getrusage};

/// Types of the ten fields.
const FIELDS: [&str; 10] = [
    r#""string""#,
    r#""long""#,
    r#""boolean""#,
    r#""double""#,
    r#""int""#,
    r#""string""#,
    r#"["null","string"]"#,
    r#"{"type":"array","items":"string"}"#,
    r#""string""#,
    r#""long""#,
];

/// Writes a schema directory of `events` events with ten fields each, ten events to an aggregate.
///
/// # Errors
/// The disk's.
pub fn write_schemas(directory: &Path, events: usize) -> io::Result<()> {
    let mut manifest = "format: 1\naggregates:\n".to_owned();
    for aggregate in 0..events.div_ceil(10) {
        let _ = writeln!(manifest, "  Account{aggregate}:\n    events:");
        let folder = directory.join(format!("account{aggregate}"));
        fs::create_dir_all(&folder)?;
        for event in 0..10.min(events - aggregate * 10) {
            let effect = if event == 0 {
                "{ creates: true }"
            } else {
                "{}"
            };
            let _ = writeln!(manifest, "      Happened{event}: {effect}");
            let path = folder.join(format!("v1_account{aggregate}_happened{event}.json"));
            fs::write(path, schema(aggregate, event))?;
        }
    }
    fs::write(directory.join("aggregates.yaml"), manifest)
}

/// A record of ten fields, each with a doc.
#[must_use]
pub fn schema(aggregate: usize, event: usize) -> String {
    let fields: Vec<_> = FIELDS
        .iter()
        .enumerate()
        .map(|(index, ty)| {
            format!(
                "    {{\"name\": \"field_{index}\", \"doc\": \"What field {index} says.\", \"type\": {ty}}}"
            )
        })
        .collect();
    format!(
        "{{\n  \"type\": \"record\",\n  \"name\": \"Account{aggregate}Happened{event}\",\n  \
         \"doc\": \"Something happened.\",\n  \"fields\": [\n{}\n  ]\n}}\n",
        fields.join(",\n")
    )
}

/// CPU seconds and the most memory in MB that this process has used.
///
/// # Panics
/// Where the system does not tell.
#[must_use]
pub fn used() -> (f64, f64) {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the system tells");
    let seconds = [usage.user_time(), usage.system_time()]
        .map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6);
    (seconds.iter().sum(), usage.max_rss() as f64 / 1024.0)
}

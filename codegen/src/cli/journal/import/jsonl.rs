//! JSON lines, as `line.rs` writes them, read back.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use evgen_runtime::{PayloadBuf, Timestamp};
use serde_json::value::RawValue;

use super::super::super::stop::Stop;
use super::super::schemas::Schemas;
use super::{Incoming, Problem, Source};

/// The lines of a file.
pub(super) struct Lines {
    file: BufReader<File>,
    shown: String,
    number: u64,
}

impl Lines {
    pub(super) fn open(path: &Path, shown: &Path) -> Result<Self, Stop> {
        Ok(Self {
            file: BufReader::new(File::open(path).map_err(Stop::io(shown))?),
            shown: shown.display().to_string(),
            number: 0,
        })
    }
}

impl Source for Lines {
    fn next(&mut self, _: &Schemas) -> Option<Result<Incoming, Problem>> {
        loop {
            let mut line = Vec::new();
            match self.file.read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => return Some(Err(Problem::Io(error))),
            }
            self.number += 1;
            if line.trim_ascii().is_empty() {
                continue;
            }
            let at = format!("{}:{}", self.shown, self.number);
            let read = match std::str::from_utf8(&line) {
                Ok(text) => event(text.trim_end_matches(['\n', '\r']), at.clone()),
                Err(error) => Err(format!("the line is not UTF-8: {error}")),
            };
            return Some(read.map_err(|problem| Problem::Event { at, problem }));
        }
    }
}

fn event(line: &str, at: String) -> Result<Incoming, String> {
    let members = serde_json::from_str(line).map_err(|error| {
        let text = error.to_string();
        // It counts lines of its own.
        let text = text.split(" at line ").next().unwrap_or_default();
        format!(
            "the line is not a JSON object: {text}, column {}",
            error.column()
        )
    })?;
    let mut members = Members(members);
    let event = Incoming {
        at,
        position: members.number("position")?.unwrap_or(0),
        event_id: members.needed("event_id")?,
        event_type: members.needed("event_type")?,
        event_version: members
            .number("event_version")?
            .map(|version| {
                i32::try_from(version)
                    .map_err(|_| format!("`event_version` {version} is out of range"))
            })
            .transpose()?,
        aggregate_type: members.needed("aggregate_type")?,
        aggregate_id: members.needed("aggregate_id")?,
        version: members
            .number("aggregate_version")?
            .ok_or("`aggregate_version` is missing")?,
        create_date: members.needed("create_date").and_then(|text| {
            text.parse::<Timestamp>()
                .map_err(|_| format!("`create_date` {text:?} is not a time as in RFC 3339"))
        })?,
        metadata: match members.text("metadata_text")? {
            Some(text) => Some(text),
            None => members.raw("metadata").map(|raw| raw.get().to_owned()),
        },
        class: match (
            members.text("django_module")?,
            members.text("django_class")?,
        ) {
            (Some(module), Some(class)) => Some((module, class)),
            _ => None,
        },
        payload: payload(&mut members)?,
    };
    match members.0.keys().next() {
        Some(key) => Err(format!("`{key}` is not a key of an event")),
        None => Ok(event),
    }
}

fn payload(members: &mut Members<'_>) -> Result<PayloadBuf, String> {
    let (avro, text) = (members.text("avro")?, members.text("data_text")?);
    let data = members.0.remove("data");
    if let Some(hex) = avro {
        return Ok(PayloadBuf::Avro(
            bytes(&hex).ok_or("`avro` is not bytes in hex")?,
        ));
    }
    let text = text.or_else(|| data.map(|data| data.get().to_owned()));
    text.map(PayloadBuf::Json)
        .ok_or_else(|| "`data` is missing".to_owned())
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let pairs = hex.as_bytes().chunks(2);
    let byte = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
        _ => None,
    };
    pairs.map(byte).collect()
}

/// Members of a line that nobody has taken yet.
struct Members<'l>(BTreeMap<String, &'l RawValue>);

impl<'l> Members<'l> {
    /// A member that is there and not `null`.
    fn raw(&mut self, key: &str) -> Option<&'l RawValue> {
        self.0.remove(key).filter(|raw| raw.get() != "null")
    }

    fn text(&mut self, key: &str) -> Result<Option<String>, String> {
        let text = self.raw(key).map(|raw| serde_json::from_str(raw.get()));
        text.transpose()
            .map_err(|_| format!("`{key}` is not a string"))
    }

    fn needed(&mut self, key: &str) -> Result<String, String> {
        self.text(key)?.ok_or_else(|| format!("`{key}` is missing"))
    }

    fn number(&mut self, key: &str) -> Result<Option<i64>, String> {
        let number = self.raw(key).map(|raw| serde_json::from_str(raw.get()));
        number
            .transpose()
            .map_err(|_| format!("`{key}` is not a whole number"))
    }
}

//! A journal as Avro object container files: one per version of an event, whose `data` has the event's own schema, and
//! `other.avro` for events that no schema reads, with their data as it is. docs/journal.md has the fields.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use apache_avro::Codec;
use evgen_runtime::codec::avro::{from_json_text, to_json_text};
use evgen_runtime::{Payload, RecordedEvent, VersionDescriptor};

use super::super::args;
use super::super::avro_schema;
use super::super::container::{self, Writer, put_bytes, put_long, put_option};
use super::super::schemas::Schemas;

/// Symbols of the field `payload`.
const JSON: i64 = 0;
const AVRO: i64 = 1;

/// What a single-object encoding begins with: magic and fingerprint.
const HEAD: usize = 10;

/// The files of an export.
pub(super) struct Files {
    folder: PathBuf,
    codec: Codec,
    /// By the path of the version's schema file; `None`: `other.avro`.
    files: BTreeMap<(&'static str, &'static str, i32), Writer>,
    other: Option<Writer>,
    without_schema: u64,
}

impl Files {
    /// Makes the folder.
    pub(super) fn create(folder: &Path, codec: args::Codec) -> io::Result<Self> {
        if let Some(parent) = folder.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::create_dir(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            codec: container::codec(codec),
            files: BTreeMap::new(),
            other: None,
            without_schema: 0,
        })
    }

    pub(super) fn event(&mut self, event: &RecordedEvent<'_>, schemas: &Schemas) -> io::Result<()> {
        let Some((descriptor, version)) = schemas.version(event) else {
            return self.other(event);
        };
        let Some(data) = data(event, version) else {
            return self.other(event);
        };
        let key = (
            descriptor.aggregate_type,
            descriptor.event_type,
            version.version,
        );
        if !self.files.contains_key(&key) {
            let (aggregate, event_type) = (file_name(key.0), file_name(key.1));
            let path = self
                .folder
                .join(aggregate)
                .join(format!("{event_type}.v{}.avro", key.2));
            let schema = avro_schema::envelope(schemas.data(version));
            self.files
                .insert(key, Writer::create(path, &schema, self.codec)?);
        }
        let Some(file) = self.files.get_mut(&key) else {
            return Ok(());
        };
        file.record(|out| {
            envelope(event, out);
            let (kind, text) = match event.payload {
                Payload::Json(text) => (JSON, Some(text)),
                _ => (AVRO, None),
            };
            put_long(kind, out);
            // The text itself only where it is not what the data gives.
            let text =
                text.filter(|text| to_json_text(version.node, &data).as_deref() != Ok(*text));
            put_option(text, out, |text, out| put_bytes(text.as_bytes(), out));
            out.extend_from_slice(&data);
        })
    }

    fn other(&mut self, event: &RecordedEvent<'_>) -> io::Result<()> {
        self.without_schema += 1;
        let file = match &mut self.other {
            Some(file) => file,
            none => {
                let schema = avro_schema::envelope(avro_schema::OTHER);
                none.insert(Writer::create(
                    self.folder.join("other.avro"),
                    &schema,
                    self.codec,
                )?)
            }
        };
        file.record(|out| {
            envelope(event, out);
            let (kind, data) = match event.payload {
                Payload::Json(text) => (JSON, text.as_bytes()),
                Payload::Avro(bytes) => (AVRO, bytes),
                _ => (AVRO, &[][..]),
            };
            put_long(kind, out);
            put_long(0, out);
            // The branches of `data` are in the same order: a string, bytes.
            put_long(kind, out);
            put_bytes(data, out);
        })
    }

    /// Writes what is left; how many files, and how many events without a schema.
    pub(super) fn finish(mut self) -> io::Result<(u64, u64)> {
        let mut count = 0;
        for file in self.files.values_mut().chain(&mut self.other) {
            file.flush()?;
            fs::File::open(file.path())?.sync_all()?;
            count += 1;
        }
        Ok((count, self.without_schema))
    }
}

/// The data in Avro's binary form; `None` where the schema does not read it.
fn data(event: &RecordedEvent<'_>, version: &'static VersionDescriptor) -> Option<Vec<u8>> {
    match event.payload {
        Payload::Json(text) => from_json_text(version.node, text).ok(),
        Payload::Avro(bytes) => {
            let (head, body) = bytes.split_at_checked(HEAD)?;
            let is_it = head[..2] == [0xc3, 0x01] && head[2..] == version.fingerprint.to_le_bytes();
            (is_it && to_json_text(version.node, body).is_ok()).then(|| body.to_vec())
        }
        _ => None,
    }
}

fn envelope(event: &RecordedEvent<'_>, out: &mut Vec<u8>) {
    let text = |text: &str, out: &mut Vec<u8>| put_bytes(text.as_bytes(), out);
    put_long(event.position.0, out);
    text(event.event_id, out);
    text(event.event_type, out);
    put_option(event.event_version, out, |version, out| {
        put_long(version.into(), out)
    });
    text(event.aggregate_type, out);
    text(event.aggregate_id, out);
    put_long(event.version.0, out);
    put_long(event.create_date.as_microsecond(), out);
    put_option(event.metadata, out, text);
    put_option(event.django_class.map(|(module, _)| module), out, text);
    put_option(event.django_class.map(|(_, class)| class), out, text);
}

/// A name as that of a file: what other systems take otherwise is written in hex.
fn file_name(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' {
            out.push(byte.into());
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn names_never_lead_out_of_the_folder() {
        assert_eq!(file_name("todo_created"), "todo_created");
        assert_eq!(file_name("../a b"), "%2E%2E%2Fa%20b");
    }
}

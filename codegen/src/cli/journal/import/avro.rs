//! Avro object container files, as `export/avro.rs` writes them, read back in the order of positions.

use std::io;
use std::path::{Path, PathBuf};

use evgen_runtime::codec::avro::{to_json_text, value_length};
use evgen_runtime::{PayloadBuf, Timestamp, VersionDescriptor};
use serde_json::Value;

use super::super::super::stop::Stop;
use super::super::avro_schema;
use super::super::container::{Blocks, Take};
use super::super::schemas::Schemas;
use super::{Incoming, Problem, Source};

/// Several files, each in the order of positions.
pub(super) struct Files(Vec<OneFile>);

struct OneFile {
    shown: String,
    blocks: Blocks,
    /// The schema of `data`.
    schema: Data,
    block: Vec<u8>,
    /// How much of the block is read.
    at: usize,
    left: i64,
    number: u64,
    /// The next event, read ahead to know its position.
    ahead: Option<Result<Incoming, Problem>>,
    ended: bool,
}

enum Data {
    /// The file is `other.avro`.
    Other,
    /// Not looked at yet, or another event's than the one looked for.
    Of(Value),
    /// The schema is known to be this version's.
    Known(&'static VersionDescriptor),
}

impl Files {
    pub(super) fn open(folder: &Path, shown: &Path) -> Result<Self, Stop> {
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in walkdir::WalkDir::new(folder) {
            let entry = entry.map_err(|error| Stop::io(shown)(error.into()))?;
            let path = entry.into_path();
            if path
                .extension()
                .is_some_and(|extension| extension == "avro")
            {
                paths.push(path);
            }
        }
        paths.sort();
        if paths.is_empty() {
            return Err(Stop::usage(
                format!("{} holds no `.avro` files", shown.display()),
                "name the directory that `journal export --as avro` wrote",
            ));
        }
        let files = paths.iter().map(|path| {
            let inner = path.strip_prefix(folder).unwrap_or(path);
            OneFile::open(path, &shown.join(inner))
        });
        files.collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn one(path: &Path, shown: &Path) -> Result<Self, Stop> {
        Ok(Self(vec![OneFile::open(path, shown)?]))
    }
}

impl Source for Files {
    fn next(&mut self, schemas: &Schemas) -> Option<Result<Incoming, Problem>> {
        for file in &mut self.0 {
            file.look_ahead(schemas);
        }
        let position = |file: &OneFile| match &file.ahead {
            Some(Ok(event)) => event.position,
            // A problem is told of at once.
            Some(Err(_)) => i64::MIN,
            None => i64::MAX,
        };
        let file = self.0.iter_mut().min_by_key(|file| position(file))?;
        file.ahead.take()
    }
}

impl OneFile {
    fn open(path: &Path, shown: &Path) -> Result<Self, Stop> {
        let blocks = Blocks::open(path).map_err(Stop::io(shown))?;
        let schema = data_schema(&blocks.schema).ok_or_else(|| {
            Stop::usage(
                format!(
                    "{} is not an export of a journal: its schema is another",
                    shown.display()
                ),
                "name what `journal export --as avro` wrote",
            )
        })?;
        let other: Value = serde_json::from_str(avro_schema::OTHER).unwrap_or_default();
        Ok(Self {
            shown: shown.display().to_string(),
            blocks,
            schema: if schema == other {
                Data::Other
            } else {
                Data::Of(schema)
            },
            block: Vec::new(),
            at: 0,
            left: 0,
            number: 0,
            ahead: None,
            ended: false,
        })
    }

    fn look_ahead(&mut self, schemas: &Schemas) {
        if self.ahead.is_some() || self.ended {
            return;
        }
        self.ahead = self.read(schemas).map(|read| {
            read.map_err(|error| {
                // Where the next record begins is not known any more.
                self.ended = true;
                let at = format!("{}: record {}", self.shown, self.number);
                Problem::Event {
                    at,
                    problem: error.to_string(),
                }
            })
        });
    }

    fn read(&mut self, schemas: &Schemas) -> Option<io::Result<Incoming>> {
        self.number += 1;
        while self.left == 0 {
            match self.blocks.next() {
                Ok(Some((count, block))) => (self.left, self.block, self.at) = (count, block, 0),
                Ok(None) => {
                    self.ended = true;
                    return None;
                }
                Err(error) => return Some(Err(error)),
            }
        }
        self.left -= 1;
        let block = std::mem::take(&mut self.block);
        let mut take = Take(block.get(self.at..).unwrap_or_default());
        let read = self.event(&mut take, schemas);
        self.at = block.len() - take.0.len();
        self.block = block;
        Some(read)
    }

    fn event(&mut self, take: &mut Take<'_>, schemas: &Schemas) -> io::Result<Incoming> {
        let invalid = |problem: String| io::Error::new(io::ErrorKind::InvalidData, problem);
        let mut event = Incoming {
            at: format!("{}: record {}", self.shown, self.number),
            position: take.long()?,
            event_id: take.text()?.to_owned(),
            event_type: take.text()?.to_owned(),
            event_version: take
                .option(Take::long)?
                .map(|version| i32::try_from(version).map_err(|error| invalid(error.to_string())))
                .transpose()?,
            aggregate_type: take.text()?.to_owned(),
            aggregate_id: take.text()?.to_owned(),
            version: take.long()?,
            create_date: Timestamp::from_microsecond(take.long()?)
                .map_err(|error| invalid(error.to_string()))?,
            metadata: take.option(Take::text)?.map(str::to_owned),
            class: None,
            payload: PayloadBuf::Json(String::new()),
        };
        let (module, class) = (take.option(Take::text)?, take.option(Take::text)?);
        event.class = module
            .zip(class)
            .map(|(module, class)| (module.to_owned(), class.to_owned()));
        let is_avro = take.long()? == 1;
        let text = take.option(Take::text)?;
        if matches!(self.schema, Data::Other) {
            event.payload = match take.long()? {
                0 => PayloadBuf::Json(take.text()?.to_owned()),
                _ => PayloadBuf::Avro(take.bytes()?.to_owned()),
            };
            return Ok(event);
        }
        let version = self.version(&event, schemas).map_err(invalid)?;
        let length =
            value_length(version.node, take.0).map_err(|error| invalid(error.to_string()))?;
        let (data, rest) = take.0.split_at_checked(length).unwrap_or((take.0, &[]));
        take.0 = rest;
        event.payload = match (is_avro, text) {
            (true, _) => {
                let mut bytes = vec![0xc3, 0x01];
                bytes.extend(version.fingerprint.to_le_bytes());
                bytes.extend(data);
                PayloadBuf::Avro(bytes)
            }
            (false, Some(text)) => PayloadBuf::Json(text.to_owned()),
            (false, None) => {
                let text = to_json_text(version.node, data);
                PayloadBuf::Json(text.map_err(|error| invalid(error.to_string()))?)
            }
        };
        Ok(event)
    }

    /// The version that wrote the file's data: the one that its events name, if its schema is the file's.
    fn version(
        &mut self,
        event: &Incoming,
        schemas: &Schemas,
    ) -> Result<&'static VersionDescriptor, String> {
        let found = schemas.version(&event.recorded());
        let (_, version) = found.ok_or_else(|| {
            format!(
                "no schema knows `{}` of `{}`",
                event.event_type, event.aggregate_type
            )
        })?;
        match &self.schema {
            Data::Known(known) if std::ptr::eq(*known, version) => return Ok(version),
            Data::Of(schema) => {
                let own: Value = serde_json::from_str(schemas.data(version)).unwrap_or_default();
                if *schema == own {
                    self.schema = Data::Known(version);
                    return Ok(version);
                }
            }
            Data::Known(_) | Data::Other => {}
        }
        Err(format!(
            "the schema of its data is not that of {}",
            version.file
        ))
    }
}

/// The schema of `data`, if all else is the envelope's.
fn data_schema(schema: &str) -> Option<Value> {
    let of_file: Value = serde_json::from_str(schema).ok()?;
    let data = of_file["fields"].as_array()?.last()?["type"].clone();
    let own: Value = serde_json::from_str(&avro_schema::envelope(&data.to_string())).ok()?;
    (own == of_file).then_some(data)
}

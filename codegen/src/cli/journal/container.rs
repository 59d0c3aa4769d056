//! Avro object container files, written and read in blocks (Avro 1.12, "Object Container Files"). Records are bytes here;
//! what they hold is in `export/avro.rs` and `import/avro.rs`. The same records give the same bytes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};

use apache_avro::{Codec, DeflateSettings};

use crate::canonical;

const MAGIC: &[u8] = b"Obj\x01";
/// A block is written when its records have this many bytes.
const BLOCK: usize = 64 << 10;
/// Blocks that claim more are refused: a damaged length must not take all memory.
const LARGEST: i64 = 1 << 30;

/// How blocks are packed.
pub(super) fn codec(of: super::args::Codec) -> Codec {
    match of {
        super::args::Codec::Null => Codec::Null,
        super::args::Codec::Deflate => Codec::Deflate(DeflateSettings::default()),
    }
}

/// Writes a file. It is opened for each block, so that there may be any number of these.
#[derive(Debug)]
pub(super) struct Writer {
    path: PathBuf,
    codec: Codec,
    marker: [u8; 16],
    records: Vec<u8>,
    count: i64,
}

impl Writer {
    /// Begins a new file.
    pub(super) fn create(path: PathBuf, schema: &str, codec: Codec) -> io::Result<Self> {
        // Any 16 bytes that blocks are unlikely to hold; random ones would make equal exports differ.
        let print = canonical::fingerprint(schema);
        let mut marker = [0; 16];
        marker[..8].copy_from_slice(&print.to_le_bytes());
        marker[8..].copy_from_slice(&(!print).rotate_left(17).to_le_bytes());
        let name = match codec {
            Codec::Null => "null",
            _ => "deflate",
        };
        let mut header = MAGIC.to_vec();
        put_long(2, &mut header);
        for (key, value) in [("avro.codec", name), ("avro.schema", schema)] {
            put_bytes(key.as_bytes(), &mut header);
            put_bytes(value.as_bytes(), &mut header);
        }
        put_long(0, &mut header);
        header.extend(marker);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        File::create_new(&path)?.write_all(&header)?;
        Ok(Self {
            path,
            codec,
            marker,
            records: Vec::new(),
            count: 0,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends one record, which `write` makes.
    pub(super) fn record(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        write(&mut self.records);
        self.count += 1;
        if self.records.len() >= BLOCK {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes what is left.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        let mut packed = std::mem::take(&mut self.records);
        self.codec.compress(&mut packed).map_err(io::Error::other)?;
        let mut block = Vec::with_capacity(packed.len() + 32);
        put_long(self.count, &mut block);
        put_bytes(&packed, &mut block);
        block.extend(self.marker);
        self.count = 0;
        OpenOptions::new()
            .append(true)
            .open(&self.path)?
            .write_all(&block)
    }
}

pub(super) fn put_long(value: i64, out: &mut Vec<u8>) {
    let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while rest > 0x7f {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

pub(super) fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    put_long(bytes.len() as i64, out);
    out.extend_from_slice(bytes);
}

/// A union of null and another type.
pub(super) fn put_option<T>(
    value: Option<T>,
    out: &mut Vec<u8>,
    put: impl FnOnce(T, &mut Vec<u8>),
) {
    match value {
        None => put_long(0, out),
        Some(value) => {
            put_long(1, out);
            put(value, out);
        }
    }
}

/// Reads a file.
#[derive(Debug)]
pub(super) struct Blocks {
    file: BufReader<File>,
    codec: Codec,
    marker: [u8; 16],
    pub(super) schema: String,
}

impl Blocks {
    /// Reads a file's header.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = BufReader::new(File::open(path)?);
        let mut magic = [0; 4];
        file.read_exact(&mut magic)?;
        if magic != *MAGIC {
            return Err(invalid("it is not an Avro object container file"));
        }
        let (mut codec, mut schema) = (Codec::Null, String::new());
        loop {
            let mut count = read_long(&mut file)?;
            if count == 0 {
                break;
            }
            if count < 0 {
                read_long(&mut file)?;
                count = count
                    .checked_neg()
                    .ok_or_else(|| invalid("its header is damaged"))?;
            }
            for _ in 0..count {
                let key = read_bytes(&mut file)?;
                let value = read_bytes(&mut file)?;
                match (&key[..], &value[..]) {
                    (b"avro.codec", b"null") => codec = Codec::Null,
                    (b"avro.codec", b"deflate") => {
                        codec = Codec::Deflate(DeflateSettings::default())
                    }
                    (b"avro.codec", other) => {
                        let name = String::from_utf8_lossy(other);
                        return Err(invalid(&format!(
                            "its codec is `{name}`, not `null` or `deflate`"
                        )));
                    }
                    (b"avro.schema", _) => {
                        schema = String::from_utf8(value)
                            .map_err(|_| invalid("its schema is no text"))?;
                    }
                    _ => {}
                }
            }
        }
        let mut marker = [0; 16];
        file.read_exact(&mut marker)?;
        Ok(Self {
            file,
            codec,
            marker,
            schema,
        })
    }

    /// The next block: how many records, and their bytes.
    pub(super) fn next(&mut self) -> io::Result<Option<(i64, Vec<u8>)>> {
        let mut first = [0];
        if self.file.read(&mut first)? == 0 {
            return Ok(None);
        }
        let count = read_long(&mut first.chain(&mut self.file))?;
        let mut block = read_bytes(&mut self.file)?;
        let mut marker = [0; 16];
        self.file.read_exact(&mut marker)?;
        if marker != self.marker || count < 0 {
            return Err(invalid("a block is damaged"));
        }
        self.codec
            .decompress(&mut block)
            .map_err(|_| invalid("a block cannot be unpacked"))?;
        Ok(Some((count, block)))
    }
}

fn invalid(problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

fn read_bytes(file: &mut impl Read) -> io::Result<Vec<u8>> {
    let length = read_long(file)?;
    let length = u64::try_from(length).ok().filter(|_| length <= LARGEST);
    let length = length.ok_or_else(|| invalid("a length in it is damaged"))?;
    let mut bytes = Vec::new();
    // Grows with what is there, not with what the length claims.
    file.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length {
        Ok(bytes)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

fn read_long(file: &mut impl Read) -> io::Result<i64> {
    let mut value: u64 = 0;
    for shift in (0..64).step_by(7) {
        let mut byte = [0];
        file.read_exact(&mut byte)?;
        value |= u64::from(byte[0] & 0x7f) << shift;
        if byte[0] & 0x80 == 0 {
            return Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
        }
    }
    Err(invalid("a number in it is damaged"))
}

/// Takes values off the bytes of a record.
pub(super) struct Take<'a>(pub(super) &'a [u8]);

impl<'a> Take<'a> {
    pub(super) fn long(&mut self) -> io::Result<i64> {
        read_long(&mut self.0)
    }

    pub(super) fn bytes(&mut self) -> io::Result<&'a [u8]> {
        let length = usize::try_from(self.long()?).ok();
        let parts = length.and_then(|length| self.0.split_at_checked(length));
        let (bytes, rest) = parts.ok_or_else(|| invalid("a length in it is damaged"))?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(super) fn text(&mut self) -> io::Result<&'a str> {
        std::str::from_utf8(self.bytes()?).map_err(|_| invalid("a text in it is not UTF-8"))
    }

    pub(super) fn option<T>(
        &mut self,
        take: impl FnOnce(&mut Self) -> io::Result<T>,
    ) -> io::Result<Option<T>> {
        match self.long()? {
            0 => Ok(None),
            1 => take(self).map(Some),
            _ => Err(invalid("a branch in it is damaged")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_avro_s() {
        for (value, bytes) in [
            (0, &[0][..]),
            (-1, &[1]),
            (64, &[0x80, 1]),
            (
                i64::MIN,
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
            ),
        ] {
            let mut out = Vec::new();
            put_long(value, &mut out);
            assert_eq!(out, bytes);
            assert_eq!(Take(&out).long().unwrap(), value);
        }
    }

    #[test]
    fn what_is_damaged_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.avro");
        let mut writer = Writer::create(path.clone(), "\"long\"", Codec::Null).unwrap();
        writer.record(|out| put_long(7, out)).unwrap();
        writer.flush().unwrap();
        let whole = fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let read = Blocks::open(&path).and_then(|mut blocks| blocks.next());
            // Cut behind the header is an empty file.
            assert!(matches!(read, Err(_) | Ok(None)), "{cut}");
        }
        fs::write(&path, &whole).unwrap();
        let mut blocks = Blocks::open(&path).unwrap();
        assert_eq!(blocks.next().unwrap(), Some((1, vec![14])));
        assert_eq!(blocks.next().unwrap(), None);
    }
}

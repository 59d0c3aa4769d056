//! The bytes that a memory is kept as: lengths and numbers of eight bytes, and a hash of all behind them. What they mean is for
//! `memory.rs`.

use super::outputs::Left;
use super::stamp::{NUMBERS, Stamp, Stat, hash};

/// Bytes of a number.
const WORD: usize = 8;

/// Writes.
#[derive(Debug, Default)]
pub(super) struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    fn number(&mut self, number: u64) {
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    pub(super) fn place(&mut self, place: usize) {
        self.number(place as u64);
    }

    pub(super) fn flag(&mut self, flag: bool) {
        self.bytes.push(u8::from(flag));
    }

    pub(super) fn text(&mut self, text: &str) {
        self.place(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    pub(super) fn optional<T>(&mut self, value: Option<&T>, put: impl FnOnce(&mut Self, &T)) {
        self.flag(value.is_some());
        if let Some(value) = value {
            put(self, value);
        }
    }

    pub(super) fn list<T>(&mut self, list: &[T], mut put: impl FnMut(&mut Self, &T)) {
        self.place(list.len());
        for item in list {
            put(self, item);
        }
    }

    pub(super) fn stamp(&mut self, stamp: &Stamp) {
        self.optional(stamp.stat.as_ref(), Self::stat);
        self.number(stamp.hash);
    }

    pub(super) fn left(&mut self, left: &Left) {
        self.flag(matches!(left, Left::Stat(_)));
        match left {
            Left::Stat(stat) => self.stat(stat),
            Left::Hash(hash) => self.number(*hash),
        }
    }

    fn stat(&mut self, stat: &Stat) {
        for number in stat.0 {
            self.number(number);
        }
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        let sum = hash(&self.bytes);
        self.number(sum);
        self.bytes
    }
}

/// Reads; `None` as soon as something is not what was written.
#[derive(Debug)]
pub(super) struct Decoder<'a> {
    rest: &'a [u8],
}

impl<'a> Decoder<'a> {
    /// Bytes whose hash is right.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let (rest, sum) = bytes.split_last_chunk::<WORD>()?;
        (u64::from_le_bytes(*sum) == hash(rest)).then_some(Self { rest })
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    fn number(&mut self) -> Option<u64> {
        let (word, rest) = self.rest.split_first_chunk::<WORD>()?;
        self.rest = rest;
        Some(u64::from_le_bytes(*word))
    }

    pub(super) fn place(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    pub(super) fn flag(&mut self) -> Option<bool> {
        let (flag, rest) = self.rest.split_first()?;
        self.rest = rest;
        match flag {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = self.place()?;
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        std::str::from_utf8(text).ok()
    }

    #[expect(
        clippy::option_option,
        reason = "outside: whether it could be read; inside: what was written"
    )]
    pub(super) fn optional<T>(
        &mut self,
        take: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<Option<T>> {
        Some(if self.flag()? {
            Some(take(self)?)
        } else {
            None
        })
    }

    pub(super) fn list<T>(
        &mut self,
        mut take: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let length = self.place()?;
        // What is not there is not made room for.
        let mut list = Vec::with_capacity(length.min(self.rest.len() / WORD));
        for _ in 0..length {
            list.push(take(self)?);
        }
        Some(list)
    }

    pub(super) fn stamp(&mut self) -> Option<Stamp> {
        Some(Stamp {
            stat: self.optional(Self::stat)?,
            hash: self.number()?,
        })
    }

    pub(super) fn left(&mut self) -> Option<Left> {
        Some(if self.flag()? {
            Left::Stat(self.stat()?)
        } else {
            Left::Hash(self.number()?)
        })
    }

    fn stat(&mut self) -> Option<Stat> {
        let mut numbers = [0; NUMBERS];
        for number in &mut numbers {
            *number = self.number()?;
        }
        Some(Stat(numbers))
    }
}

//! `Reader`: the input that is left, and the first error, which sticks. Arrays, maps and options are in `containers.rs`,
//! logical types in `leaves.rs`, what is not wanted is passed over in `skip.rs`.
//!
//! After an error nothing is left of the input: every further read gives an empty value at once, and generated code needs
//! no branch between two fields.

use std::any::Any;
use std::borrow::Cow;

use super::{Avro, Read};
use crate::codec::Mapped;
use crate::codec::enumeration::Enumeration;
use crate::codec::reader::MAX_DEPTH;
use crate::codec::value::Value;

/// Most items without a single byte that one value may have, all its arrays together: such items cost memory or time that
/// no length of input pays for.
pub(super) const MAX_EMPTY_ITEMS: u32 = 65_536;

/// Reads values in Avro's binary form.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    len: usize,
    /// What was left at the last union's branch or enum's symbol, for errors about what it leads to.
    choice: usize,
    depth: u32,
    empty_items: u32,
    failure: Option<Box<Failure>>,
}

/// The first thing that does not fit.
#[derive(Debug)]
pub(super) struct Failure {
    /// Where the value begins.
    pub(super) at: usize,
    pub(super) expected: Cow<'static, str>,
    pub(super) found: String,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            len: bytes.len(),
            choice: 0,
            depth: 0,
            empty_items: MAX_EMPTY_ITEMS,
            failure: None,
        }
    }

    /// The first error, also where bytes are left over.
    pub(super) fn finish(mut self) -> Option<Failure> {
        if !self.rest.is_empty() {
            let found = format!("{} more bytes", self.rest.len());
            self.fail(self.rest.len(), "the end of the data", found);
        }
        self.failure.map(|failure| *failure)
    }

    /// What is left; what is left behind a value, told from what was left before it, says where it begins.
    #[inline]
    pub(crate) fn left(&self) -> usize {
        self.rest.len()
    }

    /// The input that is left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Where the next value begins.
    pub(super) fn at(&self) -> usize {
        self.len - self.rest.len()
    }

    pub(super) fn failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Notes that the value that began when `left` bytes were left does not fit.
    #[cold]
    #[inline(never)]
    pub(crate) fn fail(
        &mut self,
        left: usize,
        expected: impl Into<Cow<'static, str>>,
        found: impl Into<String>,
    ) {
        if self.failure.is_none() {
            self.failure = Some(Box::new(Failure {
                at: self.len - left,
                expected: expected.into(),
                found: found.into(),
            }));
            self.rest = &[];
        }
    }

    #[cold]
    fn ended(&mut self, left: usize, expected: &'static str) {
        self.fail(left, expected, "the end of the data");
    }

    /// Goes a level deeper.
    #[inline]
    pub(crate) fn enter(&mut self) -> bool {
        if self.depth == MAX_DEPTH {
            self.too_deep();
            return false;
        }
        self.depth += 1;
        true
    }

    #[cold]
    #[inline(never)]
    fn too_deep(&mut self) {
        let expected = format!("at most {MAX_DEPTH} levels of nesting");
        self.fail(self.rest.len(), expected, "a deeper value");
    }

    #[inline]
    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Counts an item that took no byte; `false`: too many, or an error before.
    #[cold]
    pub(super) fn empty_item(&mut self) -> bool {
        match self.empty_items.checked_sub(1) {
            Some(left) => self.empty_items = left,
            None => {
                let expected = format!("at most {MAX_EMPTY_ITEMS} items without data");
                self.fail(self.rest.len(), expected, "more");
            }
        }
        !self.failed()
    }

    /// A record inside another value.
    pub fn record<T: Avro>(&mut self, out: &mut T) {
        out.read_avro(self);
    }

    /// A record that another version wrote.
    pub fn older(&mut self, read: Read, out: &mut dyn Any) {
        if self.enter() {
            read(self, out);
            self.leave();
        }
    }

    /// A user's type, by the type that it stands for.
    pub fn mapped<T: Mapped>(&mut self, out: &mut T, read: impl FnOnce(&mut Self, &mut T::Avro)) {
        let left = self.rest.len();
        let value = self.make(read);
        if self.failure.is_none() {
            match T::from_avro(value) {
                Ok(value) => *out = value,
                Err(error) => self.fail(left, "a value that is taken", error.to_string()),
            }
        }
    }

    /// An enum or a union.
    pub fn value<T: Avro>(&mut self, out: &mut T) {
        out.read_avro(self);
    }

    /// A value to be put somewhere.
    #[inline]
    pub fn make<T: Value>(&mut self, read: impl FnOnce(&mut Self, &mut T)) -> T {
        let mut value = T::empty();
        read(self, &mut value);
        value
    }

    /// `null`: nothing.
    pub fn null(&mut self, (): &mut ()) {}

    /// `boolean`
    #[inline]
    pub fn boolean(&mut self, out: &mut bool) {
        *out = match self.rest {
            [0, rest @ ..] => {
                self.rest = rest;
                false
            }
            [1, rest @ ..] => {
                self.rest = rest;
                true
            }
            _ => {
                self.no_boolean();
                false
            }
        }
    }

    #[cold]
    fn no_boolean(&mut self) {
        match self.rest.first() {
            Some(byte) => self.fail(
                self.rest.len(),
                "true (1) or false (0)",
                format!("byte {byte}"),
            ),
            None => self.ended(0, "true (1) or false (0)"),
        }
    }

    /// `int`
    #[inline]
    pub fn int(&mut self, out: &mut i32) {
        let left = self.rest.len();
        let value = self.varint();
        match i32::try_from(value) {
            Ok(value) => *out = value,
            Err(_) => self.no_int(left, value),
        }
    }

    #[cold]
    #[inline(never)]
    fn no_int(&mut self, left: usize, value: i64) {
        self.fail(
            left,
            "an int (-2147483648 to 2147483647)",
            value.to_string(),
        );
    }

    /// `long`
    #[inline]
    pub fn long(&mut self, out: &mut i64) {
        *out = self.varint();
    }

    /// `float`
    #[inline]
    pub fn float(&mut self, out: &mut f32) {
        *out = f32::from_le_bytes(self.array_of("a float"));
    }

    /// `double`
    #[inline]
    pub fn double(&mut self, out: &mut f64) {
        *out = f64::from_le_bytes(self.array_of("a double"));
    }

    /// `string`
    pub fn string(&mut self, out: &mut String) {
        let left = self.rest.len();
        match std::str::from_utf8(self.counted("a string")) {
            Ok(text) => *out = text.to_owned(),
            Err(error) => self.fail(left, "a string of UTF-8", error.to_string()),
        }
    }

    /// `bytes`
    pub fn bytes(&mut self, out: &mut Vec<u8>) {
        *out = self.counted("bytes").to_vec();
    }

    /// `fixed`
    #[inline]
    pub fn fixed<const N: usize>(&mut self, out: &mut [u8; N]) {
        *out = self.array_of("a fixed number of bytes");
    }

    /// An enum's symbol.
    #[inline]
    pub fn symbol<E: Enumeration>(&mut self, out: &mut E) {
        if let Some(symbol) = E::VARIANTS.get(self.index(E::VARIANTS.len(), "a symbol")) {
            *out = *symbol;
        }
    }

    /// A symbol of another version; `None`: this version does not know it.
    pub fn older_symbol<E: Enumeration>(&mut self, out: &mut E, symbols: &[Option<usize>]) {
        let index = self.index(symbols.len(), "a symbol");
        match symbols.get(index) {
            Some(Some(known)) => {
                if let Some(symbol) = E::VARIANTS.get(*known) {
                    *out = *symbol;
                }
            }
            Some(None) => {
                let expected = "a symbol that the latest version knows";
                self.fail(self.choice, expected, format!("symbol {index}"));
            }
            // The error is noted.
            None => {}
        }
    }

    /// Index of the branch of a union of `count`; `usize::MAX` after an error.
    #[inline]
    pub fn branch(&mut self, count: usize) -> usize {
        self.index(count, "a branch of the union")
    }

    /// Notes that a value of the branch just read cannot be read.
    #[cold]
    pub fn unreadable_branch(&mut self, branch: &'static str) {
        let expected = format!("a value that is not of the former branch `{branch}`");
        self.fail(self.choice, expected, "one");
    }

    #[inline]
    pub(super) fn index(&mut self, count: usize, expected: &'static str) -> usize {
        self.choice = self.rest.len();
        let index = self.varint();
        match usize::try_from(index) {
            Ok(index) if index < count && self.failure.is_none() => index,
            _ => {
                self.no_index(index, expected);
                usize::MAX
            }
        }
    }

    #[cold]
    fn no_index(&mut self, index: i64, expected: &'static str) {
        self.fail(self.choice, expected, format!("index {index}"));
    }

    /// As many bytes as the count before them says.
    #[inline]
    pub(super) fn counted(&mut self, expected: &'static str) -> &'a [u8] {
        let left = self.rest.len();
        let count = self.varint();
        let bytes = usize::try_from(count)
            .ok()
            .and_then(|count| self.rest.split_at_checked(count));
        match bytes {
            Some((bytes, rest)) => {
                self.rest = rest;
                bytes
            }
            None => {
                self.too_long(left, count, expected);
                &[]
            }
        }
    }

    #[cold]
    fn too_long(&mut self, left: usize, count: i64, expected: &'static str) {
        let rest = self.rest.len();
        self.fail(
            left,
            expected,
            format!("a length of {count} with {rest} bytes left"),
        );
    }

    /// `N` bytes.
    #[inline]
    pub(super) fn array_of<const N: usize>(&mut self, expected: &'static str) -> [u8; N] {
        if let Some((bytes, rest)) = self.rest.split_first_chunk() {
            self.rest = rest;
            *bytes
        } else {
            self.ended(self.rest.len(), expected);
            [0; N]
        }
    }

    /// `count` bytes.
    pub(super) fn bytes_of(&mut self, count: usize, expected: &'static str) -> &'a [u8] {
        if let Some((bytes, rest)) = self.rest.split_at_checked(count) {
            self.rest = rest;
            bytes
        } else {
            self.ended(self.rest.len(), expected);
            &[]
        }
    }

    /// Goes behind the next `count` bytes.
    pub(super) fn pass(&mut self, count: usize, expected: &'static str) {
        match self.rest.get(count..) {
            Some(rest) => self.rest = rest,
            None => self.ended(self.rest.len(), expected),
        }
    }

    /// An int or a long.
    #[inline]
    pub(super) fn varint(&mut self) -> i64 {
        let zigzag = if let [byte @ 0..=0x7f, rest @ ..] = self.rest {
            self.rest = rest;
            u64::from(*byte)
        } else {
            self.long_varint()
        };
        (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed()
    }

    /// A varint of two bytes or more: up to eight at once, by closing the gaps between groups of seven bits.
    fn long_varint(&mut self) -> u64 {
        const MORE: u64 = 0x8080_8080_8080_8080;
        if let Some(chunk) = self.rest.first_chunk::<8>() {
            let word = u64::from_le_bytes(*chunk);
            let ends = !word & MORE;
            if ends != 0 {
                let bits = ends.trailing_zeros() + 1;
                self.rest = &self.rest[(bits / 8) as usize..];
                let word = word & !MORE & (u64::MAX >> (64 - bits));
                let word = (word & 0x007f_007f_007f_007f) | ((word & 0x7f00_7f00_7f00_7f00) >> 1);
                let word = (word & 0x0000_3fff_0000_3fff) | ((word & 0x3fff_0000_3fff_0000) >> 2);
                return (word & 0x0000_0000_0fff_ffff) | ((word & 0x0fff_ffff_0000_0000) >> 4);
            }
        }
        self.longest_varint()
    }

    #[inline(never)]
    fn longest_varint(&mut self) -> u64 {
        let left = self.rest.len();
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let Some((&byte, rest)) = self.rest.split_first() else {
                self.ended(left, "a number");
                return 0;
            };
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                if shift == 63 && byte > 1 {
                    break;
                }
                return value;
            }
        }
        self.fail(left, "a number of at most 64 bits", "a longer one");
        0
    }
}

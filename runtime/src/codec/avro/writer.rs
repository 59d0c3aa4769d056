//! `Writer`: a growing vector of bytes and the first value that its type does not have.
//! Arrays, maps and options are in `containers.rs`, logical types in `leaves.rs`.

use super::Avro;
use crate::codec::Mapped;
use crate::codec::error::DataError;
use crate::codec::reader::MAX_DEPTH;

/// Writes values in Avro's binary form.
#[derive(Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
    depth: u32,
    problem: Option<Box<DataError>>,
}

impl Writer {
    #[inline]
    pub(super) fn new(out: Vec<u8>) -> Self {
        Self {
            out,
            depth: 0,
            problem: None,
        }
    }

    /// Gives the bytes back; answers the first value that its type does not have.
    #[inline]
    pub(super) fn finish(self, out: &mut Vec<u8>) -> Option<Box<DataError>> {
        *out = self.out;
        self.problem
    }

    /// The bytes.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// Notes a value that its type does not have.
    #[cold]
    pub(crate) fn problem(&mut self, expected: impl Into<String>, found: impl Into<String>) {
        if self.problem.is_none() {
            self.problem = Some(Box::new(DataError::new(expected.into(), found)));
        }
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

    #[inline]
    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Writes what is a level deeper.
    #[inline]
    pub(crate) fn nested(&mut self, write: impl FnOnce(&mut Self)) {
        if self.enter() {
            write(self);
            self.leave();
        }
    }

    #[cold]
    fn too_deep(&mut self) {
        let expected = format!("at most {MAX_DEPTH} levels of nesting");
        self.problem(expected, "a deeper value");
    }

    /// A record inside another value.
    pub fn record<T: Avro>(&mut self, value: &T) {
        value.write_avro(self);
    }

    /// A user's type, by the type that it stands for.
    pub fn mapped<T: Mapped>(&mut self, value: &T, write: impl FnOnce(&mut Self, &T::Avro)) {
        write(self, &value.to_avro());
    }

    /// The value of a union without branches: it has none.
    #[cold]
    pub fn no_branch(&mut self) {
        self.problem("a branch of the union", "one that it does not have");
    }

    /// An enum or a union.
    pub fn value<T: Avro>(&mut self, value: &T) {
        value.write_avro(self);
    }

    /// `null`: nothing.
    pub fn null(&mut self, (): &()) {}

    /// `boolean`
    #[inline]
    pub fn boolean(&mut self, value: &bool) {
        self.out.push(u8::from(*value));
    }

    /// `int`
    #[inline]
    pub fn int(&mut self, value: &i32) {
        self.varint(i64::from(*value));
    }

    /// `long`
    #[inline]
    pub fn long(&mut self, value: &i64) {
        self.varint(*value);
    }

    /// `float`
    #[inline]
    pub fn float(&mut self, value: &f32) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    /// `double`
    #[inline]
    pub fn double(&mut self, value: &f64) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    /// `string`
    #[inline]
    pub fn string(&mut self, value: &String) {
        self.text(value.as_bytes());
    }

    /// `bytes`
    #[inline]
    #[expect(clippy::ptr_arg, reason = "items of arrays are given as what they are")]
    pub fn bytes(&mut self, value: &Vec<u8>) {
        self.text(value);
    }

    /// `fixed`
    #[inline]
    pub fn fixed<const N: usize>(&mut self, value: &[u8; N]) {
        self.out.extend_from_slice(value);
    }

    /// Index of an enum's symbol.
    #[inline]
    pub fn symbol(&mut self, index: usize) {
        self.count(index);
    }

    /// Index of a union's branch.
    #[inline]
    pub fn branch(&mut self, index: usize) {
        self.count(index);
    }

    #[inline]
    pub(super) fn count(&mut self, count: usize) {
        // No index or length in memory reaches 2^63.
        self.varint(i64::try_from(count).unwrap_or(i64::MAX));
    }

    #[inline]
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    // Inlined, as is `varint`, though that is most of what a record costs a compiler: a call takes half as long again.
    #[inline]
    pub(super) fn text(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.out.extend_from_slice(bytes);
    }

    #[inline]
    pub(super) fn varint(&mut self, value: i64) {
        let zigzag = ((value << 1) ^ (value >> 63)).cast_unsigned();
        match zigzag {
            0..=0x7f => self.out.push(zigzag.to_le_bytes()[0]),
            _ => self.long_varint(zigzag),
        }
    }

    /// A varint of two bytes or more: up to eight at once, by spreading groups of seven bits over the bytes of a word.
    fn long_varint(&mut self, zigzag: u64) {
        const MORE: u64 = 0x8080_8080_8080_8080;
        let bits = u64::BITS - zigzag.leading_zeros();
        // Sevenths, rounded up, without a division.
        let len = ((bits * 9 + 64) / 64) as usize;
        if len > 8 {
            return self.longest_varint(zigzag);
        }
        let word = (zigzag & 0x0000_0000_0fff_ffff) | ((zigzag & 0x00ff_ffff_f000_0000) << 4);
        let word = (word & 0x0000_3fff_0000_3fff) | ((word & 0x0fff_c000_0fff_c000) << 2);
        let word = (word & 0x007f_007f_007f_007f) | ((word & 0x3f80_3f80_3f80_3f80) << 1);
        let word = word | (MORE & ((1 << (8 * (len - 1))) - 1));
        let start = self.out.len();
        self.out.extend_from_slice(&word.to_le_bytes());
        self.out.truncate(start + len);
    }

    #[cold]
    fn longest_varint(&mut self, mut rest: u64) {
        while rest > 0x7f {
            self.out.push(rest.to_le_bytes()[0] | 0x80);
            rest >>= 7;
        }
        self.out.push(rest.to_le_bytes()[0]);
    }
}

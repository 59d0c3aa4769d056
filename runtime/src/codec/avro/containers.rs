//! Arrays, maps and optional values: the loops around generated code. Nothing is reserved that the input does not justify.

use std::collections::BTreeMap;

use super::reader::Reader;
use super::writer::Writer;
use crate::codec::value::Value;

impl Writer {
    /// `array`: one block.
    pub fn array<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.nested(|writer| {
            if !items.is_empty() {
                writer.count(items.len());
                for item in items {
                    write(writer, item);
                }
            }
            writer.count(0);
        });
    }

    /// `map`: one block, in the order of the keys.
    pub fn map<T>(&mut self, entries: &BTreeMap<String, T>, write: impl Fn(&mut Self, &T)) {
        self.nested(|writer| {
            if !entries.is_empty() {
                writer.count(entries.len());
                for (key, value) in entries {
                    writer.string(key);
                    write(writer, value);
                }
            }
            writer.count(0);
        });
    }

    /// A union of null, which is branch `null`, and one other type.
    #[inline]
    pub fn option<T>(&mut self, value: &Option<T>, null: usize, write: impl FnOnce(&mut Self, &T)) {
        match value {
            None => self.branch(null),
            Some(value) => {
                self.branch(1 - null);
                write(self, value);
            }
        }
    }
}

impl Reader<'_> {
    /// `array`
    pub fn array<T: Value>(&mut self, out: &mut Vec<T>, read: impl Fn(&mut Self, &mut T)) {
        *out = Vec::new();
        if !self.enter() {
            return;
        }
        loop {
            let count = self.block();
            if count == 0 {
                break;
            }
            out.reserve_exact(self.justified(count, size_of::<T>()));
            for _ in 0..count {
                let left = self.left();
                let mut item = T::empty();
                read(self, &mut item);
                // Also after an error, when nothing is left.
                if self.left() == left && !self.empty_item() {
                    break;
                }
                out.push(item);
            }
        }
        self.leave();
    }

    /// `map`; of a key given twice the last one counts.
    pub fn map<T: Value>(
        &mut self,
        out: &mut BTreeMap<String, T>,
        read: impl Fn(&mut Self, &mut T),
    ) {
        *out = BTreeMap::new();
        if !self.enter() {
            return;
        }
        loop {
            let count = self.block();
            if count == 0 {
                break;
            }
            for _ in 0..count {
                let mut key = String::new();
                self.string(&mut key);
                if self.failed() {
                    break;
                }
                let mut value = T::empty();
                read(self, &mut value);
                out.insert(key, value);
            }
        }
        self.leave();
    }

    /// A union of null, which is branch `null`, and one other type.
    #[inline]
    pub fn option<T: Value>(
        &mut self,
        out: &mut Option<T>,
        null: usize,
        read: impl FnOnce(&mut Self, &mut T),
    ) {
        let branch = self.branch(2);
        if branch == 1 - null {
            self.some(out, read);
        } else {
            *out = None;
        }
    }

    /// The other type of such a union, where the writer has that type alone.
    #[inline]
    pub fn some<T: Value>(&mut self, out: &mut Option<T>, read: impl FnOnce(&mut Self, &mut T)) {
        read(self, out.insert(T::empty()));
    }

    /// How many items the next block has, 0 at the end and after an error. The length of the block that a negative count
    /// brings along has to be within the input.
    #[inline]
    pub(super) fn block(&mut self) -> u64 {
        let left = self.left();
        let count = self.varint();
        if count < 0 {
            self.block_length(left);
        }
        if self.failed() {
            0
        } else {
            count.unsigned_abs()
        }
    }

    #[cold]
    fn block_length(&mut self, left: usize) {
        let length = self.varint();
        if usize::try_from(length).is_ok_and(|length| length <= self.left()) {
            return;
        }
        let rest = self.left();
        self.fail(
            left,
            "a block of items",
            format!("a length of {length} with {rest} bytes left"),
        );
    }

    /// For how many of `count` items room is made at once: items take at least a byte each, and room no more than a few
    /// times what is left of the input. More items than that make their room while they come.
    fn justified(&self, count: u64, size: usize) -> usize {
        const TIMES: usize = 8;
        let most = (self.left().saturating_mul(TIMES) / size.max(1)).min(self.left());
        usize::try_from(count).map_or(most, |count| count.min(most))
    }
}

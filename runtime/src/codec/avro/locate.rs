//! The path of the value that does not fit: looked for after an error only, by a second walk over the bytes.

use super::reader::{Failure, Reader};
use crate::codec::error::DataError;
use crate::codec::resolution::{RecordResolution, Resolution};
use crate::types::TypeNode;

/// The failure as an error with its path in the writer's type.
#[cold]
pub(super) fn locate(failure: Failure, how: &Resolution, bytes: &[u8]) -> DataError {
    let mut walk = Walk {
        reader: Reader::new(bytes),
        at: failure.at,
        path: Vec::new(),
    };
    let found = match *how {
        Resolution::Same(node) => walk.value(node),
        Resolution::Record(record) => walk.older(record),
        // An event is a record.
        _ => false,
    };
    let mut error = DataError::new(failure.expected, failure.found);
    if found {
        for segment in walk.path.iter().rev() {
            error.prepend(segment);
        }
    }
    error
}

struct Walk<'a> {
    reader: Reader<'a>,
    /// Where the value begins that is looked for.
    at: usize,
    path: Vec<String>,
}

impl Walk<'_> {
    /// Whether the value is the one, or it is inside of it; the path then leads there.
    fn value(&mut self, node: &'static TypeNode) -> bool {
        match node {
            TypeNode::Null => false,
            TypeNode::Logical(_, base) => self.value(base),
            TypeNode::Array(item) => {
                self.items(|walk, index| walk.inside(index.to_string(), |walk| walk.value(item)))
            }
            TypeNode::Map(item) => self.items(|walk, _| {
                let mut key = String::new();
                if walk.reader.at() == walk.at {
                    return true;
                }
                walk.reader.string(&mut key);
                walk.reader.failed() || walk.inside(key, |walk| walk.value(item))
            }),
            TypeNode::Union(branches) => {
                if self.reader.at() == self.at {
                    return true;
                }
                match branches.get(self.reader.branch(branches.len())) {
                    Some(branch) => self.value(branch),
                    None => true,
                }
            }
            TypeNode::Record(record) => {
                self.fields(record.fields.iter().map(|field| (field.name, field.node)))
            }
            leaf => {
                let start = self.reader.at();
                self.reader.skip(leaf);
                self.reader.failed() || (start == self.at && self.reader.at() > start)
            }
        }
    }

    fn older(&mut self, record: &'static RecordResolution) -> bool {
        self.fields(record.fields.iter().map(|field| (field.name, field.node)))
    }

    fn fields(&mut self, fields: impl Iterator<Item = (&'static str, &'static TypeNode)>) -> bool {
        if !self.reader.enter() {
            return true;
        }
        for (name, node) in fields {
            if self.inside(name.to_owned(), |walk| walk.value(node)) {
                return true;
            }
        }
        self.reader.leave();
        false
    }

    fn inside(&mut self, segment: String, walk: impl FnOnce(&mut Self) -> bool) -> bool {
        self.path.push(segment);
        let found = walk(self);
        if !found {
            self.path.pop();
        }
        found
    }

    fn items(&mut self, each: impl Fn(&mut Self, usize) -> bool) -> bool {
        if !self.reader.enter() {
            return true;
        }
        let mut index = 0;
        loop {
            if self.reader.at() == self.at {
                return true;
            }
            let count = self.reader.block();
            if count == 0 {
                break;
            }
            for _ in 0..count {
                let left = self.reader.left();
                if each(self, index) {
                    return true;
                }
                if self.reader.left() == left && !self.reader.empty_item() {
                    return true;
                }
                index += 1;
            }
        }
        self.reader.leave();
        self.reader.failed()
    }
}

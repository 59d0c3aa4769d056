//! Going behind values that the latest version does not have, by their type tables.

use super::reader::Reader;
use crate::types::TypeNode;

impl Reader<'_> {
    /// Goes behind a value. Lengths are checked, texts are not.
    pub fn skip(&mut self, node: &'static TypeNode) {
        match node {
            TypeNode::Null => {}
            TypeNode::Boolean => self.boolean(&mut false),
            TypeNode::Int => self.int(&mut 0),
            TypeNode::Long => self.long(&mut 0),
            TypeNode::Float => self.pass(4, "a float"),
            TypeNode::Double => self.pass(8, "a double"),
            TypeNode::Bytes | TypeNode::String => self.skip_bytes(),
            TypeNode::Fixed(fixed) => self.pass(fixed.size, "a fixed number of bytes"),
            TypeNode::Enum(symbols) => {
                self.index(symbols.symbols.len(), "a symbol");
            }
            TypeNode::Logical(_, base) => self.skip(base),
            TypeNode::Array(item) => self.skip_blocks(|reader| reader.skip(item)),
            TypeNode::Map(item) => self.skip_blocks(|reader| {
                reader.skip_bytes();
                reader.skip(item);
            }),
            TypeNode::Union(branches) => {
                if let Some(branch) = branches.get(self.branch(branches.len())) {
                    self.skip(branch);
                }
            }
            TypeNode::Record(record) => {
                if self.enter() {
                    for field in record.fields.iter() {
                        self.skip(field.node);
                    }
                    self.leave();
                }
            }
        }
    }

    /// Goes behind a string or bytes.
    pub fn skip_bytes(&mut self) {
        self.counted("a string or bytes");
    }

    fn skip_blocks(&mut self, item: impl Fn(&mut Self)) {
        if !self.enter() {
            return;
        }
        loop {
            let count = self.block();
            if count == 0 {
                break;
            }
            for _ in 0..count {
                let left = self.left();
                item(self);
                if self.left() == left && !self.empty_item() {
                    break;
                }
            }
        }
        self.leave();
    }
}

//! Checks JSON against a type without making a value: what is skipped, and what is validated.

use super::expectation::expectation;
use super::reader::JsonReader;
use super::{branch, record};
use crate::types::TypeNode;

impl JsonReader<'_> {
    /// Reads the next value and keeps only what is wrong with it.
    pub(crate) fn check(&mut self, node: &'static TypeNode) {
        if self.stopped() {
            return;
        }
        match node {
            TypeNode::Array(item) => self.elements(&mut |reader, _| reader.check(item)),
            TypeNode::Map(item) => self.map_entries(&mut |reader, _| reader.check(item)),
            TypeNode::Record(record) => record::check(record, self),
            TypeNode::Union(branches) => {
                self.in_branch(branch::Branches::Nodes(branches), &mut |reader, branch| {
                    reader.check(branches[branch]);
                });
            }
            leaf => {
                self.raw(leaf);
            }
        }
    }

    /// Reads a map; `each` reads the value of one key.
    pub(crate) fn map_entries(&mut self, each: &mut dyn FnMut(&mut Self, &str)) {
        self.members("an object", &mut |reader, key| {
            let Some(key) = key else {
                reader.complain("keys without lone surrogates", "one with");
                return reader.skip();
            };
            let mark = reader.mark();
            each(reader, &key);
            if reader.mark() > mark {
                reader.locate(mark, &key);
            }
        });
    }

    /// Finds the branch of a union that the next value is of, and lets `read` read it.
    pub(crate) fn in_branch(
        &mut self,
        branches: branch::Branches,
        read: &mut dyn FnMut(&mut Self, usize),
    ) {
        let start = self.start();
        let choice = branch::choose(self.text(), start, branches, self.is_default());
        match choice.or_else(|| branch::guess(self.text(), start, branches)) {
            Some(branch::Choice::Plain(branch)) => read(self, branch),
            Some(branch::Choice::Tagged(branch)) => {
                self.tagged(&mut |reader| {
                    let mark = reader.mark();
                    read(reader, branch);
                    if reader.mark() > mark {
                        reader.locate(mark, branches.node(branch).branch_name());
                    }
                });
            }
            None => self.mismatch(start, expectation_of(branches)),
        }
    }
}

fn expectation_of(branches: branch::Branches) -> String {
    let all: Vec<_> = branches.nodes().map(expectation).collect();
    if all.is_empty() {
        "nothing: the union has no branch".to_owned()
    } else {
        all.join(" or ")
    }
}

//! Which branch of a union a JSON value is of. docs/avro-json.md has the rules in words.

use super::reader::JsonReader;
use super::resolution::Resolution;
use super::scan;
use crate::types::{FieldNode, TypeNode};

/// The branches of a union, from its type or from a writer's resolution.
#[derive(Clone, Copy)]
pub(crate) enum Branches {
    Nodes(&'static [&'static TypeNode]),
    Ways(&'static [(&'static TypeNode, Option<Resolution>)]),
}

/// What a JSON value in the place of a union is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// A value of this branch.
    Plain(usize),
    /// An object that names this branch and holds a value of it.
    Tagged(usize),
}

impl Branches {
    fn len(self) -> usize {
        match self {
            Self::Nodes(nodes) => nodes.len(),
            Self::Ways(ways) => ways.len(),
        }
    }

    pub(crate) fn nodes(self) -> impl Iterator<Item = &'static TypeNode> {
        (0..self.len()).map(move |index| self.node(index))
    }

    pub(crate) fn node(self, index: usize) -> &'static TypeNode {
        match self {
            Self::Nodes(nodes) => nodes[index],
            Self::Ways(ways) => ways[index].0,
        }
    }
}

/// For a value that fits no branch, the one that was meant: what is wrong inside of it says more.
pub(crate) fn guess(text: &str, pos: usize, branches: Branches) -> Option<Choice> {
    if let Some((branch, _)) = lone_tag(text, pos, branches) {
        return Some(Choice::Tagged(branch));
    }
    let first = text.as_bytes().get(pos).copied().unwrap_or(0);
    let only = |likely: &dyn Fn(&TypeNode) -> bool| {
        let mut all = (0..branches.len()).filter(|&index| likely(branches.node(index)));
        all.next()
            .filter(|_| all.next().is_none())
            .map(Choice::Plain)
    };
    only(&|node| begins(node, first)).or_else(|| only(&|node| !matches!(node, TypeNode::Null)))
}

/// The branch that the JSON value at `pos` is of; `None`: it fits none.
pub(crate) fn choose(text: &str, pos: usize, branches: Branches, default: bool) -> Option<Choice> {
    if default {
        let mut all = 0..branches.len();
        return all
            .find(|&index| fit(text, pos, branches.node(index), true).is_some())
            .map(Choice::Plain);
    }
    let plain = choose_plain(text, pos, branches);
    if let Some((branch, inner)) = lone_tag(text, pos, branches)
        && fit(text, inner, branches.node(branch), false).is_some()
        // A tag is believed where the writer would have set it, or where nothing else can be meant.
        && (plain.is_none()
            || lone_tag(text, inner, branches).is_some()
            || choose_plain(text, inner, branches) != Some(branch))
    {
        return Some(Choice::Tagged(branch));
    }
    plain.map(Choice::Plain)
}

/// The branch with the best rank, the first of equal ones.
fn choose_plain(text: &str, pos: usize, branches: Branches) -> Option<usize> {
    (0..branches.len())
        .filter_map(|index| Some((fit(text, pos, branches.node(index), false)?, index)))
        .min()
        .map(|(_, index)| index)
}

/// Of an object with one member whose key is a branch's name: that branch, and where the member's value begins.
fn lone_tag(text: &str, pos: usize, branches: Branches) -> Option<(usize, usize)> {
    let mut reader = JsonReader::probe(text, pos, false);
    if reader.peek() != b'{' {
        return None;
    }
    let mut members = 0;
    let mut tag = None;
    reader.members("an object", &mut |reader, key| {
        members += 1;
        let start = reader.start();
        tag = key
            .filter(|_| members == 1)
            .and_then(|key| {
                (0..branches.len()).find(|&index| branches.node(index).branch_name() == key)
            })
            .map(|branch| (branch, start));
        if tag.is_none() {
            // Two members, or another key: no need to look further.
            return reader.complain("", "");
        }
        reader.skip();
    });
    tag.filter(|_| !reader.stopped())
}

/// How well the value at `pos` fits a branch, 0 best; `None`: not at all. What is inside of objects and arrays is looked
/// at one level deep, so that a choice costs one pass over the text.
fn fit(text: &str, pos: usize, node: &'static TypeNode, default: bool) -> Option<u8> {
    let bytes = text.as_bytes();
    let pos = scan::space(bytes, pos);
    let first = bytes.get(pos).copied().unwrap_or(0);
    if !begins(node, first) {
        return None;
    }
    match node {
        TypeNode::Array(_) => Some(0),
        TypeNode::Map(item) => {
            let mut reader = JsonReader::probe(text, pos, default);
            reader.map_entries(&mut |reader, _| shallow(reader, item));
            (!reader.stopped()).then_some(1)
        }
        TypeNode::Record(record) => {
            let mut reader = JsonReader::probe(text, pos, default);
            let mut unknown = false;
            let mut seen = vec![false; record.fields.len()];
            reader.members("", &mut |reader, key| {
                let index =
                    key.and_then(|key| record.fields.iter().position(|field| field.name == key));
                let Some(index) = index else {
                    unknown = true;
                    return reader.skip();
                };
                seen[index] = true;
                shallow(reader, record.fields[index].node);
            });
            let missing = |(seen, field): (&bool, &FieldNode)| !seen && field.default.is_none();
            if reader.stopped() || seen.iter().zip(&*record.fields).any(missing) {
                return None;
            }
            Some(if unknown { 2 } else { 0 })
        }
        TypeNode::Union(_) => None,
        leaf => {
            let mut reader = JsonReader::probe(text, pos, default);
            reader.raw(leaf)?;
            Some(rank(leaf, first, &text[pos..]))
        }
    }
}

/// Goes behind a value inside of a branch; stops where it is of another kind.
fn shallow(reader: &mut JsonReader<'_>, node: &'static TypeNode) {
    let first = reader.peek();
    match node {
        TypeNode::Array(_) | TypeNode::Map(_) | TypeNode::Record(_) if begins(node, first) => {
            reader.skip();
        }
        // An object may be a tag; what is inside of it is not looked at, or a recursive type would cost exponentially.
        TypeNode::Union(_) if first == b'{' => reader.skip(),
        TypeNode::Union(nodes) => {
            let (text, start) = (reader.text(), reader.start());
            let fits =
                |node: &&'static TypeNode| fit(text, start, node, reader.is_default()).is_some();
            if nodes.iter().any(fits) {
                reader.skip()
            } else {
                reader.complain("", "")
            }
        }
        // Leaves are looked at whole; containers that got here have another kind.
        other => {
            reader.raw(other);
        }
    }
}

/// Whether a value of this type can begin with `byte`.
fn begins(node: &TypeNode, byte: u8) -> bool {
    let number = matches!(byte, b'-' | b'0'..=b'9');
    match node {
        TypeNode::Null => byte == b'n',
        TypeNode::Boolean => matches!(byte, b't' | b'f'),
        TypeNode::Int | TypeNode::Long => number,
        TypeNode::Float | TypeNode::Double => number || matches!(byte, b'"' | b'N' | b'I'),
        TypeNode::Bytes | TypeNode::Fixed(_) | TypeNode::String | TypeNode::Enum(_) => byte == b'"',
        TypeNode::Array(_) => byte == b'[',
        TypeNode::Map(_) | TypeNode::Record(_) => byte == b'{',
        TypeNode::Union(_) => true,
        TypeNode::Logical(..) => number || byte == b'"',
    }
}

/// Among branches that a string or a number fits: the more natural first.
fn rank(node: &'static TypeNode, first: u8, text: &str) -> u8 {
    if first == b'"' {
        return match node {
            TypeNode::Bytes | TypeNode::Fixed(_) => 1,
            TypeNode::Float | TypeNode::Double => 2,
            _ => 0,
        };
    }
    let integer = scan::number(text.as_bytes(), 0).is_ok_and(|number| number.integer);
    match node {
        TypeNode::Double => u8::from(integer),
        TypeNode::Float => u8::from(integer) + 1,
        TypeNode::Logical(..) => 3,
        _ => 0,
    }
}

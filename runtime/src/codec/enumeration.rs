//! Enums: a symbol is its text.

use std::fmt;

use super::expectation::expectation;
use super::reader::JsonReader;
use super::resolution::Resolution;
use super::value::Value;
use super::writer::JsonWriter;
use crate::types::TypeNode;

/// A generated enum over the symbols of an Avro enum.
pub trait Enumeration: Value + Copy {
    /// The variants, in the order of the symbols.
    const VARIANTS: &'static [Self];
    /// The variants' names in Rust.
    const NAMES: &'static [&'static str];
}

/// The symbol's text, empty where the table is not that of the Rust type.
#[must_use]
pub fn symbol(index: usize, node: &'static TypeNode) -> &'static str {
    match node {
        TypeNode::Enum(node) => node.symbols.get(index).copied().unwrap_or_default(),
        _ => "",
    }
}

/// `Debug` of an enum, as `derive` has it.
///
/// # Errors
/// The formatter's.
pub fn debug(name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(name.trim_start_matches("r#"))
}

/// Appends a symbol.
pub fn write(index: usize, node: &'static TypeNode, out: &mut JsonWriter) {
    match symbol(index, node) {
        "" => out.wrong_table(node),
        symbol => out.string(symbol),
    }
}

/// Reads a symbol.
pub fn read<E: Enumeration>(value: &mut E, how: &Resolution, reader: &mut JsonReader<'_>) {
    if let Some(read) = read_index(how, reader) {
        match E::VARIANTS.get(read) {
            Some(variant) => *value = *variant,
            None => reader.wrong_table(how),
        }
    }
}

/// The index of the symbol that comes next; `None` after an error.
fn read_index(how: &Resolution, reader: &mut JsonReader<'_>) -> Option<usize> {
    let start = reader.start();
    match *how {
        Resolution::Same(node @ TypeNode::Enum(symbols)) => {
            let known = reader.symbol(symbols.symbols);
            let index = known.or_else(|| symbols.default.filter(|_| reader.is_newer()));
            if index.is_none() {
                reader.mismatch(start, expectation(node));
            }
            index
        }
        Resolution::Enum(symbols) => {
            let names: Vec<_> = symbols.iter().map(|(name, _)| *name).collect();
            let index = reader.symbol(&names).and_then(|index| symbols[index].1);
            if index.is_none() {
                reader.mismatch(start, "a symbol that the latest version knows");
            }
            index.and_then(|index| usize::try_from(index).ok())
        }
        _ => {
            reader.wrong_table(how);
            None
        }
    }
}

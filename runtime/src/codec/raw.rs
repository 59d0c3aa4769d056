//! `Raw`: a leaf as Avro has it below its logical type. Promotions, logical types and checks without a Rust value go
//! through it; plain primitives are read directly.

use super::expectation::expectation;
use super::meaning::{self, Kin};
use super::reader::JsonReader;
use super::resolution::Resolution;
use super::value::{self, Value};
use super::{decimal, duration, scan, text, time};
use crate::types::{Logical, TypeNode};

/// A value of a primitive, bytes or fixed type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Raw {
    Null,
    Boolean(bool),
    Long(i64),
    Float(f32),
    Double(f64),
    Text(String),
    Bytes(Vec<u8>),
}

/// A Rust type that a leaf is read as.
pub(crate) trait Leaf: Value + Sized {
    /// Whether it holds the integers of a date or time as they are, also those that have no text.
    const RAW_INTEGER: bool = false;

    /// The value of a leaf of the reader's type `node`, promoted where it has to be.
    fn from_raw(raw: Raw, node: &'static TypeNode) -> Option<Self>;
}

impl JsonReader<'_> {
    /// Reads the next value by its resolution.
    pub fn read(&mut self, value: &mut dyn Value, how: &Resolution) {
        if self.stopped() {
            return;
        }
        match *how {
            Resolution::FromUnion(ways) => self.read_from_union(value, ways),
            Resolution::Never { reason } => {
                let start = self.start();
                self.mismatch(start, reason);
            }
            _ => value::read(value, how, self),
        }
    }

    /// Reads a leaf by its resolution, the long way.
    pub(crate) fn read_leaf<T: Leaf>(&mut self, value: &mut T, how: &Resolution) {
        let (from, to) = match *how {
            Resolution::Same(TypeNode::Logical(_, base))
                if T::RAW_INTEGER && self.peek() != b'"' =>
            {
                (*base, *base)
            }
            Resolution::Same(node) => (node, node),
            Resolution::Promote { from, to } => (from, to),
            _ => return self.wrong_table(how),
        };
        let start = self.start();
        let Some(raw) = self.raw(from) else { return };
        let read = match (meaning::kin(from, to), raw) {
            (None, raw) => T::from_raw(raw, to),
            (Some(Kin::Time(units)), Raw::Long(value)) if T::RAW_INTEGER => {
                meaning::in_units(value, units).and_then(|value| T::from_raw(Raw::Long(value), to))
            }
            // The same Rust type holds both.
            (Some(Kin::Time(_)), raw) => T::from_raw(raw, from),
            (Some(Kin::Decimal), raw) => {
                meaning::rescaled(raw, from, to).and_then(|raw| T::from_raw(raw, to))
            }
        };
        match read {
            Some(read) => *value = read,
            None => self.mismatch(start, expectation(to)),
        }
    }

    /// Notes that a table is not that of the Rust type: a bug in generated code.
    pub(crate) fn wrong_table(&mut self, how: &Resolution) {
        self.complain(
            format!("a table that fits the Rust type ({how:?})"),
            "another table",
        );
    }

    /// Reads a leaf of any type.
    pub(crate) fn raw(&mut self, node: &'static TypeNode) -> Option<Raw> {
        if self.stopped() {
            return None;
        }
        let start = self.start();
        if let TypeNode::String = node {
            return self.text_value(start).map(Raw::Text);
        }
        let raw = self.leaf(node);
        if raw.is_none() {
            self.mismatch(start, expectation(node));
        }
        raw
    }

    /// As [`Self::raw`], without noting an error.
    fn leaf(&mut self, node: &'static TypeNode) -> Option<Raw> {
        match node {
            TypeNode::Null => self.literal("null").then_some(Raw::Null),
            TypeNode::Boolean if self.literal("true") => Some(Raw::Boolean(true)),
            TypeNode::Boolean => self.literal("false").then_some(Raw::Boolean(false)),
            TypeNode::Int => self.integer().and_then(|value| {
                i32::try_from(value)
                    .ok()
                    .map(|value| Raw::Long(value.into()))
            }),
            TypeNode::Long => self.integer().map(Raw::Long),
            TypeNode::Float => self.float().map(Raw::Float),
            TypeNode::Double => self.double().map(Raw::Double),
            TypeNode::String => self.any_text().map(Raw::Text),
            TypeNode::Bytes => self.bytes(None).map(Raw::Bytes),
            TypeNode::Fixed(fixed) => self.bytes(Some(fixed.size)).map(Raw::Bytes),
            TypeNode::Enum(node) => {
                let symbol = self.symbol(node.symbols);
                symbol
                    .and_then(|index| i64::try_from(index).ok())
                    .map(Raw::Long)
            }
            TypeNode::Logical(logical, base) => self.logical(*logical, base),
            TypeNode::Array(_) | TypeNode::Map(_) | TypeNode::Union(_) | TypeNode::Record(_) => {
                None
            }
        }
    }

    fn logical(&mut self, logical: Logical, base: &'static TypeNode) -> Option<Raw> {
        match logical {
            Logical::Uuid => match base {
                TypeNode::String => {
                    let text = self.any_text()?;
                    uuid::Uuid::try_parse(&text)
                        .ok()
                        .map(|id| Raw::Text(id.to_string()))
                }
                _ if self.is_default() => self.bytes(Some(16)).map(Raw::Bytes),
                _ => {
                    let text = self.any_text()?;
                    uuid::Uuid::try_parse(&text)
                        .ok()
                        .map(|id| Raw::Bytes(id.as_bytes().to_vec()))
                }
            },
            Logical::Decimal { .. } | Logical::BigDecimal | Logical::Duration
                if self.is_default() =>
            {
                self.leaf(base)
            }
            Logical::Decimal { precision, scale } => {
                let size = if let TypeNode::Fixed(fixed) = base {
                    Some(fixed.size)
                } else {
                    None
                };
                let decimal = self.decimal()?;
                decimal::to_base(&decimal, precision, scale, size).map(Raw::Bytes)
            }
            Logical::BigDecimal => Some(Raw::Bytes(decimal::to_big(&self.decimal()?))),
            Logical::Duration => duration::parse(&self.any_text()?)
                .map(|duration| Raw::Bytes(duration.to_bytes().to_vec())),
            _ if self.peek() == b'"' => {
                let value = time::parse(&self.any_text()?, logical)?;
                time::in_range(value, logical).then_some(Raw::Long(value))
            }
            _ => match self.leaf(base)? {
                Raw::Long(value) if time::in_range(value, logical) => Some(Raw::Long(value)),
                _ => None,
            },
        }
    }

    /// Reads a number with neither fraction nor exponent.
    pub(crate) fn integer(&mut self) -> Option<i64> {
        let text = self.number_text(true)?;
        text.parse().ok()
    }

    fn number_text(&mut self, integer: bool) -> Option<&str> {
        let start = self.start();
        let number = scan::number(self.text().as_bytes(), start).ok()?;
        if integer && !number.integer {
            return None;
        }
        self.seek(number.end);
        Some(&self.text()[start..number.end])
    }

    pub(crate) fn float(&mut self) -> Option<f32> {
        match self.not_finite() {
            // Not finite ones have no payload to lose.
            #[expect(
                clippy::cast_possible_truncation,
                reason = "NaN and the infinities stay what they are"
            )]
            Some(value) => Some(value as f32),
            None => self
                .number_text(false)?
                .parse()
                .ok()
                .filter(|value: &f32| value.is_finite()),
        }
    }

    pub(crate) fn double(&mut self) -> Option<f64> {
        match self.not_finite() {
            Some(value) => Some(value),
            None => self
                .number_text(false)?
                .parse()
                .ok()
                .filter(|value: &f64| value.is_finite()),
        }
    }

    /// `"NaN"`, `"Infinity"`, `"-Infinity"`, with quotes or as Python writes them.
    fn not_finite(&mut self) -> Option<f64> {
        const NAMES: [(&str, &str, f64); 3] = [
            ("NaN", "\"NaN\"", f64::NAN),
            ("Infinity", "\"Infinity\"", f64::INFINITY),
            ("-Infinity", "\"-Infinity\"", f64::NEG_INFINITY),
        ];
        if !matches!(self.peek(), b'"' | b'N' | b'I' | b'-') {
            return None;
        }
        let found = NAMES
            .iter()
            .find(|(bare, quoted, _)| self.literal(quoted) || self.literal(bare));
        found.map(|(_, _, value)| *value)
    }

    fn decimal(&mut self) -> Option<decimal::Decimal> {
        if self.peek() == b'"' {
            return self.any_text()?.parse().ok();
        }
        self.number_text(false)?.parse().ok()
    }

    /// Reads a string; an error says what is wrong with it.
    pub(crate) fn text_value(&mut self, start: usize) -> Option<String> {
        let mut text = String::new();
        self.text_into(start, &mut text).then_some(text)
    }

    /// Reads the string at `start` in place.
    pub(crate) fn text_into(&mut self, start: usize, out: &mut String) -> bool {
        if self.byte(start) != b'"' {
            self.mismatch(start, "a string");
            return false;
        }
        let text = self.text();
        match scan::quoted(text.as_bytes(), start) {
            Ok(quoted) => {
                let raw = &text[start + 1..quoted.end - 1];
                if !quoted.escaped {
                    self.seek(quoted.end);
                    out.clear();
                    out.push_str(raw);
                    return true;
                }
                match text::unescape(raw) {
                    Some(text) => {
                        self.seek(quoted.end);
                        *out = text.into_owned();
                        return true;
                    }
                    None => self.mismatch(start, "a string without lone surrogates"),
                }
            }
            Err(error) => self.syntax(error),
        }
        false
    }

    /// A string's text, `None` for everything else.
    fn any_text(&mut self) -> Option<String> {
        let start = self.start();
        let end = scan::string(self.text().as_bytes(), start).ok()?;
        let text = text::unescape(&self.text()[start + 1..end - 1])?;
        self.seek(end);
        Some(text.into_owned())
    }

    /// Bytes in Avro's form: each a character up to U+00FF.
    pub(crate) fn bytes(&mut self, size: Option<usize>) -> Option<Vec<u8>> {
        let text = self.any_text()?;
        let bytes: Option<Vec<u8>> = text.chars().map(|char| u8::try_from(char).ok()).collect();
        bytes.filter(|bytes| size.is_none_or(|size| bytes.len() == size))
    }

    /// The index of an enum's symbol.
    pub(crate) fn symbol(&mut self, symbols: &[&str]) -> Option<usize> {
        let text = self.any_text()?;
        symbols.iter().position(|symbol| *symbol == text)
    }
}

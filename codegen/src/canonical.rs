//! Parsing canonical form and CRC-64-AVRO fingerprints (Avro 1.12, "Parsing Canonical Form for Schemas").
//! Hashes that keep what this form drops are not here.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::model::types::{NamedId, NamedKind, Type, TypeKind, Types};

/// The canonical form of a record, without the fields that `skip` names at its top.
#[must_use]
pub fn canonical_form(types: &Types, root: NamedId, skip: &[String]) -> String {
    let mut out = String::new();
    write_named(types, root, skip, &mut HashSet::new(), &mut out);
    out
}

/// The canonical form of any type.
#[must_use]
pub fn canonical_type(types: &Types, ty: &Type) -> String {
    let mut out = String::new();
    write_type(types, ty, &mut HashSet::new(), &mut out);
    out
}

/// CRC-64-AVRO of no text, which is its polynomial, too.
const EMPTY: u64 = 0xc15d_213a_a4d7_a795;

/// What each byte changes.
static TABLE: [u64; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut entry = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            entry = (entry >> 1) ^ (EMPTY & (entry & 1).wrapping_neg());
            bit += 1;
        }
        table[byte] = entry;
        byte += 1;
    }
    table
};

/// CRC-64-AVRO (Rabin) of a text.
#[must_use]
pub fn fingerprint(text: &str) -> u64 {
    let mut crc = EMPTY;
    for byte in text.as_bytes() {
        let [last, ..] = crc.to_le_bytes();
        crc = (crc >> 8) ^ TABLE[usize::from(last ^ byte)];
    }
    crc
}

fn write_type(types: &Types, ty: &Type, seen: &mut HashSet<NamedId>, out: &mut String) {
    match &ty.kind {
        TypeKind::Array(items) => {
            out.push_str("{\"type\":\"array\",\"items\":");
            write_type(types, items, seen, out);
            out.push('}');
        }
        TypeKind::Map(values) => {
            out.push_str("{\"type\":\"map\",\"values\":");
            write_type(types, values, seen, out);
            out.push('}');
        }
        TypeKind::Union(branches) => {
            out.push('[');
            for (index, branch) in branches.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_type(types, branch, seen, out);
            }
            out.push(']');
        }
        TypeKind::Named(id) => write_named(types, *id, &[], seen, out),
        primitive => {
            out.push('"');
            out.push_str(primitive.primitive().unwrap_or_default());
            out.push('"');
        }
    }
}

fn write_named(
    types: &Types,
    id: NamedId,
    skip: &[String],
    seen: &mut HashSet<NamedId>,
    out: &mut String,
) {
    let named = types.get(id);
    if !seen.insert(id) {
        let _ = write!(out, "\"{}\"", named.name);
        return;
    }
    let _ = write!(out, "{{\"name\":\"{}\",", named.name);
    match &named.kind {
        NamedKind::Record { fields } => {
            out.push_str("\"type\":\"record\",\"fields\":[");
            let kept = fields
                .iter()
                .filter(|field| !skip.contains(&field.name.value));
            for (index, field) in kept.enumerate() {
                if index > 0 {
                    out.push(',');
                }
                let _ = write!(out, "{{\"name\":\"{}\",\"type\":", field.name.value);
                write_type(types, &field.ty, seen, out);
                out.push('}');
            }
            out.push(']');
        }
        NamedKind::Enum { symbols, .. } => {
            out.push_str("\"type\":\"enum\",\"symbols\":[");
            for (index, symbol) in symbols.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                let _ = write!(out, "\"{}\"", symbol.value);
            }
            out.push(']');
        }
        NamedKind::Fixed { size, .. } => {
            let _ = write!(out, "\"type\":\"fixed\",\"size\":{size}");
        }
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprint_is_the_specification_s() {
        // Avro's shared test data: the fingerprint of `"null"`.
        assert_eq!(fingerprint("\"null\""), 7_195_948_357_588_979_594);
    }
}

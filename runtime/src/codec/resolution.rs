//! `Resolution`: the way from the type that a row was written by to the latest type, decided at build time.
//! Generated code carries these tables; the readers beside this file walk them.

use crate::types::TypeNode;

/// The way from the type that a row was written by to the latest type, decided at build time
/// (Avro 1.12, "Schema Resolution").
#[derive(Clone, Copy, Debug)]
pub enum Resolution {
    /// The same type on both sides.
    Same(&'static TypeNode),
    /// A writer's primitive that the reader's can hold: int → long, float, double; long → float, double;
    /// float → double; string ↔ bytes.
    Promote {
        /// The writer's.
        from: &'static TypeNode,
        /// The reader's.
        to: &'static TypeNode,
    },
    /// Record to record.
    Record(&'static RecordResolution),
    /// Enum to enum: for every writer's symbol the index of the reader's, with the reader's default applied; `None`:
    /// such a value cannot be read.
    Enum(&'static [(&'static str, Option<u32>)]),
    /// Array to array.
    Array(&'static Resolution),
    /// Map to map.
    Map(&'static Resolution),
    /// The writer has a union: each of its branches has its own way into the reader's type (which may be a union,
    /// too); `None`: a value of that branch cannot be read.
    FromUnion(&'static [(&'static TypeNode, Option<Resolution>)]),
    /// Only the reader has a union: the value goes into this branch of it.
    IntoUnion {
        /// The reader's union.
        union: &'static TypeNode,
        /// Index of its branch.
        branch: usize,
        /// The way into the branch's type.
        resolution: &'static Resolution,
    },
    /// No value can be read.
    Never {
        /// Why, for the error.
        reason: &'static str,
    },
}

/// Record to record.
#[derive(Debug)]
pub struct RecordResolution {
    /// The writer's full name, for errors.
    pub name: &'static str,
    /// The writer's fields, in its order.
    pub fields: &'static [FieldResolution],
    /// The reader's fields that the writer does not have: (index in the reader, its type, default as JSON text).
    pub added: &'static [(usize, &'static TypeNode, &'static str)],
}

/// One field of the writer's record.
#[derive(Debug)]
pub struct FieldResolution {
    /// Name on the wire, the writer's.
    pub name: &'static str,
    /// The writer's type, to skip or check the value.
    pub node: &'static TypeNode,
    /// The writer's default: a field missing from JSON is read as it.
    pub default: Option<&'static str>,
    /// Index in the reader and the way there; `None`: the reader has no such field, the value is skipped.
    pub target: Option<(usize, Resolution)>,
}

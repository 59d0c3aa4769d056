//! A type table as text: what a store keeps beside a schema, so that a build that does not know the schema reads its rows
//! all the same. Not a schema language: names and references are resolved, and only evgen writes it.
//!
//! The text is a JSON array of nodes; a node names others by their place in it, and the first is the type itself.
//!
//! | node | is |
//! |---|---|
//! | `"int"` | a primitive |
//! | `["array", 1]`, `["map", 1]` | an array or map of node 1 |
//! | `["union", 1, 2]` | one of nodes 1 and 2 |
//! | `["record", "shop.item", ["label", 1], ["count", 2, "0"]]` | a record: its fields, with their defaults as JSON text |
//! | `["enum", "size", "S", "L"]` | an enum |
//! | `["fixed", "md5", 16]` | a fixed type of 16 bytes |
//! | `["decimal", 1, 10, 2]` | a decimal of 10 digits, 2 behind the point, on node 1 |
//! | `["date", 1]` | any other logical type on node 1 |

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{EnumNode, FieldNode, FieldNodes, FixedNode, Logical, RecordNode, TypeNode};
use crate::codec::MAX_DEPTH;

/// How deep a recursive type is unrolled: each level of nested data may have a union around it.
const DEPTH: u32 = 2 * MAX_DEPTH + 2;

/// Most nodes of a table: text of more is not evgen's.
const MAX_NODES: usize = 10_000;

const PRIMITIVES: [(&str, TypeNode); 8] = [
    ("null", TypeNode::Null),
    ("boolean", TypeNode::Boolean),
    ("int", TypeNode::Int),
    ("long", TypeNode::Long),
    ("float", TypeNode::Float),
    ("double", TypeNode::Double),
    ("bytes", TypeNode::Bytes),
    ("string", TypeNode::String),
];

const LOGICALS: [(&str, Logical); 12] = [
    ("big-decimal", Logical::BigDecimal),
    ("uuid", Logical::Uuid),
    ("date", Logical::Date),
    ("time-millis", Logical::TimeMillis),
    ("time-micros", Logical::TimeMicros),
    ("timestamp-millis", Logical::TimestampMillis),
    ("timestamp-micros", Logical::TimestampMicros),
    ("timestamp-nanos", Logical::TimestampNanos),
    ("local-timestamp-millis", Logical::LocalTimestampMillis),
    ("local-timestamp-micros", Logical::LocalTimestampMicros),
    ("local-timestamp-nanos", Logical::LocalTimestampNanos),
    ("duration", Logical::Duration),
];

/// The table of `root` as text: the same text for the same types, whatever build writes it.
#[must_use]
pub fn to_text(root: &'static TypeNode) -> String {
    let mut table = Printer::default();
    table.place(root);
    Value::Array(table.nodes).to_string()
}

#[derive(Default)]
struct Printer {
    nodes: Vec<Value>,
    /// Named types and primitives: every cycle goes through one.
    places: HashMap<Key, usize>,
}

#[derive(PartialEq, Eq, Hash)]
enum Key {
    Primitive(&'static str),
    /// By address: a static of its own.
    Named(usize),
}

impl Key {
    fn of(node: &'static TypeNode) -> Option<Self> {
        match node {
            TypeNode::Record(_) | TypeNode::Enum(_) | TypeNode::Fixed(_) => {
                Some(Self::Named(std::ptr::from_ref(node).addr()))
            }
            // Whether two of the same are one in memory is up to the compiler.
            TypeNode::Array(_) | TypeNode::Map(_) | TypeNode::Union(_) | TypeNode::Logical(..) => {
                None
            }
            primitive => Some(Self::Primitive(primitive.branch_name())),
        }
    }
}

impl Printer {
    fn place(&mut self, node: &'static TypeNode) -> usize {
        let key = Key::of(node);
        if let Some(place) = key.as_ref().and_then(|key| self.places.get(key)) {
            return *place;
        }
        let place = self.nodes.len();
        if let Some(key) = key {
            self.places.insert(key, place);
        }
        self.nodes.push(Value::Null);
        self.nodes[place] = self.print(node);
        place
    }

    fn print(&mut self, node: &'static TypeNode) -> Value {
        match node {
            TypeNode::Array(items) => json!(["array", self.place(items)]),
            TypeNode::Map(values) => json!(["map", self.place(values)]),
            TypeNode::Union(branches) => {
                let branches = branches.iter().map(|branch| json!(self.place(branch)));
                std::iter::once(json!("union")).chain(branches).collect()
            }
            TypeNode::Record(record) => {
                let fields = record.fields.iter().map(|field| {
                    let place = self.place(field.node);
                    match field.default {
                        Some(default) => json!([field.name, place, default]),
                        None => json!([field.name, place]),
                    }
                });
                let head = [json!("record"), json!(record.name)];
                head.into_iter().chain(fields).collect()
            }
            TypeNode::Enum(node) => {
                let symbols = node.symbols.iter().map(|symbol| json!(symbol));
                let head = [json!("enum"), json!(node.name)];
                head.into_iter().chain(symbols).collect()
            }
            TypeNode::Fixed(fixed) => json!(["fixed", fixed.name, fixed.size]),
            TypeNode::Logical(Logical::Decimal { precision, scale }, base) => {
                json!(["decimal", self.place(base), precision, scale])
            }
            TypeNode::Logical(logical, base) => {
                let name = LOGICALS.iter().find(|(_, known)| known == logical);
                json!([name.map_or("", |(name, _)| name), self.place(base)])
            }
            // A primitive names itself.
            primitive => json!(primitive.branch_name()),
        }
    }
}

/// A text that is no type table.
#[derive(Debug, thiserror::Error)]
#[error("the type table is not one that evgen writes: {problem}")]
pub struct TableError {
    problem: String,
}

fn wrong(problem: impl Into<String>) -> TableError {
    TableError {
        problem: problem.into(),
    }
}

/// The type that `text` is the table of. It is kept for the life of the process: read each text once.
///
/// A recursive type is unrolled as deep as data may be nested.
///
/// # Errors
/// `text` is not what [`to_text`] writes.
pub fn from_text(text: &str) -> Result<&'static TypeNode, TableError> {
    let nodes: Vec<Value> = serde_json::from_str(text).map_err(|e| wrong(e.to_string()))?;
    if nodes.len() > MAX_NODES {
        return Err(wrong(format!("it has {} nodes", nodes.len())));
    }
    let mut loader = Loader {
        nodes: &nodes,
        made: HashMap::new(),
    };
    loader.node(&json!(0), DEPTH)
}

struct Loader<'t> {
    nodes: &'t [Value],
    /// By place and the depth that is left below it.
    made: HashMap<(usize, u32), &'static TypeNode>,
}

impl Loader<'_> {
    fn node(&mut self, place: &Value, depth: u32) -> Result<&'static TypeNode, TableError> {
        let nodes = self.nodes;
        let found = place.as_u64().and_then(|place| usize::try_from(place).ok());
        let found = found.and_then(|place| Some((place, nodes.get(place)?)));
        let (place, node) = found.ok_or_else(|| wrong(format!("there is no node {place}")))?;
        if let Some(made) = self.made.get(&(place, depth)) {
            return Ok(made);
        }
        let made: &'static TypeNode = Box::leak(Box::new(self.make(node, depth)?));
        self.made.insert((place, depth), made);
        Ok(made)
    }

    fn make(&mut self, node: &Value, depth: u32) -> Result<TypeNode, TableError> {
        let unknown = || wrong(format!("`{node}` is no node"));
        if let Some(name) = node.as_str() {
            return primitive(name).ok_or_else(unknown);
        }
        let parts = node.as_array().ok_or_else(unknown)?;
        let (kind, rest) = parts.split_first().ok_or_else(unknown)?;
        let kind = kind.as_str().ok_or_else(unknown)?;
        // What lies deeper than data may be nested has no value.
        let Some(below) = depth.checked_sub(1) else {
            return Ok(TypeNode::Union(&[]));
        };
        match (kind, rest) {
            ("array", [items]) => Ok(TypeNode::Array(self.node(items, below)?)),
            ("map", [values]) => Ok(TypeNode::Map(self.node(values, below)?)),
            ("union", branches) => {
                let branches: Result<Vec<_>, _> = branches
                    .iter()
                    .map(|branch| self.node(branch, below))
                    .collect();
                Ok(TypeNode::Union(branches?.leak()))
            }
            ("record", [name, fields @ ..]) => {
                let fields: Result<Vec<_>, _> = fields
                    .iter()
                    .map(|field| self.field(field, below))
                    .collect();
                Ok(TypeNode::Record(RecordNode {
                    name: text(name)?,
                    fields: FieldNodes::of(fields?.leak()),
                }))
            }
            ("enum", [name, symbols @ ..]) => {
                let symbols: Result<Vec<_>, _> = symbols.iter().map(text).collect();
                Ok(TypeNode::Enum(EnumNode {
                    name: text(name)?,
                    symbols: symbols?.leak(),
                    default: None,
                }))
            }
            ("fixed", [name, size]) => Ok(TypeNode::Fixed(FixedNode {
                name: text(name)?,
                size: number(size)?,
            })),
            ("decimal", [base, precision, scale]) => {
                let logical = Logical::Decimal {
                    precision: number(precision)?,
                    scale: number(scale)?,
                };
                Ok(TypeNode::Logical(logical, self.node(base, below)?))
            }
            (kind, [base]) => {
                let logical = logical(kind).ok_or_else(unknown)?;
                Ok(TypeNode::Logical(logical, self.node(base, below)?))
            }
            _ => Err(unknown()),
        }
    }

    fn field(&mut self, field: &Value, depth: u32) -> Result<FieldNode, TableError> {
        let (name, place, default) = match field.as_array().map(Vec::as_slice) {
            Some([name, place]) => (name, place, None),
            Some([name, place, default]) => (name, place, Some(text(default)?)),
            _ => return Err(wrong(format!("`{field}` is no field"))),
        };
        Ok(FieldNode {
            name: text(name)?,
            node: self.node(place, depth)?,
            default,
        })
    }
}

/// The primitive of this name.
pub(super) fn primitive(name: &str) -> Option<TypeNode> {
    let mut all = PRIMITIVES.into_iter();
    all.find(|(known, _)| *known == name).map(|(_, node)| node)
}

/// The logical type of this name; a decimal's digits are not in its name.
pub(super) fn logical(name: &str) -> Option<Logical> {
    let mut all = LOGICALS.iter();
    all.find(|(known, _)| *known == name)
        .map(|(_, logical)| *logical)
}

fn text(value: &Value) -> Result<&'static str, TableError> {
    let text = value.as_str();
    let text = text.ok_or_else(|| wrong(format!("`{value}` is no text")))?;
    Ok(Box::leak(text.into()))
}

fn number<N: TryFrom<u64>>(value: &Value) -> Result<N, TableError> {
    let number = value.as_u64().and_then(|number| N::try_from(number).ok());
    number.ok_or_else(|| wrong(format!("`{value}` is no such number")))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Statics of their own: what a call makes a static of is no constant.
    static NULL: TypeNode = TypeNode::Null;
    static INT: TypeNode = TypeNode::Int;
    static FIXED: TypeNode = TypeNode::Fixed(FixedNode {
        name: "a.f",
        size: 4,
    });
    static DATE: TypeNode = TypeNode::Logical(Logical::Date, &INT);
    static LEFT: TypeNode = TypeNode::Union(&[&NULL, &TREE]);
    static PRICE: TypeNode = TypeNode::Logical(
        Logical::Decimal {
            precision: 9,
            scale: 2,
        },
        &FIXED,
    );
    static WHEN: TypeNode = TypeNode::Array(&DATE);
    static TREE: TypeNode = TypeNode::Record(RecordNode {
        name: "a.tree",
        fields: FieldNodes::of(&[
            FieldNode {
                name: "left",
                node: &LEFT,
                default: Some("null"),
            },
            FieldNode {
                name: "price",
                node: &PRICE,
                default: None,
            },
            FieldNode {
                name: "when",
                node: &WHEN,
                default: None,
            },
        ]),
    });

    #[test]
    fn a_table_reads_back_as_the_same_text() {
        let text = to_text(&TREE);
        assert_eq!(
            text,
            r#"[["record","a.tree",["left",1,"null"],["price",3],["when",5]],["union",2,0],"null",["decimal",4,9,2],["fixed","a.f",4],["array",6],["date",7],"int"]"#
        );
        let TypeNode::Record(tree) = from_text(&text).unwrap() else {
            panic!("not a record");
        };
        let TypeNode::Union([_, TypeNode::Record(left)]) = tree.fields[0].node else {
            panic!("not a union");
        };
        assert_eq!((left.name, left.fields.len()), ("a.tree", 3));
    }

    #[test]
    fn text_that_is_no_table_says_so() {
        for (text, problem) in [
            ("{", "expected a sequence"),
            ("[]", "there is no node 0"),
            ("[7]", "`7` is no node"),
            (r#"[["array",1]]"#, "there is no node 1"),
            (r#"[["union",0]]"#, ""),
            (r#"[["record","a",["b"]]]"#, r#"`["b"]` is no field"#),
            (r#"[["fixed","a",-1]]"#, "`-1` is no such number"),
            (r#"[["sometimes",0]]"#, "is no node"),
        ] {
            match from_text(text) {
                Ok(_) => assert!(problem.is_empty(), "{text}"),
                Err(error) => assert!(error.to_string().contains(problem), "{text}: {error}"),
            }
        }
    }
}

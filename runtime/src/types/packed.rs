//! The fields of a record's type table as one text, unpacked when they are first asked for: what generated code carries
//! for most of its tables, since a compiler takes a text at a tenth of what rows of a static cost it.
//! Not the text that a store keeps: that is `table.rs`.
//!
//! A line is a field: its name, its type, and its default behind `=` as JSON text.
//!
//! | type | is |
//! |---|---|
//! | `int` | a primitive |
//! | `[int]`, `{int}` | an array, a map |
//! | `(null\|int)` | a union |
//! | `#2` | the third of the named types that stand beside the text |
//! | `date int`, `decimal 10 2 bytes` | a logical type and its base |

use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::sync::OnceLock;

use super::table::{logical, primitive};
use super::{FieldNode, Logical, RecordNode, TypeNode};

/// `null`, as generated tables refer to it.
#[doc(hidden)]
pub const NULL: &TypeNode = &TypeNode::Null;
/// `boolean`, as generated tables refer to it.
#[doc(hidden)]
pub const BOOLEAN: &TypeNode = &TypeNode::Boolean;
/// `int`, as generated tables refer to it.
#[doc(hidden)]
pub const INT: &TypeNode = &TypeNode::Int;
/// `long`, as generated tables refer to it.
#[doc(hidden)]
pub const LONG: &TypeNode = &TypeNode::Long;
/// `float`, as generated tables refer to it.
#[doc(hidden)]
pub const FLOAT: &TypeNode = &TypeNode::Float;
/// `double`, as generated tables refer to it.
#[doc(hidden)]
pub const DOUBLE: &TypeNode = &TypeNode::Double;
/// `bytes`, as generated tables refer to it.
#[doc(hidden)]
pub const BYTES: &TypeNode = &TypeNode::Bytes;
/// `string`, as generated tables refer to it.
#[doc(hidden)]
pub const STRING: &TypeNode = &TypeNode::String;

/// A record's type table, whose fields are a text; generated code calls it.
#[doc(hidden)]
#[must_use]
pub const fn record(
    name: &'static str,
    named: &'static [&'static TypeNode],
    fields: &'static str,
) -> TypeNode {
    TypeNode::Record(RecordNode {
        name,
        fields: FieldNodes {
            rows: ManuallyDrop::new(OnceLock::new()),
            listed: &[],
            text: fields,
            named,
        },
    })
}

/// Fields of a record, in the schema's order: derefs to a slice of them.
pub struct FieldNodes {
    /// Never dropped, as the statics that it is in: a type with a destructor cannot be lent inside of other statics.
    rows: ManuallyDrop<OnceLock<Box<[FieldNode]>>>,
    listed: &'static [FieldNode],
    text: &'static str,
    named: &'static [&'static TypeNode],
}

impl FieldNodes {
    /// Fields that are there already.
    #[must_use]
    pub const fn of(fields: &'static [FieldNode]) -> Self {
        Self {
            rows: ManuallyDrop::new(OnceLock::new()),
            listed: fields,
            text: "",
            named: &[],
        }
    }

    /// A text that is not the generator's gives no fields, so that no value of the record is read or written.
    #[cold]
    fn unpack(&self) -> Box<[FieldNode]> {
        let lines = self.text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty());
        let fields: Option<Vec<_>> = lines.map(|line| field(line, self.named)).collect();
        fields.unwrap_or_default().into()
    }
}

impl Deref for FieldNodes {
    type Target = [FieldNode];

    #[inline]
    fn deref(&self) -> &[FieldNode] {
        if self.text.is_empty() {
            self.listed
        } else {
            self.rows.get_or_init(|| self.unpack())
        }
    }
}

impl fmt::Debug for FieldNodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

fn field(line: &'static str, named: &'static [&'static TypeNode]) -> Option<FieldNode> {
    let (name, rest) = line.split_once(' ')?;
    let (ty, default) = match rest.split_once('=') {
        Some((ty, default)) => (ty, Some(default.trim())),
        None => (rest, None),
    };
    let mut types = Types { rest: ty, named };
    let node = types.node()?;
    types.rest.trim().is_empty().then_some(FieldNode {
        name,
        node,
        default,
    })
}

/// What is left of a line's type.
struct Types {
    rest: &'static str,
    named: &'static [&'static TypeNode],
}

impl Types {
    fn node(&mut self) -> Option<&'static TypeNode> {
        let node = match self.token()? {
            "[" => TypeNode::Array(self.closed("]")?),
            "{" => TypeNode::Map(self.closed("}")?),
            "(" => self.union()?,
            "decimal" => {
                let precision = self.token()?.parse().ok()?;
                let scale = self.token()?.parse().ok()?;
                TypeNode::Logical(Logical::Decimal { precision, scale }, self.node()?)
            }
            token => match (token.strip_prefix('#'), logical(token)) {
                (Some(place), _) => return self.named.get(place.parse::<usize>().ok()?).copied(),
                (None, Some(logical)) => TypeNode::Logical(logical, self.node()?),
                (None, None) => primitive(token)?,
            },
        };
        Some(Box::leak(Box::new(node)))
    }

    fn closed(&mut self, end: &str) -> Option<&'static TypeNode> {
        let node = self.node()?;
        (self.token()? == end).then_some(node)
    }

    /// Behind its opening bracket.
    fn union(&mut self) -> Option<TypeNode> {
        let mut branches = Vec::new();
        if let Some(rest) = self.rest.strip_prefix(')') {
            self.rest = rest;
            return Some(TypeNode::Union(&[]));
        }
        loop {
            branches.push(self.node()?);
            match self.token()? {
                "|" => {}
                ")" => return Some(TypeNode::Union(branches.leak())),
                _ => return None,
            }
        }
    }

    /// A word or a bracket.
    fn token(&mut self) -> Option<&'static str> {
        let rest = self.rest.trim_start();
        let end = match rest.find([' ', '[', ']', '{', '}', '(', ')', '|']) {
            Some(0) => 1,
            Some(end) => end,
            None => rest.len(),
        };
        let (token, rest) = rest.split_at(end);
        self.rest = rest;
        (!token.is_empty()).then_some(token)
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::to_text;
    use super::*;

    static TREE: TypeNode = record(
        "a.tree",
        &[&TREE, &MD5],
        r#"
        left (null|#0) = null
        price decimal 9 2 #1
        days {[date int]}
        text string = "a = b"
        nothing ()
        "#,
    );
    static MD5: TypeNode = TypeNode::Fixed(super::super::FixedNode {
        name: "md5",
        size: 16,
    });

    #[test]
    fn a_text_is_unpacked() {
        assert_eq!(
            to_text(&TREE),
            r#"[["record","a.tree",["left",1,"null"],["price",3],["days",5],["text",9,"\"a = b\""],["nothing",10]],"#
                .to_owned()
                + r#"["union",2,0],"null",["decimal",4,9,2],["fixed","md5",16],["map",6],["array",7],["date",8],"int","string",["union"]]"#
        );
    }

    #[test]
    fn a_text_that_does_not_read_has_no_fields() {
        for text in [
            "a",
            "a in",
            "a [int",
            "a (int",
            "a #0",
            "a int int",
            "a decimal 1 int",
        ] {
            let TypeNode::Record(record) = record("a", &[], text) else {
                panic!("not a record");
            };
            assert!(record.fields.is_empty(), "{text}");
        }
        assert!(FieldNodes::of(&[]).is_empty());
    }
}

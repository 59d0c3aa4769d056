//! Type tables of schemas that are known at run time only, so that rows are held against them by the runtime's own reader.
//! The tables are `&'static`: they are leaked, in a command that ends soon.

use std::collections::HashMap;

use evgen_runtime::types::{
    EnumNode, FieldNode, FieldNodes, FixedNode, Logical as L, RecordNode, TypeNode,
};

use crate::model::types::{Field, Logical, NamedId, NamedKind, Type, TypeKind, Types};

/// Data that is nested deeper holds no value of a recursive type below this: it is reported as a misfit.
const DEPTH: usize = 64;

/// Builds tables. A recursive type is unrolled down to a depth of 64.
#[derive(Debug)]
pub struct Tables<'m> {
    types: &'m Types,
    named: HashMap<(NamedId, usize), &'static TypeNode>,
}

impl<'m> Tables<'m> {
    /// Tables of these types.
    #[must_use]
    pub fn new(types: &'m Types) -> Self {
        Self {
            types,
            named: HashMap::new(),
        }
    }

    /// The table of any type.
    pub fn root(&mut self, ty: &Type) -> &'static TypeNode {
        self.node(ty, DEPTH)
    }

    /// The table of an event's record, without the envelope's fields.
    pub fn event(&mut self, record: NamedId, skip: &[String]) -> &'static TypeNode {
        let types = self.types;
        let record = types.get(record);
        let fields = record
            .fields()
            .iter()
            .filter(|field| !skip.contains(&field.name.value));
        let fields = fields.map(|field| self.field(field, DEPTH)).collect();
        leak(TypeNode::Record(RecordNode {
            name: text(&record.name.to_string()),
            fields: FieldNodes::of(Vec::leak(fields)),
        }))
    }

    fn field(&mut self, field: &Field, depth: usize) -> FieldNode {
        FieldNode {
            name: text(&field.name.value),
            node: self.node(&field.ty, depth),
            default: field
                .default
                .as_ref()
                .map(|default| text(&default.value.to_text())),
        }
    }

    fn node(&mut self, ty: &Type, depth: usize) -> &'static TypeNode {
        let base = match &ty.kind {
            TypeKind::Null => TypeNode::Null,
            TypeKind::Boolean => TypeNode::Boolean,
            TypeKind::Int => TypeNode::Int,
            TypeKind::Long => TypeNode::Long,
            TypeKind::Float => TypeNode::Float,
            TypeKind::Double => TypeNode::Double,
            TypeKind::Bytes => TypeNode::Bytes,
            TypeKind::String => TypeNode::String,
            TypeKind::Array(items) => TypeNode::Array(self.node(items, depth)),
            TypeKind::Map(values) => TypeNode::Map(self.node(values, depth)),
            TypeKind::Union(branches) => {
                let branches = branches
                    .iter()
                    .map(|branch| self.node(branch, depth))
                    .collect();
                TypeNode::Union(Vec::leak(branches))
            }
            TypeKind::Named(id) => return self.of_name(*id, depth),
        };
        logical(ty.logical, leak(base))
    }

    fn of_name(&mut self, id: NamedId, depth: usize) -> &'static TypeNode {
        if let Some(known) = self.named.get(&(id, depth)) {
            return known;
        }
        let types = self.types;
        let named = types.get(id);
        let name = text(&named.name.to_string());
        let node = match &named.kind {
            // Nothing fits an empty enum.
            _ if depth == 0 => leak(TypeNode::Enum(EnumNode {
                name,
                symbols: &[],
                default: None,
            })),
            NamedKind::Record { fields } => {
                let fields = fields
                    .iter()
                    .map(|field| self.field(field, depth - 1))
                    .collect();
                leak(TypeNode::Record(RecordNode {
                    name,
                    fields: FieldNodes::of(Vec::leak(fields)),
                }))
            }
            NamedKind::Enum { symbols, .. } => {
                let symbols = symbols.iter().map(|symbol| text(&symbol.value)).collect();
                leak(TypeNode::Enum(EnumNode {
                    name,
                    symbols: Vec::leak(symbols),
                    default: None,
                }))
            }
            NamedKind::Fixed { size, logical: of } => {
                logical(*of, leak(TypeNode::Fixed(FixedNode { name, size: *size })))
            }
        };
        self.named.insert((id, depth), node);
        node
    }
}

fn logical(logical: Option<Logical>, base: &'static TypeNode) -> &'static TypeNode {
    let logical = match logical {
        None => return base,
        Some(Logical::Decimal { precision, scale }) => L::Decimal { precision, scale },
        Some(Logical::BigDecimal) => L::BigDecimal,
        Some(Logical::Uuid) => L::Uuid,
        Some(Logical::Date) => L::Date,
        Some(Logical::TimeMillis) => L::TimeMillis,
        Some(Logical::TimeMicros) => L::TimeMicros,
        Some(Logical::TimestampMillis) => L::TimestampMillis,
        Some(Logical::TimestampMicros) => L::TimestampMicros,
        Some(Logical::TimestampNanos) => L::TimestampNanos,
        Some(Logical::LocalTimestampMillis) => L::LocalTimestampMillis,
        Some(Logical::LocalTimestampMicros) => L::LocalTimestampMicros,
        Some(Logical::LocalTimestampNanos) => L::LocalTimestampNanos,
        Some(Logical::Duration) => L::Duration,
    };
    leak(TypeNode::Logical(logical, base))
}

fn text(text: &str) -> &'static str {
    Box::leak(text.into())
}

fn leak(node: TypeNode) -> &'static TypeNode {
    Box::leak(Box::new(node))
}

//! The type table of a schema that is known at run time only: made as the generator makes it, and leaked.

use evgen::model::types::{Logical, NamedId, NamedKind, Type, TypeKind, Types};
use evgen_runtime::types::{self, EnumNode, FieldNode, FixedNode, RecordNode, TypeNode};

/// How often a type may stand inside itself. Tables are `&'static`, so one made at run time cannot be a cycle.
const UNROLLED: usize = 5;

/// The table of a type.
pub(super) fn node(types: &Types, ty: &Type) -> &'static TypeNode {
    Nodes {
        types,
        around: Vec::new(),
    }
    .node(ty)
}

struct Nodes<'a> {
    types: &'a Types,
    /// The named types that are being made.
    around: Vec<NamedId>,
}

impl Nodes<'_> {
    fn node(&mut self, ty: &Type) -> &'static TypeNode {
        let base = match &ty.kind {
            TypeKind::Null => &TypeNode::Null,
            TypeKind::Boolean => &TypeNode::Boolean,
            TypeKind::Int => &TypeNode::Int,
            TypeKind::Long => &TypeNode::Long,
            TypeKind::Float => &TypeNode::Float,
            TypeKind::Double => &TypeNode::Double,
            TypeKind::Bytes => &TypeNode::Bytes,
            TypeKind::String => &TypeNode::String,
            TypeKind::Array(items) => leak(TypeNode::Array(self.node(items))),
            TypeKind::Map(values) => leak(TypeNode::Map(self.node(values))),
            TypeKind::Union(branches) => {
                let branches: Vec<_> = branches.iter().map(|branch| self.node(branch)).collect();
                leak(TypeNode::Union(branches.leak()))
            }
            TypeKind::Named(id) => self.named(*id),
        };
        with_logical(ty.logical, base)
    }

    fn named(&mut self, id: NamedId) -> &'static TypeNode {
        if self.around.iter().filter(|&&around| around == id).count() == UNROLLED {
            return &TypeNode::Union(&[]);
        }
        self.around.push(id);
        let named = self.types.get(id);
        let name = text(&named.name.to_string());
        let node = match &named.kind {
            NamedKind::Record { fields } => {
                let mut nodes = Vec::new();
                for field in fields {
                    nodes.push(FieldNode {
                        name: text(&field.name.value),
                        node: self.node(&field.ty),
                        default: field.default.as_ref().map(|d| text(&d.value.to_text())),
                    });
                }
                leak(TypeNode::Record(RecordNode {
                    name,
                    fields: nodes.leak(),
                }))
            }
            NamedKind::Enum { symbols, .. } => {
                let symbols: Vec<_> = symbols.iter().map(|symbol| text(&symbol.value)).collect();
                leak(TypeNode::Enum(EnumNode {
                    name,
                    symbols: symbols.leak(),
                }))
            }
            NamedKind::Fixed { size, logical } => {
                let fixed = leak(TypeNode::Fixed(FixedNode { name, size: *size }));
                with_logical(*logical, fixed)
            }
        };
        self.around.pop();
        node
    }
}

fn with_logical(logical: Option<Logical>, base: &'static TypeNode) -> &'static TypeNode {
    let logical = match logical {
        None => return base,
        Some(Logical::Decimal { precision, scale }) => types::Logical::Decimal { precision, scale },
        Some(Logical::BigDecimal) => types::Logical::BigDecimal,
        Some(Logical::Uuid) => types::Logical::Uuid,
        Some(Logical::Date) => types::Logical::Date,
        Some(Logical::TimeMillis) => types::Logical::TimeMillis,
        Some(Logical::TimeMicros) => types::Logical::TimeMicros,
        Some(Logical::TimestampMillis) => types::Logical::TimestampMillis,
        Some(Logical::TimestampMicros) => types::Logical::TimestampMicros,
        Some(Logical::TimestampNanos) => types::Logical::TimestampNanos,
        Some(Logical::LocalTimestampMillis) => types::Logical::LocalTimestampMillis,
        Some(Logical::LocalTimestampMicros) => types::Logical::LocalTimestampMicros,
        Some(Logical::LocalTimestampNanos) => types::Logical::LocalTimestampNanos,
        Some(Logical::Duration) => types::Logical::Duration,
    };
    leak(TypeNode::Logical(logical, base))
}

fn leak(node: TypeNode) -> &'static TypeNode {
    Box::leak(Box::new(node))
}

fn text(text: &str) -> &'static str {
    text.to_owned().leak()
}

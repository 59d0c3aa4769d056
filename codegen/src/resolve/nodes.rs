//! Type tables: one static per named type and union, expressions for the rest. A record's fields: `field_lines.rs`.

use crate::model::types::{Field, Logical, NamedId, NamedKind, Type, TypeKind};
use crate::resolve::docs::literal;
use crate::resolve::field_lines::FieldLines;
use crate::resolve::names::{self, Scope};
use crate::resolve::types::{Typing, relative};
use crate::resolved::{NodeKind, NodeStatic};

/// The tables of one file.
pub(crate) struct Nodes<'a, 'm> {
    typing: &'a Typing<'m>,
    module: Vec<String>,
    pub(crate) scope: Scope,
    pub(crate) nodes: Vec<NodeStatic>,
}

impl<'a, 'm> Nodes<'a, 'm> {
    pub(crate) fn new(typing: &'a Typing<'m>, module: Vec<String>, scope: Scope) -> Self {
        Self {
            typing,
            module,
            scope,
            nodes: Vec::new(),
        }
    }

    pub(crate) fn module(&self) -> &[String] {
        &self.module
    }

    /// The table of a named type, which was placed before.
    pub(crate) fn named(&mut self, id: NamedId, skip: &[String]) {
        let named = self.typing.types().get(id);
        let name_literal = literal(&named.name.to_string());
        let kind = match &named.kind {
            NamedKind::Record { fields } => {
                let fields: Vec<_> = fields
                    .iter()
                    .filter(|field| !skip.contains(&field.name.value))
                    .collect();
                self.lines(name_literal, None, &fields)
            }
            NamedKind::Enum { symbols, default } => NodeKind::Enum {
                name_literal,
                default: match symbols
                    .iter()
                    .position(|symbol| default.as_ref().is_some_and(|d| d.value == symbol.value))
                {
                    Some(index) => format!("Some({index})"),
                    None => "None".to_owned(),
                },
                symbols: symbols
                    .iter()
                    .map(|symbol| literal(&symbol.value))
                    .collect(),
            },
            NamedKind::Fixed { size, logical } => {
                let fixed = format!(
                    "t::TypeNode::Fixed(t::FixedNode {{ name: {name_literal}, size: {size} }})"
                );
                NodeKind::Other(match logical.and_then(|logical| self.logical(logical)) {
                    Some(logical) => format!("t::TypeNode::Logical({logical}, &{fixed})"),
                    None => fixed,
                })
            }
        };
        self.nodes.push(NodeStatic {
            name: self.typing.get(id).node.clone(),
            kind,
        });
    }

    /// The table of a record that has no Avro name (a state, an abstract aggregate's derived event); `parent` is the field
    /// that holds what a state has from its parent: (name literal, table).
    pub(crate) fn record(
        &mut self,
        name: &str,
        full_name: &str,
        parent: Option<(String, String)>,
        fields: &[&Field],
    ) {
        let kind = self.lines(literal(full_name), parent, fields);
        self.nodes.push(NodeStatic {
            name: name.to_owned(),
            kind,
        });
    }

    fn lines(
        &self,
        name_literal: String,
        parent: Option<(String, String)>,
        fields: &[&Field],
    ) -> NodeKind {
        let mut lines = FieldLines::new(self);
        if let Some((name, table)) = parent {
            lines.table(&name, table);
        }
        for field in fields {
            lines.field(field);
        }
        NodeKind::Record {
            name_literal,
            named: lines.named.join(", "),
            lines: lines.lines,
        }
    }

    /// The table of a union; returns its name.
    pub(crate) fn union(&mut self, rust_name: &str, ty: &Type) -> String {
        self.other(&[rust_name, "union"], ty)
    }

    /// The table of any type; returns its name.
    pub(crate) fn other(&mut self, name: &[&str], ty: &Type) -> String {
        let name = self.scope.claim(&names::static_name(name));
        let expression = self.expression(ty);
        self.nodes.push(NodeStatic {
            name: name.clone(),
            kind: NodeKind::Other(expression),
        });
        name
    }

    /// Rows of a table of fields.
    pub(crate) fn fields(&self, fields: &[&Field]) -> Vec<(String, String, String)> {
        fields
            .iter()
            .map(|field| {
                let default = match &field.default {
                    Some(default) => format!("Some({})", literal(&default.value.to_text())),
                    None => "None".to_owned(),
                };
                (
                    literal(&field.name.value),
                    self.reference(&field.ty),
                    default,
                )
            })
            .collect()
    }

    /// A reference to a type's table.
    pub(crate) fn reference(&self, ty: &Type) -> String {
        if let (TypeKind::Named(id), None) = (&ty.kind, ty.logical) {
            return self.table_of(*id);
        }
        match (primitive(&ty.kind), ty.logical) {
            (Some(primitive), None) => format!("t::{}", primitive.to_uppercase()),
            _ => format!("&{}", self.expression(ty)),
        }
    }

    /// A reference to a named type's table.
    pub(crate) fn table_of(&self, id: NamedId) -> String {
        let place = self.typing.get(id);
        let path = relative(&self.module, &place.node_module, &place.node);
        format!("&{path}")
    }

    fn expression(&self, ty: &Type) -> String {
        let base = match &ty.kind {
            TypeKind::Null => "t::TypeNode::Null".to_owned(),
            TypeKind::Boolean => "t::TypeNode::Boolean".to_owned(),
            TypeKind::Int => "t::TypeNode::Int".to_owned(),
            TypeKind::Long => "t::TypeNode::Long".to_owned(),
            TypeKind::Float => "t::TypeNode::Float".to_owned(),
            TypeKind::Double => "t::TypeNode::Double".to_owned(),
            TypeKind::Bytes => "t::TypeNode::Bytes".to_owned(),
            TypeKind::String => "t::TypeNode::String".to_owned(),
            TypeKind::Array(items) => format!("t::TypeNode::Array({})", self.reference(items)),
            TypeKind::Map(values) => format!("t::TypeNode::Map({})", self.reference(values)),
            TypeKind::Union(branches) => {
                let branches: Vec<_> = branches
                    .iter()
                    .map(|branch| self.reference(branch))
                    .collect();
                format!("t::TypeNode::Union(&[{}])", branches.join(", "))
            }
            // Named types have tables of their own; callers refer to those.
            TypeKind::Named(id) => {
                let place = self.typing.get(*id);
                relative(&self.module, &place.node_module, &place.node)
            }
        };
        match ty.logical.and_then(|logical| self.logical(logical)) {
            Some(logical) => format!("t::TypeNode::Logical({logical}, &{base})"),
            None => base,
        }
    }

    /// The logical type; `None` where the manifest keeps the integers.
    pub(crate) fn kept(&self, logical: Logical) -> Option<Logical> {
        let raw_time = self.typing.model.settings.raw_time;
        crate::resolve::types::logical_type(logical, raw_time).map(|_| logical)
    }

    /// The logical type's expression; `None` where the manifest keeps the integers.
    fn logical(&self, logical: Logical) -> Option<String> {
        Some(match self.kept(logical)? {
            Logical::Decimal { precision, scale } => {
                format!("t::Logical::Decimal {{ precision: {precision}, scale: {scale} }}")
            }
            other => format!("t::Logical::{other:?}"),
        })
    }
}

/// What the constant of a primitive's table is called, in lower case.
fn primitive(kind: &TypeKind) -> Option<&'static str> {
    Some(match kind {
        TypeKind::Null => "null",
        TypeKind::Boolean => "boolean",
        TypeKind::Int => "int",
        TypeKind::Long => "long",
        TypeKind::Float => "float",
        TypeKind::Double => "double",
        TypeKind::Bytes => "bytes",
        TypeKind::String => "string",
        _ => return None,
    })
}

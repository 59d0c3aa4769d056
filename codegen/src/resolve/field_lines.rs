//! A record's fields as the text that the runtime unpacks (`types/packed.rs` there has its form): a compiler takes it at a
//! tenth of what rows of a static cost.

use std::fmt::Write as _;

use crate::model::types::{Field, Logical, Type, TypeKind};
use crate::resolve::docs::literal;
use crate::resolve::nodes::Nodes;

/// The text of one record.
pub(crate) struct FieldLines<'n, 'a, 'm> {
    nodes: &'n Nodes<'a, 'm>,
    /// References to the tables of named types, which the text names by their place here.
    pub(crate) named: Vec<String>,
    /// A line per field, as it stands inside a literal.
    pub(crate) lines: Vec<String>,
}

impl<'n, 'a, 'm> FieldLines<'n, 'a, 'm> {
    pub(crate) fn new(nodes: &'n Nodes<'a, 'm>) -> Self {
        Self {
            nodes,
            named: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// A field of a table's type that has no default; `name` is a literal.
    pub(crate) fn table(&mut self, name: &str, table: String) {
        let place = self.place(table);
        self.lines
            .push(format!("{} #{place}", name.trim_matches('"')));
    }

    pub(crate) fn field(&mut self, field: &Field) {
        let mut line = format!("{} ", field.name.value);
        self.write(&field.ty, &mut line);
        if let Some(default) = &field.default {
            let _ = write!(line, " = {}", default.value.to_text());
        }
        let literal = literal(&line);
        self.lines.push(literal[1..literal.len() - 1].to_owned());
    }

    fn place(&mut self, table: String) -> usize {
        let known = self.named.iter().position(|known| *known == table);
        known.unwrap_or_else(|| {
            self.named.push(table);
            self.named.len() - 1
        })
    }

    fn write(&mut self, ty: &Type, line: &mut String) {
        let logical = ty.logical.and_then(|logical| self.nodes.kept(logical));
        match logical {
            Some(Logical::Decimal { precision, scale }) => {
                let _ = write!(line, "decimal {precision} {scale} ");
            }
            Some(logical) => {
                line.push_str(logical.name());
                line.push(' ');
            }
            None => {}
        }
        match &ty.kind {
            TypeKind::Null => line.push_str("null"),
            TypeKind::Boolean => line.push_str("boolean"),
            TypeKind::Int => line.push_str("int"),
            TypeKind::Long => line.push_str("long"),
            TypeKind::Float => line.push_str("float"),
            TypeKind::Double => line.push_str("double"),
            TypeKind::Bytes => line.push_str("bytes"),
            TypeKind::String => line.push_str("string"),
            TypeKind::Array(items) => self.between("[", items, "]", line),
            TypeKind::Map(values) => self.between("{", values, "}", line),
            TypeKind::Union(branches) => {
                line.push('(');
                for (index, branch) in branches.iter().enumerate() {
                    self.between(if index > 0 { "|" } else { "" }, branch, "", line);
                }
                line.push(')');
            }
            TypeKind::Named(id) => {
                let place = self.place(self.nodes.table_of(*id));
                let _ = write!(line, "#{place}");
            }
        }
    }

    fn between(&mut self, before: &str, ty: &Type, behind: &str, line: &mut String) {
        line.push_str(before);
        self.write(ty, line);
        line.push_str(behind);
    }
}

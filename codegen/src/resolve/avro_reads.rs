//! Functions that read what an older version wrote into the latest type: one per pair of records, in the order of the
//! writer's fields, straight lines like those of the latest version. Decided once, at build time.

use crate::model::types::{Field, NamedId, Type, TypeKind};
use crate::resolution::{Plan, RecordPlan};
use crate::resolve::avro::{self, AVRO, Way};
use crate::resolve::docs::literal;
use crate::resolve::nodes::Nodes;
use crate::resolve::resolutions::symbols;
use crate::resolve::types::{Typing, branch_name, relative};
use crate::resolve::values;
use crate::resolved::AvroRead;

/// Names of the functions of pairs of records.
pub(crate) type FunctionName<'a> = &'a dyn Fn(NamedId, NamedId) -> String;

/// What it takes to print one.
pub(crate) struct AvroReads<'r, 'a, 'm> {
    pub typing: &'r Typing<'m>,
    pub nodes: &'r Nodes<'a, 'm>,
    pub function_name: FunctionName<'r>,
}

/// A value to fill: as the left side of an assignment, and as a reference.
struct Place {
    assigned: String,
    reference: String,
}

impl Place {
    fn field(name: &str) -> Self {
        Self {
            assigned: format!("value.{name}"),
            reference: format!("&mut value.{name}"),
        }
    }

    /// A closure's argument.
    fn argument() -> Self {
        Self {
            assigned: "*v".to_owned(),
            reference: "v".to_owned(),
        }
    }
}

impl AvroReads<'_, '_, '_> {
    /// The function of a pair of records; `reader` are the fields that the reader's struct has, by their index in the
    /// schema.
    pub(crate) fn record(
        &self,
        (from, to): (NamedId, NamedId),
        plan: &RecordPlan,
        writer: &[Field],
        reader: &[Option<&Field>],
    ) -> AvroRead {
        let present: Vec<_> = reader.iter().flatten().copied().collect();
        let rust_names = self.typing.field_names(Some(to), &present);
        let place_of = |index: usize| {
            let before = reader[..index].iter().flatten().count();
            Place::field(&rust_names[before])
        };
        let mut lines = Vec::new();
        for (index, target) in &plan.fields {
            let written = &writer[*index].ty;
            match target {
                Some((to, plan)) => {
                    let Some(read) = reader[*to] else { continue };
                    lines.push(self.statement(plan, written, &read.ty, &place_of(*to)));
                }
                None => lines.extend(self.skip(written)),
            }
        }
        for index in &plan.added {
            let Some(field) = reader[*index] else {
                continue;
            };
            lines.push(self.default(field, &place_of(*index)));
        }
        let place = self.typing.get(to);
        AvroRead {
            name: (self.function_name)(from, to),
            rust_type: relative(self.nodes.module(), &place.module, &place.name),
            reader: if uses(&lines, "r.") { "r" } else { "_r" },
            value: if uses(&lines, "value.") {
                "value"
            } else {
                "_value"
            },
            lines,
        }
    }

    fn skip(&self, written: &Type) -> Option<String> {
        match written.kind {
            TypeKind::Null => None,
            TypeKind::String | TypeKind::Bytes => Some("r.skip_bytes();".to_owned()),
            _ => Some(format!("r.skip({});", self.table(written))),
        }
    }

    /// A reference to a type's table that lives for ever also where it is no static of its own.
    fn table(&self, ty: &Type) -> String {
        let reference = self.nodes.reference(ty);
        // One inside another may be a static, of which no constant is made unasked.
        if reference.matches('&').count() > 1 {
            format!("const {{ {reference} }}")
        } else {
            reference
        }
    }

    fn default(&self, field: &Field, place: &Place) -> String {
        let value = field.default.as_ref().map(|default| &default.value);
        if value.is_none() {
            return format!("r.unreadable_branch({});", literal(&field.name.value));
        }
        let simple = value
            .filter(|_| field.ty.logical.is_none())
            .and_then(|value| values::simple(self.typing, self.nodes.module(), value, &field.ty));
        match simple {
            Some(simple) => format!("{} = {simple};", place.assigned),
            None => format!(
                "r.default_value({}, {}, {});",
                place.reference,
                self.table(&field.ty),
                literal(
                    &value
                        .map(crate::model::types::Json::to_text)
                        .unwrap_or_default()
                )
            ),
        }
    }

    fn statement(&self, plan: &Plan, written: &Type, read: &Type, place: &Place) -> String {
        // The field of a record that never ends says so itself.
        if !self.typing.ends(read) {
            return format!("r.record({});", place.reference);
        }
        let expression = self.expression(plan, written, read, place);
        if expression.ends_with('}') && !expression.starts_with("r.") {
            expression
        } else {
            format!("{expression};")
        }
    }

    /// The expression that fills a place, also one of the user's type.
    fn expression(&self, plan: &Plan, written: &Type, read: &Type, place: &Place) -> String {
        // A union's branches each lead to the type by themselves.
        let by_itself = matches!(plan, Plan::Same | Plan::FromUnion(_) | Plan::Never);
        if by_itself || !self.typing.stands_for(read) {
            return self.own_expression(plan, written, read, place);
        }
        let own = self.own_expression(plan, written, read, &Place::argument());
        format!("r.mapped({}, |r, v| {own})", place.reference)
    }

    fn own_expression(&self, plan: &Plan, written: &Type, read: &Type, place: &Place) -> String {
        let Place {
            assigned,
            reference,
        } = place;
        match plan {
            Plan::Same => avro::call(self.typing, Way::Read, read, reference),
            Plan::Promote => self.promotion(written, read, reference),
            Plan::Never => {
                let name = literal(&branch_name(self.typing.types(), written));
                format!("r.unreadable_branch({name})")
            }
            Plan::Record(from, to) => {
                format!("r.older({}, {reference})", (self.function_name)(*from, *to))
            }
            Plan::Enum(from, to) => {
                let known: Vec<_> = symbols(self.typing, *from, *to)
                    .into_iter()
                    .map(|(_, index)| format!("{index:?}"))
                    .collect();
                format!("r.older_symbol({reference}, &[{}])", known.join(", "))
            }
            Plan::Array(plan) => {
                let items = self.function(plan, written.inner(), read.inner());
                format!("r.array({reference}, {items})")
            }
            Plan::Map(plan) => {
                let values = self.function(plan, written.inner(), read.inner());
                format!("r.map({reference}, {values})")
            }
            Plan::FromUnion(plans) => {
                let branches = written.branches();
                let arms: Vec<_> = plans
                    .iter()
                    .zip(branches)
                    .enumerate()
                    .map(|(index, (plan, branch))| match plan {
                        Some(plan) => {
                            let arm = self.expression(plan, branch, read, place);
                            format!("{index} => {arm},")
                        }
                        None => {
                            let name = literal(&branch_name(self.typing.types(), branch));
                            format!("{index} => r.unreadable_branch({name}),")
                        }
                    })
                    .collect();
                if let [arm] = arms.as_slice() {
                    let arm = arm.trim_start_matches("0 => ").trim_end_matches(',');
                    return format!("if r.branch(1) == 0 {{ {arm}; }}");
                }
                format!(
                    "match r.branch({}) {{ {} _ => {{}} }}",
                    branches.len(),
                    arms.join(" ")
                )
            }
            Plan::IntoUnion(branch, plan) => {
                let inner = &read.branches()[*branch];
                if read.optional().is_some() {
                    return if matches!(inner.kind, TypeKind::Null) {
                        format!("{assigned} = ::std::option::Option::None")
                    } else {
                        let value = self.function(plan, written, inner);
                        format!("r.some({reference}, {value})")
                    };
                }
                let (path, holds) = self
                    .typing
                    .union_variant(read, *branch, self.nodes.module());
                if holds {
                    let value = self.function(plan, written, inner);
                    format!("{assigned} = {path}(r.make({value}))")
                } else {
                    format!("{assigned} = {path}")
                }
            }
        }
    }

    /// A function that fills what it is given.
    fn function(&self, plan: &Plan, written: &Type, read: &Type) -> String {
        if *plan == Plan::Same {
            return avro::function(self.typing, Way::Read, read);
        }
        let argument = Place::argument();
        let expression = self.expression(plan, written, read, &argument);
        if *plan == Plan::Never {
            return format!("|r, _| {expression}");
        }
        let method = expression
            .strip_prefix("r.")
            .and_then(|call| call.strip_suffix("(v)"));
        match method {
            Some(method) => format!("{AVRO}::Reader::{method}"),
            None if expression.starts_with("*v =") => format!("|r, v| {{ {expression}; }}"),
            None => format!("|r, v| {expression}"),
        }
    }

    fn promotion(&self, written: &Type, read: &Type, reference: &str) -> String {
        use TypeKind::{Double, Float, Int, Long};
        if let Some(call) = avro::call_by_meaning(self.typing, written, read, reference) {
            return call;
        }
        let own = avro::own_call(self.typing, Way::Read, read, reference);
        let method = match (&written.kind, &read.kind) {
            (Int, Long) if own.starts_with("r.long(") => "long_from_int",
            (Int, Long) => return format!("{{ r.expect_int(); {own}; }}"),
            (Int, Float) => "float_from_int",
            (Long, Float) => "float_from_long",
            (Int, Double) => "double_from_int",
            (Long, Double) => "double_from_long",
            (Float, Double) => "double_from_float",
            // The same bytes: strings and bytes, logical types over one base.
            _ => return own,
        };
        format!("r.{method}({reference})")
    }
}

/// Whether a variable, given with the dot behind it, stands in some statement.
fn uses(lines: &[String], variable: &str) -> bool {
    lines.iter().any(|line| {
        line.match_indices(variable).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            before.is_none_or(|c| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.' | '#'))
        })
    })
}

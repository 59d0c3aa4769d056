//! Avro schema resolution (Avro 1.12, "Schema Resolution"): the way from a writer's type to a reader's, and what
//! stands in it. Pure; `check` reports the problems, `resolve` turns the plans into tables.

use std::collections::{BTreeMap, HashSet};

use crate::load::Schema;
use crate::model::types::{Field, Json, NamedId, NamedKind, Type, TypeKind, Types};
use crate::source::Span;

/// The way from one type to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// The same type.
    Same,
    /// A primitive that the reader's can hold.
    Promote,
    /// Record to record: its plan is in [`Resolver::records`].
    Record(NamedId, NamedId),
    /// Enum to enum.
    Enum(NamedId, NamedId),
    /// Array to array.
    Array(Box<Plan>),
    /// Map to map.
    Map(Box<Plan>),
    /// Every branch of the writer's union into the reader's type; `None` where it cannot be.
    FromUnion(Vec<Option<Plan>>),
    /// Into one branch of the reader's union.
    IntoUnion(usize, Box<Plan>),
    /// No value can be read: only in the plans of [`Resolver::depending_on_data`].
    Never,
}

/// The way from one record to another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordPlan {
    /// Whether they are an event's own records, whose envelope fields do not count.
    pub is_event: bool,
    /// For each of the writer's fields that is no envelope field: its index, and the reader's index and way, if the
    /// reader has it.
    pub fields: Vec<(usize, Option<(usize, Plan)>)>,
    /// Indexes of the reader's fields that the writer does not have; each has a default.
    pub added: Vec<usize>,
}

/// Something that a reader cannot take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Path of the field (`address.zip`); empty at the top.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// The writer's side.
    pub writer: Span,
    /// The reader's side.
    pub reader: Span,
}

/// What keeps a reader with one schema from reading data written by another; nothing, where it can read all of it.
#[must_use]
pub fn problems(writer: &Schema, reader: &Schema) -> Vec<Problem> {
    let mut types = writer.types.clone();
    let mut top = reader.top.clone();
    top.shift(types.append(&reader.types));
    let mut resolver = Resolver::new(&types, &[]);
    let _ = resolver.value(&writer.top, &top);
    resolver.problems
}

/// Resolves pairs of records, remembering those it has seen.
#[derive(Debug)]
pub struct Resolver<'a> {
    types: &'a Types,
    skip: &'a [String],
    event: Option<(NamedId, NamedId)>,
    /// Plans of all pairs met.
    pub records: BTreeMap<(NamedId, NamedId), RecordPlan>,
    /// What cannot be read.
    pub problems: Vec<Problem>,
    path: Vec<String>,
    depends_on_data: bool,
}

impl<'a> Resolver<'a> {
    /// A resolver; fields named in `skip` do not count at the top of an event's record.
    #[must_use]
    pub fn new(types: &'a Types, skip: &'a [String]) -> Self {
        Self {
            types,
            skip,
            event: None,
            records: BTreeMap::new(),
            problems: Vec::new(),
            path: Vec::new(),
            depends_on_data: false,
        }
    }

    /// Plans ways also through what cannot be read, which then fail where a value is met: records of which the reader
    /// has a field without default are among them, by that field in [`RecordPlan::added`]. Records of other names are
    /// read as each other: Java looks at their fields alone.
    #[must_use]
    pub fn depending_on_data(mut self, depends: bool) -> Self {
        self.depends_on_data = depends;
        self
    }

    /// A part's plan, so that what cannot be read does not keep the whole from being planned.
    fn part(&self, plan: Option<Plan>) -> Option<Plan> {
        plan.or_else(|| self.depends_on_data.then_some(Plan::Never))
    }

    /// Resolves an event's record of one version to that of another. Their names need not match: the files say what
    /// they are.
    pub fn event(&mut self, writer: NamedId, reader: NamedId) -> Plan {
        self.event = Some((writer, reader));
        if self.same_record(writer, reader, &mut HashSet::new()) {
            return Plan::Same;
        }
        self.record(writer, reader)
    }

    /// Resolves one type to another.
    pub fn value(&mut self, writer: &Type, reader: &Type) -> Option<Plan> {
        self.ty(writer, reader)
    }

    /// The envelope fields, where two records are the event's own.
    fn skipped(&self, writer: NamedId, reader: NamedId) -> &'a [String] {
        if self.event == Some((writer, reader)) {
            self.skip
        } else {
            &[]
        }
    }

    /// Whether two types are the same in all that reading and writing depends on.
    #[must_use]
    pub fn same(&self, writer: &Type, reader: &Type) -> bool {
        self.same_type(writer, reader, &mut HashSet::new())
    }

    fn record(&mut self, writer: NamedId, reader: NamedId) -> Plan {
        let skip = self.skipped(writer, reader);
        if self.records.contains_key(&(writer, reader)) {
            return Plan::Record(writer, reader);
        }
        // Known before its fields are resolved: they may lead back here.
        self.records.insert((writer, reader), RecordPlan::default());
        let (writer_fields, reader_fields) = (self.fields(writer), self.fields(reader));
        let mut plan = RecordPlan {
            is_event: !skip.is_empty(),
            ..RecordPlan::default()
        };
        // To Java the aliases of another record's fields mean nothing.
        let is_event = self.event == Some((writer, reader));
        let by_alias = !self.depends_on_data || is_event || self.matches(writer, reader);
        let mut filled = HashSet::new();
        for (index, field) in writer_fields.iter().enumerate() {
            if skip.contains(&field.name.value) {
                continue;
            }
            let target = reader_fields.iter().position(|candidate| {
                candidate.name.value == field.name.value
                    || by_alias && candidate.aliases.contains(&field.name.value)
            });
            let target = target.filter(|target| {
                !skip.contains(&reader_fields[*target].name.value) && filled.insert(*target)
            });
            let way = target.and_then(|target| {
                self.path.push(reader_fields[target].name.value.clone());
                let plan = self.ty(&field.ty, &reader_fields[target].ty);
                self.path.pop();
                self.part(plan).map(|plan| (target, plan))
            });
            plan.fields.push((index, way));
        }
        for (index, field) in reader_fields.iter().enumerate() {
            if filled.contains(&index) || skip.contains(&field.name.value) {
                continue;
            }
            if field.default.is_some() || self.depends_on_data {
                plan.added.push(index);
            }
            if field.default.is_none() {
                let span = self.types.get(writer).name_span;
                self.path.push(field.name.value.clone());
                self.problem(
                    format!("field `{}` is new and has no default", field.name.value),
                    span,
                    field.span,
                );
                self.path.pop();
            }
        }
        self.records.insert((writer, reader), plan);
        Plan::Record(writer, reader)
    }

    fn ty(&mut self, writer: &Type, reader: &Type) -> Option<Plan> {
        if self.same(writer, reader) {
            return Some(Plan::Same);
        }
        match (&writer.kind, &reader.kind) {
            (TypeKind::Union(branches), _) => {
                let plans: Vec<_> = branches
                    .iter()
                    .map(|branch| self.branch(branch, reader))
                    .collect();
                Some(Plan::FromUnion(plans))
            }
            _ => self.branch(writer, reader),
        }
    }

    /// A writer's type that is no union, into any reader's type.
    fn branch(&mut self, writer: &Type, reader: &Type) -> Option<Plan> {
        if self.same(writer, reader) {
            return Some(Plan::Same);
        }
        if let TypeKind::Union(branches) = &reader.kind {
            let by_fields = self.branch_by_fields(writer, branches);
            let Some(index) = by_fields.or_else(|| self.matching_branch(writer, branches)) else {
                self.problem(
                    format!(
                        "{} is in no branch of {}",
                        self.describe(writer),
                        self.describe(reader)
                    ),
                    writer.span,
                    reader.span,
                );
                return None;
            };
            let plan = self.branch(writer, &branches[index]);
            let plan = self.part(plan)?;
            return Some(Plan::IntoUnion(index, Box::new(plan)));
        }
        match (&writer.kind, &reader.kind) {
            (TypeKind::Array(writer), TypeKind::Array(reader)) => {
                let items = self.ty(writer, reader);
                Some(Plan::Array(Box::new(self.part(items)?)))
            }
            (TypeKind::Map(writer), TypeKind::Map(reader)) => {
                let values = self.ty(writer, reader);
                Some(Plan::Map(Box::new(self.part(values)?)))
            }
            (TypeKind::Named(from), TypeKind::Named(to))
                if self.matches(*from, *to) || self.are_records(*from, *to) =>
            {
                self.named(*from, *to, writer.span, reader.span)
            }
            _ if promotes(&writer.kind, &reader.kind) => Some(Plan::Promote),
            _ => {
                self.problem(
                    format!(
                        "{} cannot be read as {}",
                        self.describe(writer),
                        self.describe(reader)
                    ),
                    writer.span,
                    reader.span,
                );
                None
            }
        }
    }

    fn named(&mut self, from: NamedId, to: NamedId, writer: Span, reader: Span) -> Option<Plan> {
        match (&self.types.get(from).kind, &self.types.get(to).kind) {
            (NamedKind::Record { .. }, NamedKind::Record { .. }) => Some(self.record(from, to)),
            (
                NamedKind::Enum { symbols, .. },
                NamedKind::Enum {
                    symbols: known,
                    default,
                },
            ) => {
                let missing: Vec<_> = symbols
                    .iter()
                    .filter(|symbol| known.iter().all(|known| known.value != symbol.value))
                    .collect();
                if let (Some(symbol), None) = (missing.first(), default) {
                    self.problem(
                        format!("the reader has no symbol `{}` and no default", symbol.value),
                        symbol.span,
                        reader,
                    );
                    if !self.depends_on_data {
                        return None;
                    }
                }
                Some(Plan::Enum(from, to))
            }
            (
                NamedKind::Fixed { size, logical },
                NamedKind::Fixed {
                    size: wanted,
                    logical: now,
                },
            ) => {
                if size == wanted {
                    // Under another logical type the same bytes are another value, and another text.
                    return Some(if logical == now {
                        Plan::Same
                    } else {
                        Plan::Promote
                    });
                }
                self.problem(
                    format!("{size} bytes are not {wanted} bytes"),
                    writer,
                    reader,
                );
                None
            }
            _ => None,
        }
    }

    /// Whether both are records, whose names do not count where data decides.
    fn are_records(&self, writer: NamedId, reader: NamedId) -> bool {
        let is_record = |id| matches!(self.types.get(id).kind, NamedKind::Record { .. });
        self.depends_on_data && is_record(writer) && is_record(reader)
    }

    /// Java's choice for a record: the branch of its full name, else the last of its simple name whose fields can be read,
    /// else the first whose fields can be. Where data does not decide, the one of its full name has to be readable, too: the
    /// build promises values, not errors.
    fn branch_by_fields(&self, writer: &Type, branches: &[Type]) -> Option<usize> {
        let TypeKind::Named(from) = writer.kind else {
            return None;
        };
        let name = &self.types.get(from).name;
        let is_record = |id| matches!(self.types.get(id).kind, NamedKind::Record { .. });
        let may_be = |to| {
            let matches = self.depends_on_data || self.matches(from, to);
            matches && is_record(from) && is_record(to)
        };
        let records = || {
            let named =
                branches
                    .iter()
                    .enumerate()
                    .filter_map(|(index, branch)| match branch.kind {
                        TypeKind::Named(to) => Some((index, to)),
                        _ => None,
                    });
            named.filter(|(_, to)| may_be(*to))
        };
        let is_it = |to| {
            let to = self.types.get(to);
            to.name == *name || to.aliases.contains(name)
        };
        let mut candidates = records();
        if let (Some((index, _)), None) = (candidates.next(), candidates.next())
            && !self.depends_on_data
        {
            // Whether it can be read is said where it is.
            return Some(index);
        }
        let fits = |to| {
            let mut probe = Resolver::new(self.types, &[]);
            probe.record(from, to);
            probe.problems.is_empty()
        };
        let by_name = records().find(|(_, to)| is_it(*to));
        if let Some((index, _)) = by_name.filter(|(_, to)| self.depends_on_data || fits(*to)) {
            return Some(index);
        }
        let fitting: Vec<_> = records().filter(|(_, to)| fits(*to)).collect();
        let named = fitting
            .iter()
            .rev()
            .find(|(_, to)| self.types.get(*to).name.name == name.name);
        named.or(fitting.first()).map(|(index, _)| *index)
    }

    /// The branch that a value goes into: one of the same type, else the first that it can be read as.
    fn matching_branch(&self, writer: &Type, branches: &[Type]) -> Option<usize> {
        let same_kind = |branch: &Type| match (&writer.kind, &branch.kind) {
            (TypeKind::Named(from), TypeKind::Named(to)) => {
                let (from, to) = (self.types.get(*from), self.types.get(*to));
                from.name == to.name || to.aliases.contains(&from.name)
            }
            (writer, reader) => std::mem::discriminant(writer) == std::mem::discriminant(reader),
        };
        branches.iter().position(same_kind).or_else(|| {
            branches
                .iter()
                .position(|branch| match (&writer.kind, &branch.kind) {
                    (TypeKind::Named(from), TypeKind::Named(to)) => self.matches(*from, *to),
                    (writer, reader) => promotes(writer, reader),
                })
        })
    }

    /// Names match unqualified; aliases by full name.
    fn matches(&self, writer: NamedId, reader: NamedId) -> bool {
        let (writer, reader) = (self.types.get(writer), self.types.get(reader));
        std::mem::discriminant(&writer.kind) == std::mem::discriminant(&reader.kind)
            && (writer.name.name == reader.name.name || reader.aliases.contains(&writer.name))
    }

    fn same_type(
        &self,
        writer: &Type,
        reader: &Type,
        seen: &mut HashSet<(NamedId, NamedId)>,
    ) -> bool {
        writer.logical == reader.logical
            && match (&writer.kind, &reader.kind) {
                (TypeKind::Array(a), TypeKind::Array(b)) | (TypeKind::Map(a), TypeKind::Map(b)) => {
                    self.same_type(a, b, seen)
                }
                (TypeKind::Union(a), TypeKind::Union(b)) => {
                    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.same_type(a, b, seen))
                }
                (TypeKind::Named(a), TypeKind::Named(b)) => {
                    self.types.get(*a).name == self.types.get(*b).name
                        && self.same_record(*a, *b, seen)
                }
                (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
            }
    }

    fn same_record(
        &self,
        writer: NamedId,
        reader: NamedId,
        seen: &mut HashSet<(NamedId, NamedId)>,
    ) -> bool {
        let skip = self.skipped(writer, reader);
        if writer == reader || !seen.insert((writer, reader)) {
            return true;
        }
        match (&self.types.get(writer).kind, &self.types.get(reader).kind) {
            (NamedKind::Record { fields: a }, NamedKind::Record { fields: b }) => {
                let kept = |field: &&Field| !skip.contains(&field.name.value);
                let (a, b) = (a.iter().filter(kept), b.iter().filter(kept));
                a.clone().count() == b.clone().count()
                    && a.zip(b).all(|(a, b)| {
                        a.name.value == b.name.value
                            && same_default(a.default.as_ref(), b.default.as_ref())
                            && self.same_type(&a.ty, &b.ty, seen)
                    })
            }
            (
                NamedKind::Enum {
                    symbols: a,
                    default: c,
                },
                NamedKind::Enum {
                    symbols: b,
                    default: d,
                },
            ) => {
                a.len() == b.len()
                    && a.iter().zip(b).all(|(a, b)| a.value == b.value)
                    && c.as_ref().map(|c| &c.value) == d.as_ref().map(|d| &d.value)
            }
            (
                NamedKind::Fixed {
                    size: a,
                    logical: c,
                },
                NamedKind::Fixed {
                    size: b,
                    logical: d,
                },
            ) => a == b && c == d,
            _ => false,
        }
    }

    fn fields(&self, record: NamedId) -> &'a [Field] {
        self.types.get(record).fields()
    }

    fn problem(&mut self, message: String, writer: Span, reader: Span) {
        self.problems.push(Problem {
            path: self.path.join("."),
            message,
            writer,
            reader,
        });
    }

    fn describe(&self, ty: &Type) -> String {
        describe(self.types, ty)
    }
}

/// A type in a few words.
pub(crate) fn describe(types: &Types, ty: &Type) -> String {
    match &ty.kind {
        TypeKind::Array(items) => format!("array of {}", describe(types, items)),
        TypeKind::Map(values) => format!("map of {}", describe(types, values)),
        TypeKind::Union(branches) => {
            let branches: Vec<_> = branches.iter().map(|b| describe(types, b)).collect();
            format!("union of {}", branches.join(", "))
        }
        TypeKind::Named(id) => format!("`{}`", types.get(*id).name),
        primitive => primitive.primitive().unwrap_or_default().to_owned(),
    }
}

/// Whether Avro promotes one primitive to another.
fn promotes(writer: &TypeKind, reader: &TypeKind) -> bool {
    use TypeKind::{Bytes, Double, Float, Int, Long, String};
    matches!(
        (writer, reader),
        (Int, Int | Long | Float | Double)
            | (Long, Long | Float | Double)
            | (Float, Float | Double)
            | (Double, Double)
            | (String, String | Bytes)
            | (Bytes, Bytes | String)
    )
}

fn same_default(
    a: Option<&crate::source::Spanned<Json>>,
    b: Option<&crate::source::Spanned<Json>>,
) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => a.value.to_text() == b.value.to_text(),
        _ => false,
    }
}

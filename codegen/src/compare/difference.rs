//! In what two states of one schema version differ, piece by piece. What a difference breaks is for the rules.

use std::collections::HashSet;

use super::Sides;
use crate::model::event::EventVersion;
use crate::model::types::{
    Field, FullName, Home, Logical, NamedId, NamedKind, NamedType, Type, TypeKind, Types,
};
use crate::resolution::describe;
use crate::source::{Span, Spanned};

/// One difference.
#[derive(Debug)]
pub(crate) struct Difference<'t> {
    /// Path of the field (`address.zip`); empty at the top.
    pub(crate) path: String,
    /// Where it stood.
    pub(crate) before: Span,
    /// Where it stands.
    pub(crate) now: Span,
    /// The shared type that it is in, if it is in one: every event that reaches it differs.
    pub(crate) shared: Option<&'t FullName>,
    pub(crate) change: Change<'t>,
}

/// What was changed.
#[derive(Debug)]
pub(crate) enum Change<'t> {
    FieldAdded(&'t Field),
    FieldRemoved(&'t Field),
    FieldMoved(&'t Field),
    /// Another type, or another union.
    Retyped(&'t Type, &'t Type),
    /// A named type has another name.
    Renamed(&'t FullName, &'t FullName),
    SymbolAdded(&'t str),
    SymbolRemoved(&'t str),
    SymbolMoved(&'t str),
    /// A fixed has another size.
    Resized(usize, usize),
    Relogical(Option<Logical>, Option<Logical>),
    /// Another default of a field or an enum, as text.
    Default(Option<String>, Option<String>),
    Aliases,
}

impl Difference<'_> {
    /// The path, where the change itself does not name it.
    pub(crate) fn place(&self) -> &str {
        match &self.change {
            Change::FieldAdded(field) | Change::FieldRemoved(field) | Change::FieldMoved(field)
                if self.path == field.name.value =>
            {
                ""
            }
            _ => &self.path,
        }
    }
}

impl Change<'_> {
    /// Whether Avro's binary form, or the fingerprint that it carries, is another.
    pub(crate) fn changes_bytes(&self) -> bool {
        !self.changes_defaults() && !matches!(self, Self::Relogical(..))
    }

    /// Whether other values are filled in where there is none.
    pub(crate) fn changes_defaults(&self) -> bool {
        matches!(self, Self::Default(..) | Self::Aliases)
    }

    /// What happened, for messages.
    pub(crate) fn describe(&self, types: &Types) -> String {
        match self {
            Self::FieldAdded(field) => format!("field `{}` is new", field.name.value),
            Self::FieldRemoved(field) => format!("field `{}` is gone", field.name.value),
            Self::FieldMoved(field) => {
                format!("field `{}` stands at another place", field.name.value)
            }
            Self::Retyped(before, now) => format!(
                "{} became {}",
                describe(types, before),
                describe(types, now)
            ),
            Self::Renamed(before, now) => format!("`{before}` is called `{now}`"),
            Self::SymbolAdded(symbol) => format!("symbol `{symbol}` is new"),
            Self::SymbolRemoved(symbol) => format!("symbol `{symbol}` is gone"),
            Self::SymbolMoved(symbol) => format!("symbol `{symbol}` stands at another place"),
            Self::Resized(before, now) => format!("{before} bytes became {now}"),
            Self::Relogical(before, now) => {
                format!("{} became {}", logical(*before), logical(*now))
            }
            Self::Default(before, now) => format!(
                "{} became {}",
                default(before.as_deref()),
                default(now.as_deref())
            ),
            Self::Aliases => "the aliases are others".to_owned(),
        }
    }
}

fn logical(logical: Option<Logical>) -> String {
    match logical {
        None => "no logical type".to_owned(),
        Some(Logical::Decimal { precision, scale }) => {
            format!("logical type decimal({precision}, {scale})")
        }
        Some(logical) => format!("logical type {}", logical.name()),
    }
}

fn default(text: Option<&str>) -> String {
    text.map_or_else(|| "no default".to_owned(), |text| format!("default {text}"))
}

/// The differences between two states of one version, without envelope fields.
pub(crate) fn differences<'t>(
    sides: &'t Sides<'_>,
    before: &EventVersion,
    now: &EventVersion,
) -> Vec<Difference<'t>> {
    let mut walk = Walk {
        types: &sides.types,
        seen: HashSet::new(),
        path: Vec::new(),
        shared: None,
        found: Vec::new(),
    };
    let (before, now) = (sides.record_before(before), now.record);
    walk.seen.insert((before, now));
    let (from, to) = (sides.types.get(before), sides.types.get(now));
    walk.name(from, to);
    let kept = |record: &'t NamedType, skip: &[String]| -> Vec<&'t Field> {
        let fields = record.fields().iter();
        fields
            .filter(|field| !skip.contains(&field.name.value))
            .collect()
    };
    let fields_before = kept(from, &sides.before.settings.envelope_fields);
    let fields_now = kept(to, &sides.now.settings.envelope_fields);
    walk.fields(&fields_before, &fields_now, from, to);
    walk.found
}

struct Walk<'t> {
    types: &'t Types,
    /// Pairs of named types that were met: types may be recursive.
    seen: HashSet<(NamedId, NamedId)>,
    path: Vec<&'t str>,
    shared: Option<&'t FullName>,
    found: Vec<Difference<'t>>,
}

impl<'t> Walk<'t> {
    fn found(&mut self, before: Span, now: Span, change: Change<'t>) {
        self.found.push(Difference {
            path: self.path.join("."),
            before,
            now,
            shared: self.shared,
            change,
        });
    }

    fn named(&mut self, before: NamedId, now: NamedId) {
        if !self.seen.insert((before, now)) {
            return;
        }
        let (from, to) = (self.types.get(before), self.types.get(now));
        let outer = self.shared;
        if to.home == Home::Shared {
            self.shared = Some(&to.name);
        }
        self.name(from, to);
        match (&from.kind, &to.kind) {
            (NamedKind::Record { fields: a }, NamedKind::Record { fields: b }) => {
                let (a, b): (Vec<_>, Vec<_>) = (a.iter().collect(), b.iter().collect());
                self.fields(&a, &b, from, to);
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
                self.symbols(a, b, from, to);
                let text = |symbol: &Option<Spanned<String>>| {
                    symbol.as_ref().map(|symbol| symbol.value.clone())
                };
                if text(c) != text(d) {
                    let (before, now) = (place(c, from), place(d, to));
                    self.found(before, now, Change::Default(text(c), text(d)));
                }
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
            ) => {
                if a != b {
                    self.found(from.name_span, to.name_span, Change::Resized(*a, *b));
                }
                if c != d {
                    self.found(from.name_span, to.name_span, Change::Relogical(*c, *d));
                }
            }
            _ => {}
        }
        self.shared = outer;
    }

    fn name(&mut self, from: &'t NamedType, to: &'t NamedType) {
        if from.name != to.name {
            let change = Change::Renamed(&from.name, &to.name);
            self.found(from.name_span, to.name_span, change);
        }
        if from.aliases != to.aliases {
            self.found(from.name_span, to.name_span, Change::Aliases);
        }
    }

    fn fields(
        &mut self,
        before: &[&'t Field],
        now: &[&'t Field],
        from: &NamedType,
        to: &NamedType,
    ) {
        let find = |fields: &[&'t Field], name: &str| {
            let mut all = fields.iter();
            all.find(|field| field.name.value == name).copied()
        };
        for &field in before {
            self.path.push(&field.name.value);
            match find(now, &field.name.value) {
                Some(kept) => self.field(field, kept),
                None => self.found(field.span, to.name_span, Change::FieldRemoved(field)),
            }
            self.path.pop();
        }
        for &field in now {
            if find(before, &field.name.value).is_none() {
                self.path.push(&field.name.value);
                self.found(from.name_span, field.span, Change::FieldAdded(field));
                self.path.pop();
            }
        }
        let order = |fields: &[&'t Field], others: &[&'t Field]| -> Vec<&'t Field> {
            let kept = fields.iter().copied();
            kept.filter(|field| find(others, &field.name.value).is_some())
                .collect()
        };
        let pairs = order(before, now).into_iter().zip(order(now, before));
        if let Some((before, now)) = pairs
            .into_iter()
            .find(|(before, now)| before.name.value != now.name.value)
        {
            self.path.push(&now.name.value);
            self.found(before.span, now.span, Change::FieldMoved(now));
            self.path.pop();
        }
    }

    fn field(&mut self, before: &'t Field, now: &'t Field) {
        self.ty(&before.ty, &now.ty);
        let text = |field: &Field| {
            field
                .default
                .as_ref()
                .map(|default| default.value.to_text())
        };
        let (from, to) = (text(before), text(now));
        if from != to {
            let place = |field: &Field| {
                let default = field.default.as_ref();
                default.map_or(field.span, |default| default.span)
            };
            self.found(place(before), place(now), Change::Default(from, to));
        }
        if before.aliases != now.aliases {
            self.found(before.span, now.span, Change::Aliases);
        }
    }

    fn symbols(
        &mut self,
        before: &'t [Spanned<String>],
        now: &'t [Spanned<String>],
        from: &NamedType,
        to: &NamedType,
    ) {
        let has = |symbols: &[Spanned<String>], wanted: &str| {
            symbols.iter().any(|symbol| symbol.value == wanted)
        };
        for symbol in before.iter().filter(|symbol| !has(now, &symbol.value)) {
            let change = Change::SymbolRemoved(&symbol.value);
            self.found(symbol.span, to.name_span, change);
        }
        for symbol in now.iter().filter(|symbol| !has(before, &symbol.value)) {
            let change = Change::SymbolAdded(&symbol.value);
            self.found(from.name_span, symbol.span, change);
        }
        let kept_before = before.iter().filter(|symbol| has(now, &symbol.value));
        let kept_now = now.iter().filter(|symbol| has(before, &symbol.value));
        if let Some((before, now)) = kept_before
            .zip(kept_now)
            .find(|(before, now)| before.value != now.value)
        {
            self.found(before.span, now.span, Change::SymbolMoved(&now.value));
        }
    }

    fn ty(&mut self, before: &'t Type, now: &'t Type) {
        match (&before.kind, &now.kind) {
            (TypeKind::Array(a), TypeKind::Array(b)) | (TypeKind::Map(a), TypeKind::Map(b)) => {
                self.ty(a, b);
            }
            (TypeKind::Union(a), TypeKind::Union(b))
                if a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_alike(a, b)) =>
            {
                for (a, b) in a.iter().zip(b) {
                    self.ty(a, b);
                }
            }
            (TypeKind::Named(a), TypeKind::Named(b)) if self.is_alike_named(*a, *b) => {
                self.named(*a, *b);
            }
            (TypeKind::Named(_), _) | (TypeKind::Union(_), _) => {
                self.found(before.span, now.span, Change::Retyped(before, now));
            }
            _ if !is_alike(before, now) => {
                self.found(before.span, now.span, Change::Retyped(before, now));
            }
            _ => {}
        }
        if is_alike(before, now) && before.logical != now.logical {
            let change = Change::Relogical(before.logical, now.logical);
            self.found(before.span, now.span, change);
        }
    }

    fn is_alike_named(&self, before: NamedId, now: NamedId) -> bool {
        let kind = |id| std::mem::discriminant(&self.types.get(id).kind);
        kind(before) == kind(now)
    }
}

/// Whether two types are of one kind, whatever they hold.
fn is_alike(a: &Type, b: &Type) -> bool {
    std::mem::discriminant(&a.kind) == std::mem::discriminant(&b.kind)
}

/// Where an enum's default stands, or the enum.
fn place(default: &Option<Spanned<String>>, named: &NamedType) -> Span {
    default
        .as_ref()
        .map_or(named.name_span, |default| default.span)
}

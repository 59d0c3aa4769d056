//! Whether a default is a value of its type, as Avro Java decides it; what Java takes but cannot use is a warning.

use super::describe;
use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{BAD_DEFAULT, UNUSABLE_DEFAULT};
use crate::load::DEPTH_LIMIT;
use crate::model::types::{Field, Json, NamedId, NamedKind, Type, TypeKind, Types};
use crate::source::{Span, Spanned};

/// Most defaults of fields that one default may stand on: one that needs itself has no end.
const STEPS: usize = 1000;

/// Why a value is not one of its type.
#[derive(Debug)]
pub(crate) struct Misfit {
    /// Where.
    pub(crate) span: Span,
    /// What is wrong there.
    pub(crate) why: String,
    /// Whether Avro Java takes it all the same, until it is used.
    pub(crate) is_accepted: bool,
}

/// Checks the defaults of all records from the given one on; takes out those that can never be used.
pub(super) fn check(types: &mut Types, first: usize, diagnostics: &mut Diagnostics) {
    let mut unusable = Vec::new();
    for (id, named) in types.iter_from(first) {
        let NamedKind::Record { fields } = &named.kind else {
            continue;
        };
        for (index, field) in fields.iter().enumerate() {
            if report(types, field, diagnostics) {
                unusable.push((id, index));
            }
        }
    }
    for (id, index) in unusable {
        if let NamedKind::Record { fields } = &mut types.get_mut(id).kind {
            fields[index].default = None;
        }
    }
}

/// The same for fields that stand in no record.
pub(super) fn check_fields(types: &Types, fields: &mut [Field], diagnostics: &mut Diagnostics) {
    for field in fields {
        if report(types, field, diagnostics) {
            field.default = None;
        }
    }
}

/// Whether the field has a default that can never be used.
fn report(types: &Types, field: &Field, diagnostics: &mut Diagnostics) -> bool {
    let Some(default) = &field.default else {
        return false;
    };
    let Err(misfit) = fits(types, &field.ty, default) else {
        return false;
    };
    let name = &field.name.value;
    if misfit.is_accepted {
        diagnostics
            .warning(
                &UNUSABLE_DEFAULT,
                format!("the default of `{name}` can never be used"),
            )
            .primary(misfit.span, misfit.why)
            .help("it counts as absent; correct or remove it");
    } else {
        let ty = describe_type(types, &field.ty);
        let diagnostic = diagnostics
            .error(&BAD_DEFAULT, format!("the default of `{name}` is not {ty}"))
            .primary(misfit.span, misfit.why);
        if matches!(default.value, Json::String(ref text) if text == "null") {
            diagnostic.help("write null without quotes");
        }
    }
    misfit.is_accepted
}

/// Whether a JSON value is one of a type, in the form that defaults have.
pub(crate) fn fits(types: &Types, ty: &Type, value: &Spanned<Json>) -> Result<(), Misfit> {
    Checker {
        types,
        steps: 0,
        depth: 0,
    }
    .fits(ty, value)
}

/// A type, for messages.
pub(crate) fn describe_type(types: &Types, ty: &Type) -> String {
    match &ty.kind {
        TypeKind::Null => "null".to_owned(),
        TypeKind::Boolean => "a boolean".to_owned(),
        TypeKind::Int => "an int".to_owned(),
        TypeKind::Long => "a long".to_owned(),
        TypeKind::Float => "a float".to_owned(),
        TypeKind::Double => "a double".to_owned(),
        TypeKind::Bytes => "bytes".to_owned(),
        TypeKind::String => "a string".to_owned(),
        TypeKind::Array(_) => "an array".to_owned(),
        TypeKind::Map(_) => "a map".to_owned(),
        TypeKind::Union(branches) => {
            let names: Vec<String> = branches
                .iter()
                .map(|branch| describe_type(types, branch))
                .collect();
            names.join(" or ")
        }
        TypeKind::Named(id) => format!("`{}`", types.get(*id).name),
    }
}

struct Checker<'a> {
    types: &'a Types,
    steps: usize,
    /// Levels of values, those of defaults that stand on each other together.
    depth: usize,
}

impl Checker<'_> {
    fn fits(&mut self, ty: &Type, value: &Spanned<Json>) -> Result<(), Misfit> {
        self.depth += 1;
        let fits = self.value_fits(ty, value);
        self.depth -= 1;
        fits
    }

    fn value_fits(&mut self, ty: &Type, value: &Spanned<Json>) -> Result<(), Misfit> {
        let misfit = |why: String| {
            Err(Misfit {
                span: value.span,
                why,
                is_accepted: false,
            })
        };
        let expected = |this: &Self| {
            let (ty, found) = (describe_type(this.types, ty), describe(&value.value));
            misfit(format!("expected {ty}, found {found}"))
        };
        match (&ty.kind, &value.value) {
            (TypeKind::Null, Json::Null)
            | (TypeKind::Boolean, Json::Bool(_))
            | (TypeKind::Float | TypeKind::Double, Json::Number(_))
            | (TypeKind::String, Json::String(_)) => Ok(()),
            (TypeKind::Float | TypeKind::Double, Json::String(text)) if is_not_finite(text) => {
                Ok(())
            }
            (TypeKind::Int, Json::Number(number)) => match number.parse::<i32>() {
                Ok(_) => Ok(()),
                Err(_) => misfit(format!("`{number}` is not a whole number of 32 bits")),
            },
            (TypeKind::Long, Json::Number(number)) => match number.parse::<i64>() {
                Ok(_) => Ok(()),
                Err(_) => misfit(format!("`{number}` is not a whole number of 64 bits")),
            },
            (TypeKind::Bytes, Json::String(text)) => bytes(text, value.span).map(|_| ()),
            (TypeKind::Array(items), Json::Array(values)) => {
                values.iter().try_for_each(|value| self.fits(items, value))
            }
            (TypeKind::Map(values), Json::Object(entries)) => entries
                .iter()
                .try_for_each(|(_, value)| self.fits(values, value)),
            (TypeKind::Union(branches), _) => self.fits_a_branch(branches, ty, value),
            (TypeKind::Named(id), _) => self.fits_named(*id, ty, value),
            _ => expected(self),
        }
    }

    /// Any branch will do (Avro 1.12); of several misfits the one in the only branch of its kind says most.
    fn fits_a_branch(
        &mut self,
        branches: &[Type],
        ty: &Type,
        value: &Spanned<Json>,
    ) -> Result<(), Misfit> {
        let mut inner = None;
        for branch in branches {
            match self.fits(branch, value) {
                Ok(()) => return Ok(()),
                Err(misfit) => {
                    if misfit.is_accepted || misfit.span != value.span {
                        inner.get_or_insert(misfit);
                    }
                }
            }
        }
        let (ty, found) = (describe_type(self.types, ty), describe(&value.value));
        let why = format!("expected {ty}, found {found}");
        Err(inner.unwrap_or(Misfit {
            span: value.span,
            why,
            is_accepted: false,
        }))
    }

    fn fits_named(&mut self, id: NamedId, ty: &Type, value: &Spanned<Json>) -> Result<(), Misfit> {
        let types = self.types;
        match (&types.get(id).kind, &value.value) {
            (NamedKind::Enum { symbols, .. }, Json::String(symbol)) => {
                if symbols.iter().any(|known| known.value == *symbol) {
                    return Ok(());
                }
                let why = format!("`{symbol}` is not a symbol of `{}`", types.get(id).name);
                Err(Misfit {
                    span: value.span,
                    why,
                    is_accepted: true,
                })
            }
            (NamedKind::Fixed { size, .. }, Json::String(text)) => {
                let found = bytes(text, value.span)?;
                if found == *size {
                    return Ok(());
                }
                let why = format!("{found} bytes, but `{}` has {size}", types.get(id).name);
                Err(Misfit {
                    span: value.span,
                    why,
                    is_accepted: true,
                })
            }
            (NamedKind::Record { fields }, Json::Object(entries)) => {
                self.fits_record(fields, entries, value.span)
            }
            (_, found) => {
                let (ty, found) = (describe_type(types, ty), describe(found));
                let why = format!("expected {ty}, found {found}");
                Err(Misfit {
                    span: value.span,
                    why,
                    is_accepted: false,
                })
            }
        }
    }

    fn fits_record(
        &mut self,
        fields: &[Field],
        entries: &super::Object,
        span: Span,
    ) -> Result<(), Misfit> {
        for field in fields {
            if let Some(value) = super::get(entries, &field.name.value) {
                self.fits(&field.ty, value)?;
                continue;
            }
            let Some(default) = &field.default else {
                let why = format!(
                    "field `{}` is missing, and has no default",
                    field.name.value
                );
                return Err(Misfit {
                    span,
                    why,
                    is_accepted: false,
                });
            };
            self.steps += 1;
            if self.steps > STEPS || self.depth > 2 * DEPTH_LIMIT {
                let why = "this default stands on itself".to_owned();
                return Err(Misfit {
                    span,
                    why,
                    is_accepted: false,
                });
            }
            if let Err(misfit) = self.fits(&field.ty, default) {
                let why = format!(
                    "the default of its field `{}` does not fit",
                    field.name.value
                );
                return Err(Misfit {
                    span,
                    why,
                    is_accepted: misfit.is_accepted,
                });
            }
        }
        Ok(())
    }
}

/// Numbers that JSON cannot say; Java takes them as strings.
fn is_not_finite(text: &str) -> bool {
    matches!(text, "NaN" | "Infinity" | "-Infinity")
}

/// Bytes of a default: one for each character up to U+00FF.
fn bytes(text: &str, span: Span) -> Result<usize, Misfit> {
    let mut count = 0;
    for c in text.chars() {
        if c > '\u{ff}' {
            let why = format!("{c:?} is not a byte: characters of bytes end at U+00FF");
            return Err(Misfit {
                span,
                why,
                is_accepted: true,
            });
        }
        count += 1;
    }
    Ok(count)
}

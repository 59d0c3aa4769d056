//! Rust expressions that declared mutators and conversions are made of: a field taken over, a literal.

use crate::model::types::{Json, NamedKind, Type, TypeKind};
use crate::resolution::Resolver;
use crate::resolve::docs::literal;
use crate::resolve::nodes::Nodes;
use crate::resolve::resolutions::Resolutions;
use crate::resolve::types::{Typing, logical_type, relative};

/// `access`, of type `from`, as a value of type `to`; the check has seen that it fits. Both stand in structs of different
/// modules, so types that look alike may be two Rust types: those are read from one into the other.
pub(crate) fn taken<'m>(
    typing: &Typing<'m>,
    nodes: &mut Nodes<'_, 'm>,
    resolutions: &mut Resolutions<'m>,
    access: &str,
    from: &Type,
    to: &Type,
) -> String {
    simply_taken(typing, access, from, to).unwrap_or_else(|| {
        let way = resolutions.value(typing, nodes, from, to);
        format!("::evgen_runtime::codec::recast(&{access}, &{way})")
    })
}

fn simply_taken(typing: &Typing<'_>, access: &str, from: &Type, to: &Type) -> Option<String> {
    if let Some(promotion) = promotion(from, to) {
        return Some(format!("{promotion}({access})"));
    }
    if Resolver::new(typing.types(), &[]).same(from, to) && is_one_type(typing, from, to) {
        return Some(if is_copy(typing, from) {
            access.to_owned()
        } else {
            format!("{access}.clone()")
        });
    }
    match (from.optional(), to.optional()) {
        (None, Some(to)) if !matches!(from.kind, TypeKind::Union(_) | TypeKind::Null) => {
            let value = simply_taken(typing, access, from, to)?;
            Some(format!("::std::option::Option::Some({value})"))
        }
        (Some(from), Some(to)) => {
            let promotion = promotion(from, to)?;
            Some(format!("{access}.map({promotion})"))
        }
        _ => None,
    }
}

fn promotion(from: &Type, to: &Type) -> Option<&'static str> {
    match (&from.kind, &to.kind) {
        _ if from.logical.is_some() || to.logical.is_some() => None,
        (TypeKind::Int, TypeKind::Long) => Some("i64::from"),
        (TypeKind::Int | TypeKind::Float, TypeKind::Double) => Some("f64::from"),
        _ => None,
    }
}

/// Whether two types that are the same in Avro are one type in Rust: unions of several types become an enum of the module
/// that they stand in, and so do types that a file defines for itself.
fn is_one_type(typing: &Typing<'_>, from: &Type, to: &Type) -> bool {
    match (&from.kind, &to.kind) {
        (TypeKind::Named(a), TypeKind::Named(b)) => {
            a == b || matches!(typing.types().get(*a).kind, NamedKind::Fixed { .. })
        }
        (TypeKind::Array(a), TypeKind::Array(b)) | (TypeKind::Map(a), TypeKind::Map(b)) => {
            is_one_type(typing, a, b)
        }
        (TypeKind::Union(_), TypeKind::Union(_)) => match (from.optional(), to.optional()) {
            (Some(a), Some(b)) => is_one_type(typing, a, b),
            _ => false,
        },
        _ => true,
    }
}

fn is_copy(typing: &Typing<'_>, ty: &Type) -> bool {
    if typing.is_mapped(ty) {
        return false;
    }
    if let Some(logical) = ty.logical
        && let Some(name) = logical_type(logical, typing.model.settings.raw_time)
    {
        return name != "::evgen_runtime::Decimal";
    }
    match &ty.kind {
        TypeKind::Bytes | TypeKind::String | TypeKind::Array(_) | TypeKind::Map(_) => false,
        TypeKind::Union(_) => ty.optional().is_some_and(|inner| is_copy(typing, inner)),
        TypeKind::Named(id) => match &typing.types().get(*id).kind {
            NamedKind::Enum { .. } => true,
            NamedKind::Fixed { logical, .. } => {
                !matches!(logical, Some(crate::model::types::Logical::Decimal { .. }))
            }
            NamedKind::Record { .. } => false,
        },
        _ => true,
    }
}

/// A literal in the form of Avro defaults, as an expression in `module`. What has no short form is read from its
/// text, which the check has read before.
pub(crate) fn constant<'m>(
    typing: &Typing<'m>,
    nodes: &mut Nodes<'_, 'm>,
    module: &[String],
    name: &[&str],
    value: &Json,
    ty: &Type,
) -> String {
    let simple = if ty.logical.is_some() || typing.is_mapped(ty) {
        None
    } else {
        simple(typing, module, value, ty)
    };
    simple.unwrap_or_else(|| {
        let node = match (&ty.kind, ty.logical) {
            (TypeKind::Named(id), None) => {
                let place = typing.get(*id);
                relative(module, &place.node_module, &place.node)
            }
            _ => {
                let node = nodes.other(name, ty);
                relative(module, nodes.module(), &node)
            }
        };
        format!(
            "::evgen_runtime::codec::constant(&{node}, {})",
            literal(&value.to_text())
        )
    })
}

/// A literal that has a short form in Rust.
pub(crate) fn simple(
    typing: &Typing<'_>,
    module: &[String],
    value: &Json,
    ty: &Type,
) -> Option<String> {
    Some(match (&ty.kind, value) {
        (TypeKind::Null, Json::Null) => "()".to_owned(),
        (TypeKind::Boolean, Json::Bool(value)) => value.to_string(),
        (TypeKind::Int | TypeKind::Long, Json::Number(text)) if is_integer(text) => text.clone(),
        (TypeKind::Float | TypeKind::Double, Json::Number(text)) if is_integer(text) => {
            format!("{text}.0")
        }
        (TypeKind::String, Json::String(text)) if text.is_empty() => {
            "::std::string::String::new()".to_owned()
        }
        (TypeKind::String, Json::String(text)) => {
            format!("::std::string::String::from({})", literal(text))
        }
        (TypeKind::Array(_), Json::Array(items)) if items.is_empty() => {
            "::std::vec::Vec::new()".to_owned()
        }
        (TypeKind::Map(_), Json::Object(entries)) if entries.is_empty() => {
            "::std::collections::BTreeMap::new()".to_owned()
        }
        (TypeKind::Union(_), value) => {
            let inner = ty.optional()?;
            if *value == Json::Null {
                "::std::option::Option::None".to_owned()
            } else if inner.logical.is_none() {
                format!(
                    "::std::option::Option::Some({})",
                    simple(typing, module, value, inner)?
                )
            } else {
                return None;
            }
        }
        (TypeKind::Named(id), Json::String(symbol)) => {
            let NamedKind::Enum { symbols, .. } = &typing.types().get(*id).kind else {
                return None;
            };
            let index = symbols.iter().position(|known| known.value == *symbol)?;
            let variants = typing.variant_names(*id, symbols);
            let place = typing.get(*id);
            format!(
                "{}::{}",
                relative(module, &place.module, &place.name),
                variants[index]
            )
        }
        _ => return None,
    })
}

fn is_integer(text: &str) -> bool {
    text.strip_prefix('-')
        .unwrap_or(text)
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        && text.len() < 18
}

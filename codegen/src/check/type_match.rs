//! Whether a value of one Avro type can be put where another stands.

use std::collections::HashSet;

use crate::model::types::{NamedId, NamedKind, Type, TypeKind, Types};

/// Whether a field of type `from` can be assigned to one of type `into`: the same type, a promotion that loses
/// nothing, or into an optional of such a type.
pub(super) fn is_assignable(from: &Type, into: &Type) -> bool {
    if is_same(from, into) || is_promoted(from, into) {
        return true;
    }
    match (from.optional(), into.optional()) {
        (Some(from), Some(into)) => is_same(from, into) || is_promoted(from, into),
        (None, Some(into)) => {
            matches!(from.kind, TypeKind::Null) || is_same(from, into) || is_promoted(from, into)
        }
        _ => false,
    }
}

fn is_promoted(from: &Type, into: &Type) -> bool {
    let plain = from.logical.is_none() && into.logical.is_none();
    let pair = (&from.kind, &into.kind);
    plain
        && matches!(
            pair,
            (TypeKind::Int, TypeKind::Long) | (TypeKind::Float, TypeKind::Double)
        )
}

fn is_same(a: &Type, b: &Type) -> bool {
    a.logical == b.logical
        && match (&a.kind, &b.kind) {
            (TypeKind::Array(a), TypeKind::Array(b)) | (TypeKind::Map(a), TypeKind::Map(b)) => {
                is_same(a, b)
            }
            (TypeKind::Union(a), TypeKind::Union(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
            }
            (TypeKind::Named(a), TypeKind::Named(b)) => a == b,
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        }
}

/// Whether a child's field can be read as its parent's: as assignable, where types that each file defines for
/// itself are the same if they look the same.
pub(super) fn is_readable_as(types: &Types, from: &Type, into: &Type) -> bool {
    let mut shapes = Shapes {
        types,
        assumed: HashSet::new(),
    };
    if shapes.fits(from, into) {
        return true;
    }
    let Some(into) = into.optional() else {
        return false;
    };
    matches!(from.kind, TypeKind::Null) || shapes.fits(from.optional().unwrap_or(from), into)
}

struct Shapes<'a> {
    types: &'a Types,
    /// Pairs that are being compared, for recursive types.
    assumed: HashSet<(NamedId, NamedId)>,
}

impl Shapes<'_> {
    fn fits(&mut self, a: &Type, b: &Type) -> bool {
        if is_promoted(a, b) {
            return true;
        }
        a.logical == b.logical
            && match (&a.kind, &b.kind) {
                (TypeKind::Array(a), TypeKind::Array(b)) | (TypeKind::Map(a), TypeKind::Map(b)) => {
                    self.fits(a, b)
                }
                (TypeKind::Union(a), TypeKind::Union(b)) => {
                    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.fits(a, b))
                }
                (TypeKind::Named(a), TypeKind::Named(b)) => self.named_fit(*a, *b),
                (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
            }
    }

    fn named_fit(&mut self, a: NamedId, b: NamedId) -> bool {
        if a == b || !self.assumed.insert((a, b)) {
            return true;
        }
        let (a, b) = (self.types.get(a), self.types.get(b));
        a.name.name == b.name.name
            && match (&a.kind, &b.kind) {
                (NamedKind::Record { fields: a }, NamedKind::Record { fields: b }) => {
                    a.len() == b.len()
                        && a.iter()
                            .zip(b)
                            .all(|(a, b)| a.name.value == b.name.value && self.fits(&a.ty, &b.ty))
                }
                (NamedKind::Enum { symbols: a, .. }, NamedKind::Enum { symbols: b, .. }) => {
                    a.iter().all(|a| b.iter().any(|b| a.value == b.value))
                }
                (
                    NamedKind::Fixed {
                        size: a,
                        logical: la,
                    },
                    NamedKind::Fixed {
                        size: b,
                        logical: lb,
                    },
                ) => a == b && la == lb,
                _ => false,
            }
    }
}

//! The rule that every type has a value.

use std::collections::HashSet;

use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::NEVER_ENDS;
use crate::model::Model;
use crate::model::endings::Endings;
use crate::model::types::{NamedId, Type, TypeKind};

pub(super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    records_have_an_end(model, diagnostics);
}

fn records_have_an_end(model: &Model, diagnostics: &mut Diagnostics) {
    let endings = Endings::new(&model.types);
    let mut reported = HashSet::new();
    for (id, named) in model.types.iter() {
        if endings.of(id).is_some() || reported.contains(&id) {
            continue;
        }
        // One report for all records of a circle: those reached on the way back.
        let mut at = id;
        while reported.insert(at) {
            let endless = model.types.get(at).fields().iter();
            let next = endless
                .filter(|field| endings.depth(&field.ty).is_none())
                .find_map(|field| named_in(&field.ty));
            let Some(next) = next else { break };
            at = next;
        }
        let field = named
            .fields()
            .iter()
            .find(|field| endings.depth(&field.ty).is_none());
        let diagnostic = diagnostics
            .warning(
                &NEVER_ENDS,
                format!("`{}` holds itself without end", named.name),
            )
            .primary(
                named.name_span,
                "no value of it can be made, read or written",
            );
        if let Some(field) = field {
            diagnostic.context(field.name.span, "leads back to a record around it");
        }
    }
}

/// The first named type that a type without an end holds itself.
fn named_in(ty: &Type) -> Option<NamedId> {
    match &ty.kind {
        TypeKind::Named(id) => Some(*id),
        TypeKind::Union(branches) => branches.iter().find_map(named_in),
        _ => None,
    }
}

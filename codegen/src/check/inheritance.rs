//! Rules about events of abstract aggregates: what a child stores can be read as its parent's.

use super::type_match::is_readable_as;
use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::INHERITED_FIELD;
use crate::model::Model;
use crate::model::aggregate::Aggregate;
use crate::model::event::Event;
use crate::model::types::NamedType;

pub(super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    for child in &model.aggregates {
        let Some(parent) = child.extends.map(|id| model.aggregate(id)) else {
            continue;
        };
        for event in child
            .events
            .iter()
            .filter(|event| event.inherited_from.is_some())
        {
            let inherited = parent
                .events
                .iter()
                .find(|e| e.name.value == event.name.value);
            let records = inherited.map(|e| (e.record(&model.types), event.record(&model.types)));
            if let Some((Some(parents), Some(childs))) = records {
                child_has_the_parents_fields(model, (child, event), parents, childs, diagnostics);
            }
        }
    }
}

fn child_has_the_parents_fields(
    model: &Model,
    (child, event): (&Aggregate, &Event),
    parents: &NamedType,
    childs: &NamedType,
    diagnostics: &mut Diagnostics,
) {
    let full_name = format!("{}.{}", child.name.value, event.name.value);
    for field in parents.fields() {
        let name = &field.name.value;
        if model.settings.envelope_fields.contains(name) {
            continue;
        }
        match childs.fields().iter().find(|own| own.name.value == *name) {
            Some(own) if is_readable_as(&model.types, &own.ty, &field.ty) => {}
            Some(own) => {
                diagnostics
                    .error(
                        &INHERITED_FIELD,
                        format!("`{name}` of `{full_name}` is not of the inherited type"),
                    )
                    .primary(own.ty.span, "cannot be read")
                    .context(field.ty.span, "as this type")
                    .help("give both the same type, or leave the field out of the parent's schema");
            }
            None if field.default.is_some() => {}
            None => {
                diagnostics
                    .error(
                        &INHERITED_FIELD,
                        format!("`{full_name}` has no field `{name}`"),
                    )
                    .primary(childs.name_span, "lacks the field")
                    .context(field.name.span, "inherited from here")
                    .help("add the field, or give it a default in the parent's schema");
            }
        }
    }
}

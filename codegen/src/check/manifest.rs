//! Rules that the manifest must keep, whatever the schemas say.

use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::NEVER_CREATED;
use crate::model::Model;
use crate::model::event::Effect;

pub(super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    aggregates_can_be_created(model, diagnostics);
}

fn aggregates_can_be_created(model: &Model, diagnostics: &mut Diagnostics) {
    for aggregate in &model.aggregates {
        let changes = |effect| aggregate.events.iter().any(|event| event.effect == effect);
        let has_mutators = changes(Effect::Changes) || changes(Effect::Discards);
        if has_mutators && !changes(Effect::Creates) && !aggregate.is_abstract {
            diagnostics
                .warning(
                    &NEVER_CREATED,
                    format!("no event creates `{}`", aggregate.name.value),
                )
                .primary(
                    aggregate.name.span,
                    "has events that change it, and none that creates it",
                );
        }
    }
}

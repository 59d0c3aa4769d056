//! Rules on how handlers and projections run.

use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::CONTRADICTION;
use crate::model::Model;
use crate::model::handler::{Delivery, ProjectionStore, RunOptions};
use crate::source::Spanned;

pub(crate) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    for handler in &model.handlers {
        if handler.delivery == Delivery::Inline {
            let why = "it runs inline, in the call that stores the event";
            nothing_is_said_of_running(&handler.name, &handler.run, why, diagnostics);
        }
    }
    for projection in &model.projections {
        if projection.delivery == Delivery::Transactional {
            let why = "it is part of every append";
            nothing_is_said_of_running(&projection.name, &projection.run, why, diagnostics);
            if projection.store == ProjectionStore::Own {
                diagnostics
                    .error(
                        &CONTRADICTION,
                        format!("`{}` cannot be transactional", projection.name.value),
                    )
                    .primary(
                        projection.name.span,
                        "its read model is not in the journal's database",
                    )
                    .help("add `store: sqlite` or `store: postgres`, or write `delivery: durable`");
            }
            continue;
        }
        let why = match projection.store {
            ProjectionStore::Own => continue,
            ProjectionStore::Sqlite => "SQLite has one writer",
            ProjectionStore::Postgres => "its events are folded in one transaction",
        };
        if let Some(workers) = &projection.run.workers {
            diagnostics
                .error(
                    &CONTRADICTION,
                    format!("`{}` cannot have workers", projection.name.value),
                )
                .primary(workers.span, why)
                .help("remove `workers`");
        }
    }
}

fn nothing_is_said_of_running(
    name: &Spanned<String>,
    run: &RunOptions,
    why: &str,
    diagnostics: &mut Diagnostics,
) {
    for (key, number) in [("workers", &run.workers), ("attempts", &run.attempts)] {
        if let Some(number) = number {
            diagnostics
                .error(
                    &CONTRADICTION,
                    format!("`{key}` of `{}` means nothing", name.value),
                )
                .primary(number.span, why)
                .help(format!("remove `{key}`, or write `delivery: durable`"));
        }
    }
}

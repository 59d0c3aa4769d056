//! Runs every rule over the model; returns `Checked`, or all that is wrong at once.
//! One rule is one function in the files below, named as the truth that it asserts.

mod endings;
pub(crate) mod evolution;
pub mod history;
mod inheritance;
mod manifest;
mod naming;
pub(crate) mod overrides;
mod reactions;
mod references;
mod type_match;

use std::ops::Deref;

use crate::diagnostic::Diagnostics;
use crate::model::Model;
use crate::report::Report;

/// A model that keeps every rule. Only [`check`] makes one.
#[derive(Debug)]
pub struct Checked {
    model: Model,
}

impl Checked {
    /// What is not wrong, but looks like a slip.
    #[must_use]
    pub fn warnings(&self) -> &Diagnostics {
        &self.model.diagnostics
    }

    /// The model itself.
    #[cfg(feature = "cli")]
    pub(crate) fn into_model(self) -> Model {
        self.model
    }

    /// The warnings, with the text that they point at.
    #[must_use]
    pub fn into_report(self) -> Report {
        Report {
            sources: self.model.sources,
            diagnostics: self.model.diagnostics,
        }
    }
}

impl Deref for Checked {
    type Target = Model;

    fn deref(&self) -> &Model {
        &self.model
    }
}

/// Checks a model.
///
/// # Errors
/// What it, and building the model, has found, warnings included.
pub fn check(mut model: Model) -> Result<Checked, Report> {
    let mut diagnostics = std::mem::take(&mut model.diagnostics);
    manifest::check(&model, &mut diagnostics);
    references::check(&model, &mut diagnostics);
    reactions::check(&model, &mut diagnostics);
    inheritance::check(&model, &mut diagnostics);
    naming::check(&model, &mut diagnostics);
    overrides::check(&model, &mut diagnostics);
    endings::check(&model, &mut diagnostics);
    history::check(&model, &mut diagnostics);
    // An event's history can be judged only where all that it refers to is right.
    if !diagnostics.has_errors() {
        evolution::check(&model, &mut diagnostics);
    }
    if diagnostics.has_errors() {
        return Err(Report {
            sources: model.sources,
            diagnostics,
        });
    }
    model.diagnostics = diagnostics;
    Ok(Checked { model })
}

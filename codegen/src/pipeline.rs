//! The orchestrator, and nothing else: load → model → check → resolve → render. Writing is the caller's.

use std::path::Path;

use crate::check::{self, Checked};
use crate::load::{self, LoadOptions, Sources};
use crate::model;
use crate::options::Options;
use crate::render::{self, GeneratedFile, RenderError};
use crate::report::Report;

/// What a generation gives: files to write, and warnings to show.
#[derive(Debug)]
pub struct Generated {
    /// The files, `mod.rs` first.
    pub files: Vec<GeneratedFile>,
    /// What was generated from; its `warnings` are worth showing.
    pub checked: Checked,
}

/// Why nothing was generated.
#[derive(Debug)]
pub enum GenerateError {
    /// Something in the schema directory or the manifest; the user can fix it.
    Input(Report),
    /// EV0900: a defect of evgen.
    Internal(RenderError),
}

/// Turns a schema directory and its manifest into the Rust files to write.
///
/// # Errors
/// Everything that is wrong with the input, all at once as far as one stage sees it.
pub fn generate(directory: &Path, options: &Options) -> Result<Generated, GenerateError> {
    let checked = check(directory, options).map_err(GenerateError::Input)?;
    let rendered = render::render_model(&checked, options).map_err(GenerateError::Internal)?;
    Ok(Generated {
        files: rendered.into_files(),
        checked,
    })
}

/// Reads and checks a schema directory and its manifest; generates nothing.
///
/// # Errors
/// As [`generate`].
pub fn check(directory: &Path, options: &Options) -> Result<Checked, Report> {
    check_loaded(load(directory, options)?, options)
}

/// The first stage.
pub(crate) fn load(directory: &Path, options: &Options) -> Result<Sources, Report> {
    let from = LoadOptions {
        manifest: options.manifest.clone(),
        lock: options.lock.clone(),
    };
    load::load(directory, &from)
}

/// The stages between loading and resolving.
pub(crate) fn check_loaded(sources: Sources, options: &Options) -> Result<Checked, Report> {
    let mut model = model::build::build(sources);
    model.depends_on_data = options.depends_on_data;
    check::check(model)
}

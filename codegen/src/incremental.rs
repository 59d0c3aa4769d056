//! Generates again what changed: the pipeline with a memory of the last generation beside its output. What a generation
//! gives is the same with and without that memory; where it leaves a doubt, everything is generated.
//!
//! The memory knows every input and output by a stamp. Where nothing changed, nothing is done. Where only files of event
//! versions did, the pipeline runs on a part of the manifest: the aggregates that these belong to, with their parents and
//! children. Other aggregates' code depends on none of them, and `mod.rs`, `types.rs` and the modules of types-only
//! directories on no event's schema; `part.rs` says what has to hold for that.

mod encoding;
mod inputs;
mod memory;
mod outputs;
mod part;
mod stamp;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use crate::diagnostic::Diagnostics;
use crate::options::Options;
use crate::pipeline::{self, GenerateError};
use crate::render;
use crate::report;
use crate::source::SourceMap;
use crate::write::{self, Mode, WriteError};
use inputs::Inputs;
use memory::Memory;

/// What a generation gave: files that are written, and warnings.
#[derive(Debug, PartialEq, Eq)]
pub struct Done {
    /// One line each.
    pub warnings: Vec<String>,
    /// How much of it was generated anew.
    pub work: Work,
}

/// How much of a generation was done anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Everything.
    All,
    /// Some aggregates.
    Part,
    /// Nothing: all was as it is.
    None,
}

/// Why a generation did not come to its end.
#[derive(Debug)]
pub enum Failure {
    /// Nothing was generated.
    Generate(GenerateError),
    /// A file could not be written.
    Write(WriteError),
}

impl From<GenerateError> for Failure {
    fn from(error: GenerateError) -> Self {
        Self::Generate(error)
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}

/// Generates the events of `directory` into the folder `out`. `memory` is the file that remembers the last generation; it may
/// be missing, and anything may be in it.
///
/// # Errors
/// As [`pipeline::generate`], and where files cannot be written. After an error the memory is of the last generation that had
/// none.
pub fn generate(
    directory: &Path,
    options: &Options,
    out: &Path,
    memory: Option<&Path>,
) -> Result<Done, Failure> {
    generate_at(directory, options, out, memory, stamp::now())
}

/// As [`generate`], with the time since 1970.
fn generate_at(
    directory: &Path,
    options: &Options,
    out: &Path,
    memory: Option<&Path>,
    now: Duration,
) -> Result<Done, Failure> {
    let Some(path) = memory else {
        return all(directory, options, out).map(|(done, _)| done);
    };
    let inputs = memory::identity(directory, options, out)
        .and_then(|identity| Some((identity, Inputs::find(directory, options, now)?)));
    let Some((identity, inputs)) = inputs else {
        return all(directory, options, out).map(|(done, _)| done);
    };
    if let Some(old) = Memory::read(path, &identity)
        && let Some(done) = again(directory, options, out, path, &inputs, old)?
    {
        return Ok(done);
    }
    let (done, facts) = all(directory, options, out)?;
    if let Some(memory) = facts.and_then(|facts| facts.remember(identity, &inputs, &done.warnings))
    {
        memory.write(path);
    }
    Ok(done)
}

/// Does what is to do since the generation that is remembered; `None` where that is everything, or not clear.
fn again(
    directory: &Path,
    options: &Options,
    out: &Path,
    path: &Path,
    inputs: &Inputs,
    mut memory: Memory,
) -> Result<Option<Done>, Failure> {
    let Some(changes) = inputs.changes(&mut memory) else {
        return Ok(None);
    };
    let done = |work| {
        move |memory: &Memory| {
            Some(Done {
                warnings: memory.warnings.clone(),
                work,
            })
        }
    };
    if changes.is_empty() {
        if !memory.outputs.are_intact(out, |_| true) {
            return Ok(None);
        }
        if changes.is_restamped || memory.outputs.is_restamped {
            memory.write(path);
        }
        return Ok(done(Work::None)(&memory));
    }
    let Some(part) = part::generate(directory, options, inputs, &memory, &changes) else {
        return Ok(None);
    };
    let is_kept = |name: &str| part.files.iter().all(|file| file.path != name);
    if !memory.outputs.are_intact(out, is_kept) {
        return Ok(None);
    }
    for file in &part.files {
        write::write_file(out, file)?;
    }
    memory.outputs.restamp(out, &part.files);
    memory.take(inputs, changes, &part.roles);
    memory.write(path);
    Ok(done(Work::Part)(&memory))
}

/// Generates everything; says what there is to remember of it.
fn all(
    directory: &Path,
    options: &Options,
    out: &Path,
) -> Result<(Done, Option<memory::Facts>), Failure> {
    let sources = pipeline::load(directory, options).map_err(GenerateError::Input)?;
    let slices = sources.manifest.slices.clone();
    let checked = pipeline::check_loaded(sources, options).map_err(GenerateError::Input)?;
    let rendered = render::render_model(&checked, options).map_err(GenerateError::Internal)?;
    let facts = memory::Facts::of(&checked, slices, &rendered);
    let files = rendered.into_files();
    let warnings = lines(&checked.sources, checked.warnings());
    drop(checked);
    write::write(out, &files, Mode::Write)?;
    let done = Done {
        warnings,
        work: Work::All,
    };
    Ok((done, facts.map(|facts| facts.with_outputs(out, &files))))
}

/// A line for each diagnostic, as Cargo shows it.
fn lines(sources: &SourceMap, diagnostics: &Diagnostics) -> Vec<String> {
    let line = |diagnostic| report::one_line(sources, diagnostic);
    diagnostics.iter().map(line).collect()
}

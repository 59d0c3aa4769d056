//! `evgen sync`: adds the stubs that the user's impls lack. What they wrote is never changed.

use std::fs;
use std::path::Path;

use walkdir::WalkDir;

use super::args::{self, Global};
use super::console::Console;
use super::init;
use super::project::Project;
use super::rust_file::RustFile;
use super::stop::Stop;
use super::stubs;
use super::sync_plan::{Plan, Planner};
use crate::resolve;
use crate::write::MARK;

pub(crate) fn run(
    args: &args::Sync,
    global: &Global,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let project = Project::find(global, console)?;
    let plan = plan(&project, &args.src, console)?;
    if args.check {
        for line in &plan.missing {
            console.print(&format!("missing: {line}\n"))?;
        }
    } else {
        plan.write(console)?;
    }
    for note in &plan.notes {
        console.progress(&format!("help: {note}"));
    }
    if plan.is_incomplete || (args.check && !plan.missing.is_empty()) {
        return Err(Stop::Findings);
    }
    if plan.missing.is_empty() && plan.notes.is_empty() {
        console.progress("no stub is missing");
    }
    Ok(())
}

impl Plan {
    pub(crate) fn write(&self, console: &mut Console<'_>) -> Result<(), Stop> {
        for (path, text) in &self.files {
            init::write(path, text)?;
        }
        for line in &self.missing {
            console.progress(&format!("{:>9}  {line}", "added"));
        }
        Ok(())
    }
}

/// Compares what the generated code asks for with what is there.
pub(crate) fn plan(project: &Project, src: &Path, console: &mut Console<'_>) -> Result<Plan, Stop> {
    let checked = project.check(console)?;
    let wanted = stubs::wanted(&resolve::resolve(&checked, &project.options));
    let src = console.path(src);
    if !src.is_dir() {
        return Err(Stop::usage(
            format!("there is no directory `{}`", src.display()),
            "run it in your package, or name the directory of your Rust files with `--src`",
        ));
    }
    let mut plan = Plan::default();
    let files = read_files(&src, &mut plan)?;
    let mut planner = Planner::new(src, console.path(Path::new("")), files, plan);
    for wanted in &wanted {
        planner.serve(wanted);
    }
    planner.finish()
}

/// The user's files, in the order of their paths; generated ones are left out.
fn read_files(src: &Path, plan: &mut Plan) -> Result<Vec<RustFile>, Stop> {
    let mut files = Vec::new();
    for entry in WalkDir::new(src).sort_by_file_name() {
        let entry = entry.map_err(|error| Stop::Io {
            path: error.path().unwrap_or(src).to_owned(),
            source: error.into(),
        })?;
        let path = entry.path();
        if !entry.file_type().is_file()
            || path.extension().is_none_or(|extension| extension != "rs")
        {
            continue;
        }
        let bytes = fs::read(path).map_err(Stop::io(path))?;
        let parsed = match String::from_utf8(bytes) {
            Ok(text) if text.starts_with(MARK) => continue,
            Ok(text) => RustFile::parse(path, text),
            Err(_) => Err((1, "not UTF-8".to_owned())),
        };
        match parsed {
            Ok(file) => files.push(file),
            Err((line, problem)) => {
                plan.notes.push(format!(
                    "{}:{line} is not Rust, it was left alone: {problem}",
                    path.display()
                ));
                plan.is_incomplete = true;
            }
        }
    }
    Ok(files)
}

//! `evgen bump` of a released version that was edited: the edit moves to the next version, and git knows what was released.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::console::Console;
use super::init;
use super::project::Project;
use super::stop::Stop;
use crate::check::history;
use crate::load::{self, LoadOptions};
use crate::model::{self, Model};

/// Most commits that are looked at.
const COMMITS: usize = 50;

/// What the latest version of an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Released, and as it was; or there is no lock.
    Fine,
    /// Not released, though others are.
    Draft,
    /// Released, and edited since.
    Edited,
}

/// The state of an event's latest version.
pub(crate) fn state(
    project: &Project,
    event: (&str, &str),
    console: &mut Console<'_>,
) -> Result<State, Stop> {
    let options = LoadOptions {
        manifest: project.options.manifest.clone(),
        lock: project.options.lock.clone(),
    };
    let sources =
        load::load(&project.directory, &options).map_err(|report| console.report(&report))?;
    Ok(state_in(&model::build::build(sources), event))
}

fn state_in(model: &Model, (aggregate, event): (&str, &str)) -> State {
    let Some(lock) = &model.lock else {
        return State::Fine;
    };
    let latest = history::versions(model)
        .filter(|(of, is, _)| of.name.value == aggregate && is.name.value == event)
        .last();
    match latest {
        Some((of, is, version)) if history::was_edited(model, of, is, version) => State::Edited,
        Some((_, _, version))
            if !history::is_released(Some(lock), aggregate, event, version.version) =>
        {
            State::Draft
        }
        _ => State::Fine,
    }
}

/// Takes a file back to what was released, if git has it; else says what to do. The next version, which holds the edit, is
/// there already.
pub(crate) fn take_back(
    project: &Project,
    event: (&str, &str),
    path: &Path,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let edited = fs::read_to_string(path).map_err(Stop::io(path))?;
    for commit in commits(path) {
        let Some(text) = git(path, &["show", &format!("{commit}:./{}", name(path))]) else {
            continue;
        };
        if text == edited {
            continue;
        }
        init::write(path, &text)?;
        if is_as_released(project, event) {
            console.file("restored", path);
            return Ok(());
        }
    }
    init::write(path, &edited)?;
    console.progress(&format!(
        "help: your edit is in the new version; take `{}` back to what was released",
        path.display()
    ));
    Ok(())
}

/// Whether no version of the event is edited any more.
fn is_as_released(project: &Project, (aggregate, event): (&str, &str)) -> bool {
    let options = LoadOptions {
        manifest: project.options.manifest.clone(),
        lock: project.options.lock.clone(),
    };
    load::load(&project.directory, &options).is_ok_and(|sources| {
        let model = model::build::build(sources);
        history::versions(&model)
            .filter(|(of, is, _)| of.name.value == aggregate && is.name.value == event)
            .all(|(of, is, version)| !history::was_edited(&model, of, is, version))
    })
}

/// Commits that changed the file, the latest first.
fn commits(path: &Path) -> Vec<String> {
    let count = format!("-{COMMITS}");
    let log = git(path, &["log", &count, "--format=%H", "--", &name(path)]);
    log.unwrap_or_default().lines().map(str::to_owned).collect()
}

fn name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// What git answers in the file's folder; `None` where there is no git, no repository, or no answer.
fn git(path: &Path, args: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .current_dir(path.parent()?)
        .args(args)
        .output()
        .ok()?;
    let text = output.status.success().then_some(output.stdout)?;
    String::from_utf8(text).ok()
}

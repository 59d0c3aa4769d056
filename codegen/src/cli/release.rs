//! `evgen release`: pins drafts in the lock. Samples are written by `release_samples`.

use std::collections::{BTreeMap, BTreeSet};

use super::args::{self, Global};
use super::bump;
use super::console::Console;
use super::init;
use super::new_event::split;
use super::project::Project;
use super::release_samples;
use super::released;
use super::stop::Stop;
use crate::check::{Checked, history};
use crate::lock::{self, Key, LOCK, Pin, pin_type};
use crate::options::LockFile;

/// Lets git take the lines of both branches.
pub(crate) const ATTRIBUTES: &str = "evgen.lock merge=union text eol=lf\n";

pub(crate) fn run(
    args: &args::Release,
    global: &Global,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let project = Project::find(global, console)?;
    let checked = project.check(console)?;
    let misfits = released::samples(&checked);
    if misfits.has_errors() {
        console.findings(&checked.sources, &misfits)?;
        return Err(Stop::Findings);
    }
    let mut wanted = BTreeSet::new();
    for name in &args.events {
        let (aggregate, event) = split(name)?;
        bump::find(&checked, aggregate, event)?;
        wanted.insert((aggregate, event));
    }
    let drafts: Vec<_> = history::drafts(&checked)
        .filter(|(aggregate, event, _)| {
            let name = (aggregate.name.value.as_str(), event.name.value.as_str());
            wanted.is_empty() || wanted.contains(&name)
        })
        .map(|(aggregate, event, version)| {
            Key::version(&aggregate.name.value, &event.name.value, version.version)
        })
        .collect();
    let pins = pins(&checked, &drafts);
    let text = text(&pins);
    let types: Vec<String> = pins
        .keys()
        .filter(|key| matches!(key, Key::Type(_)) && !is_pinned(&checked, key))
        .map(ToString::to_string)
        .collect();
    let what = if args.dry_run {
        "would pin"
    } else {
        "released"
    };
    for line in summary(&drafts).into_iter().chain(types) {
        console.print(&format!("{what:>9}  {line}\n"))?;
    }
    if !args.dry_run && !drafts.is_empty() {
        init::write(&project.lock, &text)?;
        console.file("written", &project.lock);
        attributes(&project, console)?;
    }
    let is_released = |key: &Key| pins.contains_key(key);
    let samples = release_samples::write(&project, &checked, &is_released, args.dry_run, console)?;
    if drafts.is_empty() && samples.made == 0 && samples.renewed == 0 {
        console.progress(&format!("nothing to release: every version is in {LOCK}"));
    } else if samples.made > 0 && !args.dry_run {
        console.progress(
            "help: samples hold made-up values; edit the JSON ones to look like your data, `cargo test` reads them all",
        );
    }
    Ok(())
}

fn is_pinned(checked: &Checked, key: &Key) -> bool {
    checked.lock.as_ref().is_some_and(|lock| lock.pins(key))
}

/// What the lock holds then: what it has, the drafts, and the shared types that either names.
fn pins(checked: &Checked, drafts: &[Key]) -> BTreeMap<Key, Pin> {
    let mut pins = BTreeMap::new();
    let mut shared = Vec::new();
    for (aggregate, event, version) in history::versions(checked) {
        let pin = history::pin(checked, aggregate, event, version);
        if is_pinned(checked, &pin.key) || drafts.contains(&pin.key) {
            shared.extend(pin.shared.iter().copied());
            pins.insert(pin.key.clone(), pin);
        }
    }
    while let Some(id) = shared.pop() {
        let pin = pin_type(&checked.types, id);
        if !pins.contains_key(&pin.key) {
            shared.extend(pin.shared.iter().copied());
            pins.insert(pin.key.clone(), pin);
        }
    }
    pins
}

fn text(pins: &BTreeMap<Key, Pin>) -> String {
    let hashes: Vec<String> = pins.values().map(Pin::hash).collect();
    let entries = pins.iter().zip(&hashes);
    lock::text(entries.map(|((key, pin), hash)| (key, hash.as_str(), pin.texts().collect())))
}

/// One line per event: `Todo.Created v1, v2`.
fn summary(drafts: &[Key]) -> Vec<String> {
    let mut lines: Vec<(String, String)> = Vec::new();
    for key in drafts {
        let Key::Version {
            aggregate,
            event,
            version,
        } = key
        else {
            continue;
        };
        let name = format!("{aggregate}.{event}");
        match lines.last_mut() {
            Some((last, versions)) if *last == name => versions.push_str(&format!(", v{version}")),
            _ => lines.push((name, format!("v{version}"))),
        }
    }
    lines
        .into_iter()
        .map(|(name, versions)| format!("{name} {versions}"))
        .collect()
}

/// Writes `.gitattributes` beside the lock, unless the user has one there that names it.
fn attributes(project: &Project, console: &mut Console<'_>) -> Result<(), Stop> {
    if project.options.lock != LockFile::InDirectory {
        return Ok(());
    }
    let path = project.directory.join(".gitattributes");
    let old = std::fs::read_to_string(&path).unwrap_or_default();
    if old.contains(LOCK) {
        return Ok(());
    }
    let newline = if old.is_empty() || old.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    init::write(&path, &format!("{old}{newline}{ATTRIBUTES}"))?;
    console.file("written", &path);
    Ok(())
}

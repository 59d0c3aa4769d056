//! The pipeline on a part of the manifest: the aggregates whose schemas changed, with those that they extend or that extend
//! them, and the shared types.
//!
//! Their files come out as from a whole generation, since an aggregate's code follows from the settings, its own entry and
//! those of its group, their schemas, the shared types and the lock's lines about them. What else a whole generation looks at
//! across groups:
//!
//! - Names of aggregates and their modules, event types, names of files, handlers and projections: all in the manifest, or in
//!   the set of files, and these did not change. That a module has the same name is looked at once more.
//! - `names` and `type_mappings`, which may name a type of any schema; samples, which stand in one module; warnings. Groups that
//!   have to do with these are not apart (`memory.rs`).
//!
//! Whatever a part complains about, a whole generation is to say.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::inputs::{Change, Inputs};
use super::memory::{KnownAggregate, Memory, Role};
use super::stamp::hash;
use crate::diagnostic::codes::NEVER_CREATED;
use crate::load::{self, file_set::FileSet};
use crate::options::Options;
use crate::pipeline;
use crate::render::{self, GeneratedFile};

/// The files of the aggregates whose schemas changed; `None` where they are not apart from the rest, or are most of it.
pub(super) fn generate(
    directory: &Path,
    options: &Options,
    inputs: &Inputs,
    memory: &Memory,
    changes: &[Change],
) -> Option<Vec<GeneratedFile>> {
    let mut groups = HashSet::new();
    for change in changes {
        match memory.files.get(change.place)?.role {
            Role::Event(group) => groups.insert(group),
            Role::Shared | Role::Other => return None,
        };
    }
    let is_wanted = |aggregate: &KnownAggregate| groups.contains(&aggregate.group);
    let wanted: HashMap<&str, &KnownAggregate> = memory
        .aggregates
        .iter()
        .filter(|aggregate| is_wanted(aggregate))
        .map(|aggregate| (aggregate.name.as_str(), aggregate))
        .collect();
    let is_most = wanted.len() > 1 && wanted.len() > memory.aggregates.len() / 2;
    if is_most || !wanted.values().all(|aggregate| aggregate.is_apart) {
        return None;
    }

    let set = FileSet {
        shown: directory.display().to_string(),
        manifest_shown: inputs.manifest.path.display().to_string(),
        manifest: manifest(inputs, memory, is_wanted)?,
        lock: lock(inputs, memory, |name| wanted.contains_key(name))?,
        files: files(inputs, memory, changes, &groups)?,
    };
    let sources = load::load_part(set, |name| wanted.contains_key(name)).ok()?;
    let checked = pipeline::check_loaded(sources, options).ok()?;
    // The one warning that follows from the manifest alone is among those that are remembered.
    let mut warnings = checked.warnings().iter();
    if !warnings.all(|warning| warning.code.id == NEVER_CREATED.id) {
        return None;
    }
    let rendered = render::render_model(&checked, options).ok()?;
    let mut generated = Vec::new();
    for (aggregate, file) in checked.aggregates.iter().zip(rendered.aggregates) {
        let known = wanted.get(aggregate.name.value.as_str())?;
        if known.file.as_deref() != file.as_ref().map(|file| file.path.as_str()) {
            return None;
        }
        generated.extend(file);
    }
    (checked.aggregates.len() == wanted.len()).then_some(generated)
}

/// The manifest, without the entries of aggregates that are not wanted where these can be cut out.
fn manifest(
    inputs: &Inputs,
    memory: &Memory,
    is_wanted: impl Fn(&KnownAggregate) -> bool,
) -> Option<Vec<u8>> {
    let bytes = inputs.manifest.read()?;
    if hash(&bytes) != memory.manifest.hash {
        return None;
    }
    let Some(slices) = &memory.slices else {
        return Some(bytes);
    };
    let reduced = slices.reduce(std::str::from_utf8(&bytes).ok()?, |place| {
        memory.aggregates.get(place).is_some_and(&is_wanted)
    });
    reduced.map(String::into_bytes)
}

/// The lock's lines about wanted aggregates and about shared types; `Some(None)` where there is no lock.
#[expect(clippy::option_option, reason = "changed meanwhile; not there; there")]
fn lock(
    inputs: &Inputs,
    memory: &Memory,
    is_wanted: impl Fn(&str) -> bool,
) -> Option<Option<Vec<u8>>> {
    let (Some(input), Some(Some(stamp))) = (&inputs.lock, &memory.lock) else {
        return Some(None);
    };
    let bytes = input.read()?;
    if hash(&bytes) != stamp.hash {
        return None;
    }
    let text = std::str::from_utf8(&bytes).ok()?;
    let mut reduced = String::new();
    for line in text.split_inclusive('\n') {
        let about = line.split(' ').next().and_then(|name| name.split_once('.'));
        if about.is_none_or(|(aggregate, _)| is_wanted(aggregate)) || line.starts_with('#') {
            reduced.push_str(line);
        }
    }
    Some(Some(reduced.into_bytes()))
}

/// Schemas of the groups, and the shared types.
fn files(
    inputs: &Inputs,
    memory: &Memory,
    changes: &[Change],
    groups: &HashSet<usize>,
) -> Option<Vec<(String, Vec<u8>)>> {
    let changed: HashMap<usize, &Change> = changes
        .iter()
        .map(|change| (change.place, change))
        .collect();
    let mut files = Vec::new();
    for (place, (input, known)) in inputs.files.iter().zip(&memory.files).enumerate() {
        let is_wanted = match known.role {
            Role::Event(group) => groups.contains(&group),
            Role::Shared => true,
            Role::Other => false,
        };
        if !is_wanted {
            continue;
        }
        let content = if let Some(change) = changed.get(&place) {
            change.content.clone()
        } else {
            let content = input.read()?;
            if known.stamp.is_none_or(|stamp| stamp.hash != hash(&content)) {
                return None;
            }
            content
        };
        files.push((input.relative.clone(), content));
    }
    Some(files)
}

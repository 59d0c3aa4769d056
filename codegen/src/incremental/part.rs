//! The pipeline on a part of the manifest: the aggregates whose schemas changed, with those that they extend or that extend
//! them, and the shared types.
//!
//! Their files come out as from a whole generation, since an aggregate's code follows from the settings, its own entry and
//! those of its group, their schemas, the shared types and the lock's lines about them. What else a whole generation looks at
//! across groups:
//!
//! - Names of aggregates and their modules, event types, handlers and projections: all in the manifest, which did not change.
//!   That a module has the same name is looked at once more.
//! - Names of files. Those in the directories of the group are all of the group; one more or less concerns no other.
//! - `names` and `type_mappings`, each of which must mean something in some schema: it does, if those mean the same in the group's.
//! - Samples, which stand in one module, and warnings. Groups that have to do with these are not apart (`memory.rs`).
//!
//! Whatever a part complains about, a whole generation is to say.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::inputs::{Change, Changes, Inputs};
use super::memory::{KnownAggregate, KnownName, Memory, Role};
use super::stamp::hash;
use crate::check::overrides;
use crate::diagnostic::codes::NEVER_CREATED;
use crate::load::{self, file_set::FileSet};
use crate::model::types::{Home, Logical};
use crate::model::{Model, Settings};
use crate::options::Options;
use crate::pipeline;
use crate::render::{self, GeneratedFile};

/// What was generated of a part.
#[derive(Debug)]
pub(super) struct Part {
    /// The files of its aggregates.
    pub(super) files: Vec<GeneratedFile>,
    /// The groups that new schema files are of, by their place among the inputs.
    pub(super) roles: HashMap<usize, usize>,
}

/// Generates the aggregates whose schemas changed; `None` where they are not apart from the rest, or are most of it.
pub(super) fn generate(
    directory: &Path,
    options: &Options,
    inputs: &Inputs,
    memory: &Memory,
    changes: &Changes,
) -> Option<Part> {
    let groups = groups(inputs, memory, changes)?;
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
    let names: HashSet<&str> = memory
        .meant
        .iter()
        .filter(|known| known.group.is_none_or(|group| groups.contains(&group)))
        .map(|known| known.name.as_str())
        .collect();
    let mut settings = None;
    let sources = load::load_part(set, |manifest| {
        let is_kept = |name: &str| names.contains(name) || Logical::NAMES.contains(&name);
        let model = &mut manifest.settings.model;
        settings = Some(model.clone());
        model.names.retain(|(name, _)| is_kept(&name.value));
        model.type_mappings.retain(|(name, _)| is_kept(&name.value));
        let aggregates = &mut manifest.aggregates;
        aggregates.retain(|aggregate| wanted.contains_key(aggregate.name.value.as_str()));
        // They may name aggregates that are left out, and say nothing of those that are not.
        manifest.handlers.clear();
        manifest.projections.clear();
        manifest.types_only.clear();
    });
    let checked = pipeline::check_loaded(sources.ok()?, options).ok()?;
    if !names_mean_the_same(&checked, &settings?, memory, &groups) {
        return None;
    }
    // The one warning that follows from the manifest alone is among those that are remembered.
    let mut warnings = checked.warnings().iter();
    if !warnings.all(|warning| warning.code.id == NEVER_CREATED.id) {
        return None;
    }
    let rendered = render::render_model(&checked, options).ok()?;
    let mut part = Part {
        files: Vec::new(),
        roles: HashMap::new(),
    };
    let mut used = HashMap::new();
    for (aggregate, file) in checked.aggregates.iter().zip(rendered.aggregates) {
        let known = wanted.get(aggregate.name.value.as_str())?;
        if known.file.as_deref() != file.as_ref().map(|file| file.path.as_str()) {
            return None;
        }
        part.files.extend(file);
        for version in aggregate.events.iter().flat_map(|event| &event.versions) {
            let relative = checked.sources.file(version.source).relative.as_str();
            used.insert(relative, known.group);
        }
    }
    for change in &changes.files {
        if changes.known[change.place].is_none() {
            let relative = inputs.files[change.place].relative.as_str();
            part.roles.insert(change.place, *used.get(relative)?);
        }
    }
    (checked.aggregates.len() == wanted.len()).then_some(part)
}

/// Whether the manifest's names mean in schemas of the groups what they meant: then they do so in all.
fn names_mean_the_same(
    model: &Model,
    settings: &Settings,
    memory: &Memory,
    groups: &HashSet<usize>,
) -> bool {
    let of_groups = |known: &&KnownName| known.group.is_some_and(|group| groups.contains(&group));
    let before: HashSet<_> = memory
        .meant
        .iter()
        .filter(of_groups)
        .map(|known| (known.meant, known.name.as_str()))
        .collect();
    let types = model.types.iter().map(|(_, named)| named);
    let own = types.filter(|named| named.home == Home::EventFile);
    let now: HashSet<_> = own
        .flat_map(|named| overrides::meant(settings, named))
        .collect();
    before == now
}

/// The groups that changes concern. A new file concerns all that have schemas in its directory.
fn groups(inputs: &Inputs, memory: &Memory, changes: &Changes) -> Option<HashSet<usize>> {
    let mut groups = HashSet::new();
    let mut of = |known: usize| match memory.files[known].role {
        Role::Event(group) => Some(groups.insert(group)),
        Role::Shared | Role::Other => None,
    };
    for &known in &changes.gone {
        of(known)?;
    }
    for change in &changes.files {
        if let Some(known) = changes.known[change.place] {
            of(known)?;
            continue;
        }
        let folder = folder(&inputs.files[change.place].relative);
        let beside = memory.files.iter().zip(0..);
        let mut beside = beside.filter(|(known, _)| self::folder(&known.relative) == folder);
        // There is one at least, and no other kind.
        of(beside.next()?.1)?;
        for (_, known) in beside {
            of(known)?;
        }
    }
    Some(groups)
}

fn folder(relative: &str) -> &str {
    relative.rsplit_once('/').map_or("", |(folder, _)| folder)
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

/// Schemas of the groups, and the shared types; `None` where files came or went beside some that no generation reads, since
/// now it might.
fn files(
    inputs: &Inputs,
    memory: &Memory,
    changes: &Changes,
    groups: &HashSet<usize>,
) -> Option<Vec<(String, Vec<u8>)>> {
    let changed: HashMap<usize, &Change> = changes
        .files
        .iter()
        .map(|change| (change.place, change))
        .collect();
    let is_same_set = changes.gone.is_empty() && !changes.known.contains(&None);
    let is_wanted = |role| matches!(role, Role::Event(group) if groups.contains(&group));
    let mut folders = HashSet::new();
    if !is_same_set {
        let known = memory.files.iter().filter(|known| is_wanted(known.role));
        folders.extend(known.map(|known| folder(&known.relative)));
    }
    let mut files = Vec::new();
    for (place, input) in inputs.files.iter().enumerate() {
        let known = changes.known[place].map(|known| &memory.files[known]);
        if let Some(known) = known {
            match known.role {
                Role::Shared => {}
                role if is_wanted(role) => {}
                _ if folders.contains(folder(&input.relative)) => return None,
                _ => continue,
            }
        }
        let content = match (changed.get(&place), known) {
            (Some(change), _) => change.content.clone(),
            (None, known) => {
                let content = input.read()?;
                known?.stamp.filter(|stamp| stamp.hash == hash(&content))?;
                content
            }
        };
        files.push((input.relative.clone(), content));
    }
    Some(files)
}

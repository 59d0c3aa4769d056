//! What there is to remember of a generation: found in its model and its files while these are there, put together with what
//! the system said of the inputs. What the memory is kept as is for `memory.rs`.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::inputs::Inputs;
use super::memory::{Known, KnownAggregate, KnownName, Memory, Role};
use super::outputs::Outputs;
use super::stamp::{Stamp, Stat, hash};
use crate::check::Checked;
use crate::check::overrides;
use crate::load::manifest::Slices;
use crate::model::Model;
use crate::model::types::Home;
use crate::options::Options;
use crate::render::{GeneratedFile, Rendered};
use crate::sample::avro_path;
use crate::source::SourceId;

/// What there is to remember of a generation while its model is there.
#[derive(Debug)]
pub(super) struct Facts {
    /// By path below the schema directory: what it is for, and its content's hash, with which its stamp is made.
    files: HashMap<String, (Role, u64)>,
    manifest: u64,
    lock: Option<u64>,
    beside: HashMap<String, u64>,
    aggregates: Vec<KnownAggregate>,
    slices: Option<Slices>,
    meant: Vec<KnownName>,
    outputs: Outputs,
}

/// Who generates what: another program may make something else of the same inputs. `None`: the program does not know itself.
pub(super) fn identity(directory: &Path, options: &Options, out: &Path) -> Option<String> {
    let program = std::env::current_exe().ok()?.metadata().ok()?;
    let edited = program.modified().ok()?;
    let version = env!("CARGO_PKG_VERSION");
    let size = program.len();
    Some(format!(
        "{version} {size} {edited:?} {directory:?} {out:?} {options:?}"
    ))
}

impl Facts {
    /// Of a generation's model and files; `None` where there is too much to say.
    pub(super) fn of(
        checked: &Checked,
        slices: Option<Slices>,
        rendered: &Rendered,
    ) -> Option<Self> {
        if checked.warnings().beyond() != (0, 0) {
            return None;
        }
        let mut groups = HashMap::new();
        let mut beside = HashMap::new();
        let mut samples = HashSet::new();
        for (place, aggregate) in checked.aggregates.iter().enumerate() {
            let group = top(checked, place)?;
            for version in aggregate.events.iter().flat_map(|event| &event.versions) {
                groups.insert(version.source, group);
                if let Some(sample) = &version.sample {
                    samples.insert(group);
                    let path = avro_path(&checked.sources.file(sample.json).relative);
                    if let Some(avro) = &sample.avro {
                        beside.insert(path, hash(avro));
                    }
                }
            }
        }
        let (mut files, mut manifest, mut lock) = (HashMap::new(), None, None);
        for (id, file) in checked.sources.files() {
            let content = hash(file.text.as_bytes());
            if Some(id) == checked.lock.as_ref().map(|lock| lock.source) {
                lock = Some(content);
            } else if id == SourceId(0) {
                // It is read first.
                manifest = Some(content);
            } else {
                let role = match groups.get(&id) {
                    Some(group) => Role::Event(*group),
                    None if is_shared(checked, &file.relative) => Role::Shared,
                    None => Role::Other,
                };
                files.insert(file.relative.clone(), (role, content));
            }
        }
        let warned = warned(checked, &groups);
        let mut aggregates = Vec::new();
        for (place, aggregate) in checked.aggregates.iter().enumerate() {
            let group = top(checked, place)?;
            let file = rendered.aggregates.get(place)?.as_ref();
            aggregates.push(KnownAggregate {
                name: aggregate.name.value.clone(),
                group,
                is_apart: !samples.contains(&group) && !warned.contains(&group),
                file: file.map(|file| file.path.clone()),
            });
        }
        Some(Self {
            files,
            manifest: manifest?,
            lock,
            beside,
            slices: slices.filter(|slices| slices.starts.len() == aggregates.len()),
            aggregates,
            meant: meant(checked, &groups),
            outputs: Outputs::default(),
        })
    }

    /// Takes note of the files that were written.
    pub(super) fn with_outputs(mut self, out: &Path, files: &[GeneratedFile]) -> Self {
        self.outputs = Outputs::of(out, files);
        self
    }

    /// Puts it together with what the system said of the inputs before they were read; `None` where files came or went
    /// meanwhile.
    pub(super) fn remember(
        mut self,
        identity: String,
        inputs: &Inputs,
        warnings: &[String],
    ) -> Option<Memory> {
        let stamp = |stat: Option<Stat>, hash| Stamp {
            stat: stat.filter(|stat| stat.is_settled(inputs.now)),
            hash,
        };
        let files = inputs.files.iter().map(|input| {
            let known = self.files.remove(&input.relative);
            Known {
                relative: input.relative.clone(),
                role: known.map_or(Role::Other, |(role, _)| role),
                stamp: known.map(|(_, hash)| stamp(input.stat, hash)),
            }
        });
        let files = files.collect();
        let beside = inputs.beside.iter().map(|input| {
            let hash = self.beside.remove(&input.relative)?;
            Some(stamp(input.stat, hash))
        });
        let beside = beside.collect();
        if !self.files.is_empty() || !self.beside.is_empty() {
            return None;
        }
        Some(Memory {
            identity,
            manifest: stamp(inputs.manifest.stat, self.manifest),
            lock: inputs
                .lock
                .as_ref()
                .map(|input| Some(stamp(input.stat, self.lock?))),
            files,
            beside,
            aggregates: self.aggregates,
            slices: self.slices,
            meant: self.meant,
            outputs: self.outputs,
            warnings: warnings.to_vec(),
        })
    }
}

/// The aggregate at the top of a line of parents.
fn top(model: &Model, place: usize) -> Option<usize> {
    let mut at = place;
    for _ in 0..model.aggregates.len() {
        match model.aggregates.get(at)?.extends {
            Some(parent) => at = parent.0,
            None => return Some(at),
        }
    }
    None
}

/// Whether a file that was read is of shared types: a types-only directory may be below theirs.
fn is_shared(model: &Model, relative: &str) -> bool {
    let is_below = |directory: &str| {
        let rest = relative.strip_prefix(directory);
        rest.is_some_and(|rest| rest.starts_with('/'))
    };
    let mut only = model.types_only.iter();
    is_below("types") && !only.any(|only| is_below(&only.directory))
}

/// The groups that warnings point into: what an edit makes of these is for a whole generation to say.
fn warned(checked: &Checked, groups: &HashMap<SourceId, usize>) -> HashSet<usize> {
    let labels = checked
        .warnings()
        .iter()
        .flat_map(|warning| &warning.labels);
    labels
        .filter_map(|label| groups.get(&label.span.source).copied())
        .collect()
}

/// What the manifest's names mean in schemas of events and in shared types. Each means something in a schema, and which
/// does not matter to the others.
fn meant(model: &Model, groups: &HashMap<SourceId, usize>) -> Vec<KnownName> {
    let settings = &model.settings;
    if settings.names.is_empty() && settings.type_mappings.is_empty() {
        return Vec::new();
    }
    let mut known = Vec::new();
    for (_, named) in model.types.iter() {
        let group = match named.home {
            Home::Shared => None,
            Home::EventFile => match groups.get(&named.span.source) {
                Some(group) => Some(*group),
                None => continue,
            },
            Home::TypesOnly(_) => continue,
        };
        let all = overrides::meant(settings, named).into_iter();
        known.extend(all.map(|(meant, name)| KnownName {
            group,
            meant,
            name: name.to_owned(),
        }));
    }
    known
}

//! The files that a generation reads, as they are now, and which of them changed since the one that is remembered.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::memory::Memory;
use super::stamp::{Stamp, Stat, hash};
use crate::diagnostic::Diagnostics;
use crate::load::{MANIFEST, SIZE_LIMIT, walk};
use crate::lock::LOCK;
use crate::options::{LockFile, Options};
use crate::sample::{SAMPLES, avro_path};

/// The inputs of a generation. What the system says of them was asked before any was read.
#[derive(Debug)]
pub(super) struct Inputs {
    /// When that was.
    pub(super) now: Duration,
    /// The manifest.
    pub(super) manifest: Input,
    /// The lock, if it is read; it may be missing.
    pub(super) lock: Option<Input>,
    /// The schema files and samples that a walk finds, in its order.
    pub(super) files: Vec<Input>,
    /// What may stand beside samples: the same in Avro.
    pub(super) beside: Vec<Input>,
}

/// A file that may be there.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) path: PathBuf,
    /// Below the schema directory, with `/`.
    pub(super) relative: String,
    pub(super) stat: Option<Stat>,
}

impl Input {
    fn new(path: PathBuf, relative: String) -> Self {
        let stat = Stat::of(&path);
        Self {
            path,
            relative,
            stat,
        }
    }

    /// Its content, if it can be read whole.
    pub(super) fn read(&self) -> Option<Vec<u8>> {
        let limit = if self.relative == LOCK {
            crate::load::LOCK_LIMIT
        } else {
            SIZE_LIMIT
        };
        walk::read_bytes(&self.path, limit).ok().flatten()
    }
}

/// What changed among schema files and samples.
#[derive(Debug)]
pub(super) struct Changes {
    /// For each of [`Inputs::files`] its place in the memory, if it is known.
    pub(super) known: Vec<Option<usize>>,
    /// Those that have another content, or are new.
    pub(super) files: Vec<Change>,
    /// Those that are gone, by their place in the memory.
    pub(super) gone: Vec<usize>,
    /// Whether files turned out to be the same that only their content could tell.
    pub(super) is_restamped: bool,
}

impl Changes {
    /// Whether all is as it was.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.gone.is_empty()
    }
}

/// A file that changed, or is new.
#[derive(Debug)]
pub(super) struct Change {
    /// Its place in [`Inputs::files`].
    pub(super) place: usize,
    pub(super) content: Vec<u8>,
    pub(super) stamp: Stamp,
}

impl Inputs {
    /// Finds them; `None` where something is wrong that a whole generation reports.
    pub(super) fn find(directory: &Path, options: &Options, now: Duration) -> Option<Self> {
        let mut diagnostics = Diagnostics::default();
        let found = walk::find(directory, &mut diagnostics)?;
        if !diagnostics.is_empty() {
            return None;
        }
        let manifest = options.manifest.clone();
        let manifest = manifest.unwrap_or_else(|| directory.join(MANIFEST));
        let lock = match &options.lock {
            LockFile::InDirectory => Some(directory.join(LOCK)),
            LockFile::At(path) => Some(path.clone()),
            LockFile::Ignored => None,
        };
        let samples = format!("{SAMPLES}/");
        let beside = found
            .iter()
            .filter(|file| file.relative.starts_with(&samples))
            .map(|file| {
                let avro = avro_path(&file.relative);
                Input::new(directory.join(&avro), avro)
            });
        Some(Self {
            now,
            manifest: Input::new(manifest, MANIFEST.to_owned()),
            lock: lock.map(|path| Input::new(path, LOCK.to_owned())),
            beside: beside.collect(),
            files: found
                .into_iter()
                .map(|file| Input::new(file.path, file.relative))
                .collect(),
        })
    }

    /// What changed since; `None` where it is not only schema files and samples.
    pub(super) fn changes(&self, memory: &mut Memory) -> Option<Changes> {
        let is_same_set = self.beside.len() == memory.beside.len()
            && self.lock.is_some() == memory.lock.is_some();
        if !is_same_set {
            return None;
        }
        let (known, gone) = self.known(memory);
        let mut changes = Changes {
            known,
            files: Vec::new(),
            gone,
            is_restamped: false,
        };
        let lock = self.lock.iter().zip(&mut memory.lock);
        let beside = self.beside.iter().zip(&mut memory.beside);
        for (input, known) in lock.chain(beside) {
            match known {
                Some(stamp) => self.is_same(input, stamp, &mut changes)?,
                None if input.path.symlink_metadata().is_err() => {}
                None => return None,
            }
        }
        self.is_same(&self.manifest, &mut memory.manifest, &mut changes)?;
        for (place, input) in self.files.iter().enumerate() {
            let content = match changes.known[place] {
                None => Some(input.read()?),
                Some(known) => match &mut memory.files[known].stamp {
                    Some(stamp) => self.changed(input, stamp, &mut changes)?,
                    // What no generation reads may change.
                    None => None,
                },
            };
            if let Some(content) = content {
                let stamp = Stamp::new(input.stat, self.now, &content);
                changes.files.push(Change {
                    place,
                    content,
                    stamp,
                });
            }
        }
        Some(changes)
    }

    /// For each file its place in the memory; and the places there of those that are gone.
    fn known(&self, memory: &Memory) -> (Vec<Option<usize>>, Vec<usize>) {
        let mut pairs = self.files.iter().zip(&memory.files);
        if self.files.len() == memory.files.len()
            && pairs.all(|(input, known)| input.relative == known.relative)
        {
            return ((0..self.files.len()).map(Some).collect(), Vec::new());
        }
        let places = memory.files.iter().zip(0..);
        let mut places: HashMap<&str, usize> = places
            .map(|(known, place)| (known.relative.as_str(), place))
            .collect();
        let files = self.files.iter();
        let known = files.map(|input| places.remove(input.relative.as_str()));
        (known.collect(), places.into_values().collect())
    }

    fn is_same(&self, input: &Input, stamp: &mut Stamp, changes: &mut Changes) -> Option<()> {
        match self.changed(input, stamp, changes)? {
            None => Some(()),
            Some(_) => None,
        }
    }

    /// The content, where it is another one; `None` where it cannot be read.
    #[expect(
        clippy::option_option,
        reason = "cannot be read, is the same, is another one"
    )]
    fn changed(
        &self,
        input: &Input,
        stamp: &mut Stamp,
        changes: &mut Changes,
    ) -> Option<Option<Vec<u8>>> {
        if stamp.stat.is_some() && stamp.stat == input.stat {
            return Some(None);
        }
        let content = input.read()?;
        if hash(&content) != stamp.hash {
            return Some(Some(content));
        }
        let stat = input.stat.filter(|stat| stat.is_settled(self.now));
        changes.is_restamped |= stat != stamp.stat;
        stamp.stat = stat;
        Some(None)
    }
}

//! The generated files, as they were left. One that somebody changed or removed, and one too many, is for a whole generation
//! to put right.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use super::stamp::{Stat, hash, now};
use crate::render::GeneratedFile;
use crate::write::stale;

/// The generated files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outputs {
    /// Names, and what is known of each.
    pub(super) files: Vec<(String, Left)>,
    /// Whether files turned out to be the same that only their content could tell.
    pub(super) is_restamped: bool,
}

/// How a file was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// The system tells whether it was changed since: its content need not be remembered, which would cost more than all the
    /// rest.
    Stat(Stat),
    /// Only its content does: by its hash.
    Hash(u64),
}

impl Outputs {
    /// The files that were just written.
    pub(super) fn of(out: &Path, files: &[GeneratedFile]) -> Self {
        let left = |file: &GeneratedFile| (file.path.clone(), Left::of(out, file));
        Self {
            files: files.iter().map(left).collect(),
            is_restamped: false,
        }
    }

    /// Whether those that are `asked` for are as they were left, and none is there that was not.
    pub(super) fn are_intact(&mut self, out: &Path, asked: impl Fn(&str) -> bool) -> bool {
        let known: HashSet<&str> = self.files.iter().map(|(name, _)| name.as_str()).collect();
        if !stale(out, |name| known.contains(name)).is_empty() {
            return false;
        }
        for (name, left) in &mut self.files {
            if !asked(name) {
                continue;
            }
            let path = out.join(&*name);
            // Asked before the file is read.
            let (now, stat) = (now(), Stat::of(&path));
            match left {
                Left::Stat(known) if stat == Some(*known) => {}
                Left::Stat(_) => return false,
                Left::Hash(known) => {
                    if fs::read(&path).is_ok_and(|content| hash(&content) == *known) {
                        if let Some(stat) = stat.filter(|stat| stat.is_settled_output(now)) {
                            *left = Left::Stat(stat);
                            self.is_restamped = true;
                        }
                    } else {
                        return false;
                    }
                }
            }
        }
        true
    }

    /// Takes note of files that were written again.
    pub(super) fn restamp(&mut self, out: &Path, files: &[GeneratedFile]) {
        for (name, left) in &mut self.files {
            if let Some(file) = files.iter().find(|file| file.path == *name) {
                *left = Left::of(out, file);
            }
        }
    }
}

impl Left {
    fn of(out: &Path, file: &GeneratedFile) -> Self {
        let (now, stat) = (now(), Stat::of(&out.join(&file.path)));
        match stat.filter(|stat| stat.is_settled_output(now)) {
            Some(stat) => Self::Stat(stat),
            None => Self::Hash(hash(file.text.as_bytes())),
        }
    }
}

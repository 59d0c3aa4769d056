//! What is missing from a journal: positions, which evgen's own layout gives without gaps, and versions of streams. A
//! djangoevents journal promises neither.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use evgen_runtime::RecordedEvent;

use super::super::findings::{Finding, Kind, Named};

/// Looks for gaps, event by event in the journal's order. Of each stream 16 bytes are kept.
pub(super) struct Gaps {
    /// The journal promises nothing.
    foreign: bool,
    last: i64,
    /// What the next event of each stream should carry, by a hash of the stream's name.
    next: HashMap<u64, i64>,
}

impl Gaps {
    pub(super) fn new(foreign: bool) -> Self {
        Self {
            foreign,
            last: 0,
            next: HashMap::new(),
        }
    }

    /// How many streams there were.
    pub(super) fn streams(&self) -> u64 {
        self.next.len() as u64
    }

    /// Goes on behind a row that is no event.
    pub(super) fn pass(&mut self, position: i64) {
        self.last = position;
    }

    /// What is missing before an event.
    pub(super) fn find(&mut self, event: &RecordedEvent<'_>) -> Vec<Finding> {
        let finding = |kind, message, help| Finding {
            kind,
            position: event.position.0,
            at: None,
            event: Some(Named::from(event)),
            message,
            mistakes: Vec::new(),
            help: Some(help),
            schema: None,
        };
        let mut findings = Vec::new();
        let (before, position) = (self.last, event.position.0);
        self.last = position;
        if !self.foreign && position != before + 1 {
            let message = match before {
                0 => "it is the first, where position 1 should be".to_owned(),
                before => {
                    format!(
                        "the event before it is at position {before}: what was between is missing"
                    )
                }
            };
            let help = "rows were deleted; restore a backup";
            findings.push(finding(Kind::PositionGap, message, help));
        }
        let mut hasher = DefaultHasher::new();
        (event.aggregate_type, event.aggregate_id).hash(&mut hasher);
        let version = event.version.0;
        let expected = self.next.insert(hasher.finish(), version.saturating_add(1));
        if let Some(expected) = expected.filter(|expected| *expected != version && !self.foreign) {
            findings.push(finding(
                Kind::VersionGap,
                format!("version {expected} was to come next in its stream"),
                "a writer may have named the version itself, or the journal was imported with its gaps; else rows are missing",
            ));
        }
        findings
    }
}

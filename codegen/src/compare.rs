//! What changed between two states of a schema directory, and what that breaks: `evgen check --against`. Pure; one rule is
//! one function in the files below, named as the truth that it asserts. How the older state is found is not here.

mod difference;
mod file;
mod findings;
mod json;
mod source;
mod wire;

use std::collections::HashMap;

use crate::check::{self, Checked};
use crate::diagnostic::codes::BROKEN_BEFORE;
use crate::diagnostic::{Diagnostics, Severity};
use crate::load::file_set::FileSet;
use crate::load::load_set;
use crate::lock::Key;
use crate::model::aggregate::Aggregate;
use crate::model::event::{Event, EventVersion};
use crate::model::types::{NamedId, Types};
use crate::model::{self, Model};
use crate::report::Report;
use crate::source::Span;
use findings::Findings;

/// Compares a schema directory with an older state of it. The report has the directory's own warnings, too.
///
/// # Errors
/// The older state's manifest cannot be read.
pub fn compare(now: Checked, older: &FileSet) -> Result<Report, Report> {
    let mut broken = Diagnostics::default();
    let (before, is_sound) = match check::check(model(older, &now)?) {
        Ok(checked) => (checked.into_model(), true),
        Err(report) => {
            say_broken(&report, &older.shown, &mut broken);
            (model(older, &now)?, false)
        }
    };
    let mut findings = Findings::new(&now);
    rules(&Sides::new(&now, &before), is_sound, &mut findings);
    let found = findings.finish();
    let mut report = now.into_report();
    report.sources.append(before.sources);
    report.diagnostics.append(broken);
    report.diagnostics.append(found);
    Ok(report)
}

fn model(older: &FileSet, now: &Checked) -> Result<Model, Report> {
    load_set(older.clone(), &now.sources).map(model::build::build)
}

/// What is wrong with the older state itself keeps nobody from comparing the rest.
fn say_broken(report: &Report, shown: &str, diagnostics: &mut Diagnostics) {
    let errors = || {
        let all = report.diagnostics.iter();
        all.filter(|diagnostic| diagnostic.severity == Severity::Error)
    };
    let Some(first) = errors().next() else {
        return;
    };
    let message = match errors().count() - 1 {
        0 => format!("`{shown}` has a mistake itself: {}", first.message),
        more => format!(
            "`{shown}` has mistakes itself: {}, and {more} more",
            first.message
        ),
    };
    let diagnostic = diagnostics.warning(&BROKEN_BEFORE, message);
    for label in first.labels.iter().filter(|label| label.primary) {
        diagnostic.primary(label.span, label.text.clone());
    }
    diagnostic.help("what it is about, and generated Rust code, are not compared");
}

fn rules(sides: &Sides<'_>, is_sound: bool, findings: &mut Findings<'_>) {
    wire::aggregates_stay(sides, findings);
    for pair in sides.events(findings) {
        file::versions_stay(sides, &pair, findings);
        file::files_keep_their_names(sides, &pair, findings);
        wire::event_types_stay(&pair, findings);
        wire::legacy_versions_stay(&pair, findings);
        wire::typed_events_stay_typed(&pair, findings);
        json::untyped_events_stay_untyped(&pair, findings);
        if pair.is_checked() {
            for version in pair.versions(sides) {
                wire::versions_keep_their_bytes(sides, &version, findings);
                wire::bytes_keep_their_meaning(sides, &version, findings);
                wire::defaults_stay(sides, &version, findings);
                json::stored_json_still_fits(sides, &version, findings);
            }
        }
        wire::older_builds_read_the_latest(sides, &pair, findings);
    }
    if is_sound {
        source::generated_code_stays(sides, findings);
    }
}

/// Both states, their types in one place.
pub(crate) struct Sides<'a> {
    pub(crate) now: &'a Model,
    pub(crate) before: &'a Model,
    /// Types of now, and behind them those of before.
    pub(crate) types: Types,
    shift: u32,
}

/// An event of both states.
pub(crate) struct Pair<'a> {
    /// `Todo.Created`
    pub(crate) name: String,
    pub(crate) now: &'a Event,
    pub(crate) before: &'a Event,
}

/// A version of both states, and in what they differ.
pub(crate) struct VersionPair<'p, 'a, 't> {
    pub(crate) event: &'p Pair<'a>,
    pub(crate) number: i32,
    pub(crate) differences: Vec<difference::Difference<'t>>,
}

impl<'a> Sides<'a> {
    fn new(now: &'a Model, before: &'a Model) -> Self {
        let mut types = now.types.clone();
        let shift = types.append(&before.types);
        Self {
            now,
            before,
            types,
            shift,
        }
    }

    /// The record of a version of before.
    pub(crate) fn record_before(&self, version: &EventVersion) -> NamedId {
        NamedId(version.record.0 + self.shift)
    }

    /// Whether the older state has a lock, and a version is not in it: then nobody has stored it.
    pub(crate) fn was_draft(&self, event: &str, version: i32) -> bool {
        let Some((lock, (aggregate, event))) = self.before.lock.as_ref().zip(event.split_once('.'))
        else {
            return false;
        };
        !lock.is_broken && !lock.pins(&Key::version(aggregate, event, version))
    }

    /// Whether a row of an event of before may be stored: one of its versions was no draft, or it has none.
    pub(crate) fn may_be_stored(&self, name: &str, event: &Event) -> bool {
        let mut versions = event.versions.iter();
        event.versions.is_empty() || versions.any(|version| !self.was_draft(name, version.version))
    }

    /// Where the manifest of now lists an event, else its beginning.
    pub(crate) fn place_of(&self, subject: &str) -> Span {
        let beginning = self.now.sources.files().next().map(|(source, _)| Span {
            source,
            start: 0,
            end: 0,
        });
        let listed = self.now.aggregates.iter().find_map(|aggregate| {
            let name = subject.strip_prefix(&aggregate.name.value)?;
            let name = name.strip_prefix('.')?;
            let mut events = aggregate.events.iter();
            let event = events.find(|event| event.name.value == name);
            Some(event.map_or(aggregate.name.span, |event| event.name.span))
        });
        listed
            .or(beginning)
            .expect("a directory that was loaded has a manifest")
    }

    /// The aggregate as it is now.
    pub(crate) fn now_of(&self, before: &Aggregate) -> Option<&'a Aggregate> {
        let mut all = self.now.aggregates.iter();
        all.find(|now| now.name.value == before.name.value)
    }

    /// Events that both states have; reports those that are gone.
    fn events(&self, findings: &mut Findings<'_>) -> Vec<Pair<'a>> {
        let mut pairs = Vec::new();
        for (index, before) in self.before.aggregates.iter().enumerate() {
            let Some(now) = self.now_of(before) else {
                continue;
            };
            let events: HashMap<&str, &Event> = now
                .events
                .iter()
                .map(|event| (event.name.value.as_str(), event))
                .collect();
            for (place, event) in before.events.iter().enumerate() {
                if self.before.incomplete.events.contains(&(index, place)) {
                    continue;
                }
                let name = format!("{}.{}", before.name.value, event.name.value);
                match events.get(event.name.value.as_str()) {
                    Some(now) => pairs.push(Pair {
                        name,
                        now,
                        before: event,
                    }),
                    None if self.may_be_stored(&name, event) => {
                        wire::events_stay(&name, now, event, findings);
                    }
                    None => {}
                }
            }
        }
        pairs
    }
}

impl<'a> Pair<'a> {
    /// Whether its mode asks for anything.
    fn is_checked(&self) -> bool {
        self.reads_backward() || self.reads_forward()
    }

    /// Whether this build has to read what older ones wrote.
    pub(crate) fn reads_backward(&self) -> bool {
        self.now.compatibility.is_backward()
    }

    /// Whether older builds have to read what this one writes.
    pub(crate) fn reads_forward(&self) -> bool {
        let reads = model::event::Forward::Read;
        self.now.compatibility.is_forward() || self.now.forward == reads
    }

    /// Versions that both have.
    fn versions<'p, 't>(
        &'p self,
        sides: &'t Sides<'_>,
    ) -> impl Iterator<Item = VersionPair<'p, 'a, 't>> {
        let now = |number: i32| {
            let mut all = self.now.versions.iter();
            all.find(move |version| version.version == number)
        };
        let versions = self.before.versions.iter();
        let stored = versions.filter(|version| !sides.was_draft(&self.name, version.version));
        stored.filter_map(move |before| {
            Some(VersionPair {
                event: self,
                number: before.version,
                differences: difference::differences(sides, before, now(before.version)?),
            })
        })
    }
}

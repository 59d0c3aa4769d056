//! `Draft`: the manifest as far as names, folders and the journal's classes say it. Whether rows and versions fit their
//! schemas is for `fit`.

mod guess;

use super::journal::Class;
use super::names::{self, Stem, camel_case};
use crate::load::manifest::is_rust_name;
use crate::model::event::Effect;
use crate::model::naming::file_name_case;

/// A manifest to be.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) aggregates: Vec<Aggregate>,
    /// What the newest event says; `None` without a journal.
    pub(super) schema_version_in_data: Option<bool>,
    /// What it leaves out.
    pub(super) notes: Vec<String>,
}

/// An entry of `aggregates`.
#[derive(Debug, Default)]
pub(super) struct Aggregate {
    pub(super) name: String,
    /// Where its schemas are, if not where its name says.
    pub(super) directory: Option<String>,
    pub(super) module: Option<String>,
    pub(super) removed_on_discard: bool,
    pub(super) events: Vec<Event>,
    pub(super) notes: Vec<String>,
}

/// An entry of its `events`.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) effect: Effect,
    pub(super) typed: bool,
    pub(super) event_type: Option<String>,
    pub(super) allow_gaps: bool,
    pub(super) upcast: Vec<i32>,
    /// Its class in the journal, and older ones of the same name.
    pub(super) classes: Vec<Class>,
    pub(super) notes: Vec<String>,
}

impl Draft {
    /// The draft of a schema directory and the classes of a journal.
    pub(super) fn new(files: &[String], classes: &[Class]) -> Self {
        let (stems, others) = names::stems(files);
        let mut draft = Self::default();
        for file in others {
            draft
                .notes
                .push(format!("`{file}` is named like no version of an event"));
        }
        for (stem, versions) in &stems {
            draft.of_schema(stem, versions, classes);
        }
        for class in classes {
            draft.of_class(class);
        }
        for aggregate in &mut draft.aggregates {
            aggregate.finish();
        }
        draft.hint_at_parents();
        draft
    }

    /// How many rows its classes have.
    pub(super) fn rows(&self) -> i64 {
        let events = self
            .aggregates
            .iter()
            .flat_map(|aggregate| &aggregate.events);
        let classes = events.flat_map(|event| &event.classes);
        classes.map(|class| class.rows).sum()
    }

    fn of_schema(&mut self, stem: &Stem, versions: &[i32], classes: &[Class]) {
        let known = classes.iter().find(|class| {
            let names = [class.aggregate(), class.event()].map(file_name_case);
            is_nameable(class) && names.join("_") == stem.stem
        });
        let of_aggregate = |class: &&Class| {
            is_nameable(class) && file_name_case(class.aggregate()) == stem.directory
        };
        let (mut guessed, mut guessed_aggregate) = (Vec::new(), Vec::new());
        let (aggregate, event) = if let Some(class) = known {
            (class.aggregate().to_owned(), class.event().to_owned())
        } else {
            let event = stem
                .stem
                .strip_prefix(&stem.directory)
                .and_then(|rest| rest.strip_prefix('_'));
            let aggregate = match classes.iter().find(of_aggregate) {
                Some(class) => Some(class.aggregate().to_owned()),
                None => guess(&stem.directory, &mut guessed_aggregate),
            };
            let event = event.and_then(|event| guess(event, &mut guessed));
            let (Some(aggregate), Some(event)) = (aggregate, event) else {
                let Stem { directory, stem } = stem;
                self.notes.push(format!(
                    "no event is named by `{directory}/v{}_{stem}`",
                    versions[0]
                ));
                return;
            };
            (aggregate, event)
        };
        let aggregate = self.aggregate(&aggregate);
        let is_elsewhere = file_name_case(&aggregate.name) != stem.directory;
        aggregate.directory = is_elsewhere.then(|| stem.directory.clone());
        if aggregate.notes.is_empty() {
            aggregate.notes = guessed_aggregate;
        }
        if aggregate.events.iter().any(|other| other.name == event) {
            let Stem { directory, stem } = stem;
            self.notes.push(format!(
                "`{directory}/v*_{stem}` names an event that another file names"
            ));
            return;
        }
        let mut event = Event::new(&event);
        event.typed = true;
        event.notes = guessed;
        let without_gap = versions
            .iter()
            .zip(1..)
            .take_while(|(version, n)| *version == n)
            .count();
        if without_gap < versions.len() {
            event.allow_gaps = true;
            let (missing, ignored) = (without_gap + 1, &versions[without_gap..]);
            let ignored: Vec<_> = ignored.iter().map(ToString::to_string).collect();
            let ignored = ignored.join(", ");
            event.notes.push(format!(
                "version {missing} is missing: {ignored} is ignored, as djangoevents did"
            ));
        }
        aggregate.events.push(event);
    }

    fn of_class(&mut self, class: &Class) {
        if !is_nameable(class) {
            let Class {
                module,
                class,
                rows,
                ..
            } = class;
            self.notes.push(format!(
                "{} of class `{class}` of `{module}` left out: a manifest cannot name it",
                count(*rows)
            ));
            return;
        }
        let aggregate = self.aggregate(class.aggregate());
        let name = class.event();
        let event = match aggregate.events.iter().position(|event| event.name == name) {
            Some(index) => &mut aggregate.events[index],
            None => {
                aggregate.events.push(Event::new(name));
                aggregate.events.last_mut().expect("just added")
            }
        };
        event.classes.push(class.clone());
        event
            .classes
            .sort_by_key(|class| std::cmp::Reverse(class.newest));
    }

    fn aggregate(&mut self, name: &str) -> &mut Aggregate {
        let index = self
            .aggregates
            .iter()
            .position(|aggregate| aggregate.name == name);
        let index = index.unwrap_or_else(|| {
            self.aggregates.push(Aggregate {
                name: name.to_owned(),
                ..Aggregate::default()
            });
            self.aggregates.len() - 1
        });
        &mut self.aggregates[index]
    }
}

impl Event {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            effect: Effect::Changes,
            typed: false,
            event_type: None,
            allow_gaps: false,
            upcast: Vec::new(),
            classes: Vec::new(),
            notes: Vec::new(),
        }
    }
}

fn count(rows: i64) -> String {
    if rows == 1 {
        "1 row".to_owned()
    } else {
        format!("{rows} rows")
    }
}

/// Whether a manifest can name it.
fn is_nameable(class: &Class) -> bool {
    let is_dotted = |name: &str| {
        name.split('.').all(|part| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_alphanumeric() || "_<>".contains(c))
        })
    };
    [class.aggregate(), class.event()]
        .into_iter()
        .all(is_rust_name)
        && is_dotted(&class.module)
        && is_dotted(&class.class)
}

/// A name that no class of the journal has; a guess is told.
fn guess(snake: &str, guessed: &mut Vec<String>) -> Option<String> {
    let name = camel_case(snake).filter(|name| is_rust_name(name))?;
    // `FooBar` for `foo_bar` is what everybody writes.
    if snake
        .split('_')
        .any(|part| part.len() < 2 || part.ends_with(|c: char| c.is_ascii_digit()))
    {
        guessed.push(format!("`{name}` is a guess from `{snake}`"));
    }
    Some(name)
}

//! What the schemas say of stored events: descriptors as generated code has them, made at run time. They are `&'static`,
//! leaked in a command that ends soon.

use std::borrow::Cow;
use std::collections::HashMap;

use evgen_runtime::event::version_of;
use evgen_runtime::store::StoredSchema;
use evgen_runtime::types::table;
use evgen_runtime::validate::{StoredError, stored_json};
use evgen_runtime::{DjangoClass, Effect, EventDescriptor, RecordedEvent, VersionDescriptor};

use super::super::args::Global;
use super::super::console::Console;
use super::super::project::Project;
use super::super::stop::Stop;
use super::super::type_tables::Tables;
use super::avro_schema;
use super::store_url::Journal;
use crate::canonical;
use crate::check::Checked;
use crate::model::event::{self, Event};
use crate::pipeline;
use crate::resolve::schema_text::minified;

/// The events of a schema directory.
#[derive(Debug, Default)]
pub(super) struct Schemas {
    aggregates: HashMap<String, Vec<&'static EventDescriptor>>,
    /// Of versions, by the address of their table: their records without the envelope's fields, for Avro files.
    data: HashMap<usize, String>,
    /// What the journal itself knows of its events, by event type.
    learnt: HashMap<String, &'static EventDescriptor>,
    /// `settings.validate`
    pub(super) validate: bool,
}

impl Schemas {
    /// The schemas that the options name, or those that are found.
    ///
    /// # Errors
    /// There are none, or they have mistakes, which are shown.
    pub(super) fn load(global: &Global, console: &mut Console<'_>) -> Result<Self, Stop> {
        let project = Project::find(global, console)?;
        match pipeline::check(&project.directory, &project.options) {
            Ok(checked) => Ok(Self::of(&checked)),
            Err(report) => Err(console.report(&report)),
        }
    }

    /// As `load`; without any that are named or found, none, and those that are found by chance may have mistakes.
    pub(super) fn find(global: &Global, console: &mut Console<'_>) -> Result<Self, Stop> {
        if global.dir.is_some() || global.manifest.is_some() {
            return Self::load(global, console);
        }
        let Ok(project) = Project::find(global, console) else {
            return Ok(Self::default());
        };
        Ok(
            match pipeline::check(&project.directory, &project.options) {
                Ok(checked) => Self::of(&checked),
                Err(_) => {
                    console.progress(&format!(
                    "note: the schemas in {} are not used, since `evgen check` finds mistakes in them",
                    project.options.origin
                ));
                    Self::default()
                }
            },
        )
    }

    fn of(checked: &Checked) -> Self {
        let mut tables = Tables::new(&checked.types);
        let mut data = HashMap::new();
        let mut aggregates = HashMap::new();
        for aggregate in &checked.aggregates {
            let name = &aggregate.name.value;
            let events = aggregate.events.iter();
            let events =
                events.map(|event| descriptor(checked, name, event, &mut tables, &mut data));
            aggregates.insert(name.clone(), events.collect());
        }
        Self {
            aggregates,
            data,
            learnt: HashMap::new(),
            validate: checked.settings.validate,
        }
    }

    /// Learns the schemas that a journal keeps beside its events: its Avro is shown by them where no others are known.
    pub(super) fn learn(&mut self, journal: &Journal) -> Result<(), Stop> {
        let stored = journal.wait(journal.store.load_schemas());
        let mut versions: HashMap<String, Vec<VersionDescriptor>> = HashMap::new();
        for stored in stored.map_err(|error| journal.failed(error))? {
            // A table of a later evgen is left: its rows are shown as Avro.
            if let Ok(node) = table::from_text(&stored.types) {
                versions
                    .entry(stored.event_type)
                    .or_default()
                    .push(VersionDescriptor {
                        version: stored.event_version,
                        file: "",
                        schema: "",
                        fingerprint: stored.fingerprint,
                        node,
                        envelope: &[],
                        places: &[],
                    });
            }
        }
        self.learnt = versions
            .into_iter()
            .map(|(event_type, versions)| {
                let event = EventDescriptor {
                    aggregate_type: "",
                    name: "",
                    event_type: text(&event_type),
                    version: versions.last().map_or(1, |latest| latest.version),
                    versions: Vec::leak(versions),
                    reads: &[],
                    legacy_version: 1,
                    typed: true,
                    forward: false,
                    split: None,
                    effect: Effect::Changes,
                    django: None,
                };
                (event_type, &*Box::leak(Box::new(event)))
            })
            .collect();
        Ok(())
    }

    /// The data of a row as JSON text: by the schemas, or by what the journal itself knows. `None`: neither knows it.
    pub(super) fn json<'e>(
        &self,
        raw: &RecordedEvent<'e>,
    ) -> Option<Result<Cow<'e, str>, StoredError>> {
        let read = self.event(raw).map(|event| stored_json(event, raw));
        if let Some(Ok(_)) = read {
            return read;
        }
        let learnt = self.learnt.get(raw.event_type);
        match learnt.and_then(|event| stored_json(event, raw).ok()) {
            Some(text) => Some(Ok(text)),
            None => read,
        }
    }

    /// What a store keeps of the schema of a row, if there is one.
    pub(super) fn to_store(&self, raw: &RecordedEvent<'_>) -> Option<StoredSchema> {
        let (event, version) = self.version(raw)?;
        Some(StoredSchema {
            event_type: event.event_type.to_owned(),
            event_version: version.version,
            fingerprint: version.fingerprint,
            schema: version.schema.to_owned(),
            types: table::to_text(version.node),
        })
    }

    /// The schema of a version's data in Avro files.
    pub(super) fn data(&self, version: &VersionDescriptor) -> &str {
        let address = std::ptr::from_ref(version.node).addr();
        self.data.get(&address).map_or("", String::as_str)
    }

    /// The event that a row holds: by djangoevents' class where the row has one, else by its event type.
    pub(super) fn event(&self, raw: &RecordedEvent<'_>) -> Option<&'static EventDescriptor> {
        let events = self.aggregates.get(raw.aggregate_type)?;
        let by_class = raw.django_class.and_then(|(module, class)| {
            let is_it = |django: DjangoClass| django.class == class && django.module == module;
            events.iter().find(|event| event.django.is_some_and(is_it))
        });
        let by_type = || {
            events
                .iter()
                .find(|event| event.event_type == raw.event_type)
        };
        by_class.or_else(by_type).copied()
    }

    /// Whether there is such an aggregate.
    pub(super) fn has(&self, aggregate_type: &str) -> bool {
        self.aggregates.contains_key(aggregate_type)
    }

    /// The event of a row, and the schema that the row was written by, if the event is typed and has that version.
    pub(super) fn version(
        &self,
        raw: &RecordedEvent<'_>,
    ) -> Option<(&'static EventDescriptor, &'static VersionDescriptor)> {
        let event = self.event(raw).filter(|event| event.typed)?;
        Some((event, event.version(version_of(event, raw))?))
    }
}

fn descriptor(
    checked: &Checked,
    aggregate: &str,
    event: &Event,
    tables: &mut Tables<'_>,
    data: &mut HashMap<usize, String>,
) -> &'static EventDescriptor {
    let skip = &checked.settings.envelope_fields;
    let versions = event.versions.iter().map(|version| {
        let canonical = canonical::canonical_form(&checked.types, version.record, skip);
        let file = checked.sources.file(version.source);
        let node = tables.event(version.record, skip);
        let schema = avro_schema::of_record(&checked.types, version.record, skip);
        data.insert(std::ptr::from_ref(node).addr(), schema);
        VersionDescriptor {
            version: version.version,
            file: text(&file.relative),
            schema: text(&minified(&file.text)),
            fingerprint: canonical::fingerprint(&canonical),
            node,
            envelope: &[],
            places: &[],
        }
    });
    let versions: Vec<_> = versions.collect();
    let django = event.django.as_ref().map(|(module, class)| DjangoClass {
        module: text(module),
        class: text(class),
    });
    Box::leak(Box::new(EventDescriptor {
        aggregate_type: text(aggregate),
        name: text(&event.name.value),
        event_type: text(&event.event_type.value),
        version: versions.last().map_or(1, |latest| latest.version),
        versions: Vec::leak(versions),
        reads: &[],
        legacy_version: event.legacy_version,
        // An abstract aggregate may have no schema of its own; nothing is held against its rows then.
        typed: event.typed && !event.versions.is_empty(),
        forward: event.forward == event::Forward::Read,
        split: None,
        effect: match event.effect {
            event::Effect::Creates => Effect::Creates,
            event::Effect::Changes => Effect::Changes,
            event::Effect::Discards => Effect::Discards,
            event::Effect::StoredOnly => Effect::StoredOnly,
        },
        django,
    }))
}

fn text(text: &str) -> &'static str {
    Box::leak(text.into())
}

//! What the schemas say of stored events: descriptors as generated code has them, made at run time. They are `&'static`,
//! leaked in a command that ends soon.

use std::collections::HashMap;

use evgen_runtime::event::version_of;
use evgen_runtime::{DjangoClass, Effect, EventDescriptor, RecordedEvent, VersionDescriptor};

use super::super::args::Global;
use super::super::console::Console;
use super::super::project::Project;
use super::super::stop::Stop;
use super::super::type_tables::Tables;
use super::avro_schema;
use crate::canonical;
use crate::check::Checked;
use crate::model::aggregate::Aggregate;
use crate::model::event::{self, Event};
use crate::pipeline;

/// The events of a schema directory.
#[derive(Debug, Default)]
pub(super) struct Schemas {
    aggregates: HashMap<String, Vec<&'static EventDescriptor>>,
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
        let of_aggregate = |aggregate: &Aggregate| {
            let name = aggregate.name.value.clone();
            let events = aggregate.events.iter();
            let events = events.map(|event| descriptor(checked, &name, event, &mut tables));
            let events = events.collect();
            (name, events)
        };
        Self {
            aggregates: checked.aggregates.iter().map(of_aggregate).collect(),
            validate: checked.settings.validate,
        }
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
) -> &'static EventDescriptor {
    let skip = &checked.settings.envelope_fields;
    let versions = event.versions.iter().map(|version| {
        let canonical = canonical::canonical_form(&checked.types, version.record, skip);
        VersionDescriptor {
            version: version.version,
            file: text(&checked.sources.file(version.source).relative),
            schema: text(&avro_schema::of_record(
                &checked.types,
                version.record,
                skip,
            )),
            fingerprint: canonical::fingerprint(&canonical),
            node: tables.event(version.record, skip),
            envelope: &[],
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
        legacy_version: event.legacy_version,
        // An abstract aggregate may have no schema of its own; nothing is held against its rows then.
        typed: event.typed && !event.versions.is_empty(),
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

//! The tests that read every sample: which rows they are, and which aggregate takes them.

use crate::model::aggregate::AggregateId;
use crate::model::event::{Effect, Event, EventVersion, Fate};
use crate::options::{Options, Side};
use crate::resolve::docs::{code_span, literal};
use crate::resolve::layout::AggregateLayout;
use crate::resolve::names::Scope;
use crate::resolve::service::Service;
use crate::resolve::types::Typing;
use crate::resolved::{SampleItem, SampleTest, SamplesModule};
use crate::sample::sample;

/// The samples of all aggregates; `None` where there is none. `module` is the name of the module that will hold them.
pub(crate) fn resolve(
    typing: &Typing<'_>,
    layouts: &[AggregateLayout],
    options: &Options,
    module: String,
) -> Option<SamplesModule> {
    let mut samples = Samples {
        typing,
        layouts,
        options,
        module,
        names: Scope::default(),
        items: Vec::new(),
    };
    for index in 0..typing.model.aggregates.len() {
        samples.aggregate(AggregateId(index));
    }
    (!samples.items.is_empty()).then_some(SamplesModule {
        name: samples.module,
        items: samples.items,
    })
}

struct Samples<'a, 'm> {
    typing: &'a Typing<'m>,
    layouts: &'a [AggregateLayout],
    options: &'a Options,
    module: String,
    names: Scope,
    items: Vec<SampleItem>,
}

impl Samples<'_, '_> {
    fn aggregate(&mut self, id: AggregateId) {
        let aggregate = self.typing.model.aggregate(id);
        let has_sample = |event: &Event| {
            event.fate != Fate::Dropped && event.versions.iter().any(|v| v.sample.is_some())
        };
        if !aggregate.events.iter().any(has_sample) {
            return;
        }
        let first = self.items.len();
        let replays = (self.options.side != Side::EventsOnly).then(|| {
            let service = Service {
                typing: self.typing,
                layouts: self.layouts,
                id,
            };
            service.rust_type(id, std::slice::from_ref(&self.module))
        });
        let layout = &self.layouts[id.0];
        let events = format!("super::{}::Event", layout.module);
        for (index, event) in aggregate.events.iter().enumerate() {
            // Nothing reads what was dropped.
            let versions = event.versions.iter();
            for version in versions.filter(|_| event.fate != Fate::Dropped) {
                if version.sample.is_some() {
                    let Some(mut item) = self.item(id, (index, event), version) else {
                        continue;
                    };
                    item.test = Some(SampleTest {
                        name: item.static_name.to_lowercase(),
                        events: events.clone(),
                        replays: replays.clone(),
                        creates: None,
                    });
                    self.items.push(item);
                }
            }
        }
        let creates = replays.and_then(|_| self.creates(id, first));
        for item in &mut self.items[first..] {
            if let Some(test) = &mut item.test
                && creates.as_ref() != Some(&item.static_name)
            {
                test.creates.clone_from(&creates);
            }
        }
    }

    /// What stands before events that do not create the aggregate: the latest sample of one that does, or a value made up of it.
    fn creates(&mut self, id: AggregateId, first: usize) -> Option<String> {
        let aggregate = self.typing.model.aggregate(id);
        let mut creating = aggregate
            .events
            .iter()
            .enumerate()
            .filter(|(_, event)| event.effect == Effect::Creates && event.typed)
            .filter_map(|(index, event)| Some((index, event, event.latest()?)));
        let descriptors: Vec<String> = creating
            .clone()
            .map(|(index, ..)| self.descriptor(id, index))
            .collect();
        let released = self.items[first..]
            .iter()
            .rev()
            .find(|item| descriptors.contains(&item.descriptor));
        if let Some(item) = released {
            return Some(item.static_name.clone());
        }
        let (index, event, latest) = creating.next()?;
        let item = self.item(id, (index, event), latest)?;
        let name = item.static_name.clone();
        self.items.push(item);
        Some(name)
    }

    fn descriptor(&self, id: AggregateId, event: usize) -> String {
        let layout = &self.layouts[id.0];
        format!(
            "super::{}::{}",
            layout.module, layout.events[event].static_name
        )
    }

    fn item(
        &mut self,
        id: AggregateId,
        (index, event): (usize, &Event),
        version: &EventVersion,
    ) -> Option<SampleItem> {
        let model = self.typing.model;
        let aggregate = model.aggregate(id);
        let module = self.layouts[id.0].module.trim_start_matches("r#");
        let event_name = &self.layouts[id.0].events[index].static_name;
        let name = format!(
            "{}_{event_name}_V{}",
            module.to_uppercase(),
            version.version
        );
        let (file, json, avro) = match &version.sample {
            Some(sample) => {
                let file = model.sources.file(sample.json);
                (
                    file.relative.clone(),
                    literal(&file.text),
                    sample.avro.as_deref(),
                )
            }
            None => {
                let settings = &model.settings;
                let (skip, raw_time) = (&settings.envelope_fields, settings.raw_time);
                let text = sample(&model.types, version.record, skip, raw_time)?;
                (String::new(), literal(&text), None)
            }
        };
        Some(SampleItem {
            static_name: self.names.claim(&name),
            docs: format!(
                "Version {} of `{}.{}`.",
                version.version,
                code_span(&aggregate.name.value),
                code_span(&event.name.value)
            ),
            descriptor: self.descriptor(id, index),
            version: version.version,
            file_literal: literal(&file),
            json_literal: json,
            avro_literal: avro.map(|bytes| format!("b\"{}\"", bytes.escape_ascii())),
            test: None,
        })
    }
}

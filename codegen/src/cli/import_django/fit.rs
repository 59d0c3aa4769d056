//! Whether the journal's rows fit their schemas, and every version its next: what does not, the draft declares.

use std::collections::BTreeSet;

use evgen_runtime::types::TypeNode;
use evgen_runtime::validate::validate;
use serde_json::Value;

use super::super::stop::Stop;
use super::draft::{Draft, Event};
use super::journal::{Journal, Stored};
use crate::check::evolution::read_as;
use crate::cli::type_tables::Tables;
use crate::model::aggregate::Aggregate;
use crate::model::{self, Model};
use crate::resolution::Resolver;
use crate::source::Spanned;

/// Most misfits that are named.
const NAMED: usize = 3;

/// Declares events `typed: false` whose rows their schemas cannot read whole, and says which rows.
pub(super) fn rows(draft: &mut Draft, model: &Model, journal: &Journal) -> Result<(), Stop> {
    let mut tables = Tables::new(&model.types);
    for (event, of_model) in events(draft, model) {
        let skip = &model.settings.envelope_fields;
        let versions = of_model.versions.iter();
        let versions =
            versions.map(|version| (version.version, tables.event(version.record, skip)));
        let history = History {
            versions: versions.collect(),
            legacy: of_model.legacy_version,
            skip,
        };
        let mut misfits = Vec::new();
        let mut unknown = BTreeSet::new();
        for class in &event.classes {
            journal.rows(class, |row| match history.check(&row, &mut unknown) {
                Ok(()) => {}
                Err(why) => misfits.push((row.id, why)),
            })?;
        }
        if let Some((_, why)) = misfits.first() {
            let ids: Vec<_> = misfits
                .iter()
                .take(NAMED)
                .map(|(id, _)| id.to_string())
                .collect();
            let more = match misfits.len() - ids.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let rows = if misfits.len() == 1 { "row" } else { "rows" };
            let ids = ids.join(", ");
            event.notes.push(format!(
                "{rows} {ids}{more} cannot be read by the schema: {why}"
            ));
        }
        if !unknown.is_empty() {
            let unknown: Vec<_> = unknown.into_iter().collect();
            let unknown = unknown.join(", ");
            event.notes.push(format!(
                "rows hold what no schema has, and typed events would lose: {unknown}"
            ));
        } else if misfits.is_empty() {
            continue;
        }
        event.typed = false;
    }
    Ok(())
}

/// Declares the upcast steps without which a version has no way to the latest.
pub(super) fn steps(draft: &mut Draft, model: &mut Model) {
    loop {
        let missing = events(draft, model).find_map(|(event, of_model)| {
            let target = first_unreadable(model, of_model)?;
            event.upcast.push(target - 1);
            event.upcast.sort_unstable();
            if event.upcast.len() == 1 {
                event.notes.push(
                    "`upcast`: Avro's rules do not lead on from there; write the step in Rust"
                        .to_owned(),
                );
            }
            Some((
                of_model.name.value.clone(),
                of_model.event_type.value.clone(),
                target - 1,
            ))
        });
        let Some((name, event_type, step)) = missing else {
            return;
        };
        let mut all = model
            .aggregates
            .iter_mut()
            .flat_map(|aggregate| &mut aggregate.events);
        let event =
            all.find(|event| event.name.value == name && event.event_type.value == event_type);
        let Some(event) = event else { return };
        let span = event.name.span;
        event.upcast.push(Spanned::new(step, span));
        event.upcast.sort_by_key(|step| step.value);
    }
}

/// The typed events of the draft, with what the model has of them.
fn events<'a>(
    draft: &'a mut Draft,
    model: &'a Model,
) -> impl Iterator<Item = (&'a mut Event, &'a model::event::Event)> {
    draft.aggregates.iter_mut().flat_map(|aggregate| {
        let of_model = model
            .aggregates
            .iter()
            .find(|of_model| of_model.name.value == aggregate.name);
        let known = of_model.map_or(&[][..], |of_model| &of_model.events);
        let typed = aggregate.events.iter_mut().filter(|event| event.typed);
        typed.filter_map(|event| {
            let of_model = known
                .iter()
                .find(|of_model| of_model.name.value == event.name)?;
            Some((event, of_model))
        })
    })
}

/// The version that one before it cannot be read as.
fn first_unreadable(model: &Model, event: &model::event::Event) -> Option<i32> {
    let is_its =
        |aggregate: &&Aggregate| aggregate.events.iter().any(|own| std::ptr::eq(own, event));
    let aggregate = model.aggregates.iter().find(is_its)?;
    event.versions.iter().find_map(|version| {
        let (_, target) = read_as(aggregate, event, version)?;
        let mut resolver = Resolver::new(&model.types, &model.settings.envelope_fields);
        resolver.event(version.record, target.record);
        (!resolver.problems.is_empty()).then_some(target.version)
    })
}

/// The schemas of an event.
struct History<'a> {
    versions: Vec<(i32, &'static TypeNode)>,
    legacy: i32,
    skip: &'a [String],
}

impl History<'_> {
    fn check(&self, row: &Stored, unknown: &mut BTreeSet<String>) -> Result<(), String> {
        let number = row.version.unwrap_or_else(|| i64::from(self.legacy));
        let mut versions = self.versions.iter();
        let (_, node) = versions
            .find(|(version, _)| i64::from(*version) == number)
            .ok_or_else(|| format!("there is no version {number}"))?;
        let data = row.data.as_deref().ok_or("its data is no text")?;
        validate(node, data).map_err(|errors| errors.to_string())?;
        // What serde_json cannot hold was read above; its members are not looked into.
        if let Ok(Value::Object(mut members)) = serde_json::from_str(data) {
            members.retain(|key, _| !self.skip.contains(key));
            collect_unknown(node, &Value::Object(members), "", unknown);
        }
        Ok(())
    }
}

/// Paths of members that the type has no field for. Values of unions are looked into where one record may be meant only.
fn collect_unknown(
    node: &'static TypeNode,
    value: &Value,
    path: &str,
    unknown: &mut BTreeSet<String>,
) {
    match (node, value) {
        (TypeNode::Record(record), Value::Object(members)) => {
            for (key, value) in members {
                let path = if path.is_empty() {
                    format!("`{key}`")
                } else {
                    format!("{path}.`{key}`")
                };
                match record.fields.iter().find(|field| field.name == key) {
                    Some(field) => collect_unknown(field.node, value, &path, unknown),
                    None => {
                        unknown.insert(path);
                    }
                }
            }
        }
        (TypeNode::Array(item), Value::Array(values)) => {
            for value in values {
                collect_unknown(item, value, path, unknown);
            }
        }
        (TypeNode::Map(of), Value::Object(members)) => {
            for value in members.values() {
                collect_unknown(of, value, path, unknown);
            }
        }
        (TypeNode::Union(branches), Value::Object(_)) => {
            let mut records = branches
                .iter()
                .filter(|branch| matches!(branch, TypeNode::Record(_) | TypeNode::Map(_)));
            if let (Some(record), None) = (records.next(), records.next()) {
                collect_unknown(record, value, path, unknown);
            }
        }
        _ => {}
    }
}

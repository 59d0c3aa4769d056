//! Which event a raw one is, and whether its data and envelope fit the schema file.

use std::borrow::Cow;

use crate::app::App;
use crate::codec::DataError;
use crate::codec::avro::single_object_of_json;
use crate::envelope::{PayloadBuf, RecordedEvent};
use crate::event::{AggregateDescriptor, EventDescriptor, VersionDescriptor};
use crate::json_object::JsonObject;
use crate::types::TypeNode;
use crate::validate::{Validation, ValidationErrors, all};

/// The event of that type, of the aggregate that is named, or the first that has one.
pub(super) fn find(
    app: &App,
    event_type: &str,
    aggregate_type: Option<&str>,
) -> Option<(&'static AggregateDescriptor, &'static EventDescriptor)> {
    app.aggregates()
        .iter()
        .filter(|aggregate| aggregate_type.is_none_or(|name| aggregate.aggregate_type == name))
        .find_map(|aggregate| {
            let event = aggregate
                .events
                .iter()
                .find(|event| event.event_type == event_type)?;
            Some((*aggregate, *event))
        })
}

/// Whether `schema_version` is a field of the event itself, and so says nothing of its schema.
pub(super) fn has_own_version(event: &EventDescriptor) -> bool {
    event
        .latest()
        .is_some_and(|latest| match latest.node.base() {
            TypeNode::Record(record) => record
                .fields
                .iter()
                .any(|field| field.name == "schema_version"),
            _ => false,
        })
}

/// The data as Avro; `None` where it does not fit its schema, which an app may store unvalidated.
pub(super) fn as_avro(
    schema: Option<&'static VersionDescriptor>,
    data: &PayloadBuf,
) -> Option<PayloadBuf> {
    match (schema, data) {
        (Some(schema), PayloadBuf::Json(text)) if schema.fingerprint != 0 => {
            let bytes = single_object_of_json(schema, text).ok()?;
            Some(PayloadBuf::Avro(bytes))
        }
        _ => None,
    }
}

/// Holds the data against the payload type, and the envelope against the fields that the file has for it. Data that names
/// such a field itself overrides the envelope, as in djangoevents.
pub(super) fn check(
    validation: Validation,
    schema: &'static VersionDescriptor,
    data: &JsonObject,
    raw: &RecordedEvent<'_>,
) -> Result<(), ValidationErrors> {
    let payload = (None, validation.validate(schema.node, data.as_str()));
    let envelope = schema.envelope.iter().filter_map(|field| {
        let text = data
            .get(field.name)
            .map(Cow::Borrowed)
            .or_else(|| raw.envelope_field(validation, field.name));
        let result = match (text, validation) {
            (Some(text), _) => validation.validate(field.node, &text),
            (None, Validation::Strict) if field.default.is_some() => return None,
            (None, Validation::Strict) => Err(DataError::new("a value", "nothing").into()),
            // A missing attribute is looked up as None.
            (None, Validation::Djangoevents) => validation.validate(field.node, "null"),
        };
        Some((Some(field.name), result))
    });
    all(std::iter::once(payload).chain(envelope))
}

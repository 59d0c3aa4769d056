//! Every attempt to store an event that djangoevents saw, made again through evgen: the same rows, the same refusals.

use std::path::Path;

use evgen_runtime::store::EventStore;
use evgen_runtime::store::sqlite::Layout;
use evgen_runtime::{
    App, AppendError, Effect, EventId, ExpectedVersion, JsonObject, Metadata, StoreError,
    StoreFailure, Validation,
};
use evgen_tests::djangoevents::events;
use evgen_tests::shared;
use serde_json::Value;

use super::{Journal, cases, open, rows};

#[tokio::test]
async fn replaying_every_command_writes_the_same_journal() {
    check(Validation::Strict).await;
}

#[tokio::test]
async fn by_djangoevents_own_verdicts_the_journal_is_the_same() {
    check(Validation::Djangoevents).await;
}

async fn check(validation: Validation) {
    let Some(journal) = Journal::copy("public_journal.sqlite3") else {
        return;
    };
    let written = journal.path.with_file_name("written.sqlite3");
    let Some(figures) = replay(&written, validation).await else {
        return;
    };
    let mut different = Vec::new();
    let (expected, written) = (rows(&journal.path), rows(&written));
    for (expected, written) in expected.iter().zip(&written) {
        if expected != written {
            different.push(format!("{expected:?}\n{written:?}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert_eq!(expected.len(), written.len());
    assert_eq!(figures, (430, 37, 23));
}

/// Makes every attempt again, in an empty journal at `written`; each is stored, or refused for djangoevents' reason. Returns
/// how many were stored, refused and left out.
pub(super) async fn replay(
    written: &Path,
    validation: Validation,
) -> Option<(usize, usize, usize)> {
    let open = || open(written, Layout::djangoevents(), false);
    replay_on([open().await, open().await], validation).await
}

/// The same through two stores of one journal: the second writes versions into the data.
pub(super) async fn replay_on(
    stores: [impl EventStore; 2],
    validation: Validation,
) -> Option<(usize, usize, usize)> {
    let path = shared("djangoevents/public_commands.jsonl")?;
    let deployments = cases("public_deployments.json")?;
    let mut apps = Vec::new();
    for (store, adds) in stores.into_iter().zip([false, true]) {
        let app = events::app(store).configure(|builder| {
            let builder = builder.validate(false).schema_version_in_data(adds);
            builder.validation(validation)
        });
        apps.push(app.build().await.unwrap());
    }
    let (mut stored, mut refused, mut left_out) = (0, 0, 0);
    let mut different = Vec::new();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let command: Value = serde_json::from_str(line).unwrap();
        if has_derived_schema(&command) {
            left_out += 1;
            continue;
        }
        let app = &apps[usize::from(command["adds_schema_version"] == true)];
        let answer = store(app, &command, line, &deployments).await;
        match &answer {
            Ok(()) => stored += 1,
            Err(_) => refused += 1,
        }
        let first = command["entity_version"] == 0;
        let refusal = answer.err().map(|error| kind(&error, first));
        if refusal != command["error"]["type"].as_str() {
            different.push(format!("{refusal:?}: {line}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    Some((stored, refused, left_out))
}

/// djangoevents has no schema for events of an abstract aggregate, and refuses them where it validates; evgen derives one
/// from what the children have in common.
fn has_derived_schema(command: &Value) -> bool {
    let message = command["error"]["message"].as_str();
    message.is_some_and(|message| message.starts_with("Cached Schema not found"))
        && command["class"]
            .as_str()
            .is_some_and(|class| class.starts_with("Animal."))
}

async fn store(
    app: &App,
    command: &Value,
    line: &str,
    deployments: &Value,
) -> Result<(), StoreError> {
    let class = command["class"].as_str().unwrap();
    let (aggregate, event) = events::AGGREGATES
        .iter()
        .find_map(|aggregate| {
            let mut events = aggregate.events.iter();
            let event = events.find(|event| event.django.is_some_and(|at| at.class == class))?;
            Some((aggregate, event))
        })
        .unwrap();
    let deployments = deployments.as_array().unwrap();
    let mut deployments = deployments.iter();
    let deployment = deployments.find(|at| at["deployment"] == command["deployment"]);
    let versions = &deployment.unwrap()["event_class_version_attribute_where_not_1"];
    let version = versions[class].as_i64().unwrap_or(1);
    let line = JsonObject::parse(line).unwrap();
    let mut raw = app
        .store_raw(
            event.event_type,
            command["entity_id"].as_str().unwrap(),
            command["entity_version"].as_i64().unwrap(),
            python_json(&line, "attrs").unwrap(),
        )
        .of(aggregate.aggregate_type)
        .event_version(i32::try_from(version).unwrap())
        .event_id(EventId::parse(command["domain_event_id"].as_str().unwrap()).unwrap());
    if event.effect != Effect::Creates {
        raw = raw.expect(ExpectedVersion::Any);
    }
    // What a live object stored by itself was not validated.
    if command["validate"] == true && command["op"] != "method" {
        raw = raw.force_validate();
    }
    if let Some(metadata) = python_json(&line, "metadata") {
        raw = raw.metadata(Metadata::from_stored(Some(&metadata)));
    }
    raw.await.map(|_| ())
}

/// djangoevents' exception for a refusal. To it, whatever conflicts at version 0 is a second creation; to evgen, only what
/// creates.
fn kind(error: &StoreError, first: bool) -> &'static str {
    match error {
        StoreError::Invalid(_) => "djangoevents.exceptions.EventSchemaError",
        StoreError::AlreadyExists(_) => "djangoevents.exceptions.AlreadyExists",
        StoreError::Conflict { .. }
        | StoreError::Store(StoreFailure::Append(AppendError::VersionTaken { .. })) => {
            match first {
                true => "djangoevents.exceptions.AlreadyExists",
                false => "django.db.utils.IntegrityError",
            }
        }
        _ => "another",
    }
}

/// A member of a command as the application gives it to the event, in the form that Django's JSON encoder writes. Text
/// without Python's own types is left alone: its numbers may be longer than any of Rust's.
fn python_json(line: &JsonObject, key: &str) -> Option<String> {
    let text = line.get(key)?;
    if !text.contains("{\"$") {
        return Some(text.to_owned());
    }
    Some(plain(&serde_json::from_str(text).unwrap()).to_string())
}

fn plain(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let one = members.iter().next().filter(|_| members.len() == 1);
            match one.map(|(tag, value)| (tag.as_str(), value.as_str().unwrap_or_default())) {
                Some(("$datetime", text)) => milliseconds(text, 23).replace("+00:00", "Z").into(),
                Some(("$time", text)) => milliseconds(text, 12).into(),
                Some(("$date" | "$decimal" | "$uuid", text)) => text.into(),
                _ => Value::Object(
                    members
                        .iter()
                        .map(|(key, value)| (key.clone(), plain(value)))
                        .collect(),
                ),
            }
        }
        Value::Array(values) => values.iter().map(plain).collect(),
        other => other.clone(),
    }
}

/// An ISO text with microseconds, the last three digits of which Django cuts off; they end three behind `at`.
fn milliseconds(text: &str, at: usize) -> String {
    if text.contains('.') {
        format!("{}{}", &text[..at], &text[at + 3..])
    } else {
        text.to_owned()
    }
}

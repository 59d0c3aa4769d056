//! All that is checked of one event; also what `import` asks of each.

use evgen_runtime::validate::{StoredError, stored};
use evgen_runtime::{DecodeError, RecordedEvent};

use super::super::findings::{Finding, Kind, Mistake, Named};
use super::super::schemas::Schemas;

/// What is wrong with an event, if anything.
pub(in super::super) fn event(event: &RecordedEvent<'_>, schemas: &Schemas) -> Option<Finding> {
    let finding = |kind, message| Finding {
        kind,
        position: event.position.0,
        at: None,
        event: Some(Named::from(event)),
        message,
        mistakes: Vec::new(),
        help: None,
        schema: None,
    };
    if event.is_intact() == Some(false) {
        return Some(Finding {
            help: Some(
                "its checksum is another: the row was edited, or its disk is damaged; restore it from a backup",
            ),
            ..finding(Kind::Damaged, "it is not what was stored".to_owned())
        });
    }
    let Some(descriptor) = schemas.event(event) else {
        return Some(unknown(event, schemas, finding));
    };
    let error = stored(descriptor, event).err()?;
    let schema = schemas.version(event).map(|(_, version)| version.file);
    Some(match error {
        StoredError::Version(DecodeError::UnknownVersion {
            version, latest, ..
        }) => Finding {
            help: Some(if version > latest {
                "a newer build wrote it: take the schemas of that build"
            } else {
                "restore the schema file of that version, or set `legacy_version` for rows without one"
            }),
            ..finding(
                Kind::UnknownVersion,
                format!("there is no schema of version {version}; the latest is {latest}"),
            )
        },
        StoredError::Data(errors) => {
            let mistakes = errors.errors().iter().map(|error| Mistake {
                path: error.path().to_owned(),
                expected: error.expected().to_owned(),
                found: error.found().to_owned(),
            });
            Finding {
                mistakes: mistakes.collect(),
                schema,
                ..finding(
                    Kind::Unreadable,
                    "the data does not fit its schema".to_owned(),
                )
            }
        }
        error => Finding {
            schema,
            ..finding(Kind::Unreadable, error.to_string())
        },
    })
}

fn unknown(
    event: &RecordedEvent<'_>,
    schemas: &Schemas,
    finding: impl Fn(Kind, String) -> Finding,
) -> Finding {
    let (name, event_type) = (event.aggregate_type, event.event_type);
    let (message, help) = if schemas.has(name) {
        (
            format!("aggregate `{name}` has no event of type `{event_type}`"),
            "list the event in the manifest; `event_type` names one that is stored under another name",
        )
    } else {
        (
            format!("there is no aggregate `{name}`"),
            "list the aggregate in the manifest, under its stored name",
        )
    };
    Finding {
        help: Some(help),
        ..finding(Kind::UnknownEvent, message)
    }
}

/// A row that cannot be an event.
pub(in super::super) fn not_an_event(position: i64, problem: String) -> Finding {
    Finding {
        kind: Kind::NotAnEvent,
        position,
        at: None,
        event: None,
        message: problem,
        mistakes: Vec::new(),
        help: None,
        schema: None,
    }
}

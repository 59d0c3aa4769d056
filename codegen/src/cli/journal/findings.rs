//! What is wrong with stored events, for people and for machines. Mistakes in schemas are diagnostics, not these.

use std::fmt::Write as _;

use evgen_runtime::RecordedEvent;
use serde_json::{Value, json};

use super::super::args::Format;
use super::super::findings::data;
use super::super::sarif::{self, uri};
use super::show::visible;

/// What is wrong; the names are for machines, and stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A row's columns hold what they never should.
    NotAnEvent,
    /// No schema knows the aggregate or the event.
    UnknownEvent,
    /// The event has no schema of that version.
    UnknownVersion,
    /// The data does not fit the schema.
    Unreadable,
    /// The content is not what was stored.
    Damaged,
    /// Positions are missing from a journal that has no gaps.
    PositionGap,
    /// Versions are missing from a stream.
    VersionGap,
    /// The store does not take the event.
    Refused,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::NotAnEvent => "not-an-event",
            Self::UnknownEvent => "unknown-event",
            Self::UnknownVersion => "unknown-version",
            Self::Unreadable => "unreadable",
            Self::Damaged => "damaged",
            Self::PositionGap => "position-gap",
            Self::VersionGap => "version-gap",
            Self::Refused => "refused",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::NotAnEvent => "A row of the journal is not an event",
            Self::UnknownEvent => "No schema knows the event",
            Self::UnknownVersion => "The event has no schema of that version",
            Self::Unreadable => "The data does not fit its schema",
            Self::Damaged => "The event is not what was stored",
            Self::PositionGap => "Positions are missing from the journal",
            Self::VersionGap => "Versions are missing from a stream",
            Self::Refused => "The store does not take the event",
        }
    }

    /// Whether the journal is not good: a gap in a stream may have been made on purpose.
    pub(super) fn is_error(self) -> bool {
        self != Self::VersionGap
    }

    fn severity(self) -> &'static str {
        if self.is_error() { "error" } else { "warning" }
    }
}

/// One mistake in data.
#[derive(Debug, Clone)]
pub(super) struct Mistake {
    /// JSON pointer.
    pub(super) path: String,
    pub(super) expected: String,
    pub(super) found: String,
}

/// One thing that is wrong.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    pub(super) kind: Kind,
    pub(super) position: i64,
    /// Where in a file, for what is imported (`journal.jsonl:17`).
    pub(super) at: Option<String>,
    /// The event, unless there is none.
    pub(super) event: Option<Named>,
    pub(super) message: String,
    pub(super) mistakes: Vec<Mistake>,
    pub(super) help: Option<&'static str>,
    /// The schema that was held against it.
    pub(super) schema: Option<&'static str>,
}

/// An event's envelope, as far as it names the event.
#[derive(Debug, Clone)]
pub(super) struct Named {
    aggregate_type: String,
    aggregate_id: String,
    version: i64,
    event_id: String,
    event_type: String,
    event_version: Option<i32>,
}

impl From<&RecordedEvent<'_>> for Named {
    fn from(event: &RecordedEvent<'_>) -> Self {
        Self {
            aggregate_type: event.aggregate_type.to_owned(),
            aggregate_id: event.aggregate_id.to_owned(),
            version: event.version.0,
            event_id: event.event_id.to_owned(),
            event_type: event.event_type.to_owned(),
            event_version: event.event_version,
        }
    }
}

impl Finding {
    /// `position 17, Todo::1 #3, todo_created v1`
    pub(super) fn place(&self) -> String {
        let mut place = match &self.at {
            Some(at) => at.clone(),
            None => format!("position {}", self.position),
        };
        if let Some(event) = &self.event {
            let _ = write!(
                place,
                ", {}::{} #{}, {}",
                event.aggregate_type, event.aggregate_id, event.version, event.event_type
            );
            if let Some(version) = event.event_version {
                let _ = write!(place, " v{version}");
            }
        }
        visible(&place).into_owned()
    }

    fn message(&self) -> String {
        let mut text = self.message.clone();
        for mistake in &self.mistakes {
            let _ = write!(text, "\n{}", mistake.text());
        }
        text
    }
}

impl Mistake {
    pub(super) fn text(&self) -> String {
        let at = match self.path.as_str() {
            "" => String::new(),
            path => format!("`{path}`: "),
        };
        visible(&format!(
            "{at}expected {}, found {}",
            self.expected, self.found
        ))
        .into_owned()
    }
}

/// One finding as it is printed when it is found; nothing for SARIF, which is one document.
pub(super) fn show(finding: &Finding, format: Format, coloured: bool) -> String {
    match format {
        Format::Text => as_text(finding, coloured),
        Format::Json => format!("{}\n", as_json(finding)),
        Format::Github => format!(
            "::{} title={}::{}\n",
            finding.kind.severity(),
            finding.kind.name(),
            data(&format!("{}: {}", finding.place(), finding.message()))
        ),
        Format::Sarif => String::new(),
    }
}

fn as_text(finding: &Finding, coloured: bool) -> String {
    let severity = finding.kind.severity();
    let head = format!("{severity}[{}]", finding.kind.name());
    let colour = if finding.kind.is_error() { "31" } else { "33" };
    let head = if coloured {
        format!("\x1b[1;{colour}m{head}\x1b[0m")
    } else {
        head
    };
    let mut text = format!(
        "{head}: {}: {}\n",
        finding.place(),
        visible(&finding.message)
    );
    for mistake in &finding.mistakes {
        let _ = writeln!(text, "    {}", mistake.text());
    }
    if let Some(schema) = finding.schema {
        let _ = writeln!(text, "  = schema: {schema}");
    }
    if let Some(help) = finding.help {
        let _ = writeln!(text, "  = help: {help}");
    }
    text
}

fn as_json(finding: &Finding) -> Value {
    let mistakes = finding.mistakes.iter().map(|mistake| {
        json!({ "path": mistake.path, "expected": mistake.expected, "found": mistake.found })
    });
    let mut value = json!({
        "kind": finding.kind.name(),
        "severity": finding.kind.severity(),
        "message": finding.message,
        "position": finding.position,
        "at": finding.at,
        "errors": mistakes.collect::<Vec<_>>(),
        "schema": finding.schema,
        "help": finding.help,
    });
    if let (Some(event), Value::Object(members)) = (&finding.event, &mut value) {
        members.extend([
            ("aggregate_type".to_owned(), json!(event.aggregate_type)),
            ("aggregate_id".to_owned(), json!(event.aggregate_id)),
            ("aggregate_version".to_owned(), json!(event.version)),
            ("event_id".to_owned(), json!(event.event_id)),
            ("event_type".to_owned(), json!(event.event_type)),
            ("event_version".to_owned(), json!(event.event_version)),
        ]);
    }
    value
}

/// All of them as one SARIF document.
pub(super) fn as_sarif(findings: &[Finding], journal: &str) -> String {
    let mut kinds: Vec<Kind> = findings.iter().map(|finding| finding.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let rules = kinds
        .iter()
        .map(|kind| json!({ "id": kind.name(), "shortDescription": { "text": kind.title() } }));
    let journal = if journal.contains("://") {
        journal.to_owned()
    } else {
        uri(journal)
    };
    let results = findings.iter().map(|finding| {
        json!({
            "ruleId": finding.kind.name(),
            "level": finding.kind.severity(),
            "message": { "text": finding.message() },
            "locations": [{
                "physicalLocation": { "artifactLocation": { "uri": journal } },
                "logicalLocations": [{ "fullyQualifiedName": finding.place() }],
            }],
        })
    });
    sarif::document(rules, results)
}

//! Diagnostics for people and for machines: drawn text, JSON lines, GitHub workflow commands, SARIF.

use serde_json::{Value, json};

use super::args::Format;
use super::sarif::{self, uri};
use crate::diagnostic::category::Category;
use crate::diagnostic::{Diagnostic, Diagnostics, Label, Severity};
use crate::report::{self, Style};
use crate::source::SourceMap;

/// All of them, each on lines of its own.
pub(crate) fn show(
    sources: &SourceMap,
    diagnostics: &Diagnostics,
    format: Format,
    style: Style,
) -> String {
    match format {
        Format::Text if diagnostics.is_empty() => String::new(),
        Format::Text => report::draw_all(sources, diagnostics, style) + "\n",
        Format::Json => lines(diagnostics, |diagnostic| {
            as_json(sources, diagnostic).to_string()
        }),
        Format::Github => lines(diagnostics, |diagnostic| as_command(sources, diagnostic)),
        Format::Sarif => as_sarif(sources, diagnostics),
    }
}

fn lines(diagnostics: &Diagnostics, line: impl Fn(&Diagnostic) -> String) -> String {
    diagnostics
        .iter()
        .map(|diagnostic| line(diagnostic) + "\n")
        .collect()
}

fn severity(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn primary(diagnostic: &Diagnostic) -> Option<&Label> {
    diagnostic.labels.iter().find(|label| label.primary)
}

fn as_json(sources: &SourceMap, diagnostic: &Diagnostic) -> Value {
    let labels: Vec<Value> = diagnostic
        .labels
        .iter()
        .map(|label| {
            let (line, column) = sources.line_column(label.span);
            json!({
                "path": sources.file(label.span.source).path,
                "line": line,
                "column": column,
                "start": label.span.start,
                "end": label.span.end,
                "text": label.text,
                "primary": label.primary,
            })
        })
        .collect();
    json!({
        "code": diagnostic.code.id,
        "severity": severity(diagnostic),
        "title": diagnostic.code.title,
        "message": diagnostic.message,
        "path": diagnostic.path,
        "labels": labels,
        "help": diagnostic.help,
    })
}

/// `::error file=…,line=…,col=…,title=EV0203::message`
fn as_command(sources: &SourceMap, diagnostic: &Diagnostic) -> String {
    let mut properties = Vec::new();
    if let Some(label) = primary(diagnostic) {
        let (line, column) = sources.line_column(label.span);
        let path = property(&sources.file(label.span.source).path);
        properties.push(format!("file={path},line={line},col={column}"));
    } else if let Some(path) = &diagnostic.path {
        properties.push(format!("file={}", property(path)));
    }
    properties.push(format!("title={}", diagnostic.code.id));
    let help = diagnostic
        .help
        .as_ref()
        .map_or(String::new(), |help| format!("\nhelp: {help}"));
    let message = data(&format!("{}{help}", diagnostic.message));
    format!(
        "::{} {}::{message}",
        severity(diagnostic),
        properties.join(",")
    )
}

/// Escapes of GitHub's workflow commands.
pub(super) fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

fn as_sarif(sources: &SourceMap, diagnostics: &Diagnostics) -> String {
    let mut rules: Vec<_> = diagnostics
        .iter()
        .map(|diagnostic| diagnostic.code)
        .collect();
    rules.sort_by_key(|code| code.id);
    rules.dedup_by_key(|code| code.id);
    let rules = rules.iter().map(|code| {
        let category = Category::of(code).map_or("schemas", Category::name);
        json!({
            "id": code.id,
            "shortDescription": { "text": code.title },
            "help": { "text": format!("evgen explain {}", code.id) },
            "properties": { "tags": [category] },
        })
    });
    let results = diagnostics.iter().map(|diagnostic| {
        let help = diagnostic.help.iter().map(|help| format!("\nhelp: {help}"));
        let text = std::iter::once(diagnostic.message.clone()).chain(help);
        json!({
            "ruleId": diagnostic.code.id,
            "level": severity(diagnostic),
            "message": { "text": text.collect::<String>() },
            "locations": locations(sources, diagnostic),
            "relatedLocations": related(sources, diagnostic),
        })
    });
    sarif::document(rules, results)
}

fn locations(sources: &SourceMap, diagnostic: &Diagnostic) -> Vec<Value> {
    if let Some(label) = primary(diagnostic) {
        return vec![json!({ "physicalLocation": physical(sources, label) })];
    }
    let path = diagnostic.path.iter();
    path.map(|path| json!({ "physicalLocation": { "artifactLocation": { "uri": uri(path) } } }))
        .collect()
}

/// What else labels point at, each with what to see there.
fn related(sources: &SourceMap, diagnostic: &Diagnostic) -> Vec<Value> {
    let first = primary(diagnostic).map(|label| label.span);
    let others = diagnostic.labels.iter();
    let mut related = Vec::new();
    for label in others.filter(|label| Some(label.span) != first) {
        let location = json!({
            "physicalLocation": physical(sources, label),
            "message": { "text": label.text },
        });
        // SARIF wants each of them once.
        if !related.contains(&location) {
            related.push(location);
        }
    }
    related
}

fn physical(sources: &SourceMap, label: &Label) -> Value {
    let (line, column) = sources.line_column(label.span);
    json!({
        "artifactLocation": { "uri": uri(&sources.file(label.span.source).path) },
        "region": { "startLine": line, "startColumn": column },
    })
}

//! The draft's text: YAML with a comment wherever something was guessed. Nothing out of a journal can leave its comment or
//! its quotes.

use std::fmt::Write as _;

use super::draft::{Aggregate, Draft, Event};
use crate::model::event::Effect;

/// Longest comment.
const COMMENT: usize = 160;

/// The manifest.
pub(super) fn text(draft: &Draft) -> String {
    let mut out = "# Drafted by `evgen import-django`. Comments name what was guessed: read them, then remove them.\n\
                   format: 1\nsettings:\n  # DJANGOEVENTS_CONFIG has it as EVENT_SCHEMA_VALIDATION.ENABLED.\n  validate: true\n"
        .to_owned();
    match draft.schema_version_in_data {
        None => {
            out.push_str("  # DJANGOEVENTS_CONFIG has it as ADDS_SCHEMA_VERSION_TO_EVENT_DATA.\n")
        }
        Some(true) => out.push_str("  # The journal's newest event has one.\n"),
        Some(false) => out.push_str("  # The journal's newest event has none.\n"),
    }
    let in_data = draft.schema_version_in_data.unwrap_or(false);
    let _ = writeln!(out, "  schema_version_in_data: {in_data}\naggregates:");
    for aggregate in &draft.aggregates {
        write_aggregate(aggregate, &mut out);
    }
    for note in &draft.notes {
        comment("", note, &mut out);
    }
    out
}

fn write_aggregate(aggregate: &Aggregate, out: &mut String) {
    for note in &aggregate.notes {
        comment("  ", note, out);
    }
    let _ = writeln!(out, "  {}:", aggregate.name);
    if let Some(directory) = &aggregate.directory {
        let _ = writeln!(out, "    directory: {}", scalar(directory));
    }
    if aggregate.removed_on_discard {
        out.push_str("    on_discard: remove\n");
    }
    match &aggregate.module {
        Some(module) => {
            let _ = writeln!(out, "    django: {{ module: {} }}", scalar(module));
        }
        None => out.push_str("    # To share a journal with Python: django: { module: … }\n"),
    }
    out.push_str("    events:\n");
    for event in &aggregate.events {
        for note in &event.notes {
            comment("      ", note, out);
        }
        let _ = writeln!(out, "      {}: {}", event.name, entry(event, aggregate));
    }
}

fn entry(event: &Event, aggregate: &Aggregate) -> String {
    let mut keys = Vec::new();
    match event.effect {
        Effect::Creates => keys.push("creates: true".to_owned()),
        Effect::Discards => keys.push("discards: true".to_owned()),
        Effect::Changes | Effect::StoredOnly => {}
    }
    if let Some(event_type) = &event.event_type {
        keys.push(format!("event_type: {}", scalar(event_type)));
    }
    if !event.typed {
        keys.push("typed: false".to_owned());
    }
    if event.allow_gaps {
        keys.push("allow_gaps: true".to_owned());
    }
    if !event.upcast.is_empty() {
        let steps: Vec<_> = event.upcast.iter().map(ToString::to_string).collect();
        keys.push(format!("upcast: [{}]", steps.join(", ")));
    }
    if let Some(class) = event.classes.first() {
        let mut django = Vec::new();
        if Some(&class.module) != aggregate.module.as_ref() {
            django.push(format!("module: {}", scalar(&class.module)));
        }
        if class.class != format!("{}.{}", aggregate.name, event.name) {
            django.push(format!("class: {}", scalar(&class.class)));
        }
        if !django.is_empty() {
            keys.push(format!("django: {{ {} }}", django.join(", ")));
        }
    }
    if keys.is_empty() {
        "{}".to_owned()
    } else {
        format!("{{ {} }}", keys.join(", "))
    }
}

fn comment(indent: &str, text: &str, out: &mut String) {
    let line = text.chars().map(|c| if is_plain(c) { c } else { ' ' });
    let mut line: String = line.take(COMMENT + 1).collect();
    if line.chars().count() > COMMENT {
        line.pop();
        line.push('…');
    }
    let _ = writeln!(out, "{indent}# {line}");
}

/// Whether a character may stand in a comment: it neither ends the line nor is refused by YAML.
fn is_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
}

/// Plain where nobody could take it for anything else, quoted as JSON is otherwise.
fn scalar(text: &str) -> String {
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_./".contains(c))
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&text.to_ascii_lowercase().as_str());
    if is_word {
        return text.to_owned();
    }
    let mut quoted = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if is_plain(c) => quoted.push(c),
            c => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(c));
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_in_its_quotes() {
        assert_eq!(scalar("billing.invoice.issued"), "billing.invoice.issued");
        assert_eq!(scalar("no"), "\"no\"");
        assert_eq!(scalar("a\" }\n#"), "\"a\\\" }\\U0000000a#\"");
    }

    #[test]
    fn a_comment_stays_a_line() {
        let mut out = String::new();
        comment("  ", &format!("a\nb: c{}", "x".repeat(300)), &mut out);
        assert_eq!(out.lines().count(), 1);
        assert!(out.starts_with("  # a b: c") && out.ends_with("x…\n"));
    }
}

//! One event for people: a line, or several. What a terminal would obey is shown, not sent to it.

use std::borrow::Cow;
use std::fmt::Write as _;

use evgen_runtime::{Payload, RecordedEvent};

use super::schemas::Schemas;

/// How events are shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Show {
    /// With a terminal's colours.
    pub(super) coloured: bool,
    /// Several lines, with id and metadata.
    pub(super) long: bool,
}

const POSITION: &str = "\x1b[33m";
const DIM: &str = "\x1b[2m";
const STREAM: &str = "\x1b[36m";
const EVENT: &str = "\x1b[1;32m";

impl Show {
    /// Appends an event.
    pub(super) fn event(self, event: &RecordedEvent<'_>, schemas: &Schemas, out: &mut String) {
        let version = match event.event_version {
            Some(version) => format!(" v{version}"),
            None => String::new(),
        };
        let position = self.paint(POSITION, &event.position.to_string());
        let time = self.paint(DIM, &event.create_date.to_string());
        let stream =
            visible(&format!("{}::{}", event.aggregate_type, event.aggregate_id)).into_owned();
        let stream = self.paint(STREAM, &stream);
        let event_type = self.paint(EVENT, &format!("{}{version}", visible(event.event_type)));
        let (at, data) = (event.version, data(event, schemas));
        if !self.long {
            let _ = writeln!(
                out,
                "{position}  {time}  {stream}  #{at}  {event_type}  {data}"
            );
            return;
        }
        let _ = writeln!(out, "{position}  {event_type}");
        let _ = writeln!(out, "    stream    {stream}  #{at}");
        let _ = writeln!(out, "    time      {time}");
        let _ = writeln!(out, "    id        {}", visible(event.event_id));
        if let Some((module, class)) = event.django_class {
            let _ = writeln!(out, "    class     {}:{}", visible(module), visible(class));
        }
        if let Some(descriptor) = schemas.version(event).map(|(_, version)| version) {
            let _ = writeln!(out, "    schema    {}", descriptor.file);
        }
        if let Some(metadata) = event.metadata {
            let _ = writeln!(out, "    metadata  {}", visible(metadata));
        }
        let _ = writeln!(out, "    data      {data}");
    }

    fn paint(self, colour: &str, text: &str) -> String {
        if self.coloured {
            format!("{colour}{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

fn data(event: &RecordedEvent<'_>, schemas: &Schemas) -> String {
    if let Payload::Json(text) = event.payload {
        return visible(text).into_owned();
    }
    match schemas.json(event) {
        Some(Ok(text)) => visible(&text).into_owned(),
        Some(Err(error)) => format!(
            "(Avro that cannot be read: {})",
            visible(&error.to_string())
        ),
        None => "(Avro, and no schema of it: name the schemas with --dir)".to_owned(),
    }
}

/// Text without what moves a cursor, changes colours or turns the direction of writing.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_hidden(c) {
            let _ = write!(shown, "\\u{:04x}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn a_terminal_is_not_told_what_to_do() {
        assert_eq!(
            visible("a\u{1b}[31m\u{9b}b\u{202e}"),
            "a\\u001b[31m\\u009bb\\u202e"
        );
        assert_eq!(visible("zoë"), "zoë");
    }
}

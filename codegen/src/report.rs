//! Draws diagnostics: the text underlined, for terminals and build scripts, or one line each.
//! Decides nothing about what is reported.

use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::source::{SourceId, SourceMap};

/// What a stage found wrong, and the text it points at.
#[derive(Debug, Default)]
pub struct Report {
    /// Every file that was read.
    pub sources: SourceMap,
    /// What is wrong.
    pub diagnostics: Diagnostics,
}

impl Report {
    /// Draws all, without colours.
    #[must_use]
    pub fn plain(&self) -> String {
        draw_all(&self.sources, &self.diagnostics, Style::Plain)
    }

    /// Draws all, with the colours of a terminal.
    #[must_use]
    pub fn coloured(&self) -> String {
        draw_all(&self.sources, &self.diagnostics, Style::Coloured)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.plain())
    }
}

impl std::error::Error for Report {}

/// Whether text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Text alone.
    Plain,
    /// With the escape codes of a terminal.
    Coloured,
}

/// Draws all diagnostics, a blank line between two.
#[must_use]
pub fn draw_all(sources: &SourceMap, diagnostics: &Diagnostics, style: Style) -> String {
    let mut drawn: Vec<String> = diagnostics
        .iter()
        .map(|diagnostic| draw(sources, diagnostic, style))
        .collect();
    if let Some(more) = beyond(diagnostics) {
        drawn.push(more);
    }
    drawn.join("\n\n")
}

/// "and 7 more errors", where not all were kept.
fn beyond(diagnostics: &Diagnostics) -> Option<String> {
    let (errors, warnings) = diagnostics.beyond();
    match (errors, warnings) {
        (0, 0) => None,
        (errors, 0) => Some(format!("and {errors} more errors")),
        (0, warnings) => Some(format!("and {warnings} more warnings")),
        (errors, warnings) => Some(format!(
            "and {errors} more errors, {warnings} more warnings"
        )),
    }
}

/// Draws one diagnostic.
#[must_use]
pub fn draw(sources: &SourceMap, diagnostic: &Diagnostic, style: Style) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let message = visible(&diagnostic.message);
    let mut group = Group::with_title(level.primary_title(message).id(diagnostic.code.id));
    for source in labelled_files(diagnostic) {
        group = group.element(snippet(sources, diagnostic, source));
    }
    if let Some(path) = &diagnostic.path {
        group = group.element(Origin::path(visible(path)));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(visible(help)));
    }
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    renderer.render(&[group])
}

/// `EV0203 schemas/aggregates.yaml:3:9: message`: the form of `cargo::error` and of editors.
#[must_use]
pub fn one_line(sources: &SourceMap, diagnostic: &Diagnostic) -> String {
    let id = diagnostic.code.id;
    let message = visible(&diagnostic.message).replace('\n', " ");
    let primary = diagnostic.labels.iter().find(|label| label.primary);
    match (primary, &diagnostic.path) {
        (Some(label), _) => {
            let (line, column) = sources.line_column(label.span);
            let path = visible(&sources.file(label.span.source).path);
            format!("{id} {path}:{line}:{column}: {message}")
        }
        (None, Some(path)) => format!("{id} {}: {message}", visible(path)),
        (None, None) => format!("{id} {message}"),
    }
}

/// Files that labels stand in, the primary one's first.
fn labelled_files(diagnostic: &Diagnostic) -> Vec<SourceId> {
    let mut files = Vec::new();
    let primary_first = diagnostic.labels.iter().filter(|label| label.primary);
    for label in primary_first.chain(&diagnostic.labels) {
        if !files.contains(&label.span.source) {
            files.push(label.span.source);
        }
    }
    files
}

/// Most bytes of a line that are drawn before and behind what is underlined.
const CONTEXT: usize = 200;

/// The part of a file that labels stand in. A file may be one line of megabytes: only the surroundings are drawn.
fn snippet<'a>(
    sources: &'a SourceMap,
    diagnostic: &'a Diagnostic,
    source: SourceId,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let file = sources.file(source);
    let text = file.text.as_str();
    let labels = || {
        diagnostic
            .labels
            .iter()
            .filter(move |label| label.span.source == source)
    };
    let first = labels()
        .map(|label| label.span.start as usize)
        .min()
        .unwrap_or(0);
    let last = labels()
        .map(|label| label.span.end as usize)
        .max()
        .unwrap_or(0);
    let start = text[..first].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[last..]
        .find('\n')
        .map_or(text.len(), |newline| last + newline);
    // Line starts are kept where they are near, so that columns are right.
    let start = if first - start > 20 * CONTEXT {
        floor(text, first - CONTEXT)
    } else {
        start
    };
    let end = if end - last > 20 * CONTEXT {
        floor(text, last + CONTEXT)
    } else {
        end
    };
    let line = text[..start].matches('\n').count() + 1;
    let annotations = labels().map(|label| {
        let kind = if label.primary {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        let from = label.span.start as usize - start;
        let to = first_line_end(text, label.span.start as usize, label.span.end as usize) - start;
        kind.span(from..to).label(visible(&label.text))
    });
    Snippet::source(&text[start..end])
        .line_start(line)
        .path(visible(&file.path))
        .annotations(annotations)
}

/// A long definition is underlined in its first line only.
fn first_line_end(text: &str, start: usize, end: usize) -> usize {
    text[start..end]
        .find(['\n', '\r'])
        .map_or(end, |newline| start + newline)
}

fn floor(text: &str, mut index: usize) -> usize {
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

/// Control characters from a user's text would disturb a terminal, or break a `cargo::error` line.
fn visible(text: &str) -> String {
    if !text.contains(|c: char| c.is_control() && c != '\n') {
        return text.to_owned();
    }
    text.chars()
        .map(|c| {
            if c.is_control() && c != '\n' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

//! Puts stubs into the text of a Rust file: before the closing brace of an impl, or behind the last item.
//! Not a byte of what stands there is changed.

use super::rust_file::{RustFile, TraitImpl};

/// Text to insert at a byte.
#[derive(Debug)]
pub(crate) struct Insertion {
    pub(crate) at: usize,
    pub(crate) text: String,
}

/// Inserts methods, each given as its lines, at the end of an impl.
pub(crate) fn into_impl(file: &RustFile, found: &TraitImpl, methods: &[Vec<String>]) -> Insertion {
    let text = &file.text;
    let close = found.braces.end - 1;
    let outer = indentation(text, found.start);
    let inner = match found.first_item {
        Some(item) if indentation(text, item).len() > outer.len() => {
            indentation(text, item).to_owned()
        }
        _ => format!("{outer}{}", unit(text)),
    };
    let at = text[..close].trim_end().len();
    let mut inserted = String::new();
    for (index, lines) in methods.iter().enumerate() {
        if index > 0 || found.first_item.is_some() {
            inserted.push('\n');
        }
        for line in lines {
            inserted.push('\n');
            inserted.push_str(&indented(&inner, line, unit(text)));
        }
    }
    if !text[at..close].contains('\n') {
        inserted.push('\n');
        inserted.push_str(outer);
    }
    Insertion {
        at,
        text: with_line_ends(text, inserted),
    }
}

/// Appends an item, given as its lines.
pub(crate) fn at_end(text: &str, lines: &[String]) -> Insertion {
    let mut inserted = String::new();
    if !text.is_empty() {
        inserted.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
    }
    for line in lines {
        inserted.push_str(&indented("", line, unit(text)));
        inserted.push('\n');
    }
    Insertion {
        at: text.len(),
        text: with_line_ends(text, inserted),
    }
}

/// The text with everything inserted.
pub(crate) fn apply(text: &str, mut insertions: Vec<Insertion>) -> String {
    insertions.sort_by_key(|insertion| insertion.at);
    let mut out = String::with_capacity(text.len() + 256);
    let mut done = 0;
    for insertion in insertions {
        out.push_str(&text[done..insertion.at]);
        out.push_str(&insertion.text);
        done = insertion.at;
    }
    out.push_str(&text[done..]);
    out
}

/// White space at the start of the line that byte `at` stands in.
fn indentation(text: &str, at: usize) -> &str {
    let line = &text[text[..at].rfind('\n').map_or(0, |newline| newline + 1)..at];
    &line[..line.len() - line.trim_start().len()]
}

/// One level, as the file has it.
fn unit(text: &str) -> &'static str {
    if text.contains("\n\t") { "\t" } else { "    " }
}

fn indented(outer: &str, line: &str, unit: &str) -> String {
    let levels = (line.len() - line.trim_start().len()) / 4;
    format!("{outer}{}{}", unit.repeat(levels), line.trim_start())
}

fn with_line_ends(text: &str, inserted: String) -> String {
    if text.contains("\r\n") {
        inserted.replace('\n', "\r\n")
    } else {
        inserted
    }
}

//! Doc lines from schema docs: any text becomes plain, inert Markdown.

/// The lines of a schema's `doc`, safe behind `///`.
pub(crate) fn doc_lines(doc: Option<&str>) -> Vec<String> {
    let Some(doc) = doc else { return Vec::new() };
    let trimmed = doc.trim();
    if is_plain(trimmed) {
        return vec![trimmed.to_owned()];
    }
    let mut lines: Vec<String> = doc
        .split([
            '\n', '\r', '\u{2028}', '\u{2029}', '\u{85}', '\u{b}', '\u{c}',
        ])
        .map(doc_line)
        .collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    let blank = lines.iter().take_while(|line| line.is_empty()).count();
    lines.drain(..blank);
    lines.shrink_to_fit();
    lines
}

/// One line: no Markdown, HTML or link in it takes effect, and nothing invisible stays invisible.
pub(crate) fn doc_line(text: &str) -> String {
    let text = text.trim();
    if is_plain(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    if text.starts_with(['#', '-', '+', '=', '~', '>']) {
        out.push('\\');
    }
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    for (index, c) in text.char_indices() {
        match c {
            '.' | ')' if digits > 0 && index == digits => {
                out.push('\\');
                out.push(c);
            }
            '\\' | '`' | '[' | ']' | '<' | '>' | '*' | '&' | '|' | '~'
                if !out.ends_with('\\') || index > 0 =>
            {
                out.push('\\');
                out.push(c);
            }
            // A bare address would be a link that rustdoc warns of.
            ':' if text[index..].starts_with("://") => out.push_str("\\:"),
            c if c.is_control() || is_invisible(c) => {
                out.push_str(&format!("U+{:04X}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

/// What may stand between backticks or in a comment: one line, nothing invisible.
pub(crate) fn code_span(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '`' => out.push('\''),
            c if c.is_control() || is_invisible(c) || matches!(c, '\u{2028}' | '\u{2029}') => {
                out.push_str(&format!("U+{:04X}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

/// Whether nothing in a line could take effect: most lines, told at small cost.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    if !bytes.first().is_some_and(u8::is_ascii_alphabetic) {
        return false;
    }
    for &byte in bytes {
        if !matches!(byte, b' ' | b',' | b'.' | b'\'' | b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9')
        {
            return false;
        }
    }
    true
}

/// Format characters that reorder or hide text.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A Rust string literal.
pub(crate) fn literal(text: &str) -> String {
    if !text.is_empty() && !is_plain(text) {
        return format!("{text:?}");
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    out.push_str(text);
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_takes_effect() {
        assert_eq!(
            doc_lines(Some("\n  # a `b` <c> [d]\r\u{202e}1. x */ http://e\n")),
            [
                "\\# a \\`b\\` \\<c\\> \\[d\\]",
                "U+202E1. x \\*/ http\\://e"
            ]
        );
        assert_eq!(doc_line("12. twelve"), "12\\. twelve");
    }
}

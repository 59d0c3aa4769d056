//! A schema file's text without white space and comments, for the descriptor.

/// The text without white space and comments outside its strings.
///
/// Works on bytes, and copies what it keeps in one piece: a build script runs it without optimisation.
pub(crate) fn minified(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let (mut at, mut kept) = (0, 0);
    while at < bytes.len() {
        let skipped = match bytes[at] {
            b'"' => {
                at = string_end(text, at);
                continue;
            }
            b' ' | b'\n' | b'\r' | b'\t' => 1,
            b'/' => comment_length(&text[at..]),
            // A byte order mark.
            0xef if at == 0 && text.starts_with('\u{feff}') => 3,
            _ => 0,
        };
        if skipped == 0 {
            at += 1;
            continue;
        }
        out.push_str(&text[kept..at]);
        at += skipped;
        kept = at;
    }
    out.push_str(&text[kept..]);
    out
}

fn comment_length(text: &str) -> usize {
    if text.starts_with("//") {
        text.find(['\n', '\r']).unwrap_or(text.len())
    } else if text.starts_with("/*") {
        text.find("*/").map_or(text.len(), |end| end + 2)
    } else {
        0
    }
}

/// Where the string literal at `start` ends, its quote included.
fn string_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::minified;

    #[test]
    fn strings_are_left_as_they_are() {
        assert_eq!(
            minified("{ \"a b\\\" //\" : /* c */ 1 } // d"),
            "{\"a b\\\" //\":1}"
        );
    }
}

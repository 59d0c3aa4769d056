//! A schema file's text without white space and comments, for the descriptor.

/// The text without white space and comments outside its strings.
pub(crate) fn minified(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '"' => string_length(rest),
            _ if rest.starts_with("//") => {
                rest = &rest[rest.find(['\n', '\r']).unwrap_or(rest.len())..];
                continue;
            }
            _ if rest.starts_with("/*") => {
                rest = &rest[rest.find("*/").map_or(rest.len(), |end| end + 2)..];
                continue;
            }
            c => c.len_utf8(),
        };
        if !c.is_whitespace() {
            out.push_str(&rest[..length]);
        }
        rest = &rest[length..];
    }
    out
}

/// Length of the string literal at the start, quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return index + 1,
            _ => {}
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

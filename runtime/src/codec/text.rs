//! JSON strings: escapes on the way in and out.

use std::borrow::Cow;

use super::scan;

/// The text of a JSON string without its quotes, known to be well-formed; `None`: it has a lone surrogate.
pub(crate) fn unescape(raw: &str) -> Option<Cow<'_, str>> {
    let Some(first) = raw.find('\\') else {
        return Some(Cow::Borrowed(raw));
    };
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    let mut next = Some(first);
    while let Some(escape) = next {
        text.push_str(&rest[..escape]);
        let bytes = rest.as_bytes();
        let mut end = escape + 2;
        match bytes.get(escape + 1)? {
            b'b' => text.push('\u{8}'),
            b'f' => text.push('\u{c}'),
            b'n' => text.push('\n'),
            b'r' => text.push('\r'),
            b't' => text.push('\t'),
            b'u' => {
                let high = scan::unit(bytes, escape + 2)?;
                end += 4;
                let low = match bytes.get(end..end + 2) {
                    Some(b"\\u") if (0xd800..0xdc00).contains(&high) => scan::unit(bytes, end + 2),
                    _ => None,
                };
                end += if low.is_some() { 6 } else { 0 };
                let units = std::iter::once(high).chain(low);
                text.push(char::decode_utf16(units).next()?.ok()?);
            }
            &other => text.push(char::from(other)),
        }
        rest = &rest[end..];
        next = rest.find('\\');
    }
    text.push_str(rest);
    Some(Cow::Owned(text))
}

/// Appends `text` as a JSON string.
pub(crate) fn quote(text: &str, out: &mut String) {
    out.push('"');
    let mut plain = 0;
    for (at, &byte) in text.as_bytes().iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[plain..at]);
        plain = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.push_str("\\u00");
                out.push(char::from(HEX[usize::from(byte >> 4)]));
                out.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_and_unescaping_are_inverse() {
        for text in [
            "",
            "milk",
            "\"\\/\n\r\t\u{8}\u{c}\0\u{1f}\u{7f}",
            "zażółć 🦀\u{10ffff}\u{2028}",
        ] {
            let mut quoted = String::new();
            quote(text, &mut quoted);
            assert_eq!(scan::document(&quoted), Ok(()));
            assert_eq!(
                unescape(&quoted[1..quoted.len() - 1]).as_deref(),
                Some(text)
            );
        }
    }

    #[test]
    fn surrogates_pair_or_fail() {
        assert_eq!(unescape("\\ud83e\\udd80!").as_deref(), Some("🦀!"));
        assert_eq!(unescape("\\u0041\\/").as_deref(), Some("A/"));
        for lone in [
            "\\ud83e",
            "\\udd80",
            "\\ud83e\\ud83e",
            "\\ud83ex",
            "\\ud83e\\n",
        ] {
            assert_eq!(unescape(lone), None, "{lone}");
        }
    }
}

//! JSON's grammar, without recursion: finds where a value ends, or where the text stops being JSON.
//! What a value means is not its business; deep nesting costs a byte per level.

/// Where a text stops being JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    /// Byte offset.
    pub(crate) at: usize,
    /// What could have stood there.
    pub(crate) expected: &'static str,
}

/// A number's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number {
    /// Byte offset behind it.
    pub(crate) end: usize,
    /// Whether it has neither fraction nor exponent.
    pub(crate) integer: bool,
}

/// Checks that `text` is one JSON value and nothing else.
pub(crate) fn document(text: &str) -> Result<(), SyntaxError> {
    let end = space(text.as_bytes(), value(text.as_bytes(), 0)?);
    if end == text.len() {
        Ok(())
    } else {
        fail(end, "the end of the text")
    }
}

/// The offset behind the value at `pos`. The grammar is RFC 8259's and Python's `NaN`, `Infinity` and `-Infinity`.
pub(crate) fn value(bytes: &[u8], mut pos: usize) -> Result<usize, SyntaxError> {
    let mut open: Vec<u8> = Vec::new();
    loop {
        pos = space(bytes, pos);
        match bytes.get(pos) {
            Some(b'{') => {
                pos = space(bytes, pos + 1);
                if bytes.get(pos) == Some(&b'}') {
                    pos += 1;
                } else {
                    open.push(b'{');
                    pos = key(bytes, pos)?.next;
                    continue;
                }
            }
            Some(b'[') => {
                pos = space(bytes, pos + 1);
                if bytes.get(pos) == Some(&b']') {
                    pos += 1;
                } else {
                    open.push(b'[');
                    continue;
                }
            }
            Some(b'"') => pos = string(bytes, pos)?,
            _ => pos = scalar(bytes, pos)?,
        }
        // A value has ended: what is around it goes on, or ends too.
        loop {
            let Some(&around) = open.last() else {
                return Ok(pos);
            };
            pos = space(bytes, pos);
            match (around, bytes.get(pos)) {
                (b'{', Some(b',')) => {
                    pos = key(bytes, space(bytes, pos + 1))?.next;
                    break;
                }
                (_, Some(b',')) => {
                    pos += 1;
                    break;
                }
                (b'{', Some(b'}')) | (b'[', Some(b']')) => {
                    open.pop();
                    pos += 1;
                }
                (b'{', _) => return fail(pos, "`,` or `}`"),
                _ => return fail(pos, "`,` or `]`"),
            }
        }
    }
}

/// The offset behind the whitespace at `pos`.
#[inline]
pub(crate) fn space(bytes: &[u8], mut pos: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(pos) {
        pos += 1;
    }
    pos
}

/// The offset behind the string at `pos`, its closing quote included. Lone surrogates are let through.
pub(crate) fn string(bytes: &[u8], pos: usize) -> Result<usize, SyntaxError> {
    Ok(quoted(bytes, pos)?.end)
}

/// A string's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quoted {
    /// Byte offset behind its closing quote.
    pub(crate) end: usize,
    /// Whether there is an escape in it.
    pub(crate) escaped: bool,
}

/// As [`string`], and whether there is an escape in it.
pub(crate) fn quoted(bytes: &[u8], pos: usize) -> Result<Quoted, SyntaxError> {
    if bytes.get(pos) != Some(&b'"') {
        return fail(pos, "a string");
    }
    let mut pos = pos + 1;
    let mut escaped = false;
    loop {
        pos = plain(bytes, pos);
        escaped |= bytes.get(pos) == Some(&b'\\');
        match bytes.get(pos) {
            Some(b'"') => {
                return Ok(Quoted {
                    end: pos + 1,
                    escaped,
                });
            }
            Some(b'\\') => match bytes.get(pos + 1) {
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => pos += 2,
                Some(b'u') => {
                    if unit(bytes, pos + 2).is_none() {
                        return fail(pos, "an escape of four hex digits");
                    }
                    pos += 6;
                }
                _ => return fail(pos, "an escape that JSON has"),
            },
            Some(0x20..) => pos += 1,
            Some(_) => return fail(pos, "an escape in place of a control character"),
            None => return fail(pos, "`\"`"),
        }
    }
}

/// The offset behind what a string holds as it is from `pos` on; up to seven such bytes before the end of the text may be
/// left. Looks at eight bytes at a time: in each mask the lowest bit that is set is that of a byte that has to be looked at.
#[inline]
fn plain(bytes: &[u8], mut pos: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    while let Some(chunk) = bytes.get(pos..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk);
        let quote = zeros(word ^ (ONES * 0x22));
        let escape = zeros(word ^ (ONES * 0x5c));
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let found = quote | escape | control;
        if found != 0 {
            return pos + (found.trailing_zeros() / 8) as usize;
        }
        pos += 8;
    }
    pos
}

/// The UTF-16 unit in the four hex digits at `pos`.
pub(crate) fn unit(bytes: &[u8], pos: usize) -> Option<u16> {
    let digits = bytes.get(pos..pos + 4)?;
    digits.iter().try_fold(0, |unit: u16, &digit| {
        let digit = char::from(digit).to_digit(16)?;
        Some(unit << 4 | u16::try_from(digit).ok()?)
    })
}

/// A member's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// Byte offset behind its closing quote.
    pub(crate) end: usize,
    /// Whether there is an escape in it.
    pub(crate) escaped: bool,
    /// Byte offset behind its colon.
    pub(crate) next: usize,
}

/// The key at `pos`, with its colon.
pub(crate) fn key(bytes: &[u8], pos: usize) -> Result<Key, SyntaxError> {
    let Quoted { end, escaped } = match quoted(bytes, pos) {
        Ok(quoted) => quoted,
        Err(error) if error.at == pos => return fail(pos, "a key in quotes"),
        Err(error) => return Err(error),
    };
    let colon = space(bytes, end);
    if bytes.get(colon) == Some(&b':') {
        Ok(Key {
            end,
            escaped,
            next: colon + 1,
        })
    } else {
        fail(colon, "`:`")
    }
}

/// The number at `pos`.
pub(crate) fn number(bytes: &[u8], pos: usize) -> Result<Number, SyntaxError> {
    let first = if bytes.get(pos) == Some(&b'-') {
        pos + 1
    } else {
        pos
    };
    let mut end = digits(bytes, first);
    if end == first {
        return fail(pos, "a value");
    }
    if bytes[first] == b'0' && end > first + 1 {
        return fail(first, "a number without leading zeros");
    }
    let mut integer = true;
    if bytes.get(end) == Some(&b'.') {
        integer = false;
        let fraction = digits(bytes, end + 1);
        if fraction == end + 1 {
            return fail(fraction, "a digit");
        }
        end = fraction;
    }
    if let Some(b'e' | b'E') = bytes.get(end) {
        integer = false;
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(bytes, end + 1 + sign);
        if exponent == end + 1 + sign {
            return fail(exponent, "a digit");
        }
        end = exponent;
    }
    Ok(Number { end, integer })
}

fn scalar(bytes: &[u8], pos: usize) -> Result<usize, SyntaxError> {
    const LITERALS: [&[u8]; 6] = [
        b"null",
        b"true",
        b"false",
        b"NaN",
        b"Infinity",
        b"-Infinity",
    ];
    let rest = bytes.get(pos..).unwrap_or_default();
    match LITERALS.iter().find(|literal| rest.starts_with(literal)) {
        Some(literal) => Ok(pos + literal.len()),
        None => number(bytes, pos).map(|number| number.end),
    }
}

fn digits(bytes: &[u8], mut pos: usize) -> usize {
    while let Some(b'0'..=b'9') = bytes.get(pos) {
        pos += 1;
    }
    pos
}

fn fail<T>(at: usize, expected: &'static str) -> Result<T, SyntaxError> {
    Err(SyntaxError { at, expected })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<(), (usize, &str)>) {
        assert_eq!(
            document(text).map_err(|error| (error.at, error.expected)),
            expected,
            "{text}"
        );
    }

    #[test]
    fn a_string_ends_where_it_ends_at_every_offset() {
        for before in 0..20 {
            for after in 0..20 {
                let plain = |count| {
                    "ż!\u{7f}#[]\u{80}a"
                        .chars()
                        .cycle()
                        .take(count)
                        .collect::<String>()
                };
                let (before, after) = (plain(before), plain(after));
                let text = format!("\"{before}\"{after}");
                let end = before.len() + 2;
                let escaped = false;
                assert_eq!(quoted(text.as_bytes(), 0), Ok(Quoted { end, escaped }));
                let text = format!("\"{before}\\\"{after}\"x");
                let end = text.len() - 1;
                let escaped = true;
                assert_eq!(quoted(text.as_bytes(), 0), Ok(Quoted { end, escaped }));
                for control in ['\0', '\u{1f}', '\n'] {
                    let text = format!("\"{before}{control}{after}\"");
                    let at = before.len() + 1;
                    assert_eq!(quoted(text.as_bytes(), 0).unwrap_err().at, at);
                }
                let open = format!("\"{before}");
                assert_eq!(quoted(open.as_bytes(), 0), fail(open.len(), "`\"`"));
            }
        }
    }

    #[test]
    fn json_is_accepted() {
        for text in [
            " {\"a\" : [1, -0.5e+3, null, true, false, \"\\ud800\\n\"] , \"\":{}} ",
            "[]",
            "NaN",
            "[-Infinity]",
            "0",
            "\"\u{7f}ż\"",
        ] {
            check(text, Ok(()));
        }
    }

    #[test]
    fn what_is_not_json_is_refused_at_its_place() {
        check("", Err((0, "a value")));
        check("01", Err((0, "a number without leading zeros")));
        check("1.", Err((2, "a digit")));
        check("1e", Err((2, "a digit")));
        check("+1", Err((0, "a value")));
        check("nul", Err((0, "a value")));
        check("[1,]", Err((3, "a value")));
        check("[1", Err((2, "`,` or `]`")));
        check("{\"a\":1,}", Err((7, "a key in quotes")));
        check("{\"a\" 1}", Err((5, "`:`")));
        check("{\"a\":1]", Err((6, "`,` or `}`")));
        check("\"\\x\"", Err((1, "an escape that JSON has")));
        check("\"\\u12g4\"", Err((1, "an escape of four hex digits")));
        check(
            "\"a\nb\"",
            Err((2, "an escape in place of a control character")),
        );
        check("{} x", Err((3, "the end of the text")));
    }

    #[test]
    fn nesting_is_not_bounded_by_the_stack() {
        check(
            &format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000)),
            Ok(()),
        );
    }
}

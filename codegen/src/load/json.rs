//! JSON text → [`Json`] with positions. As strict as RFC 8259, but for what Avro Java's parser takes, too: comments.
//! Bounded in depth; warns of duplicate keys, and stops at the first mistake of syntax.

use std::collections::HashMap;

use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{DUPLICATE_JSON_KEY, JSON_SYNTAX, TOO_LARGE};
use crate::load::DEPTH_LIMIT;
use crate::model::types::Json;
use crate::source::{SourceId, Span, Spanned};

/// Parses one JSON text; `None` if it is none, which is then reported.
pub(crate) fn parse(
    source: SourceId,
    text: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Spanned<Json>> {
    let mut parser = Parser {
        source,
        text,
        bytes: text.as_bytes(),
        at: 0,
        depth: 0,
        diagnostics,
    };
    match parser.document() {
        Ok(value) => Some(value),
        Err(Mistake::TooDeep) => {
            let span = parser.here();
            diagnostics
                .error(
                    &TOO_LARGE,
                    format!("schema is nested deeper than {DEPTH_LIMIT} levels"),
                )
                .primary(span, "too deep here");
            None
        }
        Err(Mistake::Syntax(what)) => {
            let span = parser.here();
            diagnostics
                .error(&JSON_SYNTAX, format!("not JSON: {what}"))
                .primary(span, "here");
            None
        }
    }
}

enum Mistake {
    Syntax(&'static str),
    TooDeep,
}

type Parsed<T> = Result<T, Mistake>;

struct Parser<'a> {
    source: SourceId,
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    diagnostics: &'a mut Diagnostics,
}

impl Parser<'_> {
    /// The character at which the parser stands.
    fn here(&self) -> Span {
        let start = self.at.min(self.text.len());
        let length = self.text[start..].chars().next().map_or(0, char::len_utf8);
        self.span(start, start + length)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let offset = |at| u32::try_from(at).expect("files are smaller than 4 GiB");
        Span {
            source: self.source,
            start: offset(start),
            end: offset(end),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn document(&mut self) -> Parsed<Spanned<Json>> {
        if self.text.starts_with('\u{feff}') {
            self.at = '\u{feff}'.len_utf8();
        }
        self.skip_blanks()?;
        let value = self.value()?;
        self.skip_blanks()?;
        match self.peek() {
            None => Ok(value),
            Some(_) => Err(Mistake::Syntax("nothing may follow the value")),
        }
    }

    /// Skips white space and comments.
    fn skip_blanks(&mut self) -> Parsed<()> {
        let bytes = self.bytes;
        loop {
            let mut at = self.at;
            // Build scripts run unoptimised: a plain loop is what is fast there.
            while at < bytes.len() && matches!(bytes[at], b' ' | b'\t' | b'\n' | b'\r') {
                at += 1;
            }
            self.at = at;
            if at == bytes.len() || bytes[at] != b'/' {
                return Ok(());
            }
            self.comment()?;
        }
    }

    fn comment(&mut self) -> Parsed<()> {
        let rest = &self.text[self.at..];
        if rest.starts_with("//") {
            self.at += rest.find('\n').unwrap_or(rest.len());
            Ok(())
        } else if let Some(inside) = rest.strip_prefix("/*") {
            let end = inside
                .find("*/")
                .ok_or(Mistake::Syntax("comment without end"))?;
            self.at += end + 4;
            Ok(())
        } else {
            Err(Mistake::Syntax("expected a value"))
        }
    }

    fn value(&mut self) -> Parsed<Spanned<Json>> {
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::array)?,
            Some(b'"') => Json::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => Json::Number(self.number()?),
            Some(b't') => self.word("true", Json::Bool(true))?,
            Some(b'f') => self.word("false", Json::Bool(false))?,
            Some(b'n') => self.word("null", Json::Null)?,
            Some(_) => return Err(Mistake::Syntax("expected a value")),
            None => return Err(Mistake::Syntax("the text ends where a value is expected")),
        };
        Ok(Spanned::new(value, self.span(start, self.at)))
    }

    fn nested(&mut self, inside: fn(&mut Self) -> Parsed<Json>) -> Parsed<Json> {
        if self.depth == DEPTH_LIMIT {
            return Err(Mistake::TooDeep);
        }
        self.depth += 1;
        self.at += 1;
        self.skip_blanks()?;
        let value = inside(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Parsed<Json> {
        let mut entries: Vec<(Spanned<String>, Spanned<Json>)> = Vec::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(entries));
        }
        loop {
            let start = self.at;
            if self.peek() != Some(b'"') {
                let after_comma = !entries.is_empty() && self.peek() == Some(b'}');
                return Err(Mistake::Syntax(if after_comma {
                    "a comma may not stand before `}`"
                } else {
                    "expected a key in double quotes"
                }));
            }
            let key = self.string()?;
            let key = Spanned::new(key, self.span(start, self.at));
            self.skip_blanks()?;
            if self.peek() != Some(b':') {
                return Err(Mistake::Syntax("expected `:` after the key"));
            }
            self.at += 1;
            self.skip_blanks()?;
            let value = self.value()?;
            entries.push((key, value));
            self.skip_blanks()?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(Mistake::Syntax("expected `,` or `}`")),
            }
            self.skip_blanks()?;
        }
        self.at += 1;
        self.drop_duplicates(&mut entries);
        Ok(Json::Object(entries))
    }

    /// Of entries with one key the last counts, as in Java and Python.
    fn drop_duplicates(&mut self, entries: &mut Vec<(Spanned<String>, Spanned<Json>)>) {
        let mut dropped = Vec::new();
        if entries.len() <= 12 {
            // Few keys: comparing each with each is the fastest.
            for (index, (key, _)) in entries.iter().enumerate() {
                let later = &entries[index + 1..];
                if let Some((last, _)) = later
                    .iter()
                    .rev()
                    .find(|(other, _)| other.value == key.value)
                {
                    dropped.push((index, last.span));
                }
            }
        } else {
            let mut last: HashMap<&str, Span> = HashMap::with_capacity(entries.len());
            for (key, _) in entries.iter() {
                last.insert(&key.value, key.span);
            }
            for (index, (key, _)) in entries.iter().enumerate() {
                let last = last[key.value.as_str()];
                if last != key.span {
                    dropped.push((index, last));
                }
            }
        }
        for (index, last) in dropped.into_iter().rev() {
            let (key, _) = entries.remove(index);
            self.diagnostics
                .warning(
                    &DUPLICATE_JSON_KEY,
                    format!("key `{}` stands twice", key.value),
                )
                .primary(key.span, "ignored")
                .context(last, "the last one counts");
        }
    }

    fn array(&mut self) -> Parsed<Json> {
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::Array(items));
        }
        loop {
            if !items.is_empty() && self.peek() == Some(b']') {
                return Err(Mistake::Syntax("a comma may not stand before `]`"));
            }
            items.push(self.value()?);
            self.skip_blanks()?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(Mistake::Syntax("expected `,` or `]`")),
            }
            self.skip_blanks()?;
        }
        self.at += 1;
        Ok(Json::Array(items))
    }

    fn word(&mut self, word: &'static str, value: Json) -> Parsed<Json> {
        if self.text[self.at..].starts_with(word) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(Mistake::Syntax("expected a value"))
        }
    }

    fn number(&mut self) -> Parsed<String> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
            if matches!(self.peek(), Some(b'0'..=b'9')) {
                return Err(Mistake::Syntax("a number has no leading zero"));
            }
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(self.text[start..self.at].to_owned())
    }

    fn digits(&mut self) -> Parsed<()> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start {
            Err(Mistake::Syntax("expected a digit"))
        } else {
            Ok(())
        }
    }

    /// A string, from its opening quote.
    fn string(&mut self) -> Parsed<String> {
        self.at += 1;
        let start = self.at;
        let end = self.plain_end()?;
        if self.bytes[end] == b'"' {
            self.at = end + 1;
            return Ok(self.text[start..end].to_owned());
        }
        let mut string = String::new();
        let mut from = start;
        loop {
            let end = self.plain_end()?;
            string.push_str(&self.text[from..end]);
            self.at = end + 1;
            if self.bytes[end] == b'"' {
                return Ok(string);
            }
            string.push(self.escape()?);
            from = self.at;
        }
    }

    /// Where the next quote or backslash stands.
    fn plain_end(&mut self) -> Parsed<usize> {
        let bytes = self.bytes;
        let mut at = self.at;
        while at < bytes.len() {
            let byte = bytes[at];
            if byte == b'"' || byte == b'\\' {
                return Ok(at);
            }
            if byte < 0x20 {
                self.at = at;
                return Err(Mistake::Syntax(
                    "a control character in a string must be escaped",
                ));
            }
            at += 1;
        }
        Err(Mistake::Syntax("string without end"))
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Parsed<char> {
        let escaped = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode_escape();
            }
            _ => return Err(Mistake::Syntax("unknown escape")),
        };
        self.at += 1;
        Ok(escaped)
    }

    fn unicode_escape(&mut self) -> Parsed<char> {
        let first = self.hex4()?;
        let code = if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with("\\u") {
            let before = self.at;
            self.at += 2;
            let second = self.hex4()?;
            if (0xdc00..0xe000).contains(&second) {
                0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
            } else {
                self.at = before;
                first
            }
        } else {
            first
        };
        // A lone surrogate has no place in a schema's text; Java keeps it, we show that it was there.
        Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex4(&mut self) -> Parsed<u32> {
        let digits = self
            .bytes
            .get(self.at..self.at + 4)
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .ok_or(Mistake::Syntax("expected four hex digits"))?;
        let mut code = 0;
        for &digit in digits {
            code = code * 16 + (digit as char).to_digit(16).unwrap_or(0);
        }
        self.at += 4;
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(text: &str) -> Result<Json, Vec<String>> {
        let mut diagnostics = Diagnostics::default();
        let json = parse(SourceId(0), text, &mut diagnostics);
        let messages: Vec<String> = diagnostics.iter().map(|d| d.message.clone()).collect();
        if messages.is_empty() {
            Ok(json.unwrap().value)
        } else {
            Err(messages)
        }
    }

    #[test]
    fn takes_what_java_takes() {
        assert_eq!(outcome("// a\n\"b\" /* c */"), Ok(Json::String("b".into())));
        assert_eq!(outcome("\u{feff}null"), Ok(Json::Null));
        assert_eq!(outcome("-1.5e+3"), Ok(Json::Number("-1.5e+3".into())));
        assert_eq!(
            outcome(r#""\u00e9\ud83d\ude00\n""#),
            Ok(Json::String("é😀\n".into()))
        );
    }

    #[test]
    fn refuses_the_rest() {
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "01",
            "1.",
            "nul",
            "'a'",
            "\"a",
            "\"\n\"",
            "1 2",
            "/",
            "/*",
        ] {
            assert!(outcome(text).is_err(), "{text:?}");
        }
        assert_eq!(
            outcome(r#"{"a":1,"b":3,"a":2}"#),
            Err(vec!["key `a` stands twice".into()])
        );
    }

    #[test]
    fn depth_is_bounded() {
        assert!(outcome(&"[".repeat(1_000_000)).unwrap_err()[0].contains("deeper"));
    }
}

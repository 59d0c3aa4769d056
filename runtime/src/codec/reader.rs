//! `JsonReader`: walks a JSON text once, value by value, and keeps what does not fit with its path.
//! What a value of which type looks like is in the files beside this one.
//!
//! Errors are sticky: after the first one a typed read stops, every later call does nothing, and the caller looks once at
//! the end. Validation goes on behind a value that does not fit, up to a limit.

use std::borrow::Cow;

use super::error::{DataError, shortened};
use super::scan;

/// How deep arrays, maps and records of typed data may be nested.
pub const MAX_DEPTH: u32 = 128;

/// Reads JSON text into values.
#[derive(Debug)]
pub struct JsonReader<'a> {
    text: &'a str,
    pos: usize,
    depth: u32,
    purpose: Purpose,
    stopped: bool,
    left_to_fields: bool,
    errors: Vec<DataError>,
}

/// What a text is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Typed data: stops at the first error.
    Data,
    /// [`Purpose::Data`] of a later version than this build knows: a symbol that is not known is its enum's default.
    Newer,
    /// A default in a schema, in Avro's form: bytes where data has text, unions by order alone.
    Default,
    /// Only whether it fits: no error is made.
    Probe,
    /// [`Purpose::Probe`] of a default.
    ProbeDefault,
    /// Every error, up to this many. The text is known to be JSON.
    Every(usize),
}

impl<'a> JsonReader<'a> {
    pub(crate) fn new(text: &'a str, purpose: Purpose) -> Self {
        Self {
            text,
            pos: 0,
            depth: 0,
            purpose,
            stopped: false,
            left_to_fields: false,
            errors: Vec::new(),
        }
    }

    /// A reader that tries the value at `pos`.
    pub(crate) fn probe(text: &'a str, pos: usize, default: bool) -> Self {
        let purpose = if default {
            Purpose::ProbeDefault
        } else {
            Purpose::Probe
        };
        Self {
            pos,
            ..Self::new(text, purpose)
        }
    }

    /// Whether Avro's form for defaults is being read.
    pub(crate) fn is_default(&self) -> bool {
        matches!(self.purpose, Purpose::Default | Purpose::ProbeDefault)
    }

    /// Whether the data is of a later version than this build knows.
    pub(crate) fn is_newer(&self) -> bool {
        self.purpose == Purpose::Newer
    }

    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// Whether no further value will be read.
    pub(crate) fn stopped(&self) -> bool {
        self.stopped
    }

    /// Notes that the value at hand is a record.
    pub(crate) fn leave_to_fields(&mut self) {
        self.left_to_fields = true;
    }

    /// Whether the value at hand is a record.
    pub(crate) fn is_left_to_fields(&mut self) -> bool {
        std::mem::take(&mut self.left_to_fields)
    }

    /// The offset of the next value.
    pub(crate) fn start(&mut self) -> usize {
        self.pos = scan::space(self.text.as_bytes(), self.pos);
        self.pos
    }

    /// The first byte of what comes next, 0 at the end.
    pub(crate) fn peek(&mut self) -> u8 {
        let start = self.start();
        self.byte(start)
    }

    /// The byte at `pos`, 0 at the end.
    pub(crate) fn byte(&self, pos: usize) -> u8 {
        self.text.as_bytes().get(pos).copied().unwrap_or(0)
    }

    /// Goes to `pos`, which is behind something already looked at.
    pub(crate) fn seek(&mut self, pos: usize) {
        self.pos = pos;
    }

    /// Whether something at `pos` is `literal`; goes behind it.
    pub(crate) fn literal(&mut self, literal: &str) -> bool {
        let start = self.start();
        let found = self.text.as_bytes()[start..].starts_with(literal.as_bytes());
        if found {
            self.pos += literal.len();
        }
        found
    }

    /// Notes that the value at `start` is not `expected`, and goes behind it.
    pub(crate) fn mismatch(&mut self, start: usize, expected: impl Into<Cow<'static, str>>) {
        if self.stopped {
            return;
        }
        match scan::value(self.text.as_bytes(), start) {
            Ok(end) => {
                self.pos = end;
                if self.wants_errors() {
                    self.complain(expected, shortened(&self.text[start..end]));
                } else {
                    self.stopped = true;
                }
            }
            Err(error) => self.syntax(error),
        }
    }

    /// Notes an error that is not of a value at hand.
    pub(crate) fn complain(
        &mut self,
        expected: impl Into<Cow<'static, str>>,
        found: impl Into<String>,
    ) {
        if self.stopped {
            return;
        }
        if self.wants_errors() {
            self.errors.push(DataError::new(expected, found));
        }
        self.stopped = match self.purpose {
            Purpose::Every(limit) => self.errors.len() >= limit,
            _ => true,
        };
    }

    /// Notes that the text is not JSON.
    pub(crate) fn syntax(&mut self, error: scan::SyntaxError) {
        let rest = self.text.get(error.at..).unwrap_or_default();
        let found = match rest {
            "" => "the end of the text".to_owned(),
            rest => format!("{} at byte {}", shortened(rest), error.at),
        };
        self.complain(error.expected, found);
        self.stopped = true;
    }

    fn wants_errors(&self) -> bool {
        !matches!(self.purpose, Purpose::Probe | Purpose::ProbeDefault)
    }

    /// How many errors there are; for [`Self::locate`].
    pub(crate) fn mark(&self) -> usize {
        self.errors.len()
    }

    /// Puts `segment` before the path of every error since `mark`.
    pub(crate) fn locate(&mut self, mark: usize, segment: &str) {
        for error in &mut self.errors[mark..] {
            error.prepend(segment);
        }
    }

    /// Goes behind the next value, whatever it is.
    pub(crate) fn skip(&mut self) {
        if self.stopped {
            return;
        }
        match scan::value(self.text.as_bytes(), self.pos) {
            Ok(end) => self.pos = end,
            Err(error) => self.syntax(error),
        }
    }

    /// The text of the object that comes next.
    pub(crate) fn object_text(&mut self) -> Option<&'a str> {
        let start = self.start();
        if self.byte(start) != b'{' {
            self.mismatch(start, "an object");
            return None;
        }
        self.skip();
        (!self.stopped).then(|| &self.text[start..self.pos])
    }

    /// Reads an array; `each` reads one element, and is told its index.
    pub(crate) fn elements(&mut self, each: &mut dyn FnMut(&mut Self, usize)) {
        if !self.open(b'[', "an array") {
            return;
        }
        let mut index = 0;
        let mut more = self.peek() != b']';
        while more && !self.stopped {
            let mark = self.mark();
            each(self, index);
            if self.mark() > mark {
                self.locate(mark, &index.to_string());
            }
            index += 1;
            more = self.separator(b']', "`,` or `]`");
        }
        self.close(b']');
    }

    /// Reads an object; `each` reads one member's value, and is told its key: `None` where that is no text (a lone
    /// surrogate).
    pub(crate) fn members(
        &mut self,
        expected: &'static str,
        each: &mut dyn FnMut(&mut Self, Option<Cow<'a, str>>),
    ) {
        if !self.open(b'{', expected) {
            return;
        }
        let mut more = self.peek() != b'}';
        while more && !self.stopped {
            let Some(key) = self.key() else { return };
            each(self, key);
            more = self.separator(b'}', "`,` or `}`");
        }
        self.close(b'}');
    }

    /// Reads the one value of a union's tag, which does not count as a level of nesting.
    pub(crate) fn tagged(&mut self, read: &mut dyn FnMut(&mut Self)) {
        let depth = std::mem::take(&mut self.depth);
        self.members("an object", &mut |reader, _| {
            let outer = std::mem::replace(&mut reader.depth, depth);
            read(reader);
            reader.depth = outer;
        });
        self.depth = depth;
    }

    /// Reads a member's key and its colon.
    pub(crate) fn key(&mut self) -> Option<Option<Cow<'a, str>>> {
        let start = self.start();
        match scan::key(self.text.as_bytes(), start) {
            Ok(key) => {
                self.pos = key.next;
                let raw = &self.text[start + 1..key.end - 1];
                Some(if key.escaped {
                    super::text::unescape(raw)
                } else {
                    Some(Cow::Borrowed(raw))
                })
            }
            Err(error) => {
                self.syntax(error);
                None
            }
        }
    }

    fn open(&mut self, bracket: u8, expected: &'static str) -> bool {
        if self.stopped {
            return false;
        }
        let start = self.start();
        if self.byte(start) != bracket {
            self.mismatch(start, expected);
            return false;
        }
        if self.depth == MAX_DEPTH {
            self.mismatch(start, format!("at most {MAX_DEPTH} levels of nesting"));
            return false;
        }
        self.depth += 1;
        self.pos += 1;
        true
    }

    /// Goes behind a comma; at the closing bracket, answers that there is no more.
    fn separator(&mut self, bracket: u8, expected: &'static str) -> bool {
        if self.stopped {
            return false;
        }
        let at = self.start();
        match self.byte(at) {
            b',' => {
                self.pos += 1;
                true
            }
            byte if byte == bracket => false,
            _ => {
                self.syntax(scan::SyntaxError { at, expected });
                false
            }
        }
    }

    fn close(&mut self, bracket: u8) {
        self.depth -= 1;
        if !self.stopped {
            debug_assert_eq!(self.byte(self.pos), bracket, "the loop ends at the bracket");
            self.pos += 1;
        }
    }

    /// Reads `text`, a default, in the place of a missing value.
    pub(crate) fn default_text(&mut self, text: &str, read: &mut dyn FnMut(&mut JsonReader<'_>)) {
        if self.stopped {
            return;
        }
        let mut reader = JsonReader::new(text, Purpose::Default);
        reader.depth = self.depth;
        read(&mut reader);
        if let Err(error) = reader.finish() {
            self.complain(
                format!("a default that fits ({})", error.expected()),
                error.found(),
            );
        }
    }

    /// The first error, also where text is left over.
    pub(crate) fn finish(self) -> Result<(), DataError> {
        match self.into_errors().into_iter().next() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// All errors, also where text is left over.
    pub(crate) fn into_errors(mut self) -> Vec<DataError> {
        if !self.stopped {
            let at = self.start();
            if at < self.text.len() {
                self.syntax(scan::SyntaxError {
                    at,
                    expected: "the end of the text",
                });
            }
        }
        self.errors
    }
}

/// The error of a text that is not JSON.
pub(crate) fn syntax_error(text: &str, error: scan::SyntaxError) -> DataError {
    let expected = error.expected;
    let mut reader = JsonReader::new(text, Purpose::Data);
    reader.syntax(error);
    reader
        .finish()
        .err()
        .unwrap_or_else(|| DataError::new(expected, "something else"))
}

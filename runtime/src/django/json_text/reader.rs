//! Reads a JSON text, as Python's `json` does, into the values of `json_text.rs`.

use std::ops::Range;

use super::{JsonTextError, Member, Node, Tree, float_text};

/// Reads a text.
pub(super) fn read(text: &str) -> Result<Tree, JsonTextError> {
    let scalars = String::with_capacity(text.len());
    let mut reader = Reader {
        text,
        at: 0,
        tree: Tree {
            scalars,
            nodes: Vec::new(),
        },
    };
    reader.document()?;
    Ok(reader.tree)
}

/// An array or object whose end is not read yet.
enum Open {
    Array(Vec<usize>),
    Object(Vec<Member>, Vec<u8>, Range<usize>),
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    tree: Tree,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<(), JsonTextError> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            let mut node = match self.next_byte() {
                Some(b'[') => {
                    self.at += 1;
                    if self.next_byte() != Some(b']') {
                        open.push(Open::Array(Vec::new()));
                        continue;
                    }
                    self.at += 1;
                    Node::Array(Vec::new())
                }
                Some(b'{') => {
                    self.at += 1;
                    if self.next_byte() != Some(b'}') {
                        let (order, key) = self.key()?;
                        open.push(Open::Object(Vec::new(), order, key));
                        continue;
                    }
                    self.at += 1;
                    Node::Object(Vec::new())
                }
                Some(b'"') => Node::Scalar(self.string(None)?),
                _ => Node::Scalar(self.literal()?),
            };
            // The value is complete; so may be what holds it.
            loop {
                let value = self.tree.nodes.len();
                self.tree.nodes.push(node);
                let next = self.next_byte();
                match open.pop() {
                    None if next.is_none() => return Ok(()),
                    None => return Err(self.expected("the end")),
                    Some(Open::Array(mut items)) => {
                        items.push(value);
                        match next {
                            Some(b',') => open.push(Open::Array(items)),
                            Some(b']') => {
                                self.at += 1;
                                node = Node::Array(items);
                                continue;
                            }
                            _ => return Err(self.expected("`,` or `]`")),
                        }
                        self.at += 1;
                    }
                    Some(Open::Object(mut members, order, key)) => {
                        members.push(Member { order, key, value });
                        match next {
                            Some(b',') => {
                                self.at += 1;
                                let (order, key) = self.key()?;
                                open.push(Open::Object(members, order, key));
                            }
                            Some(b'}') => {
                                self.at += 1;
                                node = Node::Object(sorted(members));
                                continue;
                            }
                            _ => return Err(self.expected("`,` or `}`")),
                        }
                    }
                }
                break;
            }
        }
    }

    fn key(&mut self) -> Result<(Vec<u8>, Range<usize>), JsonTextError> {
        if self.next_byte() != Some(b'"') {
            return Err(self.expected("a key"));
        }
        let mut order = Vec::new();
        let key = self.string(Some(&mut order))?;
        if self.next_byte() != Some(b':') {
            return Err(self.expected("`:`"));
        }
        self.at += 1;
        Ok((order, key))
    }

    /// Writes a string to `scalars`; its code points also to `order`.
    fn string(&mut self, mut order: Option<&mut Vec<u8>>) -> Result<Range<usize>, JsonTextError> {
        let start = self.tree.scalars.len();
        self.at += 1;
        self.tree.scalars.push('"');
        loop {
            let Some(character) = self.text[self.at..].chars().next() else {
                return Err(self.expected("`\"`"));
            };
            let point = match character {
                '"' => break,
                '\\' => self.escape()?,
                '\0'..='\x1f' => return Err(self.expected("an escape")),
                _ => {
                    self.at += character.len_utf8();
                    character as u32
                }
            };
            push_escaped(&mut self.tree.scalars, point);
            if let Some(order) = order.as_deref_mut() {
                push_wtf8(order, point);
            }
        }
        self.at += 1;
        self.tree.scalars.push('"');
        Ok(start..self.tree.scalars.len())
    }

    /// The code point of an escape, a lone surrogate's too.
    fn escape(&mut self) -> Result<u32, JsonTextError> {
        let escaped = self.text.as_bytes().get(self.at + 1).copied();
        let simple = match escaped {
            Some(b'"' | b'\\' | b'/') => u32::from(escaped.unwrap_or_default()),
            Some(b'b') => 0x08,
            Some(b'f') => 0x0c,
            Some(b'n') => 0x0a,
            Some(b'r') => 0x0d,
            Some(b't') => 0x09,
            Some(b'u') => {
                let first = self
                    .unit(self.at)
                    .ok_or_else(|| self.expected("four hex digits"))?;
                self.at += 6;
                if (0xd800..0xdc00).contains(&first)
                    && let Some(second @ 0xdc00..0xe000) = self.unit(self.at)
                {
                    self.at += 6;
                    return Ok(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00));
                }
                return Ok(first);
            }
            _ => return Err(self.expected("an escape")),
        };
        self.at += 2;
        Ok(simple)
    }

    /// The code unit that `\uXXXX` at `at` stands for.
    fn unit(&self, at: usize) -> Option<u32> {
        let bytes = self.text.as_bytes().get(at..at + 6)?;
        let digits = bytes.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0, |unit, digit| {
            Some(unit * 16 + char::from(*digit).to_digit(16)?)
        })
    }

    /// Writes a number or a word to `scalars`.
    fn literal(&mut self) -> Result<Range<usize>, JsonTextError> {
        let start = self.tree.scalars.len();
        let rest = &self.text[self.at..];
        for word in ["null", "true", "false", "NaN", "Infinity", "-Infinity"] {
            if rest.starts_with(word) {
                self.at += word.len();
                self.tree.scalars.push_str(word);
                return Ok(start..self.tree.scalars.len());
            }
        }
        let digits = |from: usize| {
            rest.as_bytes()[from..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count()
        };
        let sign = usize::from(rest.starts_with('-'));
        let whole = digits(sign);
        if whole == 0 {
            return Err(self.expected("a value"));
        }
        // A number has no leading zeros: what follows one is not part of it.
        let whole = if rest.as_bytes()[sign] == b'0' {
            1
        } else {
            whole
        };
        let mut end = sign + whole;
        if rest[end..].starts_with('.') && digits(end + 1) > 0 {
            end += 1 + digits(end + 1);
        }
        if rest[end..].starts_with(['e', 'E']) {
            let exponent = end + 1 + usize::from(rest[end + 1..].starts_with(['+', '-']));
            if digits(exponent) > 0 {
                end = exponent + digits(exponent);
            }
        }
        let number = &rest[..end];
        if end > sign + whole {
            // Rust reads and writes doubles exactly, as Python does.
            let value: f64 = number.parse().map_err(|_| self.expected("a number"))?;
            self.tree.scalars.push_str(&float_text(value));
        } else {
            self.tree
                .scalars
                .push_str(if number == "-0" { "0" } else { number });
        }
        self.at += end;
        Ok(start..self.tree.scalars.len())
    }

    fn next_byte(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while matches!(bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    fn expected(&self, expected: &'static str) -> JsonTextError {
        JsonTextError {
            at: self.at,
            expected,
        }
    }
}

/// In the order of the keys; of equal ones the last.
fn sorted(mut members: Vec<Member>) -> Vec<Member> {
    members.reverse();
    members.sort_by(|a, b| a.order.cmp(&b.order));
    members.dedup_by(|later, kept| later.order == kept.order);
    members
}

fn push_escaped(text: &mut String, point: u32) {
    let unit = |text: &mut String, unit: u32| {
        text.push_str("\\u");
        for shift in [12, 8, 4, 0] {
            text.push(char::from_digit((unit >> shift) & 15, 16).unwrap_or('0'));
        }
    };
    match (point, char::from_u32(point)) {
        (0x22, _) => text.push_str("\\\""),
        (0x5c, _) => text.push_str("\\\\"),
        (0x0a, _) => text.push_str("\\n"),
        (0x0d, _) => text.push_str("\\r"),
        (0x09, _) => text.push_str("\\t"),
        (0x08, _) => text.push_str("\\b"),
        (0x0c, _) => text.push_str("\\f"),
        (0x20..0x7f, Some(character)) => text.push(character),
        (0x1_0000.., _) => {
            unit(text, 0xd800 + ((point - 0x1_0000) >> 10));
            unit(text, 0xdc00 + ((point - 0x1_0000) & 0x3ff));
        }
        _ => unit(text, point),
    }
}

/// UTF-8, surrogates included.
fn push_wtf8(bytes: &mut Vec<u8>, point: u32) {
    if let Some(character) = char::from_u32(point) {
        bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        let six = |shift: u32| 0x80 | ((point >> shift) & 0x3f) as u8;
        bytes.extend_from_slice(&[0xe0 | (point >> 12) as u8, six(6), six(0)]);
    }
}

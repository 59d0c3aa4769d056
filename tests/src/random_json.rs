//! Random values of any Avro type, as JSON text in the form that docs/avro-json.md writes: small, deep and at the edges.
//! Stands alone, so that generated test crates take it in by its path.

use std::collections::HashMap;

use evgen_runtime::types::{Logical, TypeNode};

/// How deep values get before the shortest way out is taken.
const DEEP: u32 = 5;
/// Longest way out that is looked for: deeper ones have no value that could be read.
const DEEPEST: u32 = 40;
/// Length of a text that is ended as soon as can be.
const LONG: usize = 20_000;

/// A source of values; the same seed gives the same ones.
#[derive(Debug)]
pub struct RandomJson {
    state: u64,
    /// Whether values of a type can end within some depth.
    ends: HashMap<(usize, u32), bool>,
    tags: bool,
}

impl RandomJson {
    /// A source.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            state: seed,
            ends: HashMap::new(),
            tags: false,
        }
    }

    /// A value of type `node`; `None` where the type has none (an enum without symbols).
    pub fn value(&mut self, node: &'static TypeNode) -> Option<String> {
        if !(0..=DEEPEST).any(|depth| self.ends(node, depth)) {
            return None;
        }
        self.tags = self.below(2) == 0;
        let mut out = String::new();
        self.write(node, 0, &mut out);
        Some(out)
    }

    /// Any number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        // SplitMix64.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end.max(1)
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        let index = self.below(all.len() as u64);
        all[usize::try_from(index).unwrap_or(0)]
    }

    /// Whether a value needs no more than `depth` levels below it.
    fn ends(&mut self, node: &'static TypeNode, depth: u32) -> bool {
        let key = (std::ptr::from_ref(node).addr(), depth);
        if let Some(&known) = self.ends.get(&key) {
            return known;
        }
        let ends = match node {
            TypeNode::Enum(node) => !node.symbols.is_empty(),
            TypeNode::Union(branches) => {
                depth > 0 && branches.iter().any(|branch| self.ends(branch, depth - 1))
            }
            TypeNode::Record(record) => {
                depth > 0
                    && record
                        .fields
                        .iter()
                        .all(|field| self.ends(field.node, depth - 1))
            }
            _ => true,
        };
        self.ends.insert(key, ends);
        ends
    }

    fn write(&mut self, node: &'static TypeNode, depth: u32, out: &mut String) {
        let short = depth > DEEP || out.len() > LONG;
        match node {
            TypeNode::Null => out.push_str("null"),
            TypeNode::Boolean => out.push_str(self.of(&["true", "false"])),
            TypeNode::Int => {
                let value = self.integer(i32::MIN.into(), i32::MAX.into());
                out.push_str(&value.to_string());
            }
            TypeNode::Long => {
                let value = self.integer(i64::MIN, i64::MAX);
                out.push_str(&value.to_string());
            }
            TypeNode::Float => {
                let bits = u32::try_from(self.below(1 << 32)).unwrap_or(0);
                let edges = [0.0, -0.0, 1.0, f32::MIN, f32::MAX, f32::MIN_POSITIVE, 0.1];
                let value = match self.below(3) {
                    0 => self.of(&edges),
                    _ => f32::from_bits(bits),
                };
                float(
                    value.is_finite(),
                    f64::from(value),
                    &format!("{value:?}"),
                    out,
                );
            }
            TypeNode::Double => {
                let bits = self.below(u64::MAX);
                let edges = [
                    0.0,
                    -0.0,
                    1.0,
                    f64::MIN,
                    f64::MAX,
                    5e-324,
                    0.1,
                    f64::INFINITY,
                ];
                let value = match self.below(3) {
                    0 => self.of(&edges),
                    _ => f64::from_bits(bits),
                };
                float(value.is_finite(), value, &format!("{value:?}"), out);
            }
            TypeNode::Bytes => {
                let length = self.below(9);
                self.bytes(length, out);
            }
            TypeNode::Fixed(fixed) => self.bytes(fixed.size as u64, out),
            TypeNode::String => {
                let text = self.text();
                quote(&text, out);
            }
            TypeNode::Enum(node) => {
                let symbol = self.of(node.symbols);
                quote(symbol, out);
            }
            TypeNode::Array(items) => {
                let length = self.length(items, short);
                out.push('[');
                for index in 0..length {
                    comma(index, out);
                    self.write(items, depth + 1, out);
                }
                out.push(']');
            }
            TypeNode::Map(values) => {
                let length = self.length(values, short);
                let mut keys: Vec<String> = (0..length).map(|_| self.text()).collect();
                keys.sort();
                keys.dedup();
                out.push('{');
                for (index, key) in (0..).zip(keys) {
                    comma(index, out);
                    quote(&key, out);
                    out.push(':');
                    self.write(values, depth + 1, out);
                }
                out.push('}');
            }
            TypeNode::Record(record) => {
                out.push('{');
                for (index, field) in (0..).zip(&*record.fields) {
                    comma(index, out);
                    quote(field.name, out);
                    out.push(':');
                    self.write(field.node, depth + 1, out);
                }
                out.push('}');
            }
            TypeNode::Union(branches) => self.union(branches, depth, short, out),
            TypeNode::Logical(logical, base) => self.logical(*logical, base, out),
        }
    }

    fn union(
        &mut self,
        branches: &'static [&'static TypeNode],
        depth: u32,
        short: bool,
        out: &mut String,
    ) {
        let limits = if short {
            0..=DEEPEST
        } else {
            DEEPEST..=DEEPEST
        };
        for limit in limits {
            let open: Vec<_> = branches
                .iter()
                .copied()
                .filter(|branch| self.ends(branch, limit))
                .collect();
            if open.is_empty() {
                continue;
            }
            let branch = self.of(&open);
            if self.tags && takes_tag(branches, branch) {
                out.push('{');
                quote(branch.branch_name(), out);
                out.push(':');
                self.write(branch, depth + 1, out);
                out.push('}');
            } else {
                self.write(branch, depth + 1, out);
            }
            return;
        }
    }

    /// How many items an array or a map gets.
    fn length(&mut self, items: &'static TypeNode, short: bool) -> u64 {
        if short || !(0..=DEEPEST).any(|depth| self.ends(items, depth)) {
            0
        } else {
            self.below(4)
        }
    }

    fn integer(&mut self, min: i64, max: i64) -> i64 {
        match self.below(4) {
            0 => self.of(&[min, max, 0, 1, -1]).clamp(min, max),
            1 => i64::try_from(self.below(200)).unwrap_or(0).clamp(min, max),
            _ => {
                let span = max.abs_diff(min).saturating_add(1);
                min.saturating_add_unsigned(self.below(span))
            }
        }
    }

    fn text(&mut self) -> String {
        let texts = [
            "",
            "a",
            "null",
            "long",
            "string",
            "2024-01-31",
            "12:30:00",
            "1.5",
            "NaN",
            "\"",
            "\\",
            "\u{0}\u{1f}",
            "\u{7f}\u{80}\u{2028}",
            "é\n\r\t",
            "🦀",
            "\u{ffff}",
            "67e55044-10b1-426f-9247-bb680e5fe0c8",
        ];
        let mut text = self.of(&texts).to_owned();
        for _ in 0..self.below(3) {
            text.push(char::from(b'a' + u8::try_from(self.below(26)).unwrap_or(0)));
        }
        text
    }

    fn bytes(&mut self, length: u64, out: &mut String) {
        let text: String = (0..length)
            .map(|_| char::from(u8::try_from(self.below(256)).unwrap_or(0)))
            .collect();
        quote(&text, out);
    }

    fn logical(&mut self, logical: Logical, base: &'static TypeNode, out: &mut String) {
        let text = match logical {
            Logical::Decimal { precision, scale } => {
                // Two digits less than a fixed of this size holds for certain.
                let holds = match base {
                    TypeNode::Fixed(fixed) => u32::try_from(fixed.size * 12 / 5).unwrap_or(300),
                    _ => 300,
                };
                self.decimal(precision.min(holds.saturating_sub(1)), scale)
            }
            Logical::BigDecimal => {
                let scale = u32::try_from(self.below(5)).unwrap_or(0);
                self.decimal(30, scale)
            }
            Logical::Uuid => {
                let hex = format!("{:016x}{:016x}", self.below(u64::MAX), self.below(u64::MAX));
                let parts = [
                    &hex[..8],
                    &hex[8..12],
                    &hex[12..16],
                    &hex[16..20],
                    &hex[20..],
                ];
                parts.join("-")
            }
            Logical::Duration => {
                let [months, days, seconds] = [(); 3].map(|()| self.below(1_000_000));
                let fraction = self.of(&["", ".001", ".999", ".500"]);
                format!("P{months}M{days}DT{seconds}{fraction}S")
            }
            Logical::Date => self.date(1, 9999),
            Logical::TimeMillis => self.time(&["", ".001", ".999", ".5"]),
            Logical::TimeMicros => self.time(&["", ".001", ".000001", ".999999"]),
            Logical::TimestampMillis | Logical::LocalTimestampMillis => {
                let (date, time) = (self.date(1, 9998), self.time(&["", ".001", ".999", ".5"]));
                format!("{date}T{time}")
            }
            Logical::TimestampMicros | Logical::LocalTimestampMicros => {
                let (date, time) = (self.date(1, 9998), self.time(&["", ".25", ".000001"]));
                format!("{date}T{time}")
            }
            Logical::TimestampNanos | Logical::LocalTimestampNanos => {
                let date = self.date(1678, 2261);
                let time = self.time(&["", ".25", ".000001", ".999999999"]);
                format!("{date}T{time}")
            }
        };
        let zone = match logical {
            Logical::TimestampMillis | Logical::TimestampMicros | Logical::TimestampNanos => "Z",
            _ => "",
        };
        quote(&(text + zone), out);
    }

    /// A number with at most `digits` digits, `scale` of them behind the point.
    fn decimal(&mut self, digits: u32, scale: u32) -> String {
        let scale = scale as usize;
        let length = self.below(u64::from(digits) + 1);
        let mut text: String = (0..length)
            .map(|_| char::from(b'0' + u8::try_from(self.below(10)).unwrap_or(0)))
            .collect();
        text = text.trim_start_matches('0').to_owned();
        let sign = if !text.is_empty() && self.below(2) == 0 {
            "-"
        } else {
            ""
        };
        let missing = (scale + 1).saturating_sub(text.len());
        text.insert_str(0, &"0".repeat(missing));
        if scale > 0 {
            text.insert(text.len() - scale, '.');
        }
        format!("{sign}{text}")
    }

    fn date(&mut self, first: u64, last: u64) -> String {
        let year = match self.below(4) {
            0 => self.of(&[first, last, 1970.clamp(first, last)]),
            _ => first + self.below(last - first + 1),
        };
        format!(
            "{year:04}-{:02}-{:02}",
            1 + self.below(12),
            1 + self.below(28)
        )
    }

    fn time(&mut self, fractions: &[&'static str]) -> String {
        let [hour, minute, second] = [self.below(24), self.below(60), self.below(60)];
        let fraction = self.of(fractions);
        format!("{hour:02}:{minute:02}:{second:02}{fraction}")
    }
}

/// Whether an object with the branch's name as its one key is a tag for certain: nothing else could look like it.
fn takes_tag(branches: &[&'static TypeNode], branch: &'static TypeNode) -> bool {
    let name = branch.branch_name();
    let could_be = |other: &TypeNode| match other {
        TypeNode::Map(_) => true,
        TypeNode::Record(record) => record.fields.iter().any(|field| field.name == name),
        _ => false,
    };
    !matches!(branch, TypeNode::Null) && !branches.iter().any(|other| could_be(other))
}

fn float(finite: bool, value: f64, text: &str, out: &mut String) {
    out.push_str(match value {
        _ if finite => text,
        f64::INFINITY => "\"Infinity\"",
        f64::NEG_INFINITY => "\"-Infinity\"",
        _ => "\"NaN\"",
    });
}

fn comma(index: u64, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

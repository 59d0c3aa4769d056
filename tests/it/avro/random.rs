//! Random values of a type in Avro's binary form, each in the one form that writers give it.

use evgen_runtime::types::{Logical, TypeNode};
use evgen_runtime::{Decimal, Uuid};

/// Below this depth no value holds another.
const DEEPEST: u32 = 6;

struct Random {
    state: u64,
    out: Vec<u8>,
}

/// A value of type `node`; the same for the same seed.
pub(super) fn value(node: &'static TypeNode, seed: u64) -> Vec<u8> {
    let mut random = Random {
        state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        out: Vec::new(),
    };
    random.put(node, 0);
    random.out
}

impl Random {
    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % end.max(1)
    }

    fn within(&mut self, most: i64) -> i64 {
        (self.next() >> 1).cast_signed() % (most + 1) * [1, -1][self.below(2)]
    }

    fn put(&mut self, node: &'static TypeNode, depth: u32) {
        match node {
            TypeNode::Null => {}
            TypeNode::Boolean => {
                let value = u8::from(self.below(2) == 1);
                self.out.push(value);
            }
            TypeNode::Int => {
                let value = [0, -1, i32::MIN, i32::MAX, 64, -65][self.below(6)];
                self.long(value.into());
            }
            TypeNode::Long => {
                let any = self.next().cast_signed();
                let shift = self.below(64);
                let value = [i64::MIN, i64::MAX, any >> shift, any][self.below(4)];
                self.long(value);
            }
            TypeNode::Float => {
                let value = f32::from(u16::try_from(self.below(65_536)).unwrap()) / -8.0;
                self.out.extend(value.to_le_bytes());
            }
            TypeNode::Double => {
                let value = f64::from(u32::try_from(self.below(1 << 30)).unwrap()) / -3.0;
                self.out.extend(value.to_le_bytes());
            }
            TypeNode::Bytes => {
                let len = self.below(20);
                self.long(i64::try_from(len).unwrap());
                self.bytes(len);
            }
            TypeNode::String => {
                let text = [
                    "",
                    "a",
                    "longer than one word",
                    "\u{0}\"\\\n",
                    "äöü \u{1F600}",
                    "self",
                ];
                let text = text[self.below(6)];
                self.text(text.as_bytes());
            }
            TypeNode::Fixed(fixed) => self.bytes(fixed.size),
            TypeNode::Enum(symbols) => {
                let index = self.below(symbols.symbols.len());
                self.long(i64::try_from(index).unwrap());
            }
            TypeNode::Array(item) => {
                let count = if depth < DEEPEST { self.below(4) } else { 0 };
                if count > 0 {
                    self.long(i64::try_from(count).unwrap());
                }
                for _ in 0..count {
                    self.put(item, depth + 1);
                }
                self.long(0);
            }
            TypeNode::Map(item) => {
                // Two entries have no order in the peer.
                if depth < DEEPEST && self.below(2) == 1 {
                    self.long(1);
                    self.put(&TypeNode::String, depth);
                    self.put(item, depth + 1);
                }
                self.long(0);
            }
            TypeNode::Union(branches) => {
                let plain = |branch: &&TypeNode| !matches!(branch, TypeNode::Record(_));
                let branch = if depth < DEEPEST {
                    self.below(branches.len())
                } else {
                    branches.iter().position(plain).unwrap_or(0)
                };
                self.long(i64::try_from(branch).unwrap());
                if let Some(branch) = branches.get(branch) {
                    self.put(branch, depth + 1);
                }
            }
            TypeNode::Record(record) => {
                for field in record.fields.iter() {
                    self.put(field.node, depth + 1);
                }
            }
            TypeNode::Logical(logical, base) => self.logical(*logical, base),
        }
    }

    fn logical(&mut self, logical: Logical, base: &'static TypeNode) {
        let size = match base {
            TypeNode::Fixed(fixed) => Some(fixed.size),
            _ => None,
        };
        match logical {
            Logical::Decimal { precision, .. } => {
                let value = i128::from(self.within(10_i64.pow(precision.min(18)) - 1));
                match size {
                    None => {
                        let bytes = Decimal::new(value, 0).to_be_bytes();
                        self.text(&bytes);
                    }
                    Some(size) => {
                        let bytes = value.to_be_bytes();
                        let sign = if value < 0 { 0xff } else { 0 };
                        self.out
                            .extend(std::iter::repeat_n(sign, size.saturating_sub(16)));
                        self.out.extend(&bytes[16 - size.min(16)..]);
                    }
                }
            }
            Logical::BigDecimal => self.text(&[2, 5, 4]),
            Logical::Uuid => {
                let id = Uuid::from_u64_pair(self.next(), self.next());
                match size {
                    None => self.text(id.to_string().as_bytes()),
                    Some(_) => self.out.extend(id.as_bytes()),
                }
            }
            Logical::Duration => self.bytes(12),
            Logical::Date => {
                let days = self.within(700_000);
                self.long(days);
            }
            Logical::TimeMillis | Logical::TimeMicros => {
                let time = self.within(86_399_999).abs();
                self.long(time);
            }
            Logical::TimestampMillis | Logical::LocalTimestampMillis => {
                let time = self.within(10_000_000_000_000);
                self.long(time);
            }
            _ => {
                let time = self.within(10_000_000_000_000_000);
                self.long(time);
            }
        }
    }

    fn text(&mut self, bytes: &[u8]) {
        self.long(i64::try_from(bytes.len()).unwrap());
        self.out.extend(bytes);
    }

    fn bytes(&mut self, len: usize) {
        for _ in 0..len {
            let [byte, ..] = self.next().to_le_bytes();
            self.out.push(byte);
        }
    }

    fn long(&mut self, value: i64) {
        let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
        while rest > 0x7f {
            self.out.push(rest.to_le_bytes()[0] | 0x80);
            rest >>= 7;
        }
        self.out.push(rest.to_le_bytes()[0]);
    }
}

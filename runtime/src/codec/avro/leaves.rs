//! Logical types and promotions: what a value of a primitive, bytes or fixed type means.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use uuid::Uuid;

use super::reader::Reader;
use super::writer::Writer;
use crate::codec::decimal::{self, Decimal};
use crate::codec::duration::Duration;
use crate::codec::meaning;
use crate::codec::time::Temporal;
use crate::types::Logical;

/// Most bytes of a decimal's integer: more digits than JSON takes, and turning them into text takes time with their square.
const MAX_DECIMAL_BYTES: usize = 1_662;

/// Calls for the types of jiff: (name, type, logical type, base).
macro_rules! times {
    ($($(#[$docs:meta])* $name:ident, $type:ty, $logical:ident, $expected:literal;)*) => {
        impl Writer {
            $($(#[$docs])*
            pub fn $name(&mut self, value: &$type) {
                match value.to_long(Logical::$logical) {
                    Some(value) => self.varint(value),
                    None => self.problem($expected, format!("`{value}`")),
                }
            })*
        }

        impl Reader<'_> {
            $($(#[$docs])*
            pub fn $name(&mut self, out: &mut $type) {
                let left = self.left();
                let value = self.varint();
                match <$type>::from_long(value, Logical::$logical) {
                    Some(value) => *out = value,
                    None => self.fail(left, $expected, value.to_string()),
                }
            })*
        }
    };
}

times! {
    /// `date`
    date, Date, Date, "a date";
    /// `time-millis`
    time_millis, Time, TimeMillis, "a time of day in milliseconds";
    /// `time-micros`
    time_micros, Time, TimeMicros, "a time of day in microseconds";
    /// `timestamp-millis`
    timestamp_millis, Timestamp, TimestampMillis, "a timestamp in milliseconds";
    /// `timestamp-micros`
    timestamp_micros, Timestamp, TimestampMicros, "a timestamp in microseconds";
    /// `timestamp-nanos`
    timestamp_nanos, Timestamp, TimestampNanos, "a timestamp in nanoseconds";
    /// `local-timestamp-millis`
    local_timestamp_millis, DateTime, LocalTimestampMillis, "a local timestamp in milliseconds";
    /// `local-timestamp-micros`
    local_timestamp_micros, DateTime, LocalTimestampMicros, "a local timestamp in microseconds";
    /// `local-timestamp-nanos`
    local_timestamp_nanos, DateTime, LocalTimestampNanos, "a local timestamp in nanoseconds";
}

impl Writer {
    /// `uuid` on string.
    pub fn uuid(&mut self, value: &Uuid) {
        let mut buffer = Uuid::encode_buffer();
        self.text(value.hyphenated().encode_lower(&mut buffer).as_bytes());
    }

    /// `uuid` on fixed(16).
    pub fn uuid_fixed(&mut self, value: &Uuid) {
        self.raw(value.as_bytes());
    }

    /// `decimal` on bytes.
    pub fn decimal(&mut self, value: &Decimal, precision: u32, scale: u32) {
        match decimal::to_base(value, precision, scale, None) {
            Some(bytes) => self.text(&bytes),
            None => self.problem(decimal_type(precision, scale), value.to_string()),
        }
    }

    /// `decimal` on fixed.
    pub fn decimal_fixed(&mut self, value: &Decimal, precision: u32, scale: u32, size: usize) {
        match decimal::to_base(value, precision, scale, Some(size)) {
            Some(bytes) => self.raw(&bytes),
            None => self.problem(decimal_type(precision, scale), value.to_string()),
        }
    }

    /// `big-decimal`
    pub fn big_decimal(&mut self, value: &Decimal) {
        let bytes = decimal::to_big(value);
        if bytes.len() > MAX_DECIMAL_BYTES {
            return self.problem("a decimal of at most 4000 digits", "a longer one");
        }
        self.text(&bytes);
    }

    /// `duration`
    pub fn duration(&mut self, value: &Duration) {
        self.raw(&value.to_bytes());
    }
}

fn decimal_type(precision: u32, scale: u32) -> String {
    format!("a decimal of at most {precision} digits, {scale} behind the point")
}

impl Reader<'_> {
    /// `uuid` on string.
    pub fn uuid(&mut self, out: &mut Uuid) {
        let left = self.left();
        match Uuid::try_parse_ascii(self.counted("a UUID")) {
            Ok(id) => *out = id,
            Err(error) => self.fail(left, "a UUID", error.to_string()),
        }
    }

    /// `uuid` on fixed(16).
    pub fn uuid_fixed(&mut self, out: &mut Uuid) {
        *out = Uuid::from_bytes(self.array_of("a UUID"));
    }

    /// `decimal` on bytes.
    pub fn decimal(&mut self, out: &mut Decimal, precision: u32, scale: u32) {
        let left = self.left();
        let bytes = self.counted("a decimal");
        self.unscaled(left, bytes, [precision, scale], out);
    }

    /// `decimal` on fixed.
    pub fn decimal_fixed(&mut self, out: &mut Decimal, precision: u32, scale: u32, size: usize) {
        let left = self.left();
        let bytes = self.bytes_of(size, "a decimal");
        self.unscaled(left, bytes, [precision, scale], out);
    }

    /// `decimal` that the writer has in another precision and scale; `size` is its base's, if that is a fixed.
    pub fn decimal_as(
        &mut self,
        out: &mut Decimal,
        from: [u32; 2],
        size: Option<usize>,
        [precision, scale]: [u32; 2],
    ) {
        let left = self.left();
        match size {
            Some(size) => self.decimal_fixed(out, from[0], from[1], size),
            None => self.decimal(out, from[0], from[1]),
        }
        if self.failed() {
            return;
        }
        match decimal::to_base(out, precision, scale, size) {
            Some(bytes) => {
                *out = Decimal::from_be_bytes(&bytes, i32::try_from(scale).unwrap_or(i32::MAX));
            }
            None => self.fail(left, decimal_type(precision, scale), format!("`{out}`")),
        }
    }

    /// A time as its number, that the writer has in another unit: both by their nanoseconds.
    pub fn long_in_units(&mut self, out: &mut i64, units: [i64; 2]) {
        let left = self.left();
        let value = self.varint();
        match meaning::in_units(value, units) {
            Some(value) => *out = value,
            None => self.fail(left, "a time in its unit", value.to_string()),
        }
    }

    fn unscaled(
        &mut self,
        left: usize,
        bytes: &[u8],
        [precision, scale]: [u32; 2],
        out: &mut Decimal,
    ) {
        if bytes.len() > MAX_DECIMAL_BYTES {
            let found = format!("one of {} bytes", bytes.len());
            return self.fail(left, decimal_type(precision, scale), found);
        }
        // A scale beyond the range of an i32 is no valid logical type.
        *out = Decimal::from_be_bytes(bytes, i32::try_from(scale).unwrap_or(i32::MAX));
        if usize::try_from(precision).is_ok_and(|precision| out.precision() > precision) {
            self.fail(left, decimal_type(precision, scale), format!("`{out}`"));
        }
    }

    /// `big-decimal`
    pub fn big_decimal(&mut self, out: &mut Decimal) {
        let left = self.left();
        let bytes = self.counted("a big decimal");
        let read = Some(bytes).filter(|bytes| bytes.len() <= MAX_DECIMAL_BYTES);
        match read.and_then(decimal::from_big) {
            Some(value) => *out = value,
            None => self.fail(
                left,
                "a big decimal of at most 4000 digits",
                format!("{} bytes", bytes.len()),
            ),
        }
    }

    /// `duration`
    pub fn duration(&mut self, out: &mut Duration) {
        *out = Duration::from_bytes(self.array_of("a duration"));
    }

    /// Checks that the next number is an int, where the latest version has a logical type on long.
    pub fn expect_int(&mut self) {
        let mut ahead = Self::new(self.rest());
        let mut value = 0;
        ahead.int(&mut value);
        if ahead.failed() {
            // Fails again, here.
            self.int(&mut value);
        }
    }

    /// An int as a long.
    #[inline]
    pub fn long_from_int(&mut self, out: &mut i64) {
        let mut value = 0;
        self.int(&mut value);
        *out = value.into();
    }

    /// An int as a float.
    #[expect(clippy::cast_precision_loss, reason = "Avro promotes so")]
    pub fn float_from_int(&mut self, out: &mut f32) {
        let mut value = 0;
        self.int(&mut value);
        *out = value as f32;
    }

    /// A long as a float.
    #[expect(clippy::cast_precision_loss, reason = "Avro promotes so")]
    pub fn float_from_long(&mut self, out: &mut f32) {
        *out = self.varint() as f32;
    }

    /// An int as a double.
    pub fn double_from_int(&mut self, out: &mut f64) {
        let mut value = 0;
        self.int(&mut value);
        *out = value.into();
    }

    /// A long as a double.
    #[expect(clippy::cast_precision_loss, reason = "Avro promotes so")]
    pub fn double_from_long(&mut self, out: &mut f64) {
        *out = self.varint() as f64;
    }

    /// A float as a double.
    pub fn double_from_float(&mut self, out: &mut f64) {
        let mut value = 0.0;
        self.float(&mut value);
        *out = value.into();
    }

    /// A default of the schema, in the place of a field that the writer does not have.
    pub fn default_value<T: crate::codec::Value>(
        &mut self,
        out: &mut T,
        node: &'static crate::types::TypeNode,
        text: &str,
    ) {
        if !self.failed() {
            *out = crate::codec::constant(node, text);
        }
    }
}

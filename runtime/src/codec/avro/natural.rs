//! Avro's binary form of the Rust types that have but one: their fields need not say it. The others (times, decimals, an
//! option whose null comes last) are written by a method of `Writer` that generated code names.

use std::collections::BTreeMap;

use super::reader::Reader;
use super::writer::Writer;
use super::{Avro, Value};

macro_rules! natural {
    ($($type:ty: $method:ident;)*) => {
        $(impl Avro for $type {
            #[inline]
            fn write_avro(&self, writer: &mut Writer) {
                writer.$method(self);
            }

            #[inline]
            fn read_avro(&mut self, reader: &mut Reader<'_>) {
                reader.$method(self);
            }
        })*
    };
}

natural! {
    (): null;
    bool: boolean;
    i32: int;
    i64: long;
    f32: float;
    f64: double;
    String: string;
    Vec<u8>: bytes;
}

impl<const N: usize> Avro for [u8; N]
where
    Self: Value,
{
    #[inline]
    fn write_avro(&self, writer: &mut Writer) {
        writer.fixed(self);
    }

    #[inline]
    fn read_avro(&mut self, reader: &mut Reader<'_>) {
        reader.fixed(self);
    }
}

impl<T: Avro> Avro for Vec<T> {
    #[inline]
    fn write_avro(&self, writer: &mut Writer) {
        writer.array(self, |writer, item: &T| item.write_avro(writer));
    }

    #[inline]
    fn read_avro(&mut self, reader: &mut Reader<'_>) {
        reader.array(self, |reader, item: &mut T| item.read_avro(reader));
    }
}

impl<T: Avro> Avro for BTreeMap<String, T> {
    #[inline]
    fn write_avro(&self, writer: &mut Writer) {
        writer.map(self, |writer, value: &T| value.write_avro(writer));
    }

    #[inline]
    fn read_avro(&mut self, reader: &mut Reader<'_>) {
        reader.map(self, |reader, value: &mut T| value.read_avro(reader));
    }
}

/// `["null", T]`: null comes first.
impl<T: Avro> Avro for Option<T> {
    #[inline]
    fn write_avro(&self, writer: &mut Writer) {
        writer.option(self, 0, |writer, value: &T| value.write_avro(writer));
    }

    #[inline]
    fn read_avro(&mut self, reader: &mut Reader<'_>) {
        reader.option(self, 0, |reader, value: &mut T| value.read_avro(reader));
    }
}

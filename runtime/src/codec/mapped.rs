//! `Mapped`: a Rust type of the user's in place of a generated or a logical one (`type_mappings` of the manifest).

use std::fmt::Display;

use super::reader::JsonReader;
use super::resolution::Resolution;
use super::value::{Value, write};
use super::writer::JsonWriter;
use crate::types::TypeNode;

/// A Rust type that stands where a schema has another: it is made of what is read, and turned into what is written.
///
/// The manifest says where: `type_mappings: { com.acme.Money: crate::Money }`. Beside this trait the type needs the line
/// `evgen_runtime::mapped!(Money);`, and `Clone`, `Debug` and `PartialEq` as every part of an event.
///
/// ```
/// use evgen_runtime::codec::{Decimal, Mapped};
///
/// #[derive(Clone, Debug, PartialEq)]
/// struct Cents(i64);
///
/// impl Mapped for Cents {
///     type Avro = Decimal;
///     type Error = String;
///
///     fn empty() -> Self {
///         Self(0)
///     }
///     fn from_avro(value: Decimal) -> Result<Self, String> {
///         let text = value.to_string().replace('.', "");
///         text.parse().map(Self).map_err(|_| format!("{value} is more than cents can hold"))
///     }
///     fn to_avro(&self) -> Decimal {
///         format!("{}.{:02}", self.0 / 100, self.0 % 100).parse().unwrap()
///     }
/// }
/// evgen_runtime::mapped!(Cents);
/// ```
pub trait Mapped: Value + Clone + PartialEq + Sized {
    /// The type that it stands for: the generated one, or what evgen takes for the logical type.
    type Avro: Value;
    /// Why a value of the schema is none of this type.
    type Error: Display;

    /// Any value, to be overwritten.
    fn empty() -> Self;

    /// The value that was read.
    ///
    /// # Errors
    /// It is valid by the schema, and not for this type; the text is not read then, and the error says why.
    fn from_avro(value: Self::Avro) -> Result<Self, Self::Error>;

    /// The value to write.
    fn to_avro(&self) -> Self::Avro;
}

/// In a type that holds itself.
impl<T: Mapped> Mapped for Box<T> {
    type Avro = T::Avro;
    type Error = T::Error;

    fn empty() -> Self {
        Self::new(<T as Mapped>::empty())
    }

    fn from_avro(value: Self::Avro) -> Result<Self, Self::Error> {
        T::from_avro(value).map(Self::new)
    }

    fn to_avro(&self) -> Self::Avro {
        (**self).to_avro()
    }
}

/// [`Value::read_json`] of a mapped type.
#[doc(hidden)]
pub fn read_mapped<T: Mapped>(value: &mut T, how: &Resolution, reader: &mut JsonReader<'_>) {
    let (start, mark) = (reader.start(), reader.mark());
    let mut avro = T::Avro::empty();
    reader.read(&mut avro, how);
    if reader.stopped() || reader.mark() > mark {
        return;
    }
    match T::from_avro(avro) {
        Ok(read) => *value = read,
        Err(error) => reader.mismatch(start, format!("a value that is taken ({error})")),
    }
}

/// [`Value::write_json`] of a mapped type.
#[doc(hidden)]
pub fn write_mapped<T: Mapped>(value: &T, node: &'static TypeNode, out: &mut JsonWriter) {
    write(&value.to_avro(), node, out);
}

/// Makes a type that is [`Mapped`](crate::codec::Mapped) part of events: `mapped!(crate::Money);`
#[macro_export]
macro_rules! mapped {
    ($type:ty) => {
        impl $crate::codec::Value for $type {
            fn empty() -> Self {
                <Self as $crate::codec::Mapped>::empty()
            }
            fn write_json(
                &self,
                node: &'static $crate::types::TypeNode,
                out: &mut $crate::codec::JsonWriter,
            ) {
                $crate::codec::write_mapped(self, node, out);
            }
            fn read_json(
                &mut self,
                how: &$crate::codec::Resolution,
                reader: &mut $crate::codec::JsonReader<'_>,
            ) {
                $crate::codec::read_mapped(self, how, reader);
            }
            fn equals(&self, other: &dyn $crate::codec::Value) -> ::core::option::Option<bool> {
                $crate::codec::equal_values(self, other)
            }
            fn assign(&mut self, from: &dyn $crate::codec::Value) -> bool {
                $crate::codec::assign_value(self, from)
            }
        }
    };
}

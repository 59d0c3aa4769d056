//! A record's fields as one tuple: from it, everything that is done with fields follows, compiled once per use. Generated
//! code that says its fields once is what a compiler checks fastest; docs/performance.md has what other shapes cost.

use std::any::Any;

use super::avro::{Avro, Reader, Writer};
use super::value::{FillFields, SeeFields, Value};

/// A generated record: shows its fields, in the schema's order.
pub trait Record: Value {
    /// Gives `visit` the fields as one tuple, or as [`Groups`] of tuples.
    fn with<V: Visit>(&self, visit: V);

    /// Gives `visit` the fields to be filled.
    fn with_mut<'r, V: VisitMut<'r>>(&mut self, visit: V);
}

/// What wants to see fields.
pub trait Visit {
    /// The fields.
    fn fields<'a>(self, fields: impl Fields<'a>);
}

/// What wants to fill fields, from a reader of `'r` if from one.
pub trait VisitMut<'r> {
    /// The fields.
    fn fields(self, fields: impl FieldsMut<'r>);
}

/// Tuples of fields.
pub trait Fields<'a>: Sized {
    /// Adds them to a list.
    fn list(&self, list: &mut Vec<&'a dyn Value>);

    /// Shows them at once.
    fn show(&self, visit: &mut dyn FnMut(&[&dyn Value])) {
        let mut list = Vec::new();
        self.list(&mut list);
        visit(&list);
    }

    /// Writes them in Avro's binary form.
    fn write(&self, writer: &mut Writer);
}

// What follows takes `&mut self`, not `self`: of what is moved one by one, a compiler makes clean-up for each place that may
// panic, and only the optimiser finds that there is nothing to clean up.

/// Tuples of fields to be filled.
pub trait FieldsMut<'r>: Sized {
    /// Adds them to a list.
    fn list<'l>(&'l mut self, list: &mut Vec<&'l mut dyn Value>);

    /// Shows them at once.
    fn show(&mut self, visit: &mut dyn FnMut(&mut [&mut dyn Value])) {
        let mut list = Vec::new();
        self.list(&mut list);
        visit(&mut list);
    }

    /// Reads them from Avro's binary form.
    fn read(&mut self, reader: &mut Reader<'r>);
}

/// A field: a reference to it, or one with how it is written ([`of`]).
pub trait Field<'a> {
    /// Its value.
    fn value(&self) -> &'a dyn Value;

    /// Writes it in Avro's binary form.
    fn write(&self, writer: &mut Writer);
}

/// A field to be filled: a reference to it, or one with how it is read ([`of_mut`]).
pub trait FieldMut<'r> {
    /// Its value.
    fn value(&mut self) -> &mut dyn Value;

    /// Reads it from Avro's binary form.
    fn read(&mut self, reader: &mut Reader<'r>);
}

impl<'a, T: Avro> Field<'a> for &'a T {
    #[inline]
    fn value(&self) -> &'a dyn Value {
        *self
    }

    #[inline]
    fn write(&self, writer: &mut Writer) {
        self.write_avro(writer);
    }
}

impl<'r, T: Avro> FieldMut<'r> for &mut T {
    #[inline]
    fn value(&mut self) -> &mut dyn Value {
        *self
    }

    #[inline]
    fn read(&mut self, reader: &mut Reader<'r>) {
        self.read_avro(reader);
    }
}

/// A field whose Rust type alone does not say its form.
struct Of<T, F>(T, F);

/// A field that is written by `write`.
pub fn of<'a, T: Value>(field: &'a T, write: impl Fn(&mut Writer, &T)) -> impl Field<'a> {
    Of(field, write)
}

/// A field that is read by `read`.
pub fn of_mut<'r, T: Value>(
    field: &mut T,
    read: impl Fn(&mut Reader<'r>, &mut T),
) -> impl FieldMut<'r> {
    Of(field, read)
}

impl<'a, T: Value, F: Fn(&mut Writer, &T)> Field<'a> for Of<&'a T, F> {
    #[inline]
    fn value(&self) -> &'a dyn Value {
        self.0
    }

    #[inline]
    fn write(&self, writer: &mut Writer) {
        (self.1)(writer, self.0);
    }
}

impl<'r, T: Value, F: Fn(&mut Reader<'r>, &mut T)> FieldMut<'r> for Of<&mut T, F> {
    #[inline]
    fn value(&mut self) -> &mut dyn Value {
        self.0
    }

    #[inline]
    fn read(&mut self, reader: &mut Reader<'r>) {
        (self.1)(reader, self.0);
    }
}

/// More fields than one tuple holds: a tuple of tuples, or of groups again.
#[derive(Debug)]
pub struct Groups<T>(pub T);

macro_rules! tuples {
    ($($($name:ident)*;)*) => {
        $(#[expect(non_snake_case, reason = "the macro's letters stand for types and values")]
        const _: () = {
            impl<'a, $($name: Field<'a>),*> Fields<'a> for ($($name,)*) {
                #[inline]
                fn list(&self, list: &mut Vec<&'a dyn Value>) {
                    let ($($name,)*) = self;
                    $(list.push($name.value());)*
                }
                #[inline]
                fn show(&self, visit: &mut dyn FnMut(&[&dyn Value])) {
                    let ($($name,)*) = self;
                    visit(&[$($name.value()),*]);
                }
                #[inline]
                fn write(&self, writer: &mut Writer) {
                    let ($($name,)*) = self;
                    $($name.write(writer);)*
                }
            }
            impl<'r, $($name: FieldMut<'r>),*> FieldsMut<'r> for ($($name,)*) {
                #[inline]
                fn list<'l>(&'l mut self, list: &mut Vec<&'l mut dyn Value>) {
                    let ($($name,)*) = self;
                    $(list.push($name.value());)*
                }
                #[inline]
                fn show(&mut self, visit: &mut dyn FnMut(&mut [&mut dyn Value])) {
                    let ($($name,)*) = self;
                    visit(&mut [$($name.value()),*]);
                }
                #[inline]
                fn read(&mut self, reader: &mut Reader<'r>) {
                    let ($($name,)*) = self;
                    $($name.read(reader);)*
                }
            }
            impl<'a, $($name: Fields<'a>),*> Fields<'a> for Groups<($($name,)*)> {
                fn list(&self, list: &mut Vec<&'a dyn Value>) {
                    let ($($name,)*) = &self.0;
                    $($name.list(list);)*
                }
                #[inline]
                fn write(&self, writer: &mut Writer) {
                    let ($($name,)*) = &self.0;
                    $($name.write(writer);)*
                }
            }
            impl<'r, $($name: FieldsMut<'r>),*> FieldsMut<'r> for Groups<($($name,)*)> {
                fn list<'l>(&'l mut self, list: &mut Vec<&'l mut dyn Value>) {
                    let ($($name,)*) = &mut self.0;
                    $($name.list(list);)*
                }
                #[inline]
                fn read(&mut self, reader: &mut Reader<'r>) {
                    let ($($name,)*) = &mut self.0;
                    $($name.read(reader);)*
                }
            }
        };)*
    };
}

impl<'a> Fields<'a> for () {
    fn list(&self, _: &mut Vec<&'a dyn Value>) {}

    fn write(&self, _: &mut Writer) {}
}

impl FieldsMut<'_> for () {
    fn list<'l>(&'l mut self, _: &mut Vec<&'l mut dyn Value>) {}

    fn read(&mut self, _: &mut Reader<'_>) {}
}

tuples! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
    A B C D E F G H I J K;
    A B C D E F G H I J K L;
    A B C D E F G H I J K L M;
    A B C D E F G H I J K L M N;
    A B C D E F G H I J K L M N O;
    A B C D E F G H I J K L M N O P;
}

/// Shows the fields of a record that is a `T`.
pub(super) fn show<T: Record>(record: &dyn Value, visit: &mut SeeFields<'_>) {
    struct Show<'v>(&'v mut dyn FnMut(&[&dyn Value]));
    impl Visit for Show<'_> {
        #[inline]
        fn fields<'a>(self, fields: impl Fields<'a>) {
            fields.show(self.0);
        }
    }
    let record: &dyn Any = record;
    if let Some(record) = record.downcast_ref::<T>() {
        record.with(Show(visit));
    }
}

/// Shows the fields to be filled of a record that is a `T`.
pub(super) fn show_mut<T: Record>(record: &mut dyn Value, visit: &mut FillFields<'_>) {
    struct Show<'v>(&'v mut dyn FnMut(&mut [&mut dyn Value]));
    impl<'r> VisitMut<'r> for Show<'_> {
        #[inline]
        fn fields(self, mut fields: impl FieldsMut<'r>) {
            fields.show(self.0);
        }
    }
    let record: &mut dyn Any = record;
    if let Some(record) = record.downcast_mut::<T>() {
        record.with_mut(Show(visit));
    }
}

/// [`Avro::write_avro`] of a record.
#[inline]
pub fn write<T: Record>(record: &T, writer: &mut Writer) {
    struct Write<'w>(&'w mut Writer);
    impl Visit for Write<'_> {
        #[inline]
        fn fields<'a>(self, fields: impl Fields<'a>) {
            fields.write(self.0);
        }
    }
    if writer.enter() {
        record.with(Write(writer));
        writer.leave();
    }
}

/// [`Avro::read_avro`] of a record.
#[inline]
pub fn read<T: Record>(record: &mut T, reader: &mut Reader<'_>) {
    struct Read<'w, 'r>(&'w mut Reader<'r>);
    impl<'r> VisitMut<'r> for Read<'_, 'r> {
        #[inline]
        fn fields(self, mut fields: impl FieldsMut<'r>) {
            fields.read(self.0);
        }
    }
    if reader.enter() {
        record.with_mut(Read(reader));
        reader.leave();
    }
}

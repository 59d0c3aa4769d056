//! The macros that generated code calls below each of its types: they expand to tables and one-line bodies.

/// What every generated record has: `Value`, `Avro`, `Clone`, `Debug` and `PartialEq`.
///
/// `record! { Created: CREATED_V2 => [label, tags] }`: the struct, the path of its `static` [`TypeNode`], its fields in the
/// schema's order. Where the Rust type of a field does not say its Avro form, or there are more than 16 fields, [`Record`]
/// is implemented beside it: `record! { Created: CREATED_V2, with [label, tags] }`.
///
/// [`TypeNode`]: crate::types::TypeNode
/// [`Record`]: crate::codec::Record
#[macro_export]
macro_rules! record {
    ($name:ident: $node:path => [$($field:ident),* $(,)?]) => {
        impl $crate::codec::Record for $name {
            fn with<V: $crate::codec::Visit>(&self, visit: V) {
                visit.fields(($(&self.$field,)*));
            }
            fn with_mut<'r, V: $crate::codec::VisitMut<'r>>(&mut self, visit: V) {
                visit.fields(($(&mut self.$field,)*));
            }
        }
        $crate::record! { $name: $node, with [$($field),*] }
    };
    ($name:ident: $node:path, with [$($field:ident),* $(,)?]) => {
        impl $crate::codec::Value for $name {
            fn empty() -> Self {
                Self { $($field: $crate::codec::Value::empty()),* }
            }
            fn shape(&self) -> $crate::codec::Shape {
                $crate::codec::Shape::of::<Self>(
                    ::core::stringify!($name),
                    ::core::stringify!($($field),*),
                    &$node,
                )
            }
        }
        impl $crate::codec::avro::Avro for $name {
            fn write_avro(&self, writer: &mut $crate::codec::avro::Writer) {
                $crate::codec::write_fields(self, writer);
            }
            fn read_avro(&mut self, reader: &mut $crate::codec::avro::Reader<'_>) {
                $crate::codec::read_fields(self, reader);
            }
        }
        impl ::core::clone::Clone for $name {
            fn clone(&self) -> Self {
                $crate::codec::copied(self)
            }
        }
        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::codec::debug_record(self, f)
            }
        }
        impl ::core::cmp::PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                $crate::codec::equal(self, other)
            }
        }
    };
}

/// `Value`, `Debug` and `as_str` of a generated enum.
///
/// `enumeration! { Priority: PRIORITY => [Low, High] }`: the variants in the order of the symbols.
#[macro_export]
macro_rules! enumeration {
    ($name:ident: $node:path => [$($variant:ident),* $(,)?]) => {
        impl $name {
            /// The symbol in the schema.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                $crate::codec::symbol(self as usize, &$node)
            }
        }
        impl $crate::codec::Enumeration for $name {
            const VARIANTS: &'static [Self] = &[$(Self::$variant),*];
            const NAMES: &'static [&'static str] = &[$(::core::stringify!($variant)),*];
        }
        impl $crate::codec::avro::Avro for $name {
            fn write_avro(&self, writer: &mut $crate::codec::avro::Writer) {
                writer.symbol(*self as usize);
            }
            fn read_avro(&mut self, reader: &mut $crate::codec::avro::Reader<'_>) {
                reader.symbol(self);
            }
        }
        impl $crate::codec::Value for $name {
            fn empty() -> Self {
                <Self as $crate::codec::Enumeration>::VARIANTS[0]
            }
            fn write_json(
                &self,
                node: &'static $crate::types::TypeNode,
                out: &mut $crate::codec::JsonWriter,
            ) {
                $crate::codec::write_symbol(*self as usize, node, out);
            }
            fn read_json(
                &mut self,
                how: &$crate::codec::Resolution,
                reader: &mut $crate::codec::JsonReader<'_>,
            ) {
                $crate::codec::read_enumeration(self, how, reader);
            }
            fn equals(
                &self,
                other: &dyn $crate::codec::Value,
            ) -> ::core::option::Option<bool> {
                $crate::codec::equal_values(self, other)
            }
            fn assign(&mut self, from: &dyn $crate::codec::Value) -> bool {
                $crate::codec::assign_value(self, from)
            }
        }
        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                let names = <Self as $crate::codec::Enumeration>::NAMES;
                $crate::codec::debug_symbol(names[*self as usize], f)
            }
        }
    };
}

/// `Value`, `Debug` and `PartialEq` of a generated enum over a union's branches.
///
/// `union! { Setting: SETTING => [Null, Long(i64), Node(Box<Node>)] }`: the branches in the schema's order. The value to be
/// filled in place is of the first one; where that would hold itself without end, another is named:
/// `union! { Setting: SETTING, empty = Long(i64) => [Node(Box<Node>), Long(i64)] }`.
#[macro_export]
macro_rules! union {
    ($name:ident: $node:path => [$first:ident $(($first_type:ty))? $(, $variant:ident $(($type:ty))?)* $(,)?]) => {
        $crate::union! {
            $name: $node, empty = $first $(($first_type))? =>
            [$first $(($first_type))? $(, $variant $(($type))?)*]
        }
    };
    ($name:ident: $node:path, empty = $empty:ident $(($empty_type:ty))? => [$($variant:ident $(($type:ty))?),* $(,)?]) => {
        impl $crate::codec::Union for $name {
            fn branch(&self) -> (usize, &dyn $crate::codec::Value) {
                enum __Branch { $($variant),* }
                match self {
                    $($crate::__union_pattern!(Self::$variant, value $(, $type)?) =>
                        (__Branch::$variant as usize, $crate::__union_value!(value $(, $type)?)),)*
                }
            }
            fn variants(&self) -> &'static [&'static str] {
                &[$(::core::stringify!($variant)),*]
            }
            fn read_branch(
                &mut self,
                index: usize,
                how: &$crate::codec::Resolution,
                reader: &mut $crate::codec::JsonReader<'_>,
            ) {
                enum __Branch { $($variant),* }
                $(if index == __Branch::$variant as usize {
                    let mut value = $crate::__union_empty!($($type)?);
                    reader.read(&mut value, how);
                    *self = $crate::__union_make!(Self::$variant, value $(, $type)?);
                })*
            }
        }
        impl $crate::codec::Value for $name {
            fn empty() -> Self {
                $crate::__union_make!(Self::$empty, $crate::codec::Value::empty() $(, $empty_type)?)
            }
            fn shape(&self) -> $crate::codec::Shape {
                $crate::codec::Shape::without_fields(::core::stringify!($name), &$node)
            }
            fn write_json(
                &self,
                node: &'static $crate::types::TypeNode,
                out: &mut $crate::codec::JsonWriter,
            ) {
                $crate::codec::write_union(self, node, out);
            }
            fn read_json(
                &mut self,
                how: &$crate::codec::Resolution,
                reader: &mut $crate::codec::JsonReader<'_>,
            ) {
                $crate::codec::read_union(self, how, reader);
            }
            fn equals(
                &self,
                other: &dyn $crate::codec::Value,
            ) -> ::core::option::Option<bool> {
                $crate::codec::equal_values(self, other)
            }
            fn assign(&mut self, from: &dyn $crate::codec::Value) -> bool {
                $crate::codec::assign_value(self, from)
            }
        }
        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::codec::debug_union(self, f)
            }
        }
        impl ::core::cmp::PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                $crate::codec::equal_unions(self, other)
            }
        }
    };
}

/// Pattern of a union's branch.
#[doc(hidden)]
#[macro_export]
macro_rules! __union_pattern {
    ($variant:path, $value:ident) => {
        $variant
    };
    ($variant:path, $value:ident, $type:ty) => {
        $variant($value)
    };
}

/// Value in a union's branch; null's is the unit.
#[doc(hidden)]
#[macro_export]
macro_rules! __union_value {
    ($value:ident) => {
        &()
    };
    ($value:ident, $type:ty) => {
        $value
    };
}

/// Value to be read in place for a union's branch.
#[doc(hidden)]
#[macro_export]
macro_rules! __union_empty {
    () => {
        ()
    };
    ($type:ty) => {
        <$type as $crate::codec::Value>::empty()
    };
}

/// A union's branch of a value.
#[doc(hidden)]
#[macro_export]
macro_rules! __union_make {
    ($variant:path, $value:expr) => {
        $variant
    };
    ($variant:path, $value:expr, $type:ty) => {
        $variant($value)
    };
}

/// `Value`, `Debug` and `PartialEq` of a struct whose one field `data` is the payload's text itself.
///
/// `untyped! { Imported }`
#[macro_export]
macro_rules! untyped {
    ($name:ident) => {
        impl $crate::codec::Value for $name {
            fn empty() -> Self {
                Self {
                    data: $crate::codec::Value::empty(),
                }
            }
            fn shape(&self) -> $crate::codec::Shape {
                let any = &$crate::types::TypeNode::Null;
                $crate::codec::Shape::without_fields(::core::stringify!($name), any)
            }
            fn write_json(
                &self,
                node: &'static $crate::types::TypeNode,
                out: &mut $crate::codec::JsonWriter,
            ) {
                $crate::codec::Value::write_json(&self.data, node, out);
            }
            fn read_json(
                &mut self,
                how: &$crate::codec::Resolution,
                reader: &mut $crate::codec::JsonReader<'_>,
            ) {
                $crate::codec::Value::read_json(&mut self.data, how, reader);
            }
            fn equals(&self, other: &dyn $crate::codec::Value) -> ::core::option::Option<bool> {
                $crate::codec::equal_values(self, other)
            }
            fn assign(&mut self, from: &dyn $crate::codec::Value) -> bool {
                $crate::codec::assign_value(self, from)
            }
        }
        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(::core::stringify!($name))
                    .field("data", &self.data)
                    .finish()
            }
        }
        impl ::core::cmp::PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.data == other.data
            }
        }
    };
}

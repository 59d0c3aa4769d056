//! Macros of generated code for events and decisions: what every event has alike. Those of types are in
//! `codec/macros.rs`.

/// `Event` of an event's struct, and its place in its aggregate's enum.
///
/// `event! { Event::Created(Created): CREATED }`
#[doc(hidden)]
#[macro_export]
macro_rules! event {
    ($all:ident :: $variant:ident ($name:ident): $descriptor:ident) => {
        impl $crate::Event for $name {
            const DESCRIPTOR: &'static $crate::EventDescriptor = &$descriptor;
            type All = $all;
        }

        impl ::core::convert::From<$name> for $all {
            fn from(event: $name) -> Self {
                Self::$variant(event)
            }
        }
    };
}

/// What the enum of an aggregate's events has like all such enums: `Debug` and `PartialEq`, too.
///
/// `events! { Event }`
#[doc(hidden)]
#[macro_export]
macro_rules! events {
    ($all:ident) => {
        impl $crate::subscription::Subscribed for $all {
            type Given = Self;

            fn given(event: &$crate::AnyEvent) -> ::core::option::Option<Self> {
                event.find()
            }
        }

        impl ::core::fmt::Debug for $all {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::event::debug(self, f)
            }
        }

        impl ::core::cmp::PartialEq for $all {
            fn eq(&self, other: &Self) -> bool {
                $crate::event::equal(self, other)
            }
        }
    };
}

/// `Decision` of an event for its aggregate, and `Creates` where it makes one.
///
/// `decision! { Event::Created(Created) creates crate::Todo }`, `… changes crate::Todo`
#[doc(hidden)]
#[macro_export]
macro_rules! decision {
    ($all:ident :: $variant:ident ($name:ident) creates $aggregate:ty) => {
        $crate::decision! { $all::$variant($name) changes $aggregate }

        impl $crate::Creates<$aggregate> for $name {}
    };
    ($all:ident :: $variant:ident ($name:ident) changes $aggregate:ty) => {
        impl $crate::Decision<$aggregate> for $name {
            type Error = ::core::convert::Infallible;

            fn decide(self) -> ::core::result::Result<::std::vec::Vec<$all>, Self::Error> {
                ::core::result::Result::Ok(::std::vec![$all::$variant(self)])
            }
        }
    };
}

//! The aggregates of a real djangoevents service, rewritten from Python: what `tests/it/djangoevents.rs` replays its
//! journals through. One file per Python module of aggregates.

use evgen_runtime::JsonObject;
use serde_json::{Value, json};

mod accounts;
mod billing;
mod calls;
mod legacy;
mod projects;
mod records;
mod shop;
mod todos;
mod zoo;

pub use accounts::Customer;
pub use billing::Invoice;
pub use calls::{HTTPCall, UserWithEmail2};
pub use legacy::{Note, ShortNote, StrictNote, Ticket};
pub use projects::Project;
pub use records::{ABTest, OAuth2Token, X509Cert};
pub use shop::{Basket, Coupon};
pub use todos::Todo;
pub use zoo::{Animal, Cat, Dog};

pub mod events {
    //! Generated from `fixtures/djangoevents`.

    include!(concat!(env!("OUT_DIR"), "/djangoevents/evgen/mod.rs"));
}

pub mod shop_events {
    //! Generated from `fixtures/djangoevents_upgraded`.

    include!(concat!(
        env!("OUT_DIR"),
        "/djangoevents_upgraded/evgen/mod.rs"
    ));
}

/// The steps that Avro's rules cannot decide.
#[derive(Debug)]
pub struct Upcasters;

/// State as Python has it in an aggregate's `__dict__`.
pub trait Attributes {
    /// Every attribute but those of the base class.
    fn attributes(&self) -> Value;
}

/// A member of untyped data; null where it is missing.
fn member(data: &JsonObject, key: &str) -> Value {
    data.get(key)
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

/// The `schema_version` in an event's data, as djangoevents' mutators see it.
fn schema_version(data: &JsonObject) -> Value {
    match data.get("schema_version") {
        Some(_) => member(data, "schema_version"),
        None => json!("absent"),
    }
}

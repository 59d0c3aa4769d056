//! Aggregates that keep whatever their events carry.

use evgen_runtime::JsonObject;
use evgen_runtime::prelude::*;
use serde_json::{Map, Value, json};

use super::Attributes;
use super::events::{ab_test, o_auth2_token, x509_cert};

/// What all records have: every attribute of their events, and the names of the events.
#[derive(Debug, Clone, PartialEq)]
struct Record {
    data: Map<String, Value>,
    closed: bool,
    log: Vec<&'static str>,
}

impl Record {
    fn new(data: &JsonObject) -> Self {
        Self {
            data: payload(data),
            closed: false,
            log: vec!["Created"],
        }
    }

    fn merge(&mut self, data: &JsonObject, name: &'static str) {
        self.data.extend(payload(data));
        self.log.push(name);
    }
}

/// The data less the fields of the envelope.
fn payload(data: &JsonObject) -> Map<String, Value> {
    const ENVELOPE: [&str; 5] = [
        "entity_id",
        "entity_version",
        "domain_event_id",
        "schema_version",
        "metadata",
    ];
    match data.to_value() {
        Ok(Value::Object(mut members)) => {
            members.retain(|key, _| !ENVELOPE.contains(&key.as_str()));
            members
        }
        _ => Map::new(),
    }
}

macro_rules! record {
    ($(#[$docs:meta])* $name:ident, $module:ident) => {
        $(#[$docs])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name(Record);

        impl $module::Mutator for $name {
            fn created(event: &$module::Created, _: &EventContext) -> Self {
                Self(Record::new(&event.data))
            }

            fn merged(&mut self, event: &$module::Merged, _: &EventContext) {
                self.0.merge(&event.data, "Merged");
            }

            fn removed(&mut self, event: &$module::Removed, _: &EventContext) {
                self.0.data.remove(&event.key);
                self.0.log.push("Removed");
            }

            fn closed(&mut self, event: &$module::Closed, _: &EventContext) {
                self.0.merge(&event.data, "Closed");
                self.0.closed = true;
            }
        }

        impl Attributes for $name {
            fn attributes(&self) -> Value {
                json!({"data": self.0.data, "closed": self.0.closed, "log": self.0.log})
            }
        }
    };
}

record! {
    /// A record with a digit in its name.
    OAuth2Token, o_auth2_token
}
record! {
    /// A record with digits in its name.
    X509Cert, x509_cert
}
record! {
    /// A record whose name begins with a single letter.
    ABTest, ab_test
}

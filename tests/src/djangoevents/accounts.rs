//! A field that became two: djangoevents did it in the event's constructor, evgen does in an upcast step.

use evgen_runtime::UpcastError;
use evgen_runtime::prelude::*;
use serde_json::{Value, json};

use super::events::customer;
use super::{Attributes, Upcasters};

/// A customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Customer {
    first_name: String,
    last_name: String,
    address: Option<customer::moved::Address>,
}

impl customer::Upcaster for Upcasters {
    fn created_v1_to_v2(
        old: customer::v1::Created,
        _: &EventContext,
    ) -> Result<customer::Created, UpcastError> {
        let (first, last) = old
            .full_name
            .split_once(' ')
            .unwrap_or((&old.full_name, ""));
        Ok(customer::Created {
            first_name: first.to_owned(),
            last_name: last.to_owned(),
        })
    }
}

impl customer::Mutator for Customer {
    fn created(event: &customer::Created, _: &EventContext) -> Self {
        Self {
            first_name: event.first_name.clone(),
            last_name: event.last_name.clone(),
            address: None,
        }
    }

    fn moved(&mut self, event: &customer::Moved, _: &EventContext) {
        self.address = Some(event.address.clone());
    }
}

impl Attributes for Customer {
    fn attributes(&self) -> Value {
        let point = |point: &customer::moved::Point| json!({"lat": point.lat, "lon": point.lon});
        let address = |address: &customer::moved::Address| {
            json!({
                "street": address.street,
                "city": address.city,
                "zip": address.zip,
                "geo": address.geo.as_ref().map(point),
            })
        };
        json!({
            "first_name": self.first_name,
            "last_name": self.last_name,
            // Upcast away.
            "full_name": null,
            "address": self.address.as_ref().map(address),
        })
    }
}

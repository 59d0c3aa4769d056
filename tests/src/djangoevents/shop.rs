//! A service that ran under three versions of djangoevents.

use evgen_runtime::prelude::*;
use serde_json::{Value, json};

use super::legacy::Entity;
use super::shop_events::{basket, coupon};
use super::{Attributes, member, schema_version};

/// A basket, by a `BaseEntity` with mutators of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Basket {
    owner: Value,
    seen_schema_version: Value,
    items: Vec<Value>,
    total: Value,
}

impl basket::Mutator for Basket {
    fn created(event: &basket::Created, _: &EventContext) -> Self {
        Self {
            owner: member(&event.data, "owner"),
            seen_schema_version: schema_version(&event.data),
            items: Vec::new(),
            total: Value::Null,
        }
    }

    fn item_added(&mut self, event: &basket::ItemAdded, _: &EventContext) {
        let of = |key| member(&event.data, key);
        self.items.push(json!([of("sku"), of("quantity")]));
    }

    fn checked_out(&mut self, event: &basket::CheckedOut, _: &EventContext) {
        self.total = member(&event.data, "total");
    }
}

impl Attributes for Basket {
    fn attributes(&self) -> Value {
        json!({
            "owner": self.owner,
            "seen_schema_version": self.seen_schema_version,
            "items": self.items,
            "total": self.total,
        })
    }
}

/// A coupon, by eventsourcing's own mutators.
#[derive(Debug, Clone, PartialEq)]
pub struct Coupon(Entity);

impl coupon::Mutator for Coupon {
    fn created(event: &coupon::Created, _: &EventContext) -> Self {
        Self(Entity::new(&event.data, &["code"]))
    }

    fn attribute_changed(&mut self, event: &coupon::AttributeChanged, _: &EventContext) {
        self.0.set(&event.data);
    }
}

impl Attributes for Coupon {
    fn attributes(&self) -> Value {
        self.0.attributes()
    }
}

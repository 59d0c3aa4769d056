//! Versions of events: added fields, a type made narrower, and event types of the team's own.

use evgen_runtime::event::AggregateEvent as _;
use evgen_runtime::prelude::*;
use evgen_runtime::{JsonObject, Payload, UpcastError};
use serde_json::{Value, json};

use super::events::invoice::{self, created::Currency};
use super::{Attributes, Upcasters, member, schema_version};

/// An invoice.
#[derive(Debug, Clone, PartialEq)]
pub struct Invoice {
    number: String,
    currency: String,
    seen_schema_version: Value,
    lines: Vec<invoice::LineAdded>,
    total_cents: i64,
    paid_cents: i64,
    issued: bool,
    voided: bool,
    due_days: Option<i32>,
}

impl Invoice {
    fn new(number: String, currency: String, cx: &EventContext) -> Self {
        let seen_schema_version = match cx.recorded().payload {
            Payload::Json(text) => schema_version(&JsonObject::parse(text).unwrap_or_default()),
            _ => Value::Null,
        };
        Self {
            number,
            currency,
            seen_schema_version,
            lines: Vec::new(),
            total_cents: 0,
            paid_cents: 0,
            issued: false,
            voided: false,
            due_days: None,
        }
    }
}

impl invoice::Upcaster for Upcasters {
    fn created_v2_to_v3(
        old: invoice::v2::Created,
        _: &EventContext,
    ) -> Result<invoice::Created, UpcastError> {
        let currency = match old.currency.as_deref() {
            None | Some("USD") => Currency::Usd,
            Some("EUR") => Currency::Eur,
            Some("PLN") => Currency::Pln,
            Some("JPY") => Currency::Jpy,
            Some(other) => {
                return Err(UpcastError::message(format!(
                    "version 3 has no currency {other}"
                )));
            }
        };
        Ok(invoice::Created {
            number: old.number,
            currency,
        })
    }

    fn line_added_v1_to_v2(
        old: invoice::v1::LineAdded,
        _: &EventContext,
    ) -> Result<invoice::LineAdded, UpcastError> {
        // Python's mutator fails on these rows, too: it reads `event.cents`.
        Err(UpcastError::message(format!(
            "the line for {} has no price",
            old.sku
        )))
    }
}

impl invoice::Mutator for Invoice {
    fn created(event: &invoice::Created, cx: &EventContext) -> Self {
        let currency = match event.currency {
            Currency::Usd => "USD",
            Currency::Eur => "EUR",
            Currency::Pln => "PLN",
            Currency::Jpy => "JPY",
        };
        Self::new(event.number.clone(), currency.to_owned(), cx)
    }

    fn line_added(&mut self, event: &invoice::LineAdded, _: &EventContext) {
        self.total_cents += i64::from(event.quantity) * event.cents;
        self.lines.push(event.clone());
    }

    fn issued(&mut self, event: &invoice::Issued, _: &EventContext) {
        self.issued = true;
        self.due_days = Some(event.due_days);
    }

    fn paid(&mut self, event: &invoice::Paid, _: &EventContext) {
        self.paid_cents += member(&event.data, "cents").as_i64().unwrap_or_default();
    }

    fn voided(&mut self, _: &invoice::Voided, _: &EventContext) {
        self.voided = true;
    }

    /// Takes invoices in currencies that are no longer made out (GBP), as the state can hold them.
    fn unreadable(
        state: &mut Option<Self>,
        raw: &RawEvent<'_>,
        cx: &EventContext,
    ) -> Result<(), Unreadable> {
        let created = invoice::Event::AGGREGATE.find(raw.recorded());
        let created =
            created.map(|found| found.stored.name) == Some(invoice::Created::DESCRIPTOR.name);
        let data = raw.json().and_then(|text| JsonObject::parse(text).ok());
        let (true, Some(data)) = (created, data) else {
            return Err(Unreadable);
        };
        let text = |key| match member(&data, key) {
            Value::String(text) => Ok(text),
            _ => Err(Unreadable),
        };
        *state = Some(Self::new(text("number")?, text("currency")?, cx));
        Ok(())
    }
}

impl Attributes for Invoice {
    fn attributes(&self) -> Value {
        let line = |line: &invoice::LineAdded| json!({"sku": line.sku, "quantity": line.quantity, "cents": line.cents});
        json!({
            "number": self.number,
            "currency": self.currency,
            "seen_schema_version": self.seen_schema_version,
            "lines": self.lines.iter().map(line).collect::<Vec<_>>(),
            "total_cents": self.total_cents,
            "paid_cents": self.paid_cents,
            "issued": self.issued,
            "voided": self.voided,
            "due_days": self.due_days,
        })
    }
}

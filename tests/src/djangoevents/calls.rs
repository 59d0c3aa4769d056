//! Names that are hard to split into words, a union in a map, and a record that contains itself.

use std::collections::BTreeMap;

use evgen_runtime::prelude::*;
use serde_json::{Value, json};

use super::events::{http_call, user_with_email2};
use super::{Attributes, member};

/// A call of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct HTTPCall {
    method: http_call::created::HttpMethod,
    url: String,
    headers: BTreeMap<String, http_call::created::Headers>,
    status: Value,
    elapsed: Value,
    cipher: Option<String>,
    errors: Vec<http_call::io_error_seen::IoError>,
}

impl http_call::Mutator for HTTPCall {
    fn created(event: &http_call::Created, _: &EventContext) -> Self {
        Self {
            method: event.method,
            url: event.url.clone(),
            headers: event.headers.clone(),
            status: Value::Null,
            elapsed: Value::Null,
            cipher: None,
            errors: Vec::new(),
        }
    }

    fn response_received(&mut self, event: &http_call::ResponseReceived, _: &EventContext) {
        self.status = member(&event.data, "status");
        self.elapsed = member(&event.data, "elapsed");
    }

    fn tl_sv13_negotiated(&mut self, event: &http_call::TLSv13Negotiated, _: &EventContext) {
        self.cipher = Some(event.cipher.clone());
    }

    fn io_error_seen(&mut self, event: &http_call::IOErrorSeen, _: &EventContext) {
        self.errors.push(event.error.clone());
    }
}

impl Attributes for HTTPCall {
    fn attributes(&self) -> Value {
        use http_call::created::{Headers, HttpMethod};
        let method = match self.method {
            HttpMethod::Get => "GET",
            HttpMethod::Head => "HEAD",
            HttpMethod::Post => "POST",
            HttpMethod::Put => "PUT",
            HttpMethod::Patch => "PATCH",
            HttpMethod::Delete => "DELETE",
        };
        let header = |(name, value): (&String, &Headers)| {
            let value = match value {
                Headers::String(one) => json!(one),
                Headers::Array(several) => json!(several),
            };
            (name.clone(), value)
        };
        json!({
            "method": method,
            "url": self.url,
            "headers": self.headers.iter().map(header).collect::<BTreeMap<_, _>>(),
            "status": self.status,
            "elapsed": self.elapsed,
            "cipher": self.cipher,
            "errors": self.errors.iter().map(error).collect::<Vec<_>>(),
        })
    }
}

fn error(seen: &http_call::io_error_seen::IoError) -> Value {
    json!({
        "errno": seen.errno,
        "message": seen.message,
        "cause": seen.cause.as_deref().map(error),
    })
}

/// A user, whose event type is `user_with_email2sms_opt_in2`.
#[derive(Debug, Clone, PartialEq)]
pub struct UserWithEmail2 {
    email: String,
    previous_emails: Vec<String>,
    phone: Option<String>,
}

impl user_with_email2::Mutator for UserWithEmail2 {
    fn created(event: &user_with_email2::Created, _: &EventContext) -> Self {
        Self {
            email: event.email.clone(),
            previous_emails: Vec::new(),
            phone: None,
        }
    }

    fn email_changed(&mut self, event: &user_with_email2::EmailChanged, _: &EventContext) {
        let before = std::mem::replace(&mut self.email, event.email.clone());
        self.previous_emails.push(before);
    }

    fn sms_opt_in2(&mut self, event: &user_with_email2::SMSOptIn2, _: &EventContext) {
        self.phone.clone_from(&event.phone);
    }
}

impl Attributes for UserWithEmail2 {
    fn attributes(&self) -> Value {
        json!({"email": self.email, "previous_emails": self.previous_emails, "phone": self.phone})
    }
}

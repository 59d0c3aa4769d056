//! An aggregate of every kind, made and changed by each of its typed events, with values that are easily lost on the way.

use evgen_runtime::JsonObject;
use evgen_runtime::prelude::*;
use evgen_tests::djangoevents::events::{
    ab_test, cat, customer, dog, http_call, invoice, note, o_auth2_token, project, short_note,
    strict_note, ticket, todo, user_with_email2, x509_cert,
};
use evgen_tests::djangoevents::{
    ABTest, Cat, Customer, Dog, HTTPCall, Invoice, Note, OAuth2Token, Project, ShortNote,
    StrictNote, Ticket, Todo, UserWithEmail2, X509Cert,
};
use serde_json::{Value, json};

/// Text of every sort.
pub(super) const TEXT: &str = "zażółć 😀 \u{2028} \"\\\u{7f}\u{0} </script> 2017-01-01T00:00:00Z";

fn data(value: &Value) -> JsonObject {
    JsonObject::parse(&value.to_string()).unwrap()
}

/// Creates one aggregate of every kind and changes it by each of its typed events; returns them with their modules.
pub(in super::super) async fn write_all(app: &App) -> Vec<(&'static str, &'static str)> {
    macro_rules! write {
        ($aggregate:ty, $created:expr $(, $event:expr)*) => {
            let aggregate = app.repository::<$aggregate>();
            aggregate.create("new", $created).await.unwrap();
            $(aggregate.update("new", |_| $event).await.unwrap();)*
        };
    }
    let label = TEXT.to_owned();
    write!(
        Todo,
        todo::Created {
            label: label.clone()
        },
        todo::ChangedLabel {
            label: format!("{TEXT}!")
        },
        todo::Completed {
            completed_by: Some(label.clone())
        },
        todo::Completed { completed_by: None },
        todo::Reopened {},
        todo::Discarded {}
    );
    use project::metrics_recorded::Values::{Double, Long};
    let numbers = r#"{"name": "n", "tags": [], "settings": {"a": 1e22, "b": -0.0, "c": 1E-7}, "public": false, "score": 5e-324,
        "serial": 9223372036854775807}"#;
    write!(
        Project,
        project::Created {
            data: JsonObject::parse(numbers).unwrap()
        },
        project::Renamed {
            name: label.clone()
        },
        project::MetricsRecorded {
            values: vec![
                Long(i64::MIN),
                Long(i64::MAX),
                Double(0.1 + 0.2),
                Double(1e16),
                Double(1e-5),
                Double(-0.0),
                Double(f64::MAX),
                Double(f64::MIN_POSITIVE),
                Double(5e-324),
                Double(123_456_789_012_345_680.0),
            ]
        },
        project::SettingsMerged {
            data: data(&json!({"settings": {"ключ": [1, 2.5, null, TEXT]}}))
        },
        project::MilestoneAdded {
            data: data(&json!({"title": "t", "due": "2018-01-01", "at": null}))
        },
        project::MilestoneDropped { index: 0 },
        project::FlagSet { flag: Some(true) },
        project::FlagSet { flag: None },
        project::Archived {
            reason: label.clone()
        }
    );
    write!(
        Dog,
        dog::Created {
            label: label.clone()
        },
        dog::Renamed {
            label: label.clone()
        },
        dog::Barked {
            data: data(&json!({"times": i32::MAX}))
        }
    );
    write!(
        Cat,
        cat::Created {
            label: label.clone()
        }
    );
    let cause = http_call::io_error_seen::IoError {
        errno: i32::MIN,
        message: None,
        cause: None,
    };
    write!(
        HTTPCall,
        http_call::Created {
            method: http_call::created::HttpMethod::Get,
            url: label.clone(),
            headers: [
                (
                    "b".to_owned(),
                    http_call::created::Headers::String(label.clone())
                ),
                (
                    "Ä".to_owned(),
                    http_call::created::Headers::Array(vec![String::new(), label.clone()])
                ),
            ]
            .into(),
        },
        http_call::ResponseReceived {
            data: data(&json!({"status": 200, "elapsed": 0.1}))
        },
        http_call::TLSv13Negotiated {
            cipher: label.clone()
        },
        http_call::IOErrorSeen {
            error: http_call::io_error_seen::IoError {
                errno: 5,
                message: Some(label.clone()),
                cause: Some(Box::new(cause.clone())),
            }
        }
    );
    write!(
        UserWithEmail2,
        user_with_email2::Created {
            email: label.clone()
        },
        user_with_email2::EmailChanged {
            email: "a@b".into()
        },
        user_with_email2::SMSOptIn2 {
            phone: Some("+48".into())
        },
        user_with_email2::SMSOptIn2 { phone: None }
    );
    write!(
        Invoice,
        invoice::Created {
            number: label.clone(),
            currency: invoice::created::Currency::Pln
        },
        invoice::LineAdded {
            sku: label.clone(),
            quantity: -1,
            cents: 4_611_686_018_427_387_904
        },
        invoice::Issued { due_days: i32::MAX },
        invoice::Paid {
            data: data(&json!({"cents": i64::MAX}))
        },
        invoice::Voided {}
    );
    write!(
        Customer,
        customer::Created {
            first_name: label.clone(),
            last_name: String::new()
        },
        customer::Moved {
            address: customer::moved::Address {
                street: label.clone(),
                city: "Łódź".into(),
                zip: None,
                geo: Some(customer::moved::Point {
                    lat: 51.759_248_5,
                    lon: -0.000_000_1
                }),
            }
        }
    );
    write!(
        Ticket,
        ticket::Created {
            subject: label.clone()
        },
        ticket::Updated {
            subject: "again".into()
        }
    );
    write!(
        Note,
        note::Created {
            data: data(&json!({"title": TEXT, "body": {"deep": [[[[1.5]]]]}}))
        },
        note::AttributeChanged {
            data: data(&json!({"name": "_title", "value": [TEXT]}))
        }
    );
    write!(
        ShortNote,
        short_note::Created {
            data: data(&json!({"text": 1}))
        },
        short_note::AttributeChanged {
            data: data(&json!({"name": "_text", "value": null}))
        },
        short_note::Discarded {
            data: data(&json!({}))
        }
    );
    write!(
        StrictNote,
        strict_note::Created {
            data: data(&json!({"text": TEXT}))
        },
        strict_note::AttributeChanged {
            data: data(&json!({"name": "_text", "value": 1e300}))
        }
    );
    macro_rules! record {
        ($aggregate:ty, $module:ident) => {
            write!($aggregate, $module::Created { data: data(&json!({"a": TEXT, "b": 2})) },
                $module::Merged { data: data(&json!({"c": {"d": [true]}, "b": 2.5})) },
                $module::Removed { key: "a".into() }, $module::Closed { data: data(&json!({"at": "2018-01-01"})) });
        };
    }
    record!(OAuth2Token, o_auth2_token);
    record!(X509Cert, x509_cert);
    record!(ABTest, ab_test);
    vec![
        ("todos", "Todo"),
        ("projects", "Project"),
        ("zoo", "Dog"),
        ("zoo", "Cat"),
        ("calls", "HTTPCall"),
        ("calls", "UserWithEmail2"),
        ("billing", "Invoice"),
        ("accounts", "Customer"),
        ("legacy", "Ticket"),
        ("legacy", "Note"),
        ("legacy", "ShortNote"),
        ("legacy", "StrictNote"),
        ("records", "OAuth2Token"),
        ("records", "X509Cert"),
        ("records", "ABTest"),
    ]
}

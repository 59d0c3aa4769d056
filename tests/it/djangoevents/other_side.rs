//! One journal, two programs: what evgen writes, the real djangoevents reads, and the other way round. Runs where Python 3.6
//! and djangoevents can be had (`tests/python/install`); no CI machine has them, so it may be missing there.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use evgen_runtime::prelude::*;
use evgen_runtime::store::sqlite::Layout;
use evgen_runtime::{EventId, JsonObject, UpdateError};
use evgen_tests::djangoevents::events::{
    ab_test, cat, customer, dog, http_call, invoice, note, o_auth2_token, project, short_note,
    strict_note, ticket, todo, user_with_email2, x509_cert,
};
use evgen_tests::djangoevents::{
    ABTest, Cat, Customer, Dog, HTTPCall, Invoice, Note, OAuth2Token, Project, ShortNote,
    StrictNote, Ticket, Todo, UserWithEmail2, X509Cert,
};
use evgen_tests::shared;
use serde_json::{Value, json};

use super::repositories::repository;
use super::{Journal, app, cases, commands, same};

/// A process that runs djangoevents on a journal.
struct OtherSide {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl OtherSide {
    /// Starts it; `None`, with a word about it, where it cannot be had.
    fn start(journal: &Path) -> Option<Self> {
        let aggregates = shared("djangoevents/aggregates_src")?;
        let Some(python) = std::env::var_os("EVGEN_TEST_DJANGOEVENTS") else {
            let _ = writeln!(
                std::io::stderr(),
                "did without the real djangoevents (Python 3.6)"
            );
            return None;
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/other_side.py");
        let mut process = Command::new(python)
            .arg(script)
            .current_dir(aggregates)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("DJANGO_SETTINGS_MODULE", "site_cfg.settings")
            .env("LIVE_SQLITE", journal)
            .env("LIVE_VALIDATE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let to = process.stdin.take().unwrap();
        let from = BufReader::new(process.stdout.take().unwrap());
        Some(Self { process, to, from })
    }

    fn ask(&mut self, command: &Value) -> Value {
        writeln!(self.to, "{command}").unwrap();
        let mut line = String::new();
        self.from.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn get(&mut self, module: &str, aggregate: &str, id: &str) -> Value {
        self.ask(&json!({"get": aggregate, "module": module, "id": id}))
    }

    fn store(&mut self, module: &str, class: &str, id: &str, version: i64, attrs: &Value) -> Value {
        self.ask(&json!({"store": class, "module": module, "id": id, "version": version, "attrs": attrs}))
    }
}

impl Drop for OtherSide {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn is_same_state(expected: &Value, seen: &Value) -> bool {
    ["outcome", "attributes", "version", "discarded"]
        .iter()
        .all(|key| same(&expected[key], &seen[key]))
}

#[tokio::test]
async fn djangoevents_reads_the_journal_that_evgen_wrote() {
    let (Some(source), Some(states)) = (
        Journal::copy("public_journal.sqlite3"),
        cases("public_state.json"),
    ) else {
        return;
    };
    let written = source.path.with_file_name("written.sqlite3");
    if commands::replay(&written, evgen_runtime::Validation::Strict)
        .await
        .is_none()
    {
        return;
    }
    let Some(mut python) = OtherSide::start(&written) else {
        return;
    };
    let (mut equal, mut different) = (0, Vec::new());
    for state in states.as_array().unwrap() {
        let text = |key: &str| state[key].as_str().unwrap();
        let seen = python.get(text("module"), text("aggregate_type"), text("aggregate_id"));
        if is_same_state(state, &seen) {
            equal += 1;
        } else {
            different.push(format!("{state}\n{seen}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert_eq!(equal, 55);
}

const TEXT: &str = "zażółć 😀 \u{2028} \"\\\u{7f}\u{0} </script> 2017-01-01T00:00:00Z";

fn data(value: &Value) -> JsonObject {
    JsonObject::parse(&value.to_string()).unwrap()
}

/// Creates one aggregate of every kind and changes it by each of its typed events; returns them with their modules.
async fn write_all(app: &App) -> Vec<(&'static str, &'static str)> {
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

#[tokio::test]
async fn djangoevents_reads_what_typed_events_wrote() {
    let Some(journal) = Journal::copy("public_journal.sqlite3") else {
        return;
    };
    let app = app(&journal.path, Layout::djangoevents(), false).await;
    let written = write_all(&app).await;
    let Some(mut python) = OtherSide::start(&journal.path) else {
        return;
    };
    let mut different = Vec::new();
    for (module, aggregate) in written {
        let theirs = python.get(&format!("{module}.aggregates"), aggregate, "new");
        let ours = repository(&app, aggregate).look("new", None).await;
        let is_same = match &ours {
            Ok(ours) => theirs["outcome"] == "entity" && ours.fits(&theirs),
            Err(_) => theirs["outcome"] == "missing" && aggregate == "ShortNote",
        };
        if !is_same {
            different.push(format!("{aggregate}: {ours:?}\n{theirs}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[tokio::test]
async fn both_write_to_one_journal_in_turn() {
    const MODULE: &str = "todos.aggregates";
    let Some(journal) = Journal::copy("public_journal.sqlite3") else {
        return;
    };
    let Some(mut python) = OtherSide::start(&journal.path) else {
        return;
    };
    let app = app(&journal.path, Layout::djangoevents(), false).await;
    let todos = app.repository::<Todo>();
    let stored = json!({"outcome": "stored"});
    let label = |n: i64| format!("{n} {TEXT}");

    assert_eq!(
        python.store(
            MODULE,
            "Todo.Created",
            "shared",
            0,
            &json!({"label": label(0)})
        ),
        stored
    );
    for version in (1..40).step_by(2) {
        let changed = todo::ChangedLabel {
            label: label(version),
        };
        let committed = todos.update("shared", |_| changed.clone()).await.unwrap();
        assert_eq!(committed.version.0, version + 1);
        let attrs = json!({"label": label(version + 1)});
        assert_eq!(
            python.store(MODULE, "Todo.ChangedLabel", "shared", version + 1, &attrs),
            stored
        );
        let ours = repository(&app, "Todo").look("shared", None).await.unwrap();
        let theirs = python.get(MODULE, "Todo", "shared");
        assert!(ours.fits(&theirs), "{ours:?}\n{theirs}");
        assert_eq!(theirs["attributes"]["label"], label(version + 1));
    }

    // Each finds what the other has written: a second creation, a stale version.
    let again = python.store(
        MODULE,
        "Todo.Created",
        "shared",
        0,
        &json!({"label": "again"}),
    );
    assert_eq!(again["type"], "AlreadyExists");
    let stale = python.store(
        MODULE,
        "Todo.ChangedLabel",
        "shared",
        40,
        &json!({"label": "stale"}),
    );
    assert_eq!(stale["type"], "IntegrityError");
    assert!(
        todos
            .create("shared", todo::Created { label: label(0) })
            .await
            .is_err()
    );
    let stale = todos
        .update("shared", |_| todo::Reopened {})
        .expect_version(40)
        .await;
    assert!(
        matches!(stale, Err(UpdateError::Conflict { .. })),
        "{stale:?}"
    );
    let given = EventId::parse("00000000-0000-1000-8000-000000000000").unwrap();
    let raw = app
        .store_raw("todo_completed", "shared", 41, "{}")
        .event_id(given);
    raw.await.unwrap();
    let theirs = python.get(MODULE, "Todo", "shared");
    assert_eq!(
        (&theirs["attributes"]["done"], &theirs["version"]),
        (&json!(true), &json!(42))
    );
}

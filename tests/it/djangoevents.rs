//! Journals that the real djangoevents wrote, replayed through generated code and held against what djangoevents itself
//! made of them. The store alone is tested in `stores/djangoevents.rs`.

mod replay;

use std::path::{Path, PathBuf};

use evgen_runtime::prelude::*;
use evgen_runtime::store::sqlite::Layout;
use evgen_runtime::{BoxFuture, GetError};
use evgen_tests::djangoevents as service;
use evgen_tests::djangoevents::Attributes;
use evgen_tests::shared;
use serde_json::Value;

/// A journal of the shared data in a folder where it may be written; the folder goes with the guard.
struct Journal {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Journal {
    fn copy(name: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let bytes = std::fs::read(shared(&format!("djangoevents/{name}"))?).unwrap();
        std::fs::write(&path, bytes).unwrap();
        Some(Self {
            path,
            _folder: folder,
        })
    }
}

async fn app(path: &Path, layout: Layout, read_only: bool) -> App {
    let builder = SqliteStore::builder(path).layout(layout);
    let store = builder.read_only(read_only).open().await.unwrap();
    service::events::app(store).build().await.unwrap()
}

/// Cases of the shared data, if it is there.
fn cases(name: &str) -> Option<Value> {
    let path = shared(&format!("djangoevents/{name}"))?;
    Some(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

/// What a repository gives, whatever the aggregate is.
#[derive(Debug, PartialEq)]
struct Seen {
    attributes: Value,
    version: i64,
    discarded: bool,
}

/// An aggregate by the name of its type, discarded or not, from the first events before `version` on.
fn look<'a>(
    app: &'a App,
    aggregate_type: &str,
    id: &'a str,
    version: Option<i64>,
) -> BoxFuture<'a, Result<Seen, GetError>> {
    fn of<'a, A: Aggregate + Attributes>(
        app: &'a App,
        id: &'a str,
        version: Option<i64>,
    ) -> BoxFuture<'a, Result<Seen, GetError>> {
        Box::pin(async move {
            let repository = app.repository::<A>();
            let get = repository.get_any(id);
            let loaded = match version {
                Some(version) => get.at_version(AggregateVersion(version)).await?,
                None => get.await?,
            };
            let (kept, exists) = (!loaded.discarded(), repository.exists(id).await?);
            assert!(version.is_some() || kept == exists, "{}", loaded.id());
            Ok(Seen {
                attributes: loaded.attributes(),
                version: loaded.version().0,
                discarded: loaded.discarded(),
            })
        })
    }
    match aggregate_type {
        "Todo" => of::<service::Todo>(app, id, version),
        "Project" => of::<service::Project>(app, id, version),
        "Animal" => of::<service::Animal>(app, id, version),
        "Dog" => of::<service::Dog>(app, id, version),
        "Cat" => of::<service::Cat>(app, id, version),
        "HTTPCall" => of::<service::HTTPCall>(app, id, version),
        "UserWithEmail2" => of::<service::UserWithEmail2>(app, id, version),
        "Invoice" => of::<service::Invoice>(app, id, version),
        "Customer" => of::<service::Customer>(app, id, version),
        "Note" => of::<service::Note>(app, id, version),
        "ShortNote" => of::<service::ShortNote>(app, id, version),
        "StrictNote" => of::<service::StrictNote>(app, id, version),
        "Ticket" => of::<service::Ticket>(app, id, version),
        "OAuth2Token" => of::<service::OAuth2Token>(app, id, version),
        "X509Cert" => of::<service::X509Cert>(app, id, version),
        "ABTest" => of::<service::ABTest>(app, id, version),
        other => panic!("no aggregate {other}"),
    }
}

/// Whether two JSON values are the same to Python: numbers by value (`1` is `1.0`).
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => {
            x == y || x.as_f64() == y.as_f64() && !both_integers(x, y)
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

fn both_integers(x: &serde_json::Number, y: &serde_json::Number) -> bool {
    !x.is_f64() && !y.is_f64()
}

//! Journals that the real djangoevents wrote, replayed through generated code and held against what djangoevents itself
//! made of them. The store alone is tested in `stores/djangoevents.rs`.

mod commands;
mod guide;
mod in_postgres;
mod misfits;
mod other_side;
mod queries;
mod replay;
mod repositories;
mod sharing;
mod upgraded;

use std::path::{Path, PathBuf};

use evgen_runtime::prelude::*;
use evgen_runtime::rusqlite::Connection;
use evgen_runtime::rusqlite::types::ValueRef;
use evgen_runtime::store::sqlite::Layout;
use evgen_tests::djangoevents::events;
use evgen_tests::shared;
use serde_json::Value;

/// A journal of the shared data in a folder where it may be written; the folder goes with it.
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

    /// Changes rows behind evgen's back.
    fn execute(&self, sql: &str) {
        let db = Connection::open(&self.path).unwrap();
        assert_ne!(db.execute(sql, []).unwrap(), 0, "{sql}");
    }
}

async fn open(path: &Path, layout: Layout, read_only: bool) -> SqliteStore {
    let builder = SqliteStore::builder(path).layout(layout);
    builder.read_only(read_only).open().await.unwrap()
}

async fn app(path: &Path, layout: Layout, read_only: bool) -> App {
    let store = open(path, layout, read_only).await;
    events::app(store).build().await.unwrap()
}

/// All rows of a journal, column for column.
fn rows(path: &Path) -> Vec<Vec<String>> {
    let db = Connection::open(path).unwrap();
    let mut select = db
        .prepare("SELECT * FROM event_journal ORDER BY id")
        .unwrap();
    let columns = select.column_count();
    let rows = select.query_map([], |row| {
        (0..columns)
            .map(|column| match row.get_ref(column)? {
                ValueRef::Text(text) => Ok(String::from_utf8_lossy(text).into_owned()),
                other => Ok(format!("{other:?}")),
            })
            .collect()
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// Cases of the shared data, if it is there.
fn cases(name: &str) -> Option<Value> {
    let path = shared(&format!("djangoevents/{name}"))?;
    Some(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

/// Whether two JSON values are the same to Python: numbers by value (`1` is `1.0`).
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let as_floats = (a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64();
            a == b || as_floats
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let member = |(key, a)| b.get(key).is_some_and(|b| same(a, b));
            a.len() == b.len() && a.iter().all(member)
        }
        _ => a == b,
    }
}

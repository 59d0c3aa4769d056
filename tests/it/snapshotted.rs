//! Snapshots as a service sees them: taken beside the write path, used, and dropped when what they were made by has changed.

use std::fs;
use std::path::Path;

use evgen_runtime::prelude::*;
use evgen_runtime::store::Snapshot;
use evgen_runtime::store::sqlite::SqliteStore;
use evgen_runtime::{StreamId, snapshot};
use evgen_tests::fixtures::ledger::events::{self, account};
use evgen_tests::fixtures::ledger::{Account, Totals};

/// The manifest of a state whose snapshots are looked at.
const MANIFEST: &str = "format: 1
aggregates:
  Todo:
    state:
      - { name: label, type: string }
      - { name: done, type: boolean, default: false }
      - { name: owner, type: string, default: nobody }
    events:
      Created: { creates: true }
      Completed: { sets: { done: true } }
      Assigned: { sets: [owner] }
    snapshot: { every: 2, version: 1 }
";

/// Version and key in the generated code, once `edit` was made to the manifest and `schema` is the one of Assigned.
fn policy(edit: (&str, &str), schema: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    assert!(MANIFEST.contains(edit.0), "{}", edit.0);
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("aggregates.yaml", &MANIFEST.replace(edit.0, edit.1));
    let record = |fields: &str| format!(r#"{{"type":"record","name":"E","fields":[{fields}]}}"#);
    let label = r#"{"name":"label","type":"string"}"#;
    write("todo/v1_todo_created.json", &record(label));
    write("todo/v1_todo_completed.json", &record(""));
    write("todo/v1_todo_assigned.json", &record(schema));
    let options = evgen::Options::default();
    let generated = evgen::generate(folder.path(), &options)
        .unwrap_or_else(|error| panic!("{edit:?}: {error:?}"));
    let file = generated.files.iter().find(|file| file.path == "todo.rs");
    let text = &file.unwrap().text;
    let begin = text.find("SnapshotPolicy {").unwrap();
    let policy = &text[begin..];
    policy[..policy.find('}').unwrap()].to_owned()
}

const OWNER: &str = r#"{"name":"owner","type":"string"}"#;
const NOTHING: (&str, &str) = ("", "");

#[test]
fn what_makes_the_state_makes_the_key() {
    let before = policy(NOTHING, OWNER);
    assert_eq!(before, policy(NOTHING, OWNER));
    // Documentation and handlers have nothing to do with it.
    let label = "{ name: label, type: string";
    let documented = "{ name: label, doc: What is to be done., type: string";
    assert_eq!(before, policy((label, documented), OWNER));

    let of_state = "- { name: done, type: boolean, default: false }";
    let more = "- { name: done, type: boolean, default: false }\n      - { name: n, type: int, default: 0 }";
    for (edit, what) in [
        ((of_state, more), "a field of the state"),
        (("default: nobody", "default: somebody"), "its default"),
        (("done: true", "done: false"), "a declared mutator"),
        (("{ sets: [owner] }", "{ stored_only: true }"), "an effect"),
        (("version: 1 }", "version: 2 }"), "the version"),
    ] {
        assert_ne!(before, policy(edit, OWNER), "{what}");
    }
    let why = format!(r#"{OWNER},{{"name":"why","type":"string"}}"#);
    assert_ne!(before, policy(NOTHING, &why), "an event's schema");
}

async fn app(path: &Path) -> App {
    let store = SqliteStore::open(path).await.unwrap();
    let app = events::app(store).projections(Totals).build();
    app.await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_is_taken_at_every_multiple_and_used_while_it_fits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let stream = StreamId::new("Account", "1");
    let key = snapshot::key(account::AGGREGATE.snapshot.unwrap());
    let first = app(&path).await;
    let accounts = first.repository::<Account>();
    let _ = accounts.create("1", account::Opened {}).await.unwrap();
    for amount in 0..98 {
        let update = accounts.update("1", |_| account::Deposited { amount });
        let _ = update.await.unwrap();
    }
    // Shutting down waits for what is done beside the callers.
    first.shutdown().await;

    let second = app(&path).await;
    let store = second.event_store();
    let none = store.load_snapshot(&stream, key).await.unwrap();
    assert!(none.is_none(), "99 events");
    let accounts = second.repository::<Account>();
    let update = accounts.update("1", |_| account::Deposited { amount: 1 });
    let _ = update.await.unwrap();
    second.shutdown().await;

    let third = app(&path).await;
    let store = third.event_store();
    let taken = store.load_snapshot(&stream, key).await.unwrap().unwrap();
    assert_eq!(taken.version, AggregateVersion(100));
    let accounts = third.repository::<Account>();
    let keep = async |key: u64, state: &str| {
        let kept = Snapshot {
            key,
            state: state.into(),
            ..taken.clone()
        };
        store.save_snapshot(&stream, kept).await.unwrap();
        accounts.get("1").await.unwrap().count
    };
    // What it says is believed, so the events before it are not read.
    assert_eq!(keep(key, r#"{"count":7,"hash":0}"#).await, 7);
    let past = accounts.get("1").at_version(50).await.unwrap();
    assert_eq!(past.count, 49);
    // Of another state, by another build.
    assert_eq!(keep(key, r#"{"count":7}"#).await, 99);
    assert_eq!(keep(key ^ 1, r#"{"count":7,"hash":0}"#).await, 99);
    third.shutdown().await;
}

//! SQLite files: shared between processes, and clear errors for those that cannot be used.

use std::path::Path;
use std::time::Duration;

use super::chain;
use evgen_runtime::envelope::{EventId, NewEvent, PayloadBuf};
use evgen_runtime::error::AppendError;
use evgen_runtime::position::Position;
use evgen_runtime::rusqlite::Connection;
use evgen_runtime::store::sqlite::{Layout, OpenError, SqliteStore};
use evgen_runtime::store::{Batch, EventStore, NoteChange, NoteQuery, StreamAppend};
use evgen_runtime::stream::{ExpectedVersion, StreamId};

fn one_event(id: &str) -> Batch {
    let event = NewEvent {
        event_id: EventId::new(),
        event_type: "todo_created".into(),
        event_version: Some(1),
        payload: PayloadBuf::Json("{}".into()),
        create_date: None,
        metadata: None,
        version: None,
        django: None,
    };
    let append = StreamAppend {
        stream: StreamId::new("Todo", id),
        expected: ExpectedVersion::Any,
        events: vec![event],
        command_id: None,
    };
    Batch {
        streams: vec![append],
    }
}

/// What is wrong with a file, where `FOLDER` stands for the folder's path.
async fn refusal(folder: &Path, file: &str) -> String {
    let error = SqliteStore::open(folder.join(file)).await.unwrap_err();
    chain(&error).replace(folder.to_str().unwrap(), "FOLDER")
}

#[tokio::test]
async fn a_file_that_cannot_be_used_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    assert_eq!(
        refusal(path, "").await.trim_end_matches('/'),
        "FOLDER/ is a directory: give the path of a file in it"
    );
    assert_eq!(
        refusal(path, "no/such/app.db").await,
        "cannot make FOLDER/no/such/app.db: the folder FOLDER/no/such does not exist; make it first"
    );
    std::fs::write(
        path.join("text.db"),
        "This is not a database at all, but a text.".repeat(99),
    )
    .unwrap();
    assert_eq!(
        refusal(path, "text.db").await,
        "FOLDER/text.db: the file is not an SQLite database; check the path"
    );
    let memory = SqliteStore::open(":memory:").await.unwrap_err();
    assert_eq!(
        memory.to_string(),
        "`:memory:` names no file: give a path, or use MemoryStore"
    );
    let missing = SqliteStore::builder(path.join("missing.db"))
        .read_only(true)
        .open()
        .await;
    assert!(matches!(missing, Err(OpenError::Missing { .. })));
    Connection::open(path.join("django.db"))
        .unwrap()
        .execute_batch("CREATE TABLE event_journal (id)")
        .unwrap();
    assert_eq!(
        refusal(path, "django.db").await,
        "FOLDER/django.db holds a djangoevents journal: open it with `.layout(Layout::djangoevents())`"
    );
}

#[tokio::test]
async fn a_newer_layout_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    SqliteStore::open(&path).await.unwrap().close().await;
    let update = "UPDATE evgen_meta SET value = 99 WHERE key = 'layout'";
    Connection::open(&path)
        .unwrap()
        .execute(update, [])
        .unwrap();
    let error = SqliteStore::open(&path).await.unwrap_err();
    assert!(matches!(
        error,
        OpenError::NewerLayout {
            found: 99,
            known: 1,
            ..
        }
    ));
    let error = SqliteStore::builder(&path)
        .layout(Layout::djangoevents())
        .open()
        .await
        .unwrap_err();
    assert!(matches!(error, OpenError::Layout { .. }));
}

#[tokio::test]
async fn a_locked_file_is_an_error_after_the_busy_timeout() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let timeout = Duration::from_millis(50);
    let store = SqliteStore::builder(&path)
        .busy_timeout(timeout)
        .open()
        .await
        .unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.append(one_event("a")).await.unwrap_err();
    assert_eq!(
        chain(&error).replace(path.to_str().unwrap(), "FILE"),
        "could not append to stream `Todo::a`: FILE: another process keeps the file locked; end its transaction, or \
         set a longer busy timeout"
    );
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(
        store.append(one_event("a")).await.unwrap().position,
        Position(1)
    );
}

#[tokio::test]
async fn a_full_file_refuses_what_does_not_fit_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let store = SqliteStore::open(&path).await.unwrap();
    // The writer's connection takes the limit in a projection's transaction.
    let limited = store.project(
        Vec::new(),
        Box::new(|tx| {
            tx.query_row("PRAGMA max_page_count = 100", [], |_| Ok(()))?;
            Ok(())
        }),
    );
    limited.await.unwrap();
    let mut big = one_event("big");
    big.streams[0].events[0].payload = PayloadBuf::Json("x".repeat(1 << 20));
    // Together, so that they may share a transaction.
    let answers = [
        store.append(one_event("a")),
        store.append(big),
        store.append(one_event("b")),
    ];
    let [first, second, third] = answers;
    assert_eq!(first.await.unwrap().position, Position(1));
    let error = second.await.unwrap_err();
    assert!(
        chain(&error).contains("full; make room"),
        "{}",
        chain(&error)
    );
    assert!(matches!(error, AppendError::Backend { .. }));
    assert_eq!(third.await.unwrap().position, Position(2));
}

#[tokio::test]
async fn a_read_only_store_reads_and_refuses_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let writer = SqliteStore::open(&path).await.unwrap();
    writer.append(one_event("a")).await.unwrap();
    let reader = SqliteStore::builder(&path)
        .read_only(true)
        .open()
        .await
        .unwrap();
    assert_eq!(reader.head().await.unwrap(), Position(1));
    let error = reader.append(one_event("a")).await.unwrap_err();
    assert!(
        chain(&error).contains("cannot be written"),
        "{}",
        chain(&error)
    );
    let set = || vec![NoteChange::set("p", "1")];
    let error = reader.save_notes(set()).await.unwrap_err();
    assert!(
        chain(&error).starts_with("could not save note `p`: "),
        "{}",
        chain(&error)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_stores_on_one_file_share_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    // At once: one makes the tables, the other waits.
    let (first, second) = tokio::join!(SqliteStore::open(&path), SqliteStore::open(&path));
    let (first, second) = (first.unwrap(), second.unwrap());
    let mut told = first.changes();
    let writers = [first.clone(), second.clone()].map(|store| {
        tokio::spawn(async move {
            for _ in 0..50 {
                store.append(one_event("a")).await.unwrap();
            }
        })
    });
    for writer in writers {
        writer.await.unwrap();
    }
    let last = second.append(one_event("a")).await.unwrap();
    assert_eq!(last.position, Position(101));
    assert_eq!(last.streams[0].next.0, 101);
    // The other's appends are told of, too.
    let wait = told.wait_for(|position| *position == Position(101));
    tokio::time::timeout(Duration::from_secs(10), wait)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_reopened_file_has_everything_and_is_one_file_when_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let store = SqliteStore::open(&path).await.unwrap();
    store.append(one_event("a")).await.unwrap();
    store
        .save_notes(vec![NoteChange::set("p", "1")])
        .await
        .unwrap();
    store.close().await;
    let names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names, ["app.db"]);
    let store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(store.head().await.unwrap(), Position(1));
    let notes = store.load_notes(NoteQuery::of("p")).await.unwrap();
    assert_eq!(notes[0].value, "1");
    let readable = store.read(|db| {
        db.query_row(
            "SELECT aggregate_type || aggregate_id || payload FROM evgen_journal",
            [],
            |row| row.get::<_, String>(0),
        )
    });
    assert_eq!(readable.await.unwrap(), "Todoa{}");
}

#[tokio::test]
async fn damaged_rows_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let store = SqliteStore::open(&path).await.unwrap();
    store.append(one_event("a")).await.unwrap();
    store.append(one_event("b")).await.unwrap();
    let db = Connection::open(&path).unwrap();
    let damages = [
        (
            "payload = 7",
            "column payload holds a value of type Integer",
        ),
        (
            "payload = '{}', create_date = 9223372036854775807",
            "create_date 9223372036854775807: ",
        ),
        (
            "create_date = 0, event_id = CAST(x'ff' AS TEXT)",
            "column event_id is not UTF-8",
        ),
        (
            "event_id = '2', stream = 9",
            "its stream, 9 in evgen_streams, is missing",
        ),
    ];
    for (damage, problem) in damages {
        let update = format!("UPDATE evgen_events SET {damage} WHERE position = 2");
        db.execute(&update, []).unwrap();
        let error = store
            .read_all(evgen_runtime::store::JournalQuery::default())
            .await
            .unwrap_err();
        let expected = format!("row 2 of the journal is not an event: {problem}");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
    // Other streams are not affected.
    let a = evgen_runtime::store::StreamQuery::new(StreamId::new("Todo", "a"));
    assert_eq!(store.read_stream(a).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_damaged_file_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let store = SqliteStore::open(&path).await.unwrap();
    for n in 0..200 {
        store.append(one_event(&n.to_string())).await.unwrap();
    }
    store.close().await;
    // All but the first page: the file is a database still.
    let mut bytes = std::fs::read(&path).unwrap();
    for byte in &mut bytes[4096..] {
        *byte = 0xa5;
    }
    std::fs::write(&path, bytes).unwrap();
    let error = match SqliteStore::open(&path).await {
        Err(error) => chain(&error),
        Ok(store) => {
            let all = store.read_all(evgen_runtime::store::JournalQuery::default());
            chain(&all.await.unwrap_err())
        }
    };
    assert!(
        error.contains("the file is damaged; restore a backup"),
        "{error}"
    );
}

//! `evgen journal`: what it shows of journals, what it finds wrong with them, and what it carries over.

use std::fs;
use std::path::Path;

use evgen_runtime::codec::avro::from_json_text;
use evgen_runtime::store::sqlite::Layout;
use evgen_runtime::store::{Batch, StreamAppend};
use evgen_runtime::{
    AggregateVersion, EventId, EventStore, ExpectedVersion, NewEvent, PayloadBuf, SqliteStore,
    StreamId,
};
use tempfile::TempDir;

use crate::cli::{Ran, evgen, sample};

mod carry;
mod follow;
mod look;
mod postgres;
mod verify;

/// An event to be stored: stream, type, version, data.
#[derive(Debug, Clone)]
struct Row {
    stream: (&'static str, &'static str),
    event_type: &'static str,
    event_version: Option<i32>,
    payload: PayloadBuf,
    metadata: Option<&'static str>,
    version: Option<i64>,
}

fn row(id: &'static str, event_type: &'static str, version: i32, data: &str) -> Row {
    Row {
        stream: ("Todo", id),
        event_type,
        event_version: Some(version),
        payload: PayloadBuf::Json(data.to_owned()),
        metadata: None,
        version: None,
    }
}

/// Four events, one of them Avro, one with metadata.
fn rows() -> Vec<Row> {
    vec![
        row("1", "todo_created", 1, r#"{"label":"milk"}"#),
        Row {
            payload: avro(r#"{"label":"bread","priority":"HIGH","tags":["shop"]}"#),
            ..row("2", "todo_created", 2, "")
        },
        Row {
            metadata: Some(r#"{"channel":"web"}"#),
            ..row(
                "1",
                "todo_changed_label",
                1,
                "{ \"label\" : \"oat milk\\u0020\" }",
            )
        },
        row("2", "todo_completed", 1, "{}"),
    ]
}

/// The single-object encoding of `Todo.Created` in version 2.
fn avro(json: &str) -> PayloadBuf {
    use evgen::cli::type_tables::Tables;

    let folder = sample(&[]);
    let checked =
        evgen::pipeline::check(&folder.path().join("schemas"), &evgen::Options::default());
    let checked = checked.unwrap();
    let created = checked.aggregates[0].events[0].latest().unwrap().record;
    let skip = &checked.settings.envelope_fields;
    let canonical = evgen::canonical::canonical_form(&checked.types, created, skip);
    let mut tables = Tables::new(&checked.types);
    let mut bytes = vec![0xc3, 0x01];
    bytes.extend(evgen::canonical::fingerprint(&canonical).to_le_bytes());
    bytes.extend(from_json_text(tables.event(created, skip), json).unwrap());
    PayloadBuf::Avro(bytes)
}

/// Appends rows; ids and times are told by their number, which begins at `first`.
async fn append(store: &dyn EventStore, first: usize, rows: Vec<Row>) {
    for (number, row) in (first..).zip(rows) {
        let event = NewEvent {
            event_id: EventId::parse(&format!("00000000-0000-4000-8000-{number:012}")).unwrap(),
            event_type: row.event_type.into(),
            event_version: row.event_version,
            payload: row.payload,
            create_date: Some(
                format!("2026-05-0{}T10:00:00.123456Z", number % 9 + 1)
                    .parse()
                    .unwrap(),
            ),
            metadata: row.metadata.map(str::to_owned),
            version: row.version.map(AggregateVersion),
            django: None,
        };
        let stream = StreamAppend {
            stream: StreamId::new(row.stream.0, row.stream.1),
            expected: ExpectedVersion::Any,
            events: vec![event],
            command_id: None,
        };
        let batch = Batch {
            streams: vec![stream],
        };
        store.append(batch).await.unwrap();
    }
}

/// The sample's schemas, and `app.db` with these rows.
fn journal(rows: Vec<Row>) -> TempDir {
    let folder = sample(&[]);
    wait(async {
        let store = SqliteStore::open(folder.path().join("app.db"))
            .await
            .unwrap();
        append(&store, 0, rows).await;
        store.close().await;
    });
    folder
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(work)
}

/// The only place that knows how the command is run.
fn run(folder: &Path, args: &[&str]) -> Ran {
    let args: Vec<_> = std::iter::once("journal")
        .chain(args.iter().copied())
        .collect();
    evgen(folder, &args)
}

/// Code, stdout and stderr, for a snapshot.
fn all(ran: &Ran) -> String {
    format!(
        "exit code {}\n--- stdout\n{}--- stderr\n{}",
        ran.code, ran.out, ran.err
    )
}

/// The same store's bytes before and after.
#[track_caller]
fn unchanged(path: &Path, work: impl FnOnce()) {
    let before = fs::read(path).unwrap();
    work();
    assert!(
        fs::read(path).unwrap() == before,
        "{} was written to",
        path.display()
    );
}

/// An empty journal of djangoevents.
fn django_journal(path: &Path) {
    wait(async {
        let builder = SqliteStore::builder(path).layout(Layout::djangoevents());
        builder.open().await.unwrap().close().await;
    });
}

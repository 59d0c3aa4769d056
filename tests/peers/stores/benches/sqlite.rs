//! Time of evgen's SQLite store, through the app, over that of one written by hand. Prints the tables of docs/performance.md.
//!
//! `cargo bench --manifest-path tests/peers/stores/Cargo.toml`, or with `-- append` or `-- read` one part.

use std::cell::Cell;
use std::path::Path;

use evgen_runtime::prelude::*;
use evgen_runtime::store::JournalQuery;
use evgen_runtime::{AnyEvent, PayloadFormat};
use evgen_store_peers::events::todo::Event;
use evgen_store_peers::hand::{self, Append, Group};
use evgen_store_peers::measure::{table, time};
use evgen_store_peers::{Todo, created, events, label_changed};
use tokio::runtime::Runtime;

fn main() {
    let only: Vec<String> = std::env::args().skip(1).collect();
    let asked = |part: &str| {
        let words = only.iter().filter(|word| !word.starts_with('-'));
        words.clone().next().is_none() || words.clone().any(|word| word == part)
    };
    let runtime = Runtime::new().expect("it starts");
    if asked("append") {
        for events in [1, 10, 1000] {
            append(&runtime, events);
        }
        contended(&runtime);
    }
    if asked("read") {
        read(&runtime);
    }
}

fn app(runtime: &Runtime, path: &Path, format: PayloadFormat) -> (SqliteStore, App) {
    runtime.block_on(async {
        let store = SqliteStore::open(path).await.expect("it opens");
        let app = events::app(store.clone())
            .configure(|builder| builder.payload(format))
            .build()
            .await
            .expect("it is built");
        (store, app)
    })
}

thread_local! {
    static NEXT: Cell<usize> = const { Cell::new(0) };
}

/// Ids that nobody has used.
fn fresh() -> String {
    NEXT.set(NEXT.get() + 1);
    format!("0198f3a4-5b6c-7d8e-9f00-{:012}", NEXT.get())
}

fn by_hand(stream: String, events: usize) -> Append {
    let mut encoded = vec![("todo_created", hand::encode_created(&created(&stream)))];
    encoded.extend((1..events).map(|n| {
        ("todo_label_changed", hand::encode_label_changed(&label_changed(n)))
    }));
    Append {
        stream,
        version: 0,
        events: encoded,
    }
}

/// A task that stores a new todo with so many events.
async fn store(app: App, id: String, events: usize) {
    let more: Vec<Event> = (1..events).map(|n| label_changed(n).into()).collect();
    let decision = (created(&id), more);
    let done = app.repository::<Todo>().create(&id, decision).await;
    let _ = done.expect("it is stored");
}

fn append(runtime: &Runtime, events: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let mut raw = hand::open(&at("raw.db"));
    let group = Group::start(&at("group.db"));
    let (_json_store, json) = app(runtime, &at("json.db"), PayloadFormat::Json);
    let (_avro_store, avro) = app(runtime, &at("avro.db"), PayloadFormat::Avro);
    let each = if events == 1000 { 2 } else { 20 };
    let ours = |app: App| {
        move || {
            time(|| {
                for _ in 0..each {
                    // As a server has it: a task on a worker.
                    let task = runtime.spawn(store(app.clone(), fresh(), events));
                    runtime.block_on(task).expect("it ends");
                }
            }) / each
        }
    };
    table(
        &format!("one writer, {events} events"),
        31,
        vec![
            (
                "raw rusqlite, by hand",
                Box::new(|| {
                    time(|| {
                        for _ in 0..each {
                            hand::append_all(&mut raw, [by_hand(fresh(), events)].iter());
                        }
                    }) / each
                }),
            ),
            (
                "group commit, by hand",
                Box::new(|| {
                    time(|| {
                        for _ in 0..each {
                            let (group, append) = (group.clone(), by_hand(fresh(), events));
                            let task = runtime.spawn(async move { group.append(append).await });
                            runtime.block_on(task).expect("it ends");
                        }
                    }) / each
                }),
            ),
            ("evgen, JSON", Box::new(ours(json))),
            ("evgen, Avro", Box::new(ours(avro))),
        ],
    );
}

const TASKS: usize = 16;

fn contended(runtime: &Runtime) {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let group = Group::start(&at("group.db"));
    let (_json_store, json) = app(runtime, &at("json.db"), PayloadFormat::Json);
    let (_avro_store, avro) = app(runtime, &at("avro.db"), PayloadFormat::Avro);
    const EACH: u32 = 50;
    let ours = |app: App| {
        move || {
            let ids: Vec<Vec<String>> =
                (0..TASKS).map(|_| (0..EACH).map(|_| fresh()).collect()).collect();
            time(|| {
                let tasks: Vec<_> = ids
                    .into_iter()
                    .map(|ids| {
                        let app = app.clone();
                        runtime.spawn(async move {
                            for id in ids {
                                store(app.clone(), id, 1).await;
                            }
                        })
                    })
                    .collect();
                for task in tasks {
                    runtime.block_on(task).expect("it ends");
                }
            }) / (EACH * TASKS as u32)
        }
    };
    table(
        "16 writers, 1 event each",
        15,
        vec![
            (
                "group commit, by hand",
                Box::new(|| {
                    let appends: Vec<Vec<Append>> = (0..TASKS)
                        .map(|_| (0..EACH).map(|_| by_hand(fresh(), 1)).collect())
                        .collect();
                    time(|| {
                        let tasks: Vec<_> = appends
                            .into_iter()
                            .map(|appends| {
                                let group = group.clone();
                                runtime.spawn(async move {
                                    for append in appends {
                                        group.append(append).await;
                                    }
                                })
                            })
                            .collect();
                        for task in tasks {
                            runtime.block_on(task).expect("it ends");
                        }
                    }) / (EACH * TASKS as u32)
                }),
            ),
            ("evgen, JSON", Box::new(ours(json))),
            ("evgen, Avro", Box::new(ours(avro))),
        ],
    );
}

const STREAM: usize = 10_000;
const STREAMS: usize = 20;

fn read(runtime: &Runtime) {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let mut raw = hand::open(&at("raw.db"));
    let (_json_store, json) = app(runtime, &at("json.db"), PayloadFormat::Json);
    let (_avro_store, avro) = app(runtime, &at("avro.db"), PayloadFormat::Avro);
    let ids: Vec<String> = (0..STREAMS).map(|_| fresh()).collect();
    for id in &ids {
        hand::append_all(&mut raw, [by_hand(id.clone(), STREAM)].iter());
        for app in [&json, &avro] {
            runtime.block_on(store(app.clone(), id.clone(), STREAM));
        }
    }
    let load = |app: App| {
        let id = ids[3].clone();
        move || {
            time(|| {
                let (app, id) = (app.clone(), id.clone());
                let task = runtime.spawn(async move { app.repository::<Todo>().get(&id).await });
                let todo = runtime.block_on(task).expect("it ends").expect("it is there");
                assert_eq!(todo.label, label_changed(STREAM - 1).label);
            }) / STREAM as u32
        }
    };
    table(
        "load a stream of 10,000, per event",
        21,
        vec![
            (
                "raw rows, decoded by hand",
                Box::new(|| time(|| assert!(hand::read(&raw, Some(&ids[3])) > 0)) / STREAM as u32),
            ),
            ("evgen, JSON", Box::new(load(json.clone()))),
            ("evgen, Avro", Box::new(load(avro.clone()))),
        ],
    );
    let all = (STREAM * STREAMS) as u32;
    let scan = |app: App| {
        move || {
            time(|| {
                let task = runtime.spawn(pages(app.clone()));
                assert_eq!(runtime.block_on(task).expect("it ends"), STREAM * STREAMS);
            }) / all
        }
    };
    let subscribe = |app: App| {
        move || {
            time(|| {
                let task = runtime.spawn(stream(app.clone()));
                assert_eq!(runtime.block_on(task).expect("it ends"), STREAM * STREAMS);
            }) / all
        }
    };
    table(
        "scan 200,000, per event",
        7,
        vec![
            (
                "raw rows, decoded by hand",
                Box::new(|| time(|| assert!(hand::read(&raw, None) > 0)) / all),
            ),
            ("evgen, as projections read, JSON", Box::new(scan(json.clone()))),
            ("evgen, as projections read, Avro", Box::new(scan(avro.clone()))),
            ("evgen, as a Stream, JSON", Box::new(subscribe(json.clone()))),
            ("evgen, as a Stream, Avro", Box::new(subscribe(avro.clone()))),
        ],
    );
}

/// Page by page, each event read as its type.
async fn pages(app: App) -> usize {
    let aggregate = app.aggregates()[0];
    let mut query = JournalQuery::default();
    let mut count = 0;
    loop {
        let page = app.event_store().read_all(query.clone()).await.expect("it is read");
        for raw in page.iter() {
            let index = aggregate.find(&raw).expect("it is known");
            let event = (aggregate.read)(index, &raw, &EventContext::new(raw));
            count += usize::from(event.is_ok());
            query.after = Some(raw.position);
        }
        if page.is_last() {
            return count;
        }
    }
}

async fn stream(app: App) -> usize {
    let mut events = app.events::<AnyEvent>().until_now();
    let mut count = 0;
    while let Some(event) = events.next().await {
        count += usize::from(event.is_ok());
    }
    count
}

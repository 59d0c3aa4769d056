//! The store that one writes by hand: one table, Avro, one transaction per append; and the same with a thread that commits
//! what has queued together. The measure of evgen's.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};

use rusqlite::{Connection, params};
use tokio::sync::oneshot;

use crate::events::todo::{Created, LabelChanged};

/// Events of one stream to append, encoded, from a version on.
pub struct Append {
    pub stream: String,
    pub version: i64,
    pub events: Vec<(&'static str, Vec<u8>)>,
}

pub fn open(path: &Path) -> Connection {
    let connection = Connection::open(path).expect("it opens");
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             CREATE TABLE IF NOT EXISTS events (
                 position INTEGER PRIMARY KEY, stream TEXT NOT NULL, version INTEGER NOT NULL, event_id BLOB NOT NULL,
                 event_type TEXT NOT NULL, payload BLOB NOT NULL, created INTEGER NOT NULL, metadata TEXT,
                 UNIQUE (stream, version));",
        )
        .expect("it is made");
    connection.set_prepared_statement_cache_capacity(16);
    connection
}

/// In one transaction.
pub fn append_all<'a>(connection: &mut Connection, appends: impl Iterator<Item = &'a Append>) {
    let tx = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .expect("it begins");
    for append in appends {
        let mut insert = tx
            .prepare_cached(
                "INSERT INTO events (stream, version, event_id, event_type, payload, created, metadata)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )
            .expect("it is SQL");
        for ((event_type, payload), version) in append.events.iter().zip(append.version..) {
            let id = evgen_runtime::Uuid::now_v7();
            insert
                .execute(params![
                    append.stream,
                    version,
                    id.as_bytes(),
                    event_type,
                    payload,
                    1_764_000_000_123_i64,
                    "{}",
                ])
                .expect("it is stored");
        }
    }
    tx.commit().expect("it commits");
}

/// A thread that commits what has queued together.
#[derive(Clone)]
pub struct Group(Sender<(Append, oneshot::Sender<()>)>);

impl Group {
    pub fn start(path: &Path) -> Self {
        let connection = open(path);
        let (sender, jobs) = channel();
        std::thread::spawn(move || run(connection, &jobs));
        Self(sender)
    }

    pub async fn append(&self, append: Append) {
        let (answer, answered) = oneshot::channel();
        self.0.send((append, answer)).expect("it runs");
        answered.await.expect("it answers");
    }
}

fn run(mut connection: Connection, jobs: &Receiver<(Append, oneshot::Sender<()>)>) {
    while let Ok(first) = jobs.recv() {
        let mut group = vec![first];
        group.extend(jobs.try_iter().take(255));
        append_all(&mut connection, group.iter().map(|(append, _)| append));
        for (_, answer) in group {
            let _ = answer.send(());
        }
    }
}

/// What reading gave.
#[derive(Default)]
pub struct Read {
    /// The last event's.
    pub label: String,
    pub count: usize,
}

/// Decodes every event of a stream, or of all.
pub fn read(connection: &Connection, stream: Option<&str>) -> Read {
    let sql = match stream {
        Some(_) => "SELECT event_type, payload FROM events WHERE stream = ?1 ORDER BY version",
        None => "SELECT event_type, payload FROM events WHERE ?1 IS NULL ORDER BY position",
    };
    let mut statement = connection.prepare_cached(sql).expect("it is SQL");
    let mut rows = statement.query([stream]).expect("it is read");
    let mut read = Read::default();
    while let Some(row) = rows.next().expect("it is read") {
        let event_type = row.get_ref(0).expect("a type").as_str().expect("a text");
        let payload = row.get_ref(1).expect("a payload").as_blob().expect("bytes");
        read.label = decode(event_type, payload);
        read.count += 1;
    }
    read
}

/// The label that an event gives; the whole event is decoded.
pub fn decode(event_type: &str, payload: &[u8]) -> String {
    match event_type {
        "todo_created" => std::hint::black_box(decode_created(payload)).label,
        _ => decode_label_changed(payload).label,
    }
}

pub fn encode_created(event: &Created) -> Vec<u8> {
    let mut out = Vec::with_capacity(160);
    put_text(&mut out, &event.id);
    put_text(&mut out, &event.label);
    put_long(&mut out, event.tags.len() as i64);
    event.tags.iter().for_each(|tag| put_text(&mut out, tag));
    out.push(0);
    put_long(&mut out, event.priority as i64);
    out.push(0);
    put_long(&mut out, event.meta.len() as i64);
    for (key, value) in &event.meta {
        put_text(&mut out, key);
        put_text(&mut out, value);
    }
    out.push(0);
    out
}

pub fn encode_label_changed(event: &LabelChanged) -> Vec<u8> {
    let mut out = Vec::with_capacity(32);
    put_text(&mut out, &event.label);
    out
}

fn decode_label_changed(mut input: &[u8]) -> LabelChanged {
    LabelChanged {
        label: text(&mut input),
    }
}

fn decode_created(mut input: &[u8]) -> Created {
    let input = &mut input;
    let (id, label) = (text(input), text(input));
    let tags = (0..long(input)).map(|_| text(input)).collect();
    long(input);
    let priority = match long(input) {
        0 => crate::events::todo::created::Priority::Low,
        1 => crate::events::todo::created::Priority::Medium,
        _ => crate::events::todo::created::Priority::High,
    };
    long(input);
    let meta = (0..long(input))
        .map(|_| (text(input), text(input)))
        .collect();
    Created {
        id,
        label,
        tags,
        priority,
        due: None,
        meta,
    }
}

fn put_long(out: &mut Vec<u8>, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_long(out, text.len() as i64);
    out.extend_from_slice(text.as_bytes());
}

fn long(input: &mut &[u8]) -> i64 {
    let (mut value, mut shift) = (0_u64, 0);
    loop {
        let byte = input[0];
        *input = &input[1..];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return (value >> 1) as i64 ^ -((value & 1) as i64);
        }
        shift += 7;
    }
}

fn text(input: &mut &[u8]) -> String {
    let length = long(input) as usize;
    let (text, rest) = input.split_at(length);
    *input = rest;
    std::str::from_utf8(text).expect("it is UTF-8").to_owned()
}

//! Time of evgen's SQLite store over that of stores written by hand, beside other crates. Prints the tables of docs/performance.md.
//!
//! `cargo bench --manifest-path tests/peers/stores/Cargo.toml --bench sqlite`, or with `-- append` or `-- read` one part.

use evgen_store_peers::turns::{Column, Contender, column, markdown};

const APPEND: [Column; 5] = [
    Column {
        title: "1 event",
        order: "append 1 20 1",
        rounds: 31,
        units: 20,
    },
    Column {
        title: "10 events",
        order: "append 1 20 10",
        rounds: 31,
        units: 20,
    },
    Column {
        title: "1,000 events",
        order: "append 1 2 1000",
        rounds: 15,
        units: 2,
    },
    Column {
        title: "16 tasks, 1 event",
        order: "append 16 25 1",
        rounds: 15,
        units: 400,
    },
    Column {
        title: "16 tasks, 10 events",
        order: "append 16 10 10",
        rounds: 15,
        units: 160,
    },
];

const READ: [Column; 2] = [
    Column {
        title: "load 10,000",
        order: "load",
        rounds: 21,
        units: 10_000,
    },
    Column {
        title: "scan 200,000",
        order: "scan",
        rounds: 7,
        units: 200_000,
    },
];

fn main() {
    let parts: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let asked = |part: &str| parts.is_empty() || parts.iter().any(|word| word == part);
    let folder = tempfile::tempdir().expect("a folder");
    let program = env!("CARGO_BIN_EXE_contender");
    let file = |part: &str, key: &str| {
        folder
            .path()
            .join(format!("{part}-{key}.db"))
            .display()
            .to_string()
    };
    let ours = |part: &str, name, key: &str| Contender::ours(name, program, key, &file(part, key));
    let framework = |part: &str, name, key: &str| Contender::framework(name, key, &file(part, key));
    if asked("append") {
        let mut contenders: Vec<Contender> = [
            ours("append", "rusqlite, by hand", "rusqlite"),
            ours("append", "rusqlite, group commit by hand", "group"),
            ours("append", "evgen, JSON", "sqlite-json"),
            ours("append", "evgen, Avro", "sqlite-avro"),
            framework("append", "sqlx, by hand", "sqlx-sqlite"),
            framework("append", "cqrs-es", "cqrs-es-sqlite"),
        ]
        .into_iter()
        .flatten()
        .collect();
        let cells: Vec<_> = APPEND
            .iter()
            .map(|of| (of, column(&mut contenders, of)))
            .collect();
        markdown(&contenders, &cells);
    }
    if asked("read") {
        let all = || -> Vec<Contender> {
            [
                ours("read", "rusqlite and Avro, by hand", "rusqlite"),
                ours("read", "evgen, JSON", "sqlite-json"),
                ours("read", "evgen, Avro", "sqlite-avro"),
                ours("read", "evgen as a Stream, JSON", "sqlite-json-stream"),
                ours("read", "evgen as a Stream, Avro", "sqlite-avro-stream"),
                framework("read", "sqlx and JSON, by hand", "sqlx-sqlite"),
                framework("read", "cqrs-es", "cqrs-es-sqlite"),
            ]
            .into_iter()
            .flatten()
            .collect()
        };
        // Filled by other processes, so that what filling took is not held, which would hide what reading takes.
        for contender in &mut all() {
            contender.obey("fill 20 10000").expect("it is filled");
        }
        let mut contenders = all();
        for contender in &mut contenders {
            contender.obey("know 20 10000");
        }
        let cells: Vec<_> = READ
            .iter()
            .map(|of| (of, column(&mut contenders, of)))
            .collect();
        markdown(&contenders, &cells);
    }
}

//! Time of evgen's PostgreSQL store over that of one written by hand, beside other crates. Prints the tables of
//! docs/performance.md. The server is private, or the one that `EVGEN_TEST_POSTGRES` names.
//!
//! `cargo bench --manifest-path tests/peers/stores/Cargo.toml --bench postgres`, or with `-- append` or `-- read` one part; `alone`
//! leaves the other crates out.

use evgen_store_peers::server::Server;
use evgen_store_peers::turns::{Column, Contender, column, markdown};

const APPEND: [Column; 4] = [
    Column {
        title: "1 client, 1 event",
        order: "append 1 20 1",
        rounds: 31,
        units: 20,
    },
    Column {
        title: "1 client, 10 events",
        order: "append 1 20 10",
        rounds: 31,
        units: 20,
    },
    Column {
        title: "32 clients, 1 event",
        order: "append 32 20 1",
        rounds: 15,
        units: 640,
    },
    Column {
        title: "32 clients, 10 events",
        order: "append 32 10 10",
        rounds: 15,
        units: 320,
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
    let mut parts: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let alone = parts.iter().any(|word| word == "alone");
    parts.retain(|word| word != "alone");
    let asked = |part: &str| parts.is_empty() || parts.iter().any(|word| word == part);
    let Some(server) = Server::start() else {
        return;
    };
    let program = env!("CARGO_BIN_EXE_contender");
    let is_fresh = std::cell::Cell::new(true);
    let database = |part: &str, key: &str| {
        let name = format!("{part}_{key}");
        if is_fresh.get() {
            server.database(&name)
        } else {
            server.url_of(&name)
        }
    };
    let ours =
        |part: &str, name, key: &str| Contender::ours(name, program, key, &database(part, key));
    let framework = |part: &str, name, key: &str| {
        if alone {
            return None;
        }
        Contender::framework(name, key, &database(part, key))
    };
    let all = |part: &str| -> Vec<Contender> {
        [
            ours(part, "tokio-postgres and Avro, by hand", "tokio-postgres"),
            ours(part, "evgen, JSON", "postgres-json"),
            ours(part, "evgen, Avro", "postgres-avro"),
            framework(part, "es-entity", "es-entity"),
            framework(part, "esrs", "esrs"),
            framework(part, "cqrs-es", "cqrs-es-postgres"),
            framework(
                part,
                "disintegrate, not validated",
                "disintegrate-unvalidated",
            ),
            framework(part, "disintegrate", "disintegrate"),
        ]
        .into_iter()
        .flatten()
        .collect()
    };
    if asked("append") {
        let mut contenders = all("append");
        let cells: Vec<_> = APPEND
            .iter()
            .map(|of| (of, column(&mut contenders, of)))
            .collect();
        markdown(&contenders, &cells);
    }
    if asked("read") {
        // Filled by other processes, so that what filling took is not held, which would hide what reading takes.
        for contender in &mut all("read") {
            contender.obey("fill 20 10000").expect("it is filled");
        }
        is_fresh.set(false);
        let mut contenders = all("read");
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

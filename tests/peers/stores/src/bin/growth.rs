//! Whether a store slows down as it fills: an append and a load with 10,000 events in it, and with 5 million. It takes long:
//!
//!     cargo run --release --manifest-path tests/peers/stores/Cargo.toml --bin growth [sqlite-json|sqlite-avro]
//!
//! The catching up of a projection is linear when an event takes as long in both.

use std::time::Instant;

use evgen_store_peers::turns::{Column, Contender, column, markdown};

const COLUMNS: [Column; 3] = [
    Column {
        title: "append 1 event",
        order: "append 1 20 1",
        rounds: 51,
        units: 20,
    },
    Column {
        title: "append 10 events",
        order: "append 1 20 10",
        rounds: 31,
        units: 20,
    },
    Column {
        title: "load 1,000",
        order: "load",
        rounds: 101,
        units: 1000,
    },
];

fn main() {
    let key = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "sqlite-avro".to_owned());
    let folder = tempfile::tempdir().expect("a folder");
    let this = std::env::current_exe().expect("it runs");
    let program = this.with_file_name("contender").display().to_string();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let start = || -> Vec<Contender> {
        [
            Contender::ours("10,000 events", &program, &key, &file("small.db")),
            Contender::ours("5,000,000 events", &program, &key, &file("large.db")),
        ]
        .into_iter()
        .flatten()
        .collect()
    };
    let begin = Instant::now();
    // Filled by other processes: what filling leaves in memory is not what is asked for.
    for (contender, streams) in start().iter_mut().zip([10, 5000]) {
        contender
            .obey(&format!("fill {streams} 1000"))
            .expect("it is filled");
    }
    println!("filled in {:.0?}", begin.elapsed());
    let mut contenders = start();
    for (contender, streams) in contenders.iter_mut().zip([10, 5000]) {
        contender.obey(&format!("know {streams} 1000"));
    }
    // Before anything else is stored: `scan` counts.
    for (contender, events) in contenders.iter_mut().zip([1e4, 5e6]) {
        let rounds = if events > 1e5 { 3 } else { 31 };
        let mut rounds: Vec<f64> = (0..rounds)
            .map(|_| contender.obey("scan").expect("it is read").cpu / events)
            .collect();
        rounds.sort_by(f64::total_cmp);
        println!(
            "scan, {events} events: {:.0} ns of processor time an event",
            rounds[rounds.len() / 2]
        );
    }
    let cells: Vec<_> = COLUMNS
        .iter()
        .map(|of| (of, column(&mut contenders, of)))
        .collect();
    markdown(&contenders, &cells);
}

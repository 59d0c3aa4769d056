//! What a compiler needs for 1,000 generated events: evgen's, prost's, and structs with serde derives. Arguments: number of
//! events (1000), rounds (3), works (`check,debug,release`).

use std::path::Path;

use evgen_peers::crates::{self, Work};
use evgen_peers::usage::median;

fn main() -> std::io::Result<()> {
    let arguments: Vec<_> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let number = |index: usize, default| {
        arguments
            .get(index)
            .map_or(Ok(default), |text| text.parse::<usize>())
            .expect("a number")
    };
    let (events, rounds) = (number(0, 1_000), number(1, 3));
    let works = arguments.get(2).map_or("check,release", String::as_str);
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_time");
    let crates = crates::write(&root, events)?;
    for work in [Work::Check, Work::Debug, Work::Release] {
        if !works.contains(&format!("{work:?}").to_lowercase()) {
            continue;
        }
        let mut seconds = vec![Vec::new(); crates.len()];
        for krate in &crates {
            krate.compile(work)?;
        }
        for _ in 0..rounds {
            for (krate, seconds) in crates.iter().zip(&mut seconds) {
                seconds.push(krate.compile(work)?.cpu);
            }
        }
        let medians: Vec<_> = seconds.into_iter().map(median).collect();
        let prost = crates.iter().position(|krate| krate.name == "prost");
        let prost = prost.map_or(f64::NAN, |index| medians[index]);
        for (krate, seconds) in crates.iter().zip(&medians) {
            println!(
                "{work:?}, {events} events, {}: {seconds:.2} CPU s, {:.2} of prost's",
                krate.name,
                seconds / prost
            );
        }
    }
    Ok(())
}

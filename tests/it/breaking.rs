//! Stores whose process is killed, whose disk lies or is full, and whose writers crowd: what was acknowledged is there.

mod child;
mod contention;
mod disk;
mod journal;
mod kill;
mod postgres;
mod sync;

/// How often: `in_ci` times, or as often as `EVGEN_TEST_ROUNDS` says.
fn rounds(in_ci: usize) -> usize {
    let asked = std::env::var("EVGEN_TEST_ROUNDS");
    asked.map_or(in_ci, |rounds| rounds.parse().unwrap())
}

//! What tests of several packages share: the contract of stores, and the way to data outside the repository.

// Names of generated code are ASCII, so that no lint of rustc about letters meets them.
#![deny(non_ascii_idents)]

use std::io::Write as _;
use std::path::{Path, PathBuf};

pub mod djangoevents;
pub mod fixtures;
pub mod fuzzed;
pub mod postgres;
pub mod random_json;
pub mod store_contract;

/// A file or folder of the shared data: in the folder `shared` beside the repository, or where `EVGEN_SHARED` says. Where
/// it is missing, says so and gives `None`; with `CI` in the environment, fails.
///
/// # Panics
/// With `CI` in the environment, when the data is missing.
#[must_use]
pub fn shared(path: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("EVGEN_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    let full = folder.join(path);
    if full.exists() {
        return Some(full);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "shared data is missing: {}",
        full.display()
    );
    did_without(path);
    None
}

/// Says what a test had to do without, past the capture of its output: `tests/run` gathers these lines.
pub fn did_without(what: &str) {
    // Nobody is left to be told that stderr is gone.
    let _ = writeln!(std::io::stderr(), "did without {what}");
}

//! The tests of the workspace, in reading order.

mod diagnostics;
mod schemas;

/// Data that is too large for the repository, beside it.
pub(crate) fn shared(path: &str) -> Option<std::path::PathBuf> {
    let root = std::env::var_os("EVGEN_SHARED").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        std::path::PathBuf::from,
    );
    let found = root.join(path);
    if found.exists() {
        return Some(found);
    }
    assert!(std::env::var_os("CI").is_none(), "{path} is missing");
    println!("did without {path}");
    None
}

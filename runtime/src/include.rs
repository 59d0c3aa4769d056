//! `include_events!`: where generated code enters the user's crate.

/// Includes what evgen generated.
///
/// `include_events!()` takes what the build script wrote; `include_events!("src/events.rs")` takes code that was generated
/// by `evgen generate` and checked in, by its path from the package's root.
///
/// ```ignore
/// mod events { evgen_runtime::include_events!(); }
/// ```
#[macro_export]
macro_rules! include_events {
    () => {
        include!(concat!(env!("OUT_DIR"), "/evgen/mod.rs"));
    };
    ($path:literal) => {
        include!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $path));
    };
}

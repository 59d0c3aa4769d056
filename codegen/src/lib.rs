//! Generates typed, versioned Rust from the Avro schemas and the manifest of an event-sourced service.
//!
//! ```no_run
//! // In the `main` of build.rs:
//! evgen::compile("schemas");
//! ```
//!
//! The pipeline is in [`pipeline`]; read it first. The command `evgen` is behind the feature `cli`.

mod build_script;
pub mod canonical;
pub mod check;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "cli")]
pub mod compare;
pub mod diagnostic;
pub mod incremental;
pub mod load;
pub mod lock;
pub mod model;
pub mod options;
pub mod pipeline;
pub mod render;
pub mod report;
pub mod resolution;
pub mod resolve;
pub mod resolved;
pub mod sample;
pub mod source;
pub mod write;

pub use build_script::{Builder, compile};
pub use options::{LockFile, Options, Side};
pub use pipeline::{GenerateError, Generated, generate};

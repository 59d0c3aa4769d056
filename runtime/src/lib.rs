//! Runtime of evgen.

pub mod codec;
pub mod command;
pub mod django;
pub mod envelope;
pub mod error;
pub mod event;
mod json_object;
pub mod position;
pub mod store;
pub mod stream;
pub mod types;
pub mod validate;

pub use json_object::JsonObject;

/// The SQLite driver, for read models in the store's file.
#[cfg(feature = "sqlite")]
pub use rusqlite;

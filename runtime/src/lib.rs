//! Runtime of evgen.

pub mod codec;
pub mod envelope;
pub mod error;
pub mod event;
pub mod position;
pub mod store;
pub mod stream;
pub mod types;

//! Generator of evgen.

pub mod canonical;
pub mod model;
pub mod options;
pub mod render;
pub mod resolution;
pub mod resolve;
pub mod resolved;
pub mod source;

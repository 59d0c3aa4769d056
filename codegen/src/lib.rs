//! Generator of evgen.

pub mod model;
pub mod source;

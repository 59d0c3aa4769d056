//! Generator of evgen.

pub mod canonical;
pub mod check;
pub mod diagnostic;
pub mod load;
pub mod model;
pub mod options;
pub mod render;
pub mod report;
pub mod resolution;
pub mod resolve;
pub mod resolved;
pub mod source;

//! Generator of evgen.

pub mod check;
pub mod diagnostic;
pub mod load;
pub mod model;
pub mod report;
pub mod source;

//! What the benches share: the same events for evgen and its peers, and what a process and its children have used.

pub mod crates;
pub mod inputs;
pub mod usage;

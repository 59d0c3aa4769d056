//! The tests of the workspace, in reading order.

#![expect(clippy::unwrap_used, reason = "these are tests")]

mod avro;
mod diagnostics;
mod djangoevents;
mod generated;
mod golden;
mod hostile;
mod schemas;
mod stores;

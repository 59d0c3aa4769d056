//! The tests of the workspace, in reading order.

#![expect(clippy::unwrap_used, reason = "these are tests")]

mod diagnostics;
mod generated;
mod golden;
mod djangoevents;
mod hostile;
mod import_django;
mod schemas;
mod stores;

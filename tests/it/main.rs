//! The tests of the workspace, in reading order.

#![expect(clippy::unwrap_used, reason = "these are tests")]

mod avro;
mod cli;
mod corpus;
mod diagnostics;
mod djangoevents;
mod generated;
mod golden;
mod hostile;
mod import_django;
mod new_user;
mod readme;
mod resolution_cases;
mod schemas;
mod seed;
mod stores;
mod verdicts;

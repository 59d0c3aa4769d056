//! The tests of the workspace, in reading order.

#![expect(clippy::unwrap_used, reason = "these are tests")]

mod against;
mod avro;
mod breaking;
mod cli;
mod compatibility;
mod corpus;
mod deterministic;
mod diagnostics;
mod djangoevents;
mod fuzzed;
mod generated;
mod golden;
mod history;
mod hostile;
mod hostile_text;
mod import_django;
mod journal;
mod letters;
mod logical_types;
mod new_user;
mod overrides;
mod read_models;
mod readme;
mod release;
mod renamed_events;
mod resolution_cases;
mod resolver;
mod rolling_deploy;
mod samples;
mod sarif;
mod schemas;
mod seed;
mod snapshotted;
mod split_events;
mod stores;
mod verdicts;

//! The fixtures, compiled, with what a user writes beside the generated code.

pub mod abstract_aggregate;
pub mod appends_of_postgres;
pub mod declared_mutators;
pub mod every_type;
pub mod hostile_text;
pub mod how_projections_run;
pub mod in_postgres;
pub mod ledger;
pub mod letters_of_any_script;
pub mod logical_types_change;
pub mod names_and_types;
pub mod renamed_events;
pub mod split_events;
pub mod two_builds;
pub mod two_crates;
pub mod upcast_steps;

//! Generates every fixture, so that each is also proven to compile.

use std::path::Path;

fn main() {
    let out_dir = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    for fixture in [
        "declared_mutators",
        "abstract_aggregate",
        "upcast_steps",
        "every_type",
        "ledger",
        "letters_of_any_script",
        "djangoevents",
        "hostile_text",
        "how_projections_run",
        "in_postgres",
        "appends_of_postgres",
        "names_and_types",
        "djangoevents_upgraded",
        "split_events",
        "logical_types_change",
    ] {
        evgen::Builder::new(format!("fixtures/{fixture}"))
            .out_dir(Path::new(&out_dir).join(fixture))
            .compile();
    }
    for fixture in ["two_builds", "renamed_events"] {
        for build in ["old", "new"] {
            evgen::Builder::new(format!("fixtures/{fixture}/{build}"))
                .out_dir(Path::new(&out_dir).join(format!("{fixture}_{build}")))
                .compile();
        }
    }
    evgen::Builder::new("fixtures/two_crates")
        .events_from("::evgen_tests_events::events")
        .out_dir(Path::new(&out_dir).join("two_crates"))
        .compile();
}

//! Broken fixtures → the exact text that a user sees. Each fixture shows one thing, and its name says which.

use std::collections::BTreeSet;
use std::path::Path;

use evgen::check::history::every_version_is_released;
use evgen::diagnostic::codes;
use evgen::load::{LoadOptions, load};
use evgen::report::Report;

/// The only place in this file that knows how the generator is run. Where there is a lock, all must be released.
fn report(directory: &Path) -> Report {
    let sources = match load(directory, &LoadOptions::default()) {
        Ok(sources) => sources,
        Err(report) => return report,
    };
    match evgen::check::check(evgen::model::build::build(sources)) {
        Ok(checked) => {
            let mut found = evgen::cli::released::samples(&checked);
            if checked.lock.is_some() {
                every_version_is_released(&checked, &mut found);
            }
            let mut report = checked.into_report();
            report.diagnostics.append(found);
            report
        }
        Err(report) => report,
    }
}

pub(crate) fn fixtures() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir("fixtures_broken")
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn every_broken_fixture_is_reported_in_full() {
    for name in fixtures() {
        let report = report(&Path::new("fixtures_broken").join(&name));
        assert!(!report.diagnostics.is_empty(), "{name} has nothing wrong");
        insta::assert_snapshot!(name, report.plain());
    }
}

#[test]
fn every_code_has_a_fixture_and_a_section() {
    let mut seen = BTreeSet::new();
    for name in fixtures() {
        let report = report(&Path::new("fixtures_broken").join(&name));
        seen.extend(
            report
                .diagnostics
                .iter()
                .map(|diagnostic| diagnostic.code.id),
        );
    }
    let sections = include_str!("../../codegen/errors.md");
    for code in codes::ALL {
        // Rules about changes have theirs in `against.rs`.
        let is_about_changes = ("EV0420".."EV0470").contains(&code.id);
        assert!(
            seen.contains(code.id) || is_about_changes,
            "{} has no fixture",
            code.id
        );
        let heading = format!("\n## {}: {}\n", code.id, code.title);
        assert!(
            sections.contains(&heading),
            "errors.md has no section {heading:?}"
        );
    }
    let ids: Vec<&str> = codes::ALL.iter().map(|code| code.id).collect();
    assert!(ids.is_sorted() && sections.matches("\n## EV").count() == ids.len());
}

//! What the documents at the top say: their Rust is the example's, their links lead somewhere.

use std::path::Path;

use evgen_tests::shared;

const DOCUMENTS: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "docs/README.md",
    "docs/djangoevents.md",
];

#[test]
fn rust_in_the_readme_is_the_examples() {
    assert!(quoted("README.md", "rust", |file| Some(read(file))) > 3);
}

#[test]
fn what_the_guide_for_djangoevents_shows_is_tested() {
    let guide = "docs/djangoevents.md";
    assert!(quoted(guide, "rust", |file| Some(read(file))) > 6);
    assert!(quoted(guide, "yaml", |file| Some(read(file))) > 1);
    // Python out of the service that was recorded.
    let python = |file: &str| {
        let path = shared("djangoevents/aggregates_src")?.join(file);
        Some(std::fs::read_to_string(path).unwrap())
    };
    assert!(quoted(guide, "python", python) > 1);
}

/// Holds the blocks of a language against the files that their first lines name: their lines stand there in the same order;
/// what lies between is left out. Returns how many blocks there are.
#[track_caller]
fn quoted(document: &str, language: &str, read_source: impl Fn(&str) -> Option<String>) -> usize {
    let text = read(document);
    let fence = format!("```{language}\n");
    let blocks = text.split(&fence).skip(1);
    let mut count = 0;
    for block in blocks.filter_map(|rest| rest.split("```").next()) {
        count += 1;
        let mut lines = block.lines();
        let file = lines.next().unwrap().trim_start_matches(['/', '#', ' ']);
        let Some(source) = read_source(file) else {
            continue;
        };
        let mut source = source.lines();
        for line in lines {
            assert!(
                source.any(|other| other == line),
                "{document}: `{line}` is not in {file}, or not in that order"
            );
        }
    }
    count
}

#[test]
fn the_manifest_in_the_readme_is_the_samples() {
    let readme = read("README.md");
    let yaml = readme.split("```yaml\n").nth(1).unwrap();
    let yaml = yaml.split("```").next().unwrap();
    assert!(read("schemas/aggregates.yaml").ends_with(yaml));
}

#[test]
fn links_lead_somewhere() {
    for document in DOCUMENTS {
        let folder = Path::new(document).parent().unwrap();
        for link in read(document).split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap();
            if target.starts_with("http") {
                continue;
            }
            let path = root().join(folder).join(target);
            assert!(path.exists(), "{document} links to {target}");
        }
    }
}

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

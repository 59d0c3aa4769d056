//! What the documents at the top say: their Rust is the example's, their links lead somewhere.

use std::path::Path;

const DOCUMENTS: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "docs/README.md",
];

/// Each block names its file in its first line. Its lines stand there in the same order; what lies between is left out.
#[test]
fn rust_in_the_readme_is_the_examples() {
    let readme = read("README.md");
    let blocks: Vec<&str> = readme
        .split("```rust\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(blocks.len() > 3);
    for block in blocks {
        let mut lines = block.lines();
        let file = lines.next().unwrap().trim_start_matches("// ");
        let text = read(file);
        let mut source = text.lines();
        for line in lines {
            assert!(
                source.any(|other| other == line),
                "README.md: `{line}` is not in {file}, or not in that order"
            );
        }
    }
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

//! The same schemas give the same bytes, wherever they lie and in whatever order their files came.

use std::fs;
use std::path::Path;

fn files(directory: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn generated(directory: &Path) -> Vec<(String, String)> {
    let generated = evgen::generate(directory, &evgen::Options::default()).unwrap();
    let files = generated.files.into_iter();
    files.map(|file| (file.path, file.text)).collect()
}

#[test]
fn generating_twice_elsewhere_and_in_another_order_gives_the_same_bytes() {
    for fixture in [
        "every_type",
        "abstract_aggregate",
        "upcast_steps",
        "names_and_types",
        "hostile_text",
        "letters_of_any_script",
    ] {
        let original = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures")
            .join(fixture);
        let first = generated(&original);
        assert_eq!(first, generated(&original), "{fixture}: twice");
        let mut found = Vec::new();
        files(&original, &mut found);
        found.sort();
        for order in [false, true] {
            let elsewhere = tempfile::tempdir().unwrap();
            if order {
                found.reverse();
            }
            for path in &found {
                let copy = elsewhere.path().join(path.strip_prefix(&original).unwrap());
                fs::create_dir_all(copy.parent().unwrap()).unwrap();
                fs::copy(path, copy).unwrap();
            }
            assert_eq!(first, generated(elsewhere.path()), "{fixture}: elsewhere");
        }
    }
}

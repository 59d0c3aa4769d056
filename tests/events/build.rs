//! The events' side of the fixture `two_crates`, and a service for what must not compile.

use std::path::Path;

fn main() {
    evgen::Builder::new("../fixtures/two_crates")
        .events_only()
        .compile();
    let out_dir = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    evgen::Builder::new("../fixtures/declared_mutators")
        .out_dir(Path::new(&out_dir).join("declared_mutators"))
        .compile();
}

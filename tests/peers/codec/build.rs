//! Generates the two record shapes of the benches.

fn main() {
    evgen::compile("schemas");
}

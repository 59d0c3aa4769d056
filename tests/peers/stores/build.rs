//! Generates the events of the workload.

fn main() {
    evgen::compile("schemas");
}

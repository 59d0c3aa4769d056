//! Turns `schemas/` into the module `events`.

fn main() {
    evgen::compile("../schemas");
}

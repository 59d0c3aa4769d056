//! CPU time and memory of generating 100, 1,000 and 5,000 schemas of ten fields, not optimised.

use std::path::Path;
use std::process::Command;

fn main() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generators");
    for events in [100, 1_000, 5_000] {
        let schemas = root.join(format!("schemas_{events}"));
        evgen_peers::write_schemas(&schemas, events).expect("the target directory is writable");
        let out = root.join(format!("out_{events}"));
        for run in ["all is new", "nothing is"] {
            let _ = (run == "all is new").then(|| std::fs::remove_dir_all(&out));
            let output = Command::new(env!("CARGO_BIN_EXE_generate_evgen"))
                .args([&schemas, &out])
                .output()
                .expect("it was built before");
            assert!(output.status.success());
            let used = String::from_utf8_lossy(&output.stderr);
            println!(
                "evgen, {events} schemas, {run}: {} (CPU s, MB)",
                used.trim()
            );
        }
    }
}

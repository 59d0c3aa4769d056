//! What a user waits for once: a crate whose only build dependency is evgen, or prost-build, built for the first time.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use evgen_peers::usage::{self, median};

const ROUNDS: usize = 3;

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cold_build");
    let codegen = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../codegen");
    let dependencies = [
        ("prost-build", "prost-build = \"0.14\"".to_owned()),
        (
            "evgen",
            format!("evgen = {{ path = {codegen:?}, default-features = false }}"),
        ),
    ];
    let mut figures = [(Vec::new(), Vec::new()), (Vec::new(), Vec::new())];
    for _ in 0..ROUNDS {
        for ((name, dependency), figures) in dependencies.iter().zip(&mut figures) {
            let directory = root.join(name);
            fs::create_dir_all(directory.join("src"))?;
            fs::write(directory.join("src/lib.rs"), "")?;
            fs::write(directory.join("build.rs"), "fn main() {}\n")?;
            fs::write(
                directory.join("Cargo.toml"),
                format!(
                    "[workspace]\n\n[package]\nname = \"cold\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
                     [build-dependencies]\n{dependency}\n"
                ),
            )?;
            let _ = fs::remove_dir_all(directory.join("target"));
            let used = usage::run(
                Command::new(env!("CARGO"))
                    .args(["build", "--quiet", "--offline", "--manifest-path"])
                    .arg(directory.join("Cargo.toml"))
                    .env("CARGO_TARGET_DIR", directory.join("target"))
                    .env_remove("RUSTFLAGS"),
            )?;
            figures.0.push(used.cpu);
            figures.1.push(used.wall);
        }
    }
    let medians = figures.map(|(cpu, wall)| (median(cpu), median(wall)));
    for ((name, _), (cpu, wall)) in dependencies.iter().zip(medians) {
        println!(
            "{name}: {cpu:.1} CPU s, {:.2} of prost-build's; {wall:.1} s, {:.2} of its",
            cpu / medians[0].0,
            wall / medians[0].1
        );
    }
    Ok(())
}

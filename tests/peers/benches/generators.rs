//! CPU time and memory of generating 100, 1,000 and 5,000 schemas of ten fields as a build script does, not optimised: evgen,
//! prost-build, rsgen-avro; and evgen again with nothing changed, with one schema changed, and with one more.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use evgen_peers::inputs;
use evgen_peers::usage::median;

const ROUNDS: usize = 3;

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generators");
    for events in [100, 1_000, 5_000] {
        let folder = root.join(events.to_string());
        let _ = fs::remove_dir_all(&folder);
        let (schemas, protos) = (folder.join("schemas"), folder.join("protos"));
        inputs::write_schemas(&schemas, events, 1)?;
        inputs::write_protos(&protos, events)?;
        let out = |name| folder.join(name);
        let mut figures: [Vec<(f64, f64)>; 6] = Default::default();
        for round in 0..ROUNDS {
            for name in ["evgen", "prost", "rsgen"] {
                let _ = fs::remove_dir_all(out(name));
            }
            figures[0].push(generate("prost", &protos, &out("prost"))?);
            figures[1].push(generate("rsgen", &schemas, &out("rsgen"))?);
            figures[2].push(generate("evgen", &schemas, &out("evgen"))?);
            figures[3].push(generate("evgen", &schemas, &out("evgen"))?);
            fs::write(
                schemas.join("account0/v1_account0_happened0.json"),
                inputs::schema(0, 0, round % 2 + 1),
            )?;
            figures[4].push(generate("evgen", &schemas, &out("evgen"))?);
            let second = schemas.join("account0/v2_account0_happened1.json");
            fs::write(&second, inputs::schema(0, 1, 0))?;
            figures[5].push(generate("evgen", &schemas, &out("evgen"))?);
            fs::remove_file(second)?;
        }
        let names = [
            "prost-build",
            "rsgen-avro",
            "evgen",
            "evgen, nothing new",
            "evgen, one changed",
            "evgen, a version added",
        ];
        let medians = figures.map(|figures| {
            let (cpu, memory): (Vec<_>, Vec<_>) = figures.into_iter().unzip();
            (median(cpu), median(memory))
        });
        for (name, (cpu, memory)) in names.iter().zip(medians) {
            println!(
                "{events} schemas, {name}: {cpu:.3} CPU s, {:.3} of prost-build's, {:.3} of evgen's; {memory:.0} MB",
                cpu / medians[0].0,
                cpu / medians[2].0,
            );
        }
    }
    Ok(())
}

/// CPU seconds and MB of one process that generates.
fn generate(peer: &str, input: &PathBuf, out: &PathBuf) -> io::Result<(f64, f64)> {
    let output = Command::new(env!("CARGO_BIN_EXE_generate"))
        .arg(peer)
        .args([input, out])
        .env("OUT_DIR", out)
        .output()?;
    let text = String::from_utf8_lossy(&output.stderr);
    let figures = text.trim().lines().last().unwrap_or_default();
    let figures: Vec<f64> = figures
        .split(' ')
        .filter_map(|figure| figure.parse().ok())
        .collect();
    match figures.as_slice() {
        [cpu, memory] if output.status.success() => Ok((*cpu, *memory)),
        _ => Err(io::Error::other(format!("{peer}: {text}"))),
    }
}

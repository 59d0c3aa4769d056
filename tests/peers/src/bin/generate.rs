//! One generation, as a build script runs it: `generate evgen|prost|rsgen INPUT OUT`. Prints CPU seconds and MB.

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [peer, input, out] = arguments.as_slice() else {
        return Err("generate evgen|prost|rsgen INPUT OUT".into());
    };
    match peer.as_str() {
        // Into `OUT_DIR`.
        "evgen" => evgen::compile(input),
        "prost" => {
            std::fs::create_dir_all(out)?;
            evgen_peers::crates::generate_prost(input.as_ref(), out.as_ref())?;
        }
        "rsgen" => {
            std::fs::create_dir_all(out)?;
            let mut file = std::fs::File::create(Path::new(out).join("all.rs"))?;
            let pattern = format!("{input}/*/*.json");
            rsgen_avro::Generator::new()?
                .generate(&rsgen_avro::Source::GlobPattern(&pattern), &mut file)?;
        }
        other => return Err(format!("no peer is called {other}").into()),
    }
    let (seconds, megabytes) = evgen_peers::usage::of_this_process();
    eprintln!("{seconds:.3} {megabytes:.0}");
    Ok(())
}

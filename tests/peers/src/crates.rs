//! Crates of generated code, to see what a compiler makes of them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::inputs;
use crate::usage::{self, Used};

/// A crate that holds nothing but generated code.
#[derive(Debug)]
pub struct Crate {
    /// What made it.
    pub name: &'static str,
    directory: PathBuf,
}

/// What a compiler is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Types and lifetimes, no code.
    Check,
    /// Code as a test has it.
    Debug,
    /// Code that is optimised, with a use of every codec.
    Release,
}

impl Crate {
    /// Compiles this crate alone: what it depends on is there after the first time.
    ///
    /// # Errors
    /// It does not compile.
    pub fn compile(&self, work: Work) -> io::Result<Used> {
        let main = self.directory.join("src/lib.rs");
        let text = fs::read(&main)?;
        fs::write(&main, text)?;
        let mut command = Command::new(env!("CARGO"));
        command
            .arg(match work {
                Work::Check => "check",
                Work::Debug | Work::Release => "build",
            })
            .args((work == Work::Release).then_some("--release"))
            .args(["--quiet", "--offline", "--manifest-path"])
            .arg(self.directory.join("Cargo.toml"))
            .env("CARGO_TARGET_DIR", self.directory.join("target"))
            .env("CARGO_INCREMENTAL", "0")
            .env_remove("RUSTFLAGS");
        usage::run(&mut command)
    }
}

const PROST: &str = "fn both<T: prost::Message + Default>(bytes: &[u8], out: &mut Vec<u8>) {
    if let Ok(event) = T::decode(bytes) {
        let _ = event.encode(out);
    }
}";

const SERDE: &str =
    "fn both<T: serde::Serialize + serde::de::DeserializeOwned>(bytes: &[u8], out: &mut Vec<u8>) {
    if let Ok(event) = serde_json::from_slice::<T>(bytes) {
        let _ = serde_json::to_writer(out, &event);
    }
}";

/// Writes a crate of `events` events per maker: evgen with one version and with two, prost, serde.
///
/// # Errors
/// The disk's, or a generator's.
pub fn write(root: &Path, events: usize) -> io::Result<Vec<Crate>> {
    let runtime = format!(
        "evgen-runtime = {{ path = {:?}, default-features = false }}",
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runtime")
    );
    let evgen = |name, versions| {
        let directory = root.join(name);
        let schemas = directory.join("schemas");
        clear(&schemas)?;
        inputs::write_schemas(&schemas, events, versions)?;
        let generated = evgen::generate(
            &schemas,
            &evgen::Options {
                side: evgen::Side::EventsOnly,
                ..evgen::Options::default()
            },
        );
        let generated = generated.map_err(|error| io::Error::other(format!("{error:?}")))?;
        let source = directory.join("src");
        fs::create_dir_all(&source)?;
        for file in &generated.files {
            fs::write(source.join(&file.path), &file.text)?;
        }
        finish(name, directory, "include!(\"mod.rs\");\n", &runtime)
    };
    Ok(vec![
        evgen("evgen", 1)?,
        evgen("evgen, two versions", 2)?,
        prost(root, events)?,
        finish(
            "serde",
            root.join("serde"),
            &(inputs::structs(events) + &inputs::uses(events, SERDE)),
            "serde = { version = \"1\", features = [\"derive\"] }\nserde_json = \"1\"",
        )?,
    ])
}

fn prost(root: &Path, events: usize) -> io::Result<Crate> {
    let directory = root.join("prost");
    let protos = directory.join("protos");
    clear(&protos)?;
    inputs::write_protos(&protos, events)?;
    let source = directory.join("src");
    fs::create_dir_all(&source)?;
    generate_prost(&protos, &source)?;
    finish(
        "prost",
        directory,
        &("include!(\"all.rs\");\n".to_owned() + &inputs::uses(events, PROST)),
        "prost = \"0.14\"",
    )
}

/// What a build script with prost-build does.
///
/// # Errors
/// protoc's, or the disk's.
pub fn generate_prost(protos: &Path, out: &Path) -> io::Result<()> {
    let protoc = protoc_bin_vendored::protoc_bin_path().map_err(io::Error::other)?;
    let mut files: Vec<_> = fs::read_dir(protos)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    files.sort();
    prost_build::Config::new()
        .protoc_executable(protoc)
        .out_dir(out)
        .include_file("all.rs")
        .compile_protos(&files, &[protos])
}

fn clear(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Puts a manifest around the source.
fn finish(
    name: &'static str,
    directory: PathBuf,
    source: &str,
    dependency: &str,
) -> io::Result<Crate> {
    fs::create_dir_all(directory.join("src"))?;
    fs::write(directory.join("src/lib.rs"), source)?;
    fs::write(
        directory.join("Cargo.toml"),
        format!(
            "[workspace]\n\n[package]\nname = \"generated\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [dependencies]\n{dependency}\n"
        ),
    )?;
    Ok(Crate { name, directory })
}

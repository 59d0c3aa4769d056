//! `evgen init`: makes a cargo package into a small event-sourced service. Overwrites nothing.

use std::fs;
use std::path::Path;

use super::args::{self, Global};
use super::cargo_toml::{self, Crates};
use super::console::Console;
use super::project;
use super::release;
use super::schema_file;
use super::stop::Stop;
use crate::load::MANIFEST;
use crate::model::naming::file_name_case;
use crate::resolve::names::module_name;

const MANIFEST_TEXT: &str = include_str!("scaffold/aggregates.yaml");
const BUILD: &str = include_str!("scaffold/build.rs.txt");
const MAIN: &str = include_str!("scaffold/main.rs.txt");
const AGGREGATE: &str = include_str!("scaffold/aggregate.rs.txt");
/// What `cargo new` writes.
const CARGOS_MAIN: &str = "fn main() {\n    println!(\"Hello, world!\");\n}";

pub(crate) fn run(
    args: &args::Init,
    global: &Global,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    project::type_name(&args.name)?;
    let scaffold = Scaffold::new(&args.name);
    let cargo_toml = console.path(Path::new("Cargo.toml"));
    let main = console.path(Path::new("src/main.rs"));
    if !cargo_toml.is_file() || !main.is_file() {
        return Err(Stop::usage(
            "there is no package with a `src/main.rs` here",
            "make one first: `cargo new shop && cd shop && evgen init`",
        ));
    }
    if let Some(checkout) = &args.path {
        let runtime = console.path(&checkout.join("runtime/Cargo.toml"));
        if !runtime.is_file() {
            return Err(Stop::usage(
                format!(
                    "`{}` is no checkout of evgen: it has no runtime/Cargo.toml",
                    checkout.display()
                ),
                "give the folder that holds codegen/ and runtime/",
            ));
        }
    }
    let crates = args
        .path
        .as_deref()
        .map_or(Crates::Published, Crates::Checkout);
    let text = fs::read_to_string(&cargo_toml).map_err(Stop::io(&cargo_toml))?;
    let (text, added) = cargo_toml::with_dependencies(&text, crates).map_err(|problem| {
        Stop::usage(
            format!("Cargo.toml cannot be edited: {problem}"),
            "run `evgen init` in the folder of a package",
        )
    })?;

    let mut advice = Vec::new();
    let directory = global.dir.clone().unwrap_or_else(|| "schemas".into());
    for (path, text) in scaffold.schemas() {
        create(console, &directory.join(path), &text)?;
    }
    let origin = directory.to_string_lossy().replace('\\', "/");
    let build = BUILD.replace("schemas", &origin);
    let build_path = console.path(Path::new("build.rs"));
    let created = create(console, Path::new("build.rs"), &build)?;
    if !created && !fs::read_to_string(&build_path).is_ok_and(|text| text.contains("evgen::")) {
        advice.push(format!("call `evgen::compile(\"{origin}\")` in build.rs"));
    }
    create(
        console,
        Path::new(&format!("src/{}.rs", scaffold.file())),
        &scaffold.fill(AGGREGATE),
    )?;
    let old = fs::read_to_string(&main).map_err(Stop::io(&main))?;
    if old.trim() == CARGOS_MAIN {
        write(
            &main,
            &scaffold
                .fill(MAIN)
                .replace("`schemas/`", &format!("`{origin}/`")),
        )?;
        console.file("written", &main);
    } else if !old.contains("include_events!") {
        let (module, name) = (&scaffold.module, &scaffold.name);
        console.file("kept", &main);
        advice.push(format!(
            "add to src/main.rs: `mod events {{ evgen_runtime::include_events!(); }}`, `mod {module};`, `use {module}::{name};`"
        ));
    }
    if !added.is_empty() {
        write(&cargo_toml, &text)?;
        console.file("edited", &cargo_toml);
    }
    ignore_database(console)?;
    for line in advice {
        console.progress(&format!("help: {line}"));
    }
    console.progress("next: `cargo run`, `cargo test`, `evgen new event NAME.EVENT field:type`; `evgen release` before a deploy");
    Ok(())
}

/// Names of the first aggregate.
struct Scaffold {
    name: String,
    module: String,
    snake: String,
}

impl Scaffold {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            module: module_name(name),
            snake: file_name_case(name),
        }
    }

    fn file(&self) -> &str {
        self.module.trim_start_matches("r#")
    }

    fn fill(&self, text: &str) -> String {
        text.replace("__Name__", &self.name)
            .replace("__module__", &self.module)
    }

    /// Files of the schema directory.
    fn schemas(&self) -> Vec<(String, String)> {
        let snake = &self.snake;
        let event = |name: &str, fields: &[&str]| {
            let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
            let fields = super::fields::parse_all(&fields).unwrap_or_default();
            let text = schema_file::new_schema(&format!("{snake}_{name}"), &fields);
            (format!("{snake}/v1_{snake}_{name}.json"), text)
        };
        vec![
            (MANIFEST.to_owned(), self.fill(MANIFEST_TEXT)),
            (".gitattributes".to_owned(), release::ATTRIBUTES.to_owned()),
            event("created", &["label:string"]),
            event("completed", &[]),
        ]
    }
}

/// Writes a file unless there is one; says whether it did.
fn create(console: &mut Console<'_>, path: &Path, text: &str) -> Result<bool, Stop> {
    let path = console.path(path);
    if path.exists() {
        console.file("kept", &path);
        return Ok(false);
    }
    write(&path, text)?;
    console.file("created", &path);
    Ok(true)
}

/// Writes a file, and the folders that it stands in.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Stop> {
    write_bytes(path, text.as_bytes())
}

/// As [`write`], of what is no text.
pub(crate) fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), Stop> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        fs::create_dir_all(folder).map_err(Stop::io(folder))?;
    }
    let aside = path.with_added_extension("new");
    fs::write(&aside, bytes).map_err(Stop::io(&aside))?;
    fs::rename(&aside, path).map_err(Stop::io(path))
}

/// The first `cargo run` makes app.db, which is not to be checked in.
fn ignore_database(console: &mut Console<'_>) -> Result<(), Stop> {
    let path = console.path(Path::new(".gitignore"));
    let Ok(text) = fs::read_to_string(&path) else {
        return Ok(());
    };
    if text
        .lines()
        .any(|line| line.contains("app.db") || line.trim() == "*.db")
    {
        return Ok(());
    }
    let newline = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    write(&path, &format!("{text}{newline}/app.db*\n"))?;
    console.file("edited", &path);
    Ok(())
}

//! `evgen new aggregate`: an aggregate with the event that creates it: manifest, schema, a Rust file.

use std::fs;
use std::path::Path;

use super::args::NewAggregate;
use super::console::Console;
use super::fields;
use super::init;
use super::manifest_edit::Entry;
use super::new;
use super::project::{self, Project};
use super::rust_edit::{self, Insertion};
use super::rust_file::RustFile;
use super::stop::Stop;
use crate::model::naming::file_name_case;
use crate::resolve::names::module_name;

pub(crate) fn run(
    args: &NewAggregate,
    project: &Project,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let name = &args.name;
    project::type_name(name)?;
    let fields = fields::parse_all(&args.fields)?;

    let old = new::manifest(project)?;
    let entry = Entry {
        key: name.clone(),
        flow: "{ events: { Created: { creates: true } } }".to_owned(),
        block: vec![
            "events:".to_owned(),
            "  Created: { creates: true }".to_owned(),
        ],
    };
    let text = new::with_entry(project, &old, &["aggregates"], &entry)?;
    new::write_schema(
        project,
        &file_name_case(name),
        (name, "Created"),
        &fields,
        console,
    )?;
    init::write(&project.manifest, &text)?;
    console.file("edited", &project.manifest);

    let module = module_name(name);
    let file = Path::new("src").join(format!("{}.rs", module.trim_start_matches("r#")));
    let is_new = !console.path(&file).exists();
    new::stubs(project, console)?;
    if is_new && console.path(&file).exists() {
        declare(&module, name, console)?;
    }
    Ok(())
}

/// Adds `mod account;` and `use account::Account;` to the crate's root: generated code names `crate::Account`.
fn declare(module: &str, name: &str, console: &mut Console<'_>) -> Result<(), Stop> {
    let roots = ["src/main.rs", "src/lib.rs"].map(|root| console.path(Path::new(root)));
    let mut roots = roots.into_iter().filter(|root| root.is_file());
    let (Some(root), None) = (roots.next(), roots.next()) else {
        return Ok(());
    };
    let text = fs::read_to_string(&root).map_err(Stop::io(&root))?;
    let Ok(file) = RustFile::parse(&root, text) else {
        return Ok(());
    };
    let at = file.after_modules;
    let (module_line, import_line) = (format!("mod {module};"), format!("use {module}::{name};"));
    let is_behind = at > 0 && !file.text[..at].ends_with('\n');
    let (module_text, behind) = match (is_behind, file.after_imports) {
        (true, _) => (format!("\n{module_line}"), format!("\n{import_line}")),
        (false, Some(_)) => (format!("{module_line}\n\n"), format!("\n{import_line}")),
        (false, None) => (format!("{module_line}\n"), format!("{import_line}\n\n")),
    };
    let insertions = vec![
        Insertion {
            at,
            text: module_text,
        },
        Insertion {
            at: file.after_imports.unwrap_or(at),
            text: behind,
        },
    ];
    let text = rust_edit::apply(&file.text, insertions);
    init::write(&root, &text)?;
    console.file("edited", &root);
    Ok(())
}

//! Adds to a Cargo.toml what a service depends on. What stands there stays, comments too.

use std::path::Path;

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value};

/// Where the crates come from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Crates<'a> {
    /// crates.io
    Published,
    /// A checkout of evgen's repository.
    Checkout(&'a Path),
}

/// A Cargo.toml with the dependencies of a service, and the names of those that were added.
///
/// # Errors
/// The text is not TOML, or not a package's; the message says so.
pub(crate) fn with_dependencies(
    text: &str,
    crates: Crates<'_>,
) -> Result<(String, Vec<String>), String> {
    let mut document: DocumentMut = text.parse().map_err(|error| format!("{error}"))?;
    if !document.contains_key("package") {
        return Err("it has no [package]".to_owned());
    }
    let tokio = with("1", &["macros", "rt-multi-thread"]);
    let wanted = [
        (
            "dependencies",
            "evgen-runtime",
            ours(crates, "runtime", Some("sqlite")),
        ),
        ("dependencies", "tokio", tokio),
        (
            "dev-dependencies",
            "evgen-runtime",
            ours(crates, "runtime", Some("testing")),
        ),
        ("build-dependencies", "evgen", {
            let mut evgen = ours(crates, "codegen", None);
            evgen.insert("default-features", false.into());
            evgen
        }),
    ];
    let mut added = Vec::new();
    for (table, name, dependency) in wanted {
        let table_item = document.entry(table).or_insert(Item::Table(Table::new()));
        let Some(dependencies) = table_item.as_table_like_mut() else {
            return Err(format!("its `{table}` is no table"));
        };
        if !dependencies.contains_key(name) {
            dependencies.insert(name, Item::Value(Value::InlineTable(dependency)));
            added.push(format!("{name} ({table})"));
        }
    }
    Ok((document.to_string(), added))
}

fn ours(crates: Crates<'_>, folder: &str, feature: Option<&str>) -> InlineTable {
    let mut table = InlineTable::new();
    match crates {
        Crates::Published => table.insert("version", env!("CARGO_PKG_VERSION").into()),
        Crates::Checkout(path) => {
            let path = path.join(folder).to_string_lossy().replace('\\', "/");
            table.insert("path", path.into())
        }
    };
    if let Some(feature) = feature {
        table.insert("features", Value::Array(Array::from_iter([feature])));
    }
    table
}

fn with(version: &str, features: &[&str]) -> InlineTable {
    let mut table = InlineTable::new();
    table.insert("version", version.into());
    table.insert("features", Value::Array(features.iter().copied().collect()));
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_there_stays() {
        let text = "[package] # mine\nname = \"x\"\n\n[dependencies]\n# pinned\ntokio = \"1.2\"\n";
        let (text, added) =
            with_dependencies(text, Crates::Checkout(Path::new("../evgen"))).unwrap();
        assert_eq!(
            text,
            "[package] # mine\nname = \"x\"\n\n[dependencies]\n# pinned\ntokio = \"1.2\"\n\
             evgen-runtime = { path = \"../evgen/runtime\", features = [\"sqlite\"] }\n\
             \n[dev-dependencies]\nevgen-runtime = { path = \"../evgen/runtime\", features = [\"testing\"] }\n\
             \n[build-dependencies]\nevgen = { path = \"../evgen/codegen\", default-features = false }\n"
        );
        assert_eq!(added.len(), 3);
        assert_eq!(
            with_dependencies(&text, Crates::Published).unwrap().1,
            [""; 0]
        );
        assert!(with_dependencies("[workspace]", Crates::Published).is_err());
    }
}

//! Impls as text, in the names that a file has for things.

use super::rust_file::{RustFile, TraitImpl};
use super::stub_text::Names;
use super::stubs::Wanted;

/// Writes impls.
#[derive(Debug)]
pub(crate) struct ImplText {
    /// Name of the module that includes generated events.
    pub(crate) events_module: String,
}

impl ImplText {
    /// An impl, behind its type where that is to be declared, too.
    pub(crate) fn impl_lines(
        &self,
        file: &RustFile,
        wanted: &Wanted,
        declare: bool,
    ) -> Vec<String> {
        let names = self.names_in(file, wanted, None);
        let name = last(&wanted.self_type);
        let declare = declare && wanted.declared_by_user;
        let self_type = if wanted.declared_by_user {
            name.clone()
        } else {
            names.path(&wanted.self_type)
        };
        let mut lines = Vec::new();
        if declare && wanted.trait_name == "Mutator" {
            lines.extend([
                "#[derive(Debug, Clone)]".to_owned(),
                format!("pub struct {name} {{"),
            ]);
            let fields = wanted.fields.iter();
            lines.extend(
                fields.map(|field| format!("    pub {}: {},", field.name, field.rust_type)),
            );
            lines.extend(["}".to_owned(), String::new()]);
        } else if declare {
            lines.extend([format!("pub struct {name};"), String::new()]);
        }
        let fields = if declare { &wanted.fields[..] } else { &[] };
        lines.push(format!(
            "impl {}{} for {self_type} {{",
            names.prefix, wanted.trait_name
        ));
        for (index, stub) in wanted.methods.iter().enumerate() {
            if index > 0 {
                lines.push(String::new());
            }
            lines.extend(
                stub.lines(&names, fields)
                    .into_iter()
                    .map(|line| format!("    {line}")),
            );
        }
        lines.push("}".to_owned());
        lines
    }

    /// How a new file begins.
    pub(crate) fn header(&self, wanted: &Wanted) -> String {
        let events = &self.events_module;
        let (what, import) = match (&wanted.module, wanted.trait_name) {
            (Some(module), "Mutator") => (
                format!(
                    "{}: its state, and how events change it.",
                    last(&wanted.self_type)
                ),
                format!("crate::{events}::{module}"),
            ),
            (_, "Upcaster") => (
                "Steps between versions of events.".to_owned(),
                format!("crate::{events}"),
            ),
            (_, name) => (
                format!("{name} that the manifest declares."),
                format!("crate::{events}"),
            ),
        };
        format!("//! {what}\n\nuse evgen_runtime::prelude::*;\n\nuse {import};\n")
    }

    /// How a file names things: as its own impl does, else by its imports.
    pub(crate) fn names_in(
        &self,
        file: &RustFile,
        wanted: &Wanted,
        found: Option<&TraitImpl>,
    ) -> Names {
        let events = match file.imports.get(&self.events_module) {
            Some(path) if path.first().is_some_and(|first| first == "crate") => {
                format!("{}::", self.events_module)
            }
            _ => format!("crate::{}::", self.events_module),
        };
        let written = found
            .and_then(|found| found.written.split_last())
            .map(|(_, before)| before);
        let prefix = match (written, &wanted.module) {
            (Some(before), _) if !before.is_empty() => format!("{}::", before.join("::")),
            (_, Some(module)) if self.imports_module(file, module) => format!("{module}::"),
            (_, Some(module)) => format!("{events}{module}::"),
            (_, None) => events.clone(),
        };
        let mut imported: Vec<String> = file.imports.keys().cloned().collect();
        if file
            .globs
            .iter()
            .any(|path| path.join("::") == "evgen_runtime::prelude")
        {
            imported.extend(["EventContext", "HandlerContext", "HandlerError"].map(str::to_owned));
        }
        Names {
            prefix,
            events,
            imported,
        }
    }

    /// Whether `todo` means `events::todo` in a file.
    fn imports_module(&self, file: &RustFile, module: &str) -> bool {
        let path = file.imports.get(module);
        path.is_some_and(|path| path.iter().rev().nth(1) == Some(&self.events_module))
    }
}

/// The last name of a path.
pub(crate) fn last(path: &str) -> String {
    path.rsplit("::").next().unwrap_or(path).to_owned()
}

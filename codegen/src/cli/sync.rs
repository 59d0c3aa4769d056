//! `evgen sync`: adds the stubs that the user's impls lack. What they wrote is never changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::args::{self, Global};
use super::console::Console;
use super::init;
use super::project::Project;
use super::rust_edit::{self, Insertion};
use super::rust_file::{RustFile, TraitImpl, plain};
use super::stop::Stop;
use super::stubs::{self, Names, Stub, Wanted};
use crate::resolve;
use crate::write::MARK;

pub(crate) fn run(
    args: &args::Sync,
    global: &Global,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let project = Project::find(global, console)?;
    let plan = plan(&project, &args.src, console)?;
    if args.check {
        for line in &plan.missing {
            console.print(&format!("missing: {line}\n"))?;
        }
    } else {
        plan.write(console)?;
    }
    for note in &plan.notes {
        console.progress(&format!("help: {note}"));
    }
    if plan.is_incomplete || (args.check && !plan.missing.is_empty()) {
        return Err(Stop::Findings);
    }
    if plan.missing.is_empty() {
        console.progress("no stub is missing");
    }
    Ok(())
}

/// What is missing, and the edits that add it.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// One line each: where, and what.
    pub(crate) missing: Vec<String>,
    /// What the user has to do.
    pub(crate) notes: Vec<String>,
    /// Whether something could not be seen or decided.
    pub(crate) is_incomplete: bool,
    /// Whole new texts.
    files: BTreeMap<PathBuf, String>,
}

impl Plan {
    pub(crate) fn write(&self, console: &mut Console<'_>) -> Result<(), Stop> {
        for (path, text) in &self.files {
            init::write(path, text)?;
        }
        for line in &self.missing {
            console.progress(&format!("{:>9}  {line}", "added"));
        }
        Ok(())
    }
}

/// Compares what the generated code asks for with what is there.
pub(crate) fn plan(project: &Project, src: &Path, console: &mut Console<'_>) -> Result<Plan, Stop> {
    let checked = project.check(console)?;
    let wanted = stubs::wanted(&resolve::resolve(&checked, &project.options));
    let src = console.path(src);
    if !src.is_dir() {
        return Err(Stop::usage(
            format!("there is no directory `{}`", src.display()),
            "run it in your package, or name the directory of your Rust files with `--src`",
        ));
    }
    let mut plan = Plan::default();
    let files = read_files(&src, &mut plan)?;
    let events_module = files.iter().find_map(|file| file.events_module.clone());
    let mut sync = Sync {
        events_module: events_module.unwrap_or_else(|| "events".to_owned()),
        insertions: files.iter().map(|_| Vec::new()).collect(),
        created: BTreeMap::new(),
        declared: Vec::new(),
        files,
        src,
        root: console.path(Path::new("")),
        plan,
    };
    for wanted in &wanted {
        sync.serve(wanted);
    }
    sync.finish()
}

/// The user's files, in the order of their paths; generated ones are left out.
fn read_files(src: &Path, plan: &mut Plan) -> Result<Vec<RustFile>, Stop> {
    let mut files = Vec::new();
    for entry in WalkDir::new(src).sort_by_file_name() {
        let entry = entry.map_err(|error| Stop::Io {
            path: error.path().unwrap_or(src).to_owned(),
            source: error.into(),
        })?;
        let path = entry.path();
        if !entry.file_type().is_file()
            || path.extension().is_none_or(|extension| extension != "rs")
        {
            continue;
        }
        let bytes = fs::read(path).map_err(Stop::io(path))?;
        let parsed = match String::from_utf8(bytes) {
            Ok(text) if text.starts_with(MARK) => continue,
            Ok(text) => RustFile::parse(path, text),
            Err(_) => Err((1, "not UTF-8".to_owned())),
        };
        match parsed {
            Ok(file) => files.push(file),
            Err((line, problem)) => {
                plan.notes.push(format!(
                    "{}:{line} is not Rust, it was left alone: {problem}",
                    path.display()
                ));
                plan.is_incomplete = true;
            }
        }
    }
    Ok(files)
}

struct Sync {
    src: PathBuf,
    /// What paths are shown relative to.
    root: PathBuf,
    events_module: String,
    files: Vec<RustFile>,
    /// Per file.
    insertions: Vec<Vec<Insertion>>,
    /// Texts of files that are made.
    created: BTreeMap<PathBuf, String>,
    /// Types that an added impl brings along.
    declared: Vec<String>,
    plan: Plan,
}

impl Sync {
    fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .display()
            .to_string()
    }

    fn serve(&mut self, wanted: &Wanted) {
        let mut is_there = false;
        for index in 0..self.files.len() {
            for found in 0..self.files[index].impls.len() {
                let file = &self.files[index];
                let found = &file.impls[found];
                if !self.is_impl_of(file, found, wanted) {
                    continue;
                }
                is_there |= !found.in_test;
                let missing: Vec<&Stub> = wanted
                    .methods
                    .iter()
                    .filter(|stub| !found.methods.contains(&plain(&stub.name)))
                    .collect();
                if missing.is_empty() {
                    continue;
                }
                let place = format!("{}:{}", self.shown(&file.path), file.line(found.start));
                if found.is_opaque {
                    self.plan.notes.push(format!(
                        "{place}: a macro in this impl may hold methods, it was left alone"
                    ));
                    continue;
                }
                let names = self.names_in(file, wanted, Some(found));
                let methods: Vec<_> = missing.iter().map(|stub| stub.lines(&names, &[])).collect();
                let insertion = rust_edit::into_impl(file, found, &methods);
                for stub in missing {
                    let line = format!("{place} `{}` in `{}`", stub.name, title(wanted));
                    self.plan.missing.push(line);
                }
                self.insertions[index].push(insertion);
            }
        }
        if !is_there {
            self.add_impl(wanted);
        }
    }

    fn is_impl_of(&self, file: &RustFile, found: &TraitImpl, wanted: &Wanted) -> bool {
        let path = file.expand(&found.written);
        let Some((name, before)) = path.split_last() else {
            return false;
        };
        if name != wanted.trait_name {
            return false;
        }
        let module = wanted.module.as_ref().unwrap_or(&self.events_module);
        match before.last() {
            Some(last) => plain(last) == plain(module),
            // Imported with `*`: the type decides.
            None => wanted.any_type || found.self_name == last(&wanted.self_type),
        }
    }

    fn add_impl(&mut self, wanted: &Wanted) {
        let title = title(wanted);
        if self.plan.is_incomplete {
            self.plan.notes.push(format!(
                "`{title}` may stand in a file that is not Rust: no impl was added"
            ));
            return;
        }
        let hidden = |file: &RustFile| {
            file.opaque
                .iter()
                .any(|tokens| tokens.contains(wanted.trait_name))
        };
        if let Some(file) = self.files.iter().find(|file| hidden(file)) {
            self.plan.notes.push(format!(
                "{}: a macro may hold `{title}`, no impl was added",
                self.shown(&file.path)
            ));
            return;
        }
        let path = self.src.join(file_name(wanted));
        let name = last(&wanted.self_type);
        let is_declared = self.declared.contains(&name);
        let place = self
            .declaring(wanted)
            .or_else(|| self.files.iter().position(|file| file.path == path));
        match place {
            Some(index) => {
                let file = &self.files[index];
                let declare = !is_declared && !file.types.contains(&name);
                let lines = self.impl_lines(file, wanted, declare);
                let insertion = rust_edit::at_end(&file.text, &lines);
                self.plan
                    .missing
                    .push(format!("{} `impl {title}`", self.shown(&file.path)));
                self.insertions[index].push(insertion);
            }
            None => {
                let text = self
                    .created
                    .remove(&path)
                    .unwrap_or_else(|| self.header(wanted));
                let file = RustFile::parse(&path, text).unwrap_or_else(|_| RustFile::blank(&path));
                let lines = self.impl_lines(&file, wanted, !is_declared);
                let insertion = rust_edit::at_end(&file.text, &lines);
                self.created
                    .insert(path.clone(), rust_edit::apply(&file.text, vec![insertion]));
                self.plan
                    .missing
                    .push(format!("{} `impl {title}`", self.shown(&path)));
                if !is_declared {
                    self.plan.notes.push(new_file_note(wanted, &path));
                }
            }
        }
        self.declared.push(name);
        if wanted.any_type {
            let (method, name) = (wanted.trait_name.to_lowercase(), &wanted.self_type);
            self.plan.notes.push(format!(
                "register it where the app is built: `.{method}({name})`"
            ));
        }
    }

    /// The file that declares the type.
    fn declaring(&self, wanted: &Wanted) -> Option<usize> {
        let name = last(&wanted.self_type);
        let stem = file_name(wanted);
        let declares = |file: &RustFile| file.types.contains(&name);
        self.files
            .iter()
            .position(|file| {
                declares(file) && file.path.file_name().is_some_and(|name| *name == *stem)
            })
            .or_else(|| self.files.iter().position(declares))
    }

    fn impl_lines(&self, file: &RustFile, wanted: &Wanted, declare: bool) -> Vec<String> {
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
    fn header(&self, wanted: &Wanted) -> String {
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
    fn names_in(&self, file: &RustFile, wanted: &Wanted, found: Option<&TraitImpl>) -> Names {
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
            runtime,
            imported,
        }
    }

    /// Whether `todo` means `events::todo` in a file.
    fn imports_module(&self, file: &RustFile, module: &str) -> bool {
        let path = file.imports.get(module);
        path.is_some_and(|path| path.iter().rev().nth(1) == Some(&self.events_module))
    }

    fn finish(mut self) -> Result<Plan, Stop> {
        for (file, insertions) in self.files.iter().zip(self.insertions) {
            if !insertions.is_empty() {
                let text = rust_edit::apply(&file.text, insertions);
                self.plan.files.insert(file.path.clone(), text);
            }
        }
        self.plan.files.extend(self.created);
        for (path, text) in &self.plan.files {
            if let Err((line, problem)) = RustFile::parse(path, text.clone()) {
                return Err(Stop::Bug(format!("{}:{line}: {problem}", path.display())));
            }
        }
        Ok(self.plan)
    }
}

/// A name of the runtime's, bare where the file imports it.
fn runtime(imported: &[String], name: &str) -> String {
    if imported.iter().any(|import| import == name) {
        name.to_owned()
    } else {
        format!("evgen_runtime::{name}")
    }
}

fn title(wanted: &Wanted) -> String {
    match &wanted.module {
        Some(module) => format!(
            "{module}::{} for {}",
            wanted.trait_name,
            last(&wanted.self_type)
        ),
        None => wanted.trait_name.to_owned(),
    }
}

/// Where an impl goes whose type is declared nowhere.
fn file_name(wanted: &Wanted) -> String {
    match (&wanted.module, wanted.trait_name) {
        (Some(module), "Mutator") => format!("{}.rs", plain(module)),
        (_, "Upcaster") => "upcasters.rs".to_owned(),
        (_, name) => format!("{}.rs", name.to_lowercase()),
    }
}

fn new_file_note(wanted: &Wanted, path: &Path) -> String {
    let module = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let module = resolve::names::identifier(&module);
    if !wanted.declared_by_user {
        return format!("add to the crate's root: `mod {module};`");
    }
    format!(
        "add to the crate's root: `mod {module}; use {module}::{};`",
        last(&wanted.self_type)
    )
}

fn last(path: &str) -> String {
    path.rsplit("::").next().unwrap_or(path).to_owned()
}

impl RustFile {
    /// A file that is to be made.
    fn blank(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            text: String::new(),
            impls: Vec::new(),
            types: Vec::new(),
            imports: BTreeMap::new(),
            globs: Vec::new(),
            opaque: Vec::new(),
            events_module: None,
            after_modules: 0,
            after_imports: None,
        }
    }
}

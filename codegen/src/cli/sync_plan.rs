//! What `sync` will do: which impls lack what, and where an impl goes that is missing. Touches no file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::impl_text::{ImplText, last};
use super::rust_edit::{self, Insertion};
use super::rust_file::{RustFile, TraitImpl, plain};
use super::stop::Stop;
use super::stub_text::Stub;
use super::stubs::Wanted;
use crate::resolve;

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
    pub(crate) files: BTreeMap<PathBuf, String>,
}

/// Serves one impl after the other.
#[derive(Debug)]
pub(crate) struct Planner {
    src: PathBuf,
    /// What paths are shown relative to.
    root: PathBuf,
    text: ImplText,
    files: Vec<RustFile>,
    /// Per file.
    insertions: Vec<Vec<Insertion>>,
    /// Texts of files that are made.
    created: BTreeMap<PathBuf, String>,
    /// Types that an added impl brings along.
    declared: Vec<String>,
    plan: Plan,
}

impl Planner {
    /// A planner over the user's files; `plan` says already which of them could not be read.
    pub(crate) fn new(src: PathBuf, root: PathBuf, files: Vec<RustFile>, plan: Plan) -> Self {
        let events_module = files.iter().find_map(|file| file.events_module.clone());
        Self {
            text: ImplText {
                events_module: events_module.unwrap_or_else(|| "events".to_owned()),
            },
            insertions: files.iter().map(|_| Vec::new()).collect(),
            created: BTreeMap::new(),
            declared: Vec::new(),
            src,
            root,
            files,
            plan,
        }
    }

    fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .display()
            .to_string()
    }

    /// Adds to the plan what an impl lacks, or the impl itself.
    pub(crate) fn serve(&mut self, wanted: &Wanted) {
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
                let names = self.text.names_in(file, wanted, Some(found));
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
        let module = wanted.module.as_ref().unwrap_or(&self.text.events_module);
        match before.last() {
            Some(last) => plain(last) == plain(module),
            // Imported with `*`.
            None => file
                .globs
                .iter()
                .any(|glob| glob.last().is_some_and(|last| plain(last) == plain(module))),
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
                let lines = self.text.impl_lines(file, wanted, declare);
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
                    .unwrap_or_else(|| self.text.header(wanted));
                let file = RustFile::parse(&path, text).unwrap_or_else(|_| RustFile::blank(&path));
                let lines = self.text.impl_lines(&file, wanted, !is_declared);
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

    /// The plan, once every impl is served.
    pub(crate) fn finish(mut self) -> Result<Plan, Stop> {
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

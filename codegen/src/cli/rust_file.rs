//! What `sync` needs to know of a Rust file of the user's: its impls, types and imports, and where they stand.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::{Block, ImplItem, Item, Stmt, UseTree};

/// A Rust file that was read and parsed.
#[derive(Debug)]
pub(crate) struct RustFile {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    /// Impls of traits.
    pub(crate) impls: Vec<TraitImpl>,
    /// Names of the types that it declares.
    pub(crate) types: Vec<String>,
    /// Imported names, and their paths.
    pub(crate) imports: BTreeMap<String, Vec<String>>,
    /// Paths of which everything is imported.
    pub(crate) globs: Vec<Vec<String>>,
    /// Text of macros that hold items which cannot be seen.
    pub(crate) opaque: Vec<String>,
    /// Name of the module that includes generated events.
    pub(crate) events_module: Option<String>,
    /// Where a further `mod name;` goes: behind the last one, else before all items.
    pub(crate) after_modules: usize,
    /// Where a further `use` goes, if there is one at the top.
    pub(crate) after_imports: Option<usize>,
}

/// An impl of a trait.
#[derive(Debug)]
pub(crate) struct TraitImpl {
    /// The trait's path, as written.
    pub(crate) written: Vec<String>,
    /// Names of its methods, without `r#`.
    pub(crate) methods: Vec<String>,
    /// Whether a macro in it may hold more methods.
    pub(crate) is_opaque: bool,
    /// Whether it is there in tests only.
    pub(crate) in_test: bool,
    /// Bytes of its braces.
    pub(crate) braces: Range<usize>,
    /// First byte.
    pub(crate) start: usize,
    /// First byte of its first item.
    pub(crate) first_item: Option<usize>,
}

impl RustFile {
    /// A file that is to be made.
    pub(crate) fn blank(path: &Path) -> Self {
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

    /// Parses a file.
    ///
    /// # Errors
    /// It is not Rust: line and message.
    pub(crate) fn parse(path: &Path, text: String) -> Result<Self, (usize, String)> {
        // What `syn` would cut off would shift every position.
        let bom = text.len() - text.trim_start_matches('\u{feff}').len();
        let parsed = syn::parse_file(&text[bom..])
            .map_err(|error| (error.span().start().line, error.to_string()))?;
        let shebang = parsed.shebang.as_ref().map_or(0, String::len);
        let mut file = Self {
            text,
            ..Self::blank(path)
        };
        let mut reader = Reader {
            file: &mut file,
            offset: bom + shebang,
            modules: Vec::new(),
            in_test: false,
        };
        reader.items(&parsed.items);
        let range = |item: &Item| {
            let range = item.span().byte_range();
            range.start + bom + shebang..range.end + bom + shebang
        };
        let is_declaration =
            |item: &&Item| matches!(item, Item::Mod(module) if module.content.is_none());
        file.after_modules = match (
            parsed.items.iter().rfind(is_declaration),
            parsed.items.first(),
        ) {
            (Some(item), _) => range(item).end,
            (None, Some(first)) => range(first).start,
            (None, None) => file.text.len(),
        };
        let is_import = |item: &&Item| matches!(item, Item::Use(_));
        file.after_imports = parsed
            .items
            .iter()
            .rfind(is_import)
            .map(|item| range(item).end);
        Ok(file)
    }

    /// A path with what the file's imports say about its first name.
    pub(crate) fn expand(&self, path: &[String]) -> Vec<String> {
        match path.split_first() {
            Some((first, rest)) => match self.imports.get(first) {
                Some(import) => import.iter().chain(rest).cloned().collect(),
                None => path.to_vec(),
            },
            None => Vec::new(),
        }
    }

    /// Line of a byte, from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }
}

/// Walks items, those inside functions and modules too.
struct Reader<'a> {
    file: &'a mut RustFile,
    offset: usize,
    modules: Vec<String>,
    in_test: bool,
}

impl Reader<'_> {
    fn items(&mut self, items: &[Item]) {
        for item in items {
            self.item(item);
        }
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Impl(item) => self.trait_impl(item),
            Item::Struct(item) => self.file.types.push(item.ident.to_string()),
            Item::Enum(item) => self.file.types.push(item.ident.to_string()),
            Item::Type(item) => self.file.types.push(item.ident.to_string()),
            Item::Use(item) => self.import(&item.tree, &mut Vec::new()),
            Item::Fn(item) => self.block(&item.block),
            Item::Macro(item) => {
                let name = item
                    .mac
                    .path
                    .segments
                    .last()
                    .map(|segment| segment.ident.to_string());
                if name.as_deref() == Some("include_events") {
                    let stem = self
                        .file
                        .path
                        .file_stem()
                        .map(|stem| stem.to_string_lossy().into_owned());
                    self.file.events_module = self.modules.last().cloned().or(stem);
                } else {
                    self.file.opaque.push(item.mac.tokens.to_string());
                }
            }
            Item::Mod(item) => {
                let was_in_test = self.in_test;
                self.in_test |= is_test(&item.attrs);
                self.modules.push(item.ident.to_string());
                if let Some((_, items)) = &item.content {
                    self.items(items);
                }
                self.modules.pop();
                self.in_test = was_in_test;
            }
            _ => {}
        }
    }

    fn block(&mut self, block: &Block) {
        for statement in &block.stmts {
            if let Stmt::Item(item) = statement {
                self.item(item);
            }
        }
    }

    fn trait_impl(&mut self, item: &syn::ItemImpl) {
        let Some((path, _)) = &item.trait_ else {
            return;
        };
        let written = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        let methods = item.items.iter().filter_map(|item| match item {
            ImplItem::Fn(method) => Some(plain(&method.sig.ident.to_string())),
            _ => None,
        });
        let is_opaque = item
            .items
            .iter()
            .any(|item| matches!(item, ImplItem::Macro(_) | ImplItem::Verbatim(_)));
        let found = TraitImpl {
            written,
            methods: methods.collect(),
            is_opaque,
            in_test: self.in_test || is_test(&item.attrs),
            braces: self.at(item.brace_token.span.open()).start
                ..self.at(item.brace_token.span.close()).end,
            start: self.at(item.impl_token.span()).start,
            first_item: item.items.first().map(|item| self.at(item.span()).start),
        };
        self.file.impls.push(found);
    }

    fn import(&mut self, tree: &UseTree, path: &mut Vec<String>) {
        match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                self.import(&tree.tree, path);
                path.pop();
            }
            UseTree::Name(tree) if tree.ident == "self" => {
                if let Some(last) = path.last() {
                    self.file.imports.insert(last.clone(), path.clone());
                }
            }
            UseTree::Name(tree) => self.name(path, &tree.ident, &tree.ident),
            UseTree::Rename(tree) => self.name(path, &tree.ident, &tree.rename),
            UseTree::Glob(_) => self.file.globs.push(path.clone()),
            UseTree::Group(tree) => {
                for tree in &tree.items {
                    self.import(tree, path);
                }
            }
        }
    }

    fn name(&mut self, path: &[String], name: &syn::Ident, here: &syn::Ident) {
        let full = path.iter().cloned().chain([name.to_string()]).collect();
        self.file.imports.insert(here.to_string(), full);
    }

    fn at(&self, span: Span) -> Range<usize> {
        let range = span.byte_range();
        range.start + self.offset..range.end + self.offset
    }
}

/// `#[cfg(test)]`
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        _ => false,
    })
}

/// A name without `r#`.
pub(crate) fn plain(name: &str) -> String {
    name.trim_start_matches("r#").to_owned()
}

//! Rust items of named types and unions: structs, enums, their fields and docs.
//! Where they stand is decided by the caller; their tables are in `nodes.rs`.

use crate::model::types::{Field, NamedId, NamedKind, Type, TypeKind};
use crate::resolve::avro::{self, Way};
use crate::resolve::docs::{code_span, doc_line, doc_lines};
use crate::resolve::names::{self, Scope};
use crate::resolve::nodes::Nodes;
use crate::resolve::types::{Typing, branch_name, relative};
use crate::resolved::{AliasItem, EnumItem, FieldItem, Item, RecordItem, UnionItem, UnionVariant};

/// The items of one module, and what it takes to add to them.
pub(crate) struct Items<'a, 'm> {
    pub typing: &'a Typing<'m>,
    /// Modules from the events' root.
    pub module: Vec<String>,
    pub scope: Scope,
    pub items: Vec<Item>,
}

/// A union that was met on the way, to become an enum.
struct PendingUnion {
    name: String,
    ty: Type,
    context: String,
}

impl<'a, 'm> Items<'a, 'm> {
    pub(crate) fn new(typing: &'a Typing<'m>, module: Vec<String>, scope: Scope) -> Self {
        Self {
            typing,
            module,
            scope,
            items: Vec::new(),
        }
    }

    /// The struct of a record. Its unions become items of `self`; the struct is returned, since an event's stands in
    /// another module (`struct_module`).
    #[expect(
        clippy::too_many_arguments,
        reason = "a struct for one caller would hide what it takes"
    )]
    pub(crate) fn record(
        &mut self,
        nodes: &mut Nodes<'_, 'm>,
        id: Option<NamedId>,
        fields: &[&Field],
        name: &str,
        struct_module: &[String],
        node: String,
        docs: Vec<String>,
        union_prefix: &str,
    ) -> RecordItem {
        let rust_names = self.typing.field_names(id, fields);
        let mut pending = Vec::new();
        let mut items = Vec::new();
        for (field, rust_name) in fields.iter().zip(rust_names) {
            let context = format!("{union_prefix}{}", names::type_name(&field.name.value));
            let rust_type = if self.typing.ends(&field.ty) {
                self.rust_type(&field.ty, struct_module, id, &context, &mut pending)
            } else {
                "::evgen_runtime::codec::NoValue".to_owned()
            };
            let by_itself = !self.typing.ends(&field.ty) || avro::by_itself(self.typing, &field.ty);
            let function = |way| avro::function(self.typing, way, &field.ty);
            items.push(FieldItem {
                codec: (!by_itself).then(|| (function(Way::Write), function(Way::Read))),
                docs: field_docs(field),
                name: rust_name,
                rust_type,
            });
        }
        self.unions(nodes, id, pending);
        RecordItem {
            docs,
            name: name.to_owned(),
            derives: self.derives(struct_module, name),
            attributes: self.attributes(struct_module, name),
            node,
            fields: items,
        }
    }

    /// The item of a named type that stands in this module.
    pub(crate) fn named(&mut self, nodes: &mut Nodes<'_, 'm>, id: NamedId) {
        let named = self.typing.types().get(id);
        let place = self.typing.get(id);
        let (name, file) = (
            &place.name,
            &self.typing.model.sources.file(named.source).relative,
        );
        let mut docs = doc_lines(named.doc.as_deref());
        if docs.is_empty() {
            docs.push(format!("The type {}.", doc_line(&named.name.to_string())));
        }
        docs.push(String::new());
        docs.push(format!("Generated from `{}`.", code_span(file)));
        match &named.kind {
            NamedKind::Record { fields } => {
                let fields: Vec<_> = fields.iter().collect();
                let module = self.module.clone();
                let node = relative(&module, &place.node_module, &place.node);
                let item = self.record(nodes, Some(id), &fields, name, &module, node, docs, name);
                self.items.push(Item::Record(item));
            }
            NamedKind::Enum { .. } => self.enumeration(id, name, docs),
            NamedKind::Fixed { .. } => {
                let rust_type = self.typing.named_type(id, &self.module, None);
                self.items.push(Item::Alias(AliasItem {
                    docs,
                    name: name.clone(),
                    rust_type,
                    node: relative(&self.module, &place.node_module, &place.node),
                }));
            }
        }
    }

    /// An enum of symbols.
    fn enumeration(&mut self, id: NamedId, name: &str, docs: Vec<String>) {
        let NamedKind::Enum { symbols, .. } = &self.typing.types().get(id).kind else {
            return;
        };
        let place = self.typing.get(id);
        let names = self.typing.variant_names(id, symbols);
        let symbols = symbols.iter().map(|symbol| format!("`{}`", symbol.value));
        let mut variants: Vec<_> = names.into_iter().zip(symbols).collect();
        if variants.is_empty() {
            variants.push((
                "NoSymbol".to_owned(),
                "The schema has no symbol: this is never read, and cannot be written.".to_owned(),
            ));
        }
        self.items.push(Item::Enum(EnumItem {
            docs,
            name: name.to_owned(),
            derives: self.derives(&self.module, name),
            attributes: self.attributes(&self.module, name),
            node: relative(&self.module, &place.node_module, &place.node),
            variants,
        }));
    }

    /// Rust type of `ty`, as written in `from`; unions are put into `pending`.
    fn rust_type(
        &mut self,
        ty: &Type,
        from: &[String],
        owner: Option<NamedId>,
        context: &str,
        pending: &mut Vec<PendingUnion>,
    ) -> String {
        let (scope, module) = (&mut self.scope, &self.module);
        let mut union = |ty: &Type, context: &str| {
            let name = scope.claim(context);
            let path = relative(from, module, &name);
            pending.push(PendingUnion {
                name,
                ty: ty.clone(),
                context: context.to_owned(),
            });
            path
        };
        self.typing.rust_type(ty, from, owner, &mut union, context)
    }

    /// Rust type of a type outside any record, its unions becoming items.
    pub(crate) fn plain_type(
        &mut self,
        nodes: &mut Nodes<'_, 'm>,
        ty: &Type,
        from: &[String],
        context: &str,
    ) -> String {
        let mut pending = Vec::new();
        let rust_type = self.rust_type(ty, from, None, context, &mut pending);
        self.unions(nodes, None, pending);
        rust_type
    }

    fn unions(
        &mut self,
        nodes: &mut Nodes<'_, 'm>,
        owner: Option<NamedId>,
        pending: Vec<PendingUnion>,
    ) {
        for union in pending {
            self.union(
                nodes,
                owner,
                &union.name,
                &union.ty,
                &union.context,
                Vec::new(),
            );
        }
    }

    /// The enum of a union, and those of unions inside it.
    pub(crate) fn union(
        &mut self,
        nodes: &mut Nodes<'_, 'm>,
        owner: Option<NamedId>,
        name: &str,
        ty: &Type,
        context: &str,
        docs: Vec<String>,
    ) {
        let TypeKind::Union(branches) = &ty.kind else {
            return;
        };
        let module = self.module.clone();
        let mut names = Scope::default();
        let mut pending = Vec::new();
        let mut variants = Vec::new();
        for branch in branches {
            let branch_name = self.typing.branch_name(branch);
            let variant = names.claim(&branch_name);
            let context = format!("{context}{branch_name}");
            let rust_type = match branch.kind {
                TypeKind::Null => None,
                _ => Some(self.rust_type(branch, &module, owner, &context, &mut pending)),
            };
            let docs = self.describe(branch);
            variants.push(UnionVariant {
                write: avro::call(self.typing, Way::Write, branch, "v"),
                read: avro::function(self.typing, Way::Read, branch),
                name: variant,
                rust_type,
                docs,
            });
        }
        let places = variants
            .iter()
            .map(|variant| (variant.name.clone(), variant.rust_type.is_some()))
            .collect();
        self.typing.place_union(ty, &module, name, places);
        if variants.is_empty() {
            variants.push(UnionVariant {
                name: "NoBranch".to_owned(),
                rust_type: None,
                write: String::new(),
                read: String::new(),
                docs: "that the schema does not have: this is never read, and cannot be written"
                    .to_owned(),
            });
        }
        let empty = self.typing.empty_branch(branches);
        let docs = if docs.is_empty() {
            vec![if branches.is_empty() {
                "A union of no types.".to_owned()
            } else {
                format!("A union of {}.", self.describe_all(branches))
            }]
        } else {
            docs
        };
        let node = nodes.union(name, ty);
        self.items.push(Item::Union(UnionItem {
            docs,
            name: name.to_owned(),
            derives: self.derives(&module, name),
            attributes: self.attributes(&module, name),
            node: relative(&module, nodes.module(), &node),
            empty: variants
                .get(empty)
                .map(UnionVariant::declaration)
                .unwrap_or_default(),
            variants,
        }));
        self.unions(nodes, owner, pending);
    }

    fn describe_all(&self, branches: &[Type]) -> String {
        let all: Vec<_> = branches
            .iter()
            .map(|branch| self.describe(branch))
            .collect();
        all.join(", ")
    }

    /// What the schema calls a type, as docs.
    pub(crate) fn describe(&self, ty: &Type) -> String {
        match &ty.kind {
            TypeKind::Array(items) => format!("array of {}", self.describe(items)),
            TypeKind::Map(values) => format!("map of {}", self.describe(values)),
            TypeKind::Union(branches) => format!("({})", self.describe_all(branches)),
            TypeKind::Named(id) => format!("`{}`", self.typing.types().get(*id).name),
            _ => format!("`{}`", branch_name(self.typing.types(), ty).to_lowercase()),
        }
    }

    fn derives(&self, module: &[String], name: &str) -> Vec<String> {
        matching(&self.typing.model.settings.derives, module, name)
    }

    fn attributes(&self, module: &[String], name: &str) -> Vec<String> {
        matching(&self.typing.model.settings.attributes, module, name)
    }
}

/// Derives or attributes that the manifest adds to the type at `module::name`, by pattern over its path.
pub(crate) fn matching(
    patterns: &[(String, Vec<String>)],
    module: &[String],
    name: &str,
) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    if patterns.is_empty() {
        return out;
    }
    let mut path = module.join("::");
    path.push_str("::");
    path.push_str(name);
    for (pattern, additions) in patterns {
        let matches = pattern
            .strip_suffix('*')
            .map_or(path == *pattern, |start| path.starts_with(start));
        if matches {
            for addition in additions {
                if !out.contains(addition) {
                    out.push(addition.clone());
                }
            }
        }
    }
    out
}

fn field_docs(field: &Field) -> Vec<String> {
    let docs = doc_lines(field.doc.as_deref());
    if docs.is_empty() {
        vec![format!("`{}`", doc_line(&field.name.value))]
    } else {
        docs
    }
}

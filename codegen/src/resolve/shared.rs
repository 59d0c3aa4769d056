//! Types that belong to no event: `types/`, and types-only directories. One module per namespace, so that a name never
//! depends on what another namespace holds.

use std::collections::BTreeMap;

use crate::model::types::{Home, NamedId, Type, TypeKind};
use crate::resolve::items::Items;
use crate::resolve::names::{self, Scope};
use crate::resolve::nodes::Nodes;
use crate::resolve::types::{Place, Typing, claim_type_name, relative};
use crate::resolved::{AliasItem, Item, Module, TypesModule};

/// One such module: the types of one home.
pub(crate) struct SharedLayout {
    /// Module and file name.
    pub module: String,
    origin: String,
    /// Types, in a stable order.
    ids: Vec<NamedId>,
    /// Types without a name at the top of a file: (Rust name, type).
    roots: Vec<(String, Type)>,
    node_scope: Scope,
}

impl SharedLayout {
    /// Lays out the types of one home; `None` where there are none.
    pub(crate) fn new(
        typing: &mut Typing<'_>,
        home: Home,
        directory: &str,
        modules: &mut Scope,
    ) -> Option<Self> {
        let model = typing.model;
        let mut ids: Vec<_> = model
            .types
            .iter()
            .filter(|(id, named)| named.home == home && !typing.is_placed(*id))
            .map(|(id, named)| (named.name.clone(), id))
            .collect();
        ids.sort();
        let unnamed: Vec<_> = match home {
            Home::TypesOnly(index) => model.types_only[index]
                .roots
                .iter()
                .filter(|(_, ty)| !matches!(ty.kind, TypeKind::Named(_)))
                .collect(),
            _ => Vec::new(),
        };
        if ids.is_empty() && unnamed.is_empty() {
            return None;
        }
        let last = directory.rsplit('/').next().unwrap_or(directory);
        let module = modules.claim(&names::module_name(last));
        let mut scopes: BTreeMap<Vec<String>, Scope> = BTreeMap::new();
        let mut node_scope = Scope::default();
        let node_module = vec![module.clone(), "nodes".to_owned()];
        for (name, id) in &ids {
            let mut path = vec![module.clone()];
            path.extend(
                name.namespace
                    .split('.')
                    .filter(|part| !part.is_empty())
                    .map(namespace_module),
            );
            let scope = scopes.entry(path.clone()).or_default();
            let rust_name = claim_type_name(scope, typing, *id);
            let node = node_scope.claim(&names::static_name(&[&name.namespace, &name.name]));
            typing.place(
                *id,
                Place {
                    module: path,
                    name: rust_name,
                    node_module: node_module.clone(),
                    node,
                },
            );
        }
        let scope = scopes.entry(vec![module.clone()]).or_default();
        let roots = unnamed
            .into_iter()
            .map(|(source, ty)| {
                let file = &model.sources.file(*source).relative;
                let stem = file.rsplit('/').next().unwrap_or(file);
                let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
                (scope.claim(&names::type_name(stem)), ty.clone())
            })
            .collect();
        Some(Self {
            module,
            origin: directory.to_owned(),
            ids: ids.into_iter().map(|(_, id)| id).collect(),
            roots,
            node_scope,
        })
    }

    /// The module.
    pub(crate) fn resolve(self, typing: &Typing<'_>) -> TypesModule {
        let node_module = vec![self.module.clone(), "nodes".to_owned()];
        let mut nodes = Nodes::new(typing, node_module, self.node_scope);
        let mut by_module: BTreeMap<Vec<String>, Vec<NamedId>> = BTreeMap::new();
        for id in &self.ids {
            by_module
                .entry(typing.get(*id).module.clone())
                .or_default()
                .push(*id);
            nodes.named(*id, &[]);
        }
        let mut top = Module::default();
        if !self.roots.is_empty() {
            by_module.entry(vec![self.module.clone()]).or_default();
        }
        for (path, ids) in by_module {
            let mut scope = Scope::default();
            for id in &ids {
                scope.claim(&typing.get(*id).name);
            }
            for (name, _) in &self.roots {
                scope.claim(name);
            }
            let mut items = Items::new(typing, path.clone(), scope);
            for id in ids {
                items.named(&mut nodes, id);
            }
            if path.len() == 1 {
                for (name, ty) in &self.roots {
                    root(&mut items, &mut nodes, name, ty);
                }
            }
            module_at(&mut top, &path[1..], "")
                .items
                .append(&mut items.items);
        }
        TypesModule {
            file: self.module,
            origin: self.origin,
            events_path: None,
            module: top,
            nodes: nodes.nodes,
        }
    }
}

/// The item of a type without a name: an enum for a union of several types, else another name for it.
fn root<'m>(items: &mut Items<'_, 'm>, nodes: &mut Nodes<'_, 'm>, name: &str, ty: &Type) {
    let docs = vec![format!(
        "A schema that is no named type: {}.",
        items.describe(ty)
    )];
    if matches!(ty.kind, TypeKind::Union(_)) && ty.optional().is_none() {
        items.union(nodes, None, name, ty, name, docs);
        return;
    }
    let module = items.module.clone();
    let rust_type = items.plain_type(nodes, ty, &module, name);
    let node = nodes.other(&[name], ty);
    items.items.push(Item::Alias(AliasItem {
        docs,
        name: name.to_owned(),
        rust_type,
        node: relative(&module, nodes.module(), &node),
    }));
}

/// Rust module of one part of a namespace. `nodes` is taken.
fn namespace_module(part: &str) -> String {
    let name = names::module_name(part);
    if name == "nodes" {
        "nodes_".to_owned()
    } else {
        name
    }
}

fn module_at<'a>(module: &'a mut Module, path: &[String], namespace: &str) -> &'a mut Module {
    let Some((name, rest)) = path.split_first() else {
        return module;
    };
    let namespace = if namespace.is_empty() {
        name.clone()
    } else {
        format!("{namespace}.{name}")
    };
    let index = module
        .modules
        .iter()
        .position(|known| known.name == *name)
        .unwrap_or_else(|| {
            module.modules.push(Module {
                name: name.clone(),
                docs: format!("Types of namespace `{namespace}`."),
                ..Module::default()
            });
            module.modules.len() - 1
        });
    module_at(&mut module.modules[index], rest, &namespace)
}

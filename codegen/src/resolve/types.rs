//! Rust types of Avro types: where each named type stands, what its node is called, where a `Box` is needed.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use crate::model::Model;
use crate::model::endings::Endings;
use crate::model::types::{Field, Home, Logical, NamedId, NamedKind, Type, TypeKind, Types};
use crate::resolve::names::{self, Scope};
use crate::resolve::overrides::Overrides;
use crate::source::{Span, Spanned};

/// Where a named type's Rust item and its type table stand.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Modules from the events' root.
    pub module: Vec<String>,
    /// Rust name.
    pub name: String,
    /// Module of the table.
    pub node_module: Vec<String>,
    /// Name of the table.
    pub node: String,
}

/// Places of named types, filled while modules are laid out.
#[derive(Debug)]
pub(crate) struct Typing<'m> {
    pub model: &'m Model,
    places: HashMap<NamedId, Place>,
    /// Enums of unions, by where the union stands: noted when they are generated.
    unions: RefCell<HashMap<Span, UnionPlace>>,
    endings: Endings,
    overrides: Overrides<'m>,
}

/// Where a union's enum stands.
#[derive(Debug)]
struct UnionPlace {
    module: Vec<String>,
    name: String,
    /// Variants, and whether they hold a value.
    variants: Vec<(String, bool)>,
}

impl<'m> Typing<'m> {
    pub(crate) fn new(model: &'m Model) -> Self {
        Self {
            model,
            places: HashMap::new(),
            unions: RefCell::default(),
            endings: Endings::new(&model.types),
            overrides: Overrides::new(&model.settings),
        }
    }

    pub(crate) fn types(&self) -> &'m Types {
        &self.model.types
    }

    pub(crate) fn place(&mut self, id: NamedId, place: Place) {
        self.places.insert(id, place);
    }

    /// Notes where a union's enum stands.
    pub(crate) fn place_union(
        &self,
        ty: &Type,
        module: &[String],
        name: &str,
        variants: Vec<(String, bool)>,
    ) {
        let place = UnionPlace {
            module: module.to_vec(),
            name: name.to_owned(),
            variants,
        };
        self.unions.borrow_mut().insert(ty.span, place);
    }

    /// Path of a union's variant, as written in `from`, and whether it holds a value.
    pub(crate) fn union_variant(
        &self,
        ty: &Type,
        branch: usize,
        from: &[String],
    ) -> (String, bool) {
        let unions = self.unions.borrow();
        let place = unions
            .get(&ty.span)
            .expect("a type is generated before the ways into it");
        let (variant, holds) = &place.variants[branch];
        let path = relative(from, &place.module, &place.name);
        (format!("{path}::{variant}"), *holds)
    }

    pub(crate) fn get(&self, id: NamedId) -> &Place {
        self.places
            .get(&id)
            .expect("every type that is used was placed before")
    }

    pub(crate) fn is_placed(&self, id: NamedId) -> bool {
        self.places.contains_key(&id)
    }

    /// Rust type of a type that is no union of several types, in `module`; `owner` is the record it stands in.
    pub(crate) fn rust_type(
        &self,
        ty: &Type,
        module: &[String],
        owner: Option<NamedId>,
        union: &mut dyn FnMut(&Type, &str) -> String,
        context: &str,
    ) -> String {
        if let Some(logical) = ty.logical {
            if let Some(path) = self.overrides.logical(logical) {
                return path.to_owned();
            }
            if let Some(name) = logical_type(logical, self.model.settings.raw_time) {
                return name.to_owned();
            }
        }
        match &ty.kind {
            TypeKind::Null => "()".to_owned(),
            TypeKind::Boolean => "bool".to_owned(),
            TypeKind::Int => "i32".to_owned(),
            TypeKind::Long => "i64".to_owned(),
            TypeKind::Float => "f32".to_owned(),
            TypeKind::Double => "f64".to_owned(),
            TypeKind::Bytes => "::std::vec::Vec<u8>".to_owned(),
            TypeKind::String => "::std::string::String".to_owned(),
            TypeKind::Array(items) => {
                // Behind a Vec or a map nothing needs a box.
                let items = self.rust_type(items, module, None, union, context);
                format!("::std::vec::Vec<{items}>")
            }
            TypeKind::Map(values) => {
                let values = self.rust_type(values, module, None, union, context);
                format!("::std::collections::BTreeMap<::std::string::String, {values}>")
            }
            TypeKind::Union(_) => match ty.optional() {
                Some(inner) => {
                    let inner = self.rust_type(inner, module, owner, union, context);
                    format!("::std::option::Option<{inner}>")
                }
                None => union(ty, context),
            },
            TypeKind::Named(id) => match self.mapped(*id) {
                Some(path) if owner.is_some_and(|owner| self.holds(*id, owner)) => {
                    format!("::std::boxed::Box<{path}>")
                }
                Some(path) => path.to_owned(),
                None => self.named_type(*id, module, owner),
            },
        }
    }

    /// The user's type that stands wherever a named type is used.
    pub(crate) fn mapped(&self, id: NamedId) -> Option<&'m str> {
        let named = self.types().get(id);
        let logical = match &named.kind {
            NamedKind::Fixed { logical, .. } => *logical,
            _ => None,
        };
        let own = self.overrides.mapped(&named.name);
        own.or_else(|| self.overrides.logical(logical?))
    }

    /// Whether the user's type stands for this very type.
    pub(crate) fn stands_for(&self, ty: &Type) -> bool {
        match &ty.kind {
            TypeKind::Named(id) => self.mapped(*id).is_some(),
            _ => ty
                .logical
                .is_some_and(|logical| self.overrides.logical(logical).is_some()),
        }
    }

    /// Whether the user's type stands where this type is used.
    pub(crate) fn is_mapped(&self, ty: &Type) -> bool {
        match &ty.kind {
            TypeKind::Named(id) => self.mapped(*id).is_some(),
            TypeKind::Array(inner) | TypeKind::Map(inner) => self.is_mapped(inner),
            TypeKind::Union(branches) => branches.iter().any(|branch| self.is_mapped(branch)),
            _ => ty
                .logical
                .is_some_and(|logical| self.overrides.logical(logical).is_some()),
        }
    }

    /// Whether a type has a value that does not hold itself without end.
    pub(crate) fn ends(&self, ty: &Type) -> bool {
        self.endings.depth(ty).is_some()
    }

    /// The branch that a value to fill begins as: the one whose smallest value is the smallest, so that it ends.
    pub(crate) fn empty_branch(&self, branches: &[Type]) -> usize {
        let depth = |index: &usize| self.endings.depth(&branches[*index]).unwrap_or(u32::MAX);
        (0..branches.len()).min_by_key(depth).unwrap_or(0)
    }

    /// Rust names of a record's fields.
    pub(crate) fn field_names(&self, id: Option<NamedId>, fields: &[&Field]) -> Vec<String> {
        let given = |field: &Field| {
            let record = &self.types().get(id?).name;
            self.overrides.member(record, &field.name.value)
        };
        names::field_names(
            fields
                .iter()
                .map(|field| (field.name.value.as_str(), given(field))),
        )
    }

    /// Rust names of an enum's variants.
    pub(crate) fn variant_names(&self, id: NamedId, symbols: &[Spanned<String>]) -> Vec<String> {
        let name = &self.types().get(id).name;
        names::variant_names(symbols.iter().map(|symbol| {
            let given = self.overrides.member(name, &symbol.value);
            (symbol.value.as_str(), given)
        }))
    }

    /// Name of a branch's variant.
    pub(crate) fn branch_name(&self, ty: &Type) -> String {
        match (&ty.kind, ty.logical) {
            (TypeKind::Named(id), None) => self.type_name(*id),
            _ => branch_name(self.types(), ty),
        }
    }

    /// Rust name of a named type, before others of its module are looked at.
    pub(crate) fn type_name(&self, id: NamedId) -> String {
        let name = &self.types().get(id).name;
        match self.overrides.name(name) {
            Some(given) => given.to_owned(),
            None => names::type_name(&name.name),
        }
    }

    pub(crate) fn named_type(
        &self,
        id: NamedId,
        module: &[String],
        owner: Option<NamedId>,
    ) -> String {
        if let NamedKind::Fixed { size, logical } = &self.types().get(id).kind {
            if let Some(name) = logical.and_then(|logical| logical_type(logical, false)) {
                return name.to_owned();
            }
            return format!("[u8; {size}]");
        }
        let place = self.get(id);
        let path = relative(module, &place.module, &place.name);
        if owner.is_some_and(|owner| self.holds(id, owner)) {
            format!("::std::boxed::Box<{path}>")
        } else {
            path
        }
    }

    /// Whether a value of type `id` would hold a value of type `owner` without a Vec or a map between.
    pub(crate) fn holds(&self, id: NamedId, owner: NamedId) -> bool {
        let mut seen = HashSet::new();
        let mut queue = vec![id];
        while let Some(next) = queue.pop() {
            if next == owner {
                return true;
            }
            if seen.insert(next)
                && let NamedKind::Record { fields } = &self.types().get(next).kind
            {
                for field in fields {
                    direct(&field.ty, &mut queue);
                }
            }
        }
        false
    }
}

/// The named types that a value of this type holds without a Vec or a map between.
fn direct(ty: &Type, out: &mut Vec<NamedId>) {
    match &ty.kind {
        TypeKind::Named(id) => out.push(*id),
        TypeKind::Union(branches) => branches.iter().for_each(|branch| direct(branch, out)),
        _ => {}
    }
}

/// Rust type of a logical type; `None` where the base type's is kept.
pub(crate) fn logical_type(logical: Logical, raw_time: bool) -> Option<&'static str> {
    Some(match logical {
        Logical::Decimal { .. } | Logical::BigDecimal => "::evgen_runtime::Decimal",
        Logical::Uuid => "::evgen_runtime::Uuid",
        Logical::Duration => "::evgen_runtime::Duration",
        _ if raw_time => return None,
        Logical::Date => "::evgen_runtime::Date",
        Logical::TimeMillis | Logical::TimeMicros => "::evgen_runtime::Time",
        Logical::TimestampMillis | Logical::TimestampMicros | Logical::TimestampNanos => {
            "::evgen_runtime::Timestamp"
        }
        Logical::LocalTimestampMillis
        | Logical::LocalTimestampMicros
        | Logical::LocalTimestampNanos => "::evgen_runtime::DateTime",
    })
}

/// Name of a branch's variant.
pub(crate) fn branch_name(types: &Types, ty: &Type) -> String {
    if let Some(logical) = ty.logical {
        return match logical {
            Logical::Decimal { .. } | Logical::BigDecimal => "Decimal",
            Logical::Uuid => "Uuid",
            Logical::Duration => "Duration",
            Logical::Date => "Date",
            Logical::TimeMillis | Logical::TimeMicros => "Time",
            Logical::TimestampMillis | Logical::TimestampMicros | Logical::TimestampNanos => {
                "Timestamp"
            }
            _ => "LocalTimestamp",
        }
        .to_owned();
    }
    match &ty.kind {
        TypeKind::Null => "Null".to_owned(),
        TypeKind::Boolean => "Boolean".to_owned(),
        TypeKind::Int => "Int".to_owned(),
        TypeKind::Long => "Long".to_owned(),
        TypeKind::Float => "Float".to_owned(),
        TypeKind::Double => "Double".to_owned(),
        TypeKind::Bytes => "Bytes".to_owned(),
        TypeKind::String => "String".to_owned(),
        TypeKind::Array(_) => "Array".to_owned(),
        TypeKind::Map(_) => "Map".to_owned(),
        TypeKind::Union(_) => "Union".to_owned(),
        TypeKind::Named(id) => names::type_name(&types.get(*id).name.name),
    }
}

/// Path of `name` in module `to`, as written in module `from`.
pub(crate) fn relative(from: &[String], to: &[String], name: &str) -> String {
    let common = from.iter().zip(to).take_while(|(a, b)| a == b).count();
    let mut path = "super::".repeat(from.len() - common);
    for module in &to[common..] {
        path.push_str(module);
        path.push_str("::");
    }
    path.push_str(name);
    path
}

/// The named types that `roots` lead to and that are defined beside them, in the order of their definition.
pub(crate) fn local_types(types: &Types, root: NamedId, skip: &[String]) -> Vec<NamedId> {
    let source = types.get(root).source;
    let mut seen = HashSet::from([root]);
    let mut queue = vec![root];
    while let Some(id) = queue.pop() {
        if let NamedKind::Record { fields } = &types.get(id).kind {
            for field in fields {
                if id == root && skip.contains(&field.name.value) {
                    continue;
                }
                named_in(&field.ty, &mut |used| {
                    let named = types.get(used);
                    if named.source == source && named.home == Home::EventFile && seen.insert(used)
                    {
                        queue.push(used);
                    }
                });
            }
        }
    }
    seen.remove(&root);
    let mut local: Vec<_> = seen.into_iter().collect();
    local.sort();
    local
}

/// Calls `found` with every named type that a type names.
pub(crate) fn named_in(ty: &Type, found: &mut dyn FnMut(NamedId)) {
    match &ty.kind {
        TypeKind::Named(id) => found(*id),
        TypeKind::Array(inner) | TypeKind::Map(inner) => named_in(inner, found),
        TypeKind::Union(branches) => branches.iter().for_each(|branch| named_in(branch, found)),
        _ => {}
    }
}

/// Names for the types of one module: the simple name, with its namespace before it where that is taken.
pub(crate) fn claim_type_name(scope: &mut Scope, typing: &Typing<'_>, id: NamedId) -> String {
    scope.claim(&typing.type_name(id))
}

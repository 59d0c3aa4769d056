//! The Rust types that generated code offers, with the places in the user's text that they come from: what `compare` holds
//! against an older state. Traits and functions are not listed.

use std::collections::BTreeMap;

use super::layout::AggregateLayout;
use super::names::Scope;
use super::shared::SharedLayout;
use super::types::{Typing, local_types};
use crate::model::Model;
use crate::model::aggregate::AggregateId;
use crate::model::types::{Field, Home, NamedId, NamedKind, Type};
use crate::source::Span;

/// One generated type.
#[derive(Debug)]
pub(crate) struct Listed {
    /// What it belongs to: an event (`Todo.Created`) or a shared type's full name.
    pub(crate) subject: String,
    /// Where its schema names it.
    pub(crate) span: Span,
    /// Whether it is a struct; else an enum.
    pub(crate) is_struct: bool,
    /// Fields, or variants, by Rust name.
    pub(crate) members: BTreeMap<String, Member>,
}

/// A field or a variant.
#[derive(Debug)]
pub(crate) struct Member {
    /// A field's Rust type; empty for a variant.
    pub(crate) rust_type: String,
    /// Where its schema names it.
    pub(crate) span: Span,
}

/// All of them, by path (`todo::Created`).
pub(crate) fn list(model: &Model) -> BTreeMap<String, Listed> {
    let mut typing = Typing::new(model);
    let mut modules = Scope::with(&["types"]);
    let _ = SharedLayout::new(&mut typing, Home::Shared, "types", &mut Scope::default());
    let layouts: Vec<_> = (0..model.aggregates.len())
        .map(|index| AggregateLayout::new(&mut typing, AggregateId(index), &mut modules))
        .collect();
    for (index, directory) in model.types_only.iter().enumerate() {
        let home = Home::TypesOnly(index);
        let _ = SharedLayout::new(&mut typing, home, &directory.directory, &mut modules);
    }
    let mut listing = Listing {
        typing: &typing,
        listed: BTreeMap::new(),
    };
    for (aggregate, layout) in model.aggregates.iter().zip(&layouts) {
        for (event, layout) in aggregate.events.iter().zip(&layout.events) {
            let subject = format!("{}.{}", aggregate.name.value, event.name.value);
            let latest = event.latest().map(|latest| latest.version);
            for version in &event.versions {
                let number = version.version;
                if Some(number) == latest || layout.old_structs.contains(&number) {
                    listing.event(&subject, version.record);
                }
            }
        }
    }
    for (id, named) in model.types.iter() {
        if named.home != Home::EventFile && typing.is_placed(id) {
            listing.named(&named.name.to_string(), id, &[]);
        }
    }
    listing.listed
}

struct Listing<'t, 'm> {
    typing: &'t Typing<'m>,
    listed: BTreeMap<String, Listed>,
}

impl Listing<'_, '_> {
    /// An event's struct, and the types that its file defines for it.
    fn event(&mut self, subject: &str, record: NamedId) {
        let skip = &self.typing.model.settings.envelope_fields;
        self.named(subject, record, skip);
        for id in local_types(self.typing.types(), record, skip) {
            self.named(subject, id, &[]);
        }
    }

    fn named(&mut self, subject: &str, id: NamedId, skip: &[String]) {
        let named = self.typing.types().get(id);
        let members = match &named.kind {
            NamedKind::Record { fields } => {
                let kept = fields
                    .iter()
                    .filter(|field| !skip.contains(&field.name.value));
                self.fields(id, &kept.collect::<Vec<_>>())
            }
            NamedKind::Enum { symbols, .. } => {
                let names = self.typing.variant_names(id, symbols);
                let spans = symbols.iter().map(|symbol| Member {
                    rust_type: String::new(),
                    span: symbol.span,
                });
                names.into_iter().zip(spans).collect()
            }
            // Bytes of a length are no type of their own.
            NamedKind::Fixed { .. } => return,
        };
        // The user's own type stands for it.
        if self.typing.mapped(id).is_some() {
            return;
        }
        let place = self.typing.get(id);
        let path = format!("{}::{}", place.module.join("::"), place.name);
        self.listed.insert(
            path,
            Listed {
                subject: subject.to_owned(),
                span: named.name_span,
                is_struct: matches!(named.kind, NamedKind::Record { .. }),
                members,
            },
        );
    }

    fn fields(&self, id: NamedId, fields: &[&Field]) -> BTreeMap<String, Member> {
        let module = &self.typing.get(id).module;
        let names = self.typing.field_names(Some(id), fields);
        let members = fields.iter().map(|field| {
            let mut union = |ty: &Type, _: &str| self.union(ty);
            let rust_type = self
                .typing
                .rust_type(&field.ty, module, Some(id), &mut union, "");
            Member {
                rust_type,
                span: field.span,
            }
        });
        names.into_iter().zip(members).collect()
    }

    /// A union of several types, by its branches.
    fn union(&self, ty: &Type) -> String {
        let branches = ty.branches().iter();
        let names: Vec<_> = branches
            .map(|branch| self.typing.branch_name(branch))
            .collect();
        format!("enum of {}", names.join(", "))
    }
}

//! What the manifest decides about single types: `names` and `type_mappings`, found by Avro name.

use std::collections::HashMap;

use crate::model::Settings;
use crate::model::types::{FullName, Logical};

/// Names and Rust types that the manifest gives.
#[derive(Debug)]
pub(crate) struct Overrides<'m> {
    names: HashMap<&'m str, &'m str>,
    mappings: HashMap<&'m str, &'m str>,
}

impl<'m> Overrides<'m> {
    pub(crate) fn new(settings: &'m Settings) -> Self {
        let names = settings.names.iter();
        let mappings = settings.type_mappings.iter();
        Self {
            names: names
                .map(|(name, rust)| (name.value.as_str(), rust.value.as_str()))
                .collect(),
            mappings: mappings
                .map(|(name, path)| (name.value.as_str(), path.as_str()))
                .collect(),
        }
    }

    /// Rust name of a type.
    pub(crate) fn name(&self, name: &FullName) -> Option<&'m str> {
        // Mostly there is nothing to look for, and a name is not worth its making.
        if self.names.is_empty() {
            return None;
        }
        self.names.get(name.to_string().as_str()).copied()
    }

    /// Rust name of a type's field or symbol.
    pub(crate) fn member(&self, name: &FullName, member: &str) -> Option<&'m str> {
        if self.names.is_empty() {
            return None;
        }
        self.names.get(format!("{name}.{member}").as_str()).copied()
    }

    /// The user's type for a named type.
    pub(crate) fn mapped(&self, name: &FullName) -> Option<&'m str> {
        if self.mappings.is_empty() {
            return None;
        }
        self.mappings.get(name.to_string().as_str()).copied()
    }

    /// The user's type for a logical type.
    pub(crate) fn logical(&self, logical: Logical) -> Option<&'m str> {
        if self.mappings.is_empty() {
            return None;
        }
        self.mappings.get(logical.name()).copied()
    }
}

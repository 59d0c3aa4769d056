//! Which types have a value that ends: a record that holds itself without a way out has none.

use crate::model::types::{NamedId, NamedKind, Type, TypeKind, Types};

/// How many records have to be built, one inside the other, for the smallest value of each named type.
#[derive(Debug)]
pub struct Endings {
    depths: Vec<Option<u32>>,
}

impl Endings {
    /// Of all named types.
    #[must_use]
    pub fn new(types: &Types) -> Self {
        let mut endings = Self {
            depths: vec![None; types.len()],
        };
        let mut open = Vec::new();
        for (id, named) in types.iter() {
            match named.kind {
                NamedKind::Record { .. } => open.push(id),
                NamedKind::Enum { .. } | NamedKind::Fixed { .. } => endings.set(id, 0),
            }
        }
        // In each round those that need one record more than those before.
        for depth in 1.. {
            let ended: Vec<_> = open
                .iter()
                .copied()
                .filter(|&id| {
                    let fields = types.get(id).fields();
                    fields
                        .iter()
                        .all(|field| endings.depth(&field.ty).is_some())
                })
                .collect();
            if ended.is_empty() {
                break;
            }
            ended.iter().for_each(|&id| endings.set(id, depth));
            open.retain(|id| endings.of(*id).is_none());
        }
        endings
    }

    /// Records inside the smallest value of a type; `None` where no value ends.
    #[must_use]
    pub fn depth(&self, ty: &Type) -> Option<u32> {
        match &ty.kind {
            TypeKind::Named(id) => self.of(*id),
            TypeKind::Union(branches) if !branches.is_empty() => branches
                .iter()
                .filter_map(|branch| self.depth(branch))
                .min(),
            _ => Some(0),
        }
    }

    /// As [`Self::depth`], of a named type.
    #[must_use]
    pub fn of(&self, id: NamedId) -> Option<u32> {
        self.depths.get(id.0 as usize).copied().flatten()
    }

    fn set(&mut self, id: NamedId, depth: u32) {
        if let Some(known) = self.depths.get_mut(id.0 as usize) {
            *known = Some(depth);
        }
    }
}

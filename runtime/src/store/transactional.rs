//! Projections that are part of every append (`delivery: transactional`), as a store holds them. How they are folded is each
//! store's own: `sqlite/transactional.rs`, `postgres/transactional.rs`.

use std::sync::{Arc, PoisonError, RwLock};

/// A projection that is part of every append through a store; `F` folds one event, in the store's transaction.
pub(crate) struct Transactional<F: ?Sized> {
    /// Its name in the manifest.
    pub(crate) name: &'static str,
    /// Key of the note that says how far it has come.
    pub(crate) checkpoint: String,
    /// What it takes, as a read filters it.
    pub(crate) only: Vec<(String, Option<String>)>,
    /// Folds one event.
    pub(crate) fold: Box<F>,
}

/// The projections of a store, in the order in which they were attached.
pub(crate) struct Attached<F: ?Sized>(RwLock<All<F>>);

/// Those that are attached at one moment.
pub(crate) type All<F> = Arc<Vec<Arc<Transactional<F>>>>;

// Derived, it would ask `F` to have a default.
impl<F: ?Sized> Default for Attached<F> {
    fn default() -> Self {
        Self(RwLock::new(Arc::default()))
    }
}

impl<F: ?Sized> Attached<F> {
    /// One of the same name is replaced: an app that was built again.
    pub(crate) fn add(&self, projection: Arc<Transactional<F>>) {
        self.change(|all| {
            all.retain(|other| other.name != projection.name);
            all.push(projection);
        });
    }

    /// Takes exactly this one away; one that has replaced it stays.
    pub(crate) fn remove(&self, projection: &Arc<Transactional<F>>) {
        self.change(|all| all.retain(|other| !Arc::ptr_eq(other, projection)));
    }

    pub(crate) fn now(&self) -> All<F> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Arc<Transactional<F>>>)) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut new = Vec::clone(&all);
        change(&mut new);
        *all = Arc::new(new);
    }
}

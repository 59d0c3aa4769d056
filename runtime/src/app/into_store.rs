//! `IntoStore`: every way in which a store may be given to an app.

use std::sync::Arc;

use crate::store::EventStore;

/// A store, by itself or shared.
pub trait IntoStore {
    /// The store, shared.
    fn into_store(self) -> Arc<dyn EventStore>;
}

impl<S: EventStore> IntoStore for S {
    fn into_store(self) -> Arc<dyn EventStore> {
        Arc::new(self)
    }
}

impl<S: EventStore> IntoStore for Arc<S> {
    fn into_store(self) -> Arc<dyn EventStore> {
        self
    }
}

impl IntoStore for Arc<dyn EventStore> {
    fn into_store(self) -> Arc<dyn EventStore> {
        self
    }
}

//! The stores: their contract, once per store, and what only one of them promises.

mod djangoevents;
mod files;
mod kill;
pub(crate) mod postgres;
mod projections;

use std::sync::Arc;

use evgen_runtime::rusqlite;
use evgen_runtime::store::memory::MemoryStore;
use evgen_runtime::store::sqlite::{Layout, SqliteStore};
use tempfile::TempDir;

mod memory {
    evgen_tests::store_contract!(async { Some((super::MemoryStore::new(), ())) });
}

mod sqlite {
    evgen_tests::store_contract!(async { Some(super::sqlite(super::Layout::Native).await) });
}

mod postgres_native {
    evgen_tests::store_contract!(super::postgres::native());
}

mod postgres_folding {
    evgen_tests::store_contract!(super::postgres::folding());
}

mod sqlite_djangoevents {
    evgen_tests::journal_contract!(async {
        Some(super::sqlite(super::Layout::djangoevents()).await)
    });
}

mod postgres_djangoevents {
    evgen_tests::journal_contract!(super::postgres::djangoevents::new());
}

/// A store in a new file, and the folder that must outlive it.
pub(crate) async fn sqlite(layout: Layout) -> (SqliteStore, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    (
        SqliteStore::builder(path)
            .layout(layout)
            .open()
            .await
            .unwrap(),
        folder,
    )
}

/// An error and its causes, without SQLite's own words.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source.filter(|error| !error.is::<Arc<rusqlite::Error>>()) {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

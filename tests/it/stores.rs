//! The stores: their contract, once per store, and what only one of them promises.

mod djangoevents;
mod files;
mod kill;
mod postgres;
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
    evgen_tests::contract_tests! { async { Some(super::sqlite(super::Layout::djangoevents()).await) };
        streams_are_appended_to_and_read
        the_unique_key_guards_versions
        a_repeated_append_is_recognised
        commands_are_noted
        an_append_without_events_only_checks
        a_batch_over_several_streams_is_stored_as_one
        a_batch_with_one_stale_stream_stores_nothing
        conflict_tells_the_actual_version
        expected_versions_are_checked
        versions_start_at_the_first_events_and_count
        a_refused_append_does_not_fail_its_neighbours
        one_of_many_writers_wins_each_version
        a_dropped_append_is_stored
        changes_tell_of_appends
        streams_are_read_in_both_directions
        streams_are_read_between_versions_and_times
        pages_join_without_gap_or_overlap
        the_journal_is_read_in_both_directions
        the_journal_is_filtered_by_type
        snapshots_replace_older_ones
        notes_are_changed_all_or_none
        notes_are_read_by_prefix_in_the_order_of_keys
        one_of_many_wins_a_note
        a_closed_store_says_so
        closing_finishes_what_was_handed_over
    }
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

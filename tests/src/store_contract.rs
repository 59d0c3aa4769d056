//! What every store must do, one function per truth, each on a fresh store. `tests/it/stores.rs` runs them all for each
//! store. `events.rs` makes the events that they append.

#![expect(missing_docs, reason = "the name of a truth says it")]
#![expect(clippy::unwrap_used, reason = "these are tests")]

mod ahead;
mod append;
mod events;
mod journal;
mod keep;
mod order;
mod read;

pub use ahead::*;
pub use append::*;
pub use journal::*;
pub use keep::*;
pub use order::*;
pub use read::*;

/// Declares one test per truth of the native contract; `$store` is an expression that opens a fresh store and gives it
/// with whatever must outlive it; `None`: what it needs is not there, and it has said so.
#[macro_export]
macro_rules! store_contract {
    ($store:expr) => {
        $crate::contract_tests! { $store;
            a_batch_over_several_streams_is_stored_as_one
            a_batch_with_one_stale_stream_stores_nothing
            a_stream_named_twice_is_two_appends_in_turn
            an_append_without_events_only_checks
            conflict_tells_the_actual_version
            expected_versions_are_checked
            versions_start_at_the_first_events_and_count
            a_taken_version_names_its_row
            versions_that_events_name_are_taken_too
            a_repeated_batch_answers_as_the_first_time
            an_event_id_with_other_content_is_refused
            a_batch_that_is_stored_in_part_is_refused
            an_event_id_twice_in_a_batch_is_refused
            a_refused_append_does_not_fail_its_neighbours
            positions_are_gapless_under_concurrency
            one_of_many_writers_wins_each_version
            a_dropped_append_is_stored
            changes_tell_of_appends
            streams_are_read_in_both_directions
            streams_are_read_between_versions_and_times
            streams_are_read_from_any_position_and_version
            pages_join_without_gap_or_overlap
            pages_follow_each_other
            the_journal_is_read_in_both_directions
            the_journal_is_filtered_by_type
            all_of_an_event_is_kept
            odd_text_is_kept
            large_payloads_are_kept_in_bounded_pages
            times_are_kept_to_the_microsecond
            commands_are_found
            snapshots_replace_older_ones
            notes_are_changed_all_or_none
            notes_are_read_by_prefix_in_the_order_of_keys
            one_of_many_wins_a_note
            schemas_are_kept_once
            a_closed_store_says_so
            closing_finishes_what_was_handed_over
        }
    };
}

/// One test per function.
#[macro_export]
macro_rules! contract_tests {
    ($store:expr; $($truth:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $truth() {
            let Some((store, _keep)) = $store.await else {
                return;
            };
            $crate::store_contract::$truth(&store).await;
            evgen_runtime::store::EventStore::close(&store).await;
        }
    )*};
}

/// Declares one test per truth of the contract's journal part, which a store in djangoevents' layout keeps; `$store` as for
/// [`store_contract`](crate::store_contract!).
#[macro_export]
macro_rules! journal_contract {
    ($store:expr) => {
        $crate::contract_tests! { $store;
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
            streams_are_read_from_any_position_and_version
            pages_join_without_gap_or_overlap
            pages_follow_each_other
            the_journal_is_read_in_both_directions
            the_journal_is_filtered_by_type
            snapshots_replace_older_ones
            notes_are_changed_all_or_none
            notes_are_read_by_prefix_in_the_order_of_keys
            one_of_many_wins_a_note
            a_closed_store_says_so
            closing_finishes_what_was_handed_over
        }
    };
}

//! Rows that do not fit: each is named, and stops its own aggregate and no other. Versions that do not fit stop none, as in
//! djangoevents: replay goes by `id`, and counts.

use evgen_runtime::store::sqlite::Layout;
use evgen_runtime::{
    AggregateVersion, App, AppendError, DecodeError, GetError, Position, ReadError, ReplayCause,
    StoreFailure, UpdateError,
};
use evgen_tests::djangoevents::{Ticket, events::ticket};

use super::repositories::{Seen, Wanted, repository};
use super::{Journal, app};

/// A Todo of 13 events and the row of its fifth, a `ChangedLabel`.
const TODO: &str = "d02a31c6-5f53-4143-ae6f-cacee018e183";
const ROW: Position = Position(121);
/// Another Todo, which no test changes.
const OTHER: &str = "dafa4181d7e9468188c23cd2808492b8";
/// A Ticket of 5 events, the last of which is row 411.
const TICKET: &str = "46d9f120-fd25-4ae2-80d7-a86fabcc9a93";

/// A journal some of whose rows were changed; `None` without the shared data.
async fn changed(sql: &str) -> Option<(Journal, App)> {
    let journal = Journal::copy("public_journal.sqlite3")?;
    journal.execute(&format!("UPDATE event_journal SET {sql}"));
    let app = app(&journal.path, Layout::djangoevents(), false).await;
    Some((journal, app))
}

/// One row of [`TODO`] is changed: its replay fails, and that of other aggregates does not.
async fn failure(set: &str) -> Option<StoreFailure> {
    let (_journal, app) = changed(&format!("{set} WHERE id = {ROW}")).await?;
    let todos = repository(&app, "Todo");
    let other = todos.look(OTHER, None).await.unwrap();
    assert_eq!((other.version, other.discarded), (18, true));
    let GetError::Store(failure) = todos.look(TODO, None).await.unwrap_err() else {
        panic!("{set}")
    };
    // Its events can be read up to that row, and not past it.
    let wanted = |limit| Wanted {
        limit: Some(limit),
        ..Wanted::default()
    };
    assert_eq!(todos.events(TODO, wanted(4)).await.unwrap().len(), 4);
    let GetError::Store(_) = todos.events(TODO, wanted(5)).await.unwrap_err() else {
        panic!("{set}")
    };
    Some(failure)
}

/// What stops the replay at the row.
async fn cause(set: &str) -> Option<ReplayCause> {
    let StoreFailure::Replay(error) = failure(set).await? else {
        panic!("{set}")
    };
    assert_eq!((error.row, error.version), (ROW, AggregateVersion(4)));
    assert!(error.to_string().starts_with("row 121 of the journal"));
    Some(error.cause)
}

#[tokio::test]
async fn a_row_of_an_unknown_class_stops_its_aggregate() {
    let set = "_class_name = 'Todo.Gone', event_type = 'todo_gone'";
    let cause = cause(set).await;
    assert!(matches!(
        cause,
        None | Some(ReplayCause::Decode(DecodeError::UnknownEvent { .. }))
    ));
}

#[tokio::test]
async fn a_row_of_a_version_to_come_stops_its_aggregate() {
    let cause = cause("event_version = 2").await;
    assert!(matches!(
        cause,
        None | Some(ReplayCause::Decode(DecodeError::UnknownVersion {
            version: 2,
            latest: 1,
            ..
        }))
    ));
}

#[tokio::test]
async fn broken_json_stops_its_aggregate() {
    for data in ["", "{\"label\":", "{\"label\":\"a\"} {}", "[]", "null"] {
        let cause = cause(&format!("event_data = '{data}'")).await;
        assert!(
            matches!(
                cause,
                None | Some(ReplayCause::Decode(DecodeError::Data(_)))
            ),
            "{data}"
        );
    }
}

#[tokio::test]
async fn data_that_its_schema_cannot_read_stops_its_aggregate() {
    let Some(cause) = cause("event_data = '{\"label\":5}'").await else {
        return;
    };
    let ReplayCause::Decode(DecodeError::Data(error)) = cause else {
        panic!("{cause:?}")
    };
    assert!(error.to_string().contains("label"), "{error}");
}

#[tokio::test]
async fn a_column_that_holds_what_it_never_should_stops_its_aggregate() {
    for set in [
        "create_date = 'yesterday'",
        "event_data = x'7b7d'",
        "event_version = 'one'",
    ] {
        let Some(failure) = failure(set).await else {
            return;
        };
        let StoreFailure::Read(ReadError::Row { row, .. }) = failure else {
            panic!("{failure:?}")
        };
        assert_eq!(row, ROW, "{set}");
    }
}

#[tokio::test]
async fn versions_with_gaps_out_of_order_or_negative_are_counted() {
    for (set, version) in [
        // A gap.
        (
            "aggregate_version = aggregate_version + 100 WHERE id >= 121",
            13,
        ),
        // Out of order.
        (
            "aggregate_version = 100 - aggregate_version WHERE id >= 121",
            13,
        ),
        // Negative: counted from the first row's.
        ("aggregate_version = aggregate_version - 5", 8),
    ] {
        let Some(journal) = Journal::copy("public_journal.sqlite3") else {
            return;
        };
        let before = app(&journal.path, Layout::djangoevents(), true).await;
        let before = repository(&before, "Todo").look(TODO, None).await.unwrap();
        let and = if set.contains("WHERE") {
            "AND"
        } else {
            "WHERE"
        };
        let (_journal, app) = changed(&format!("{set} {and} aggregate_id = '{TODO}'"))
            .await
            .unwrap();
        let seen = repository(&app, "Todo").look(TODO, None).await.unwrap();
        assert_eq!(seen, Seen { version, ..before }, "{set}");
    }
}

#[tokio::test]
async fn an_append_after_a_gap_fills_it_or_names_the_row_that_holds_the_version() {
    for (shift, taken) in [(100, false), (1, true)] {
        let set = format!(
            "aggregate_version = aggregate_version + {shift} \
             WHERE aggregate_id = '{TICKET}' AND aggregate_version = 4"
        );
        let Some((_journal, app)) = changed(&set).await else {
            return;
        };
        let tickets = app.repository::<Ticket>();
        let updated = tickets.update(TICKET, |_| ticket::Updated {
            subject: "after the gap".into(),
        });
        match updated.await {
            Ok(committed) => assert_eq!((committed.version.0, taken), (6, false)),
            Err(UpdateError::Store(StoreFailure::Append(AppendError::VersionTaken {
                version,
                row,
                ..
            }))) => assert_eq!((version.0, row, taken), (5, Position(411), true)),
            Err(error) => panic!("{error:?}"),
        }
    }
}

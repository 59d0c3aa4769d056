//! The journal: its columns, and reading events back.

use std::path::Path;

use evgen_runtime::prelude::*;
use evgen_runtime::rusqlite::Connection;
use evgen_runtime::rusqlite::types::ValueRef;
use evgen_runtime::store::StreamQuery;
use evgen_runtime::store::sqlite::Layout;
use evgen_runtime::{EventId, JsonObject, Payload, StreamId, Timestamp};
use evgen_tests::djangoevents::events as service;
use evgen_tests::fixtures::upcast_steps::Customer;

use super::{ada, customers};

/// The data of a stream's first event, as it is stored.
pub(super) async fn data(app: &App, aggregate_type: &str, id: &str) -> JsonObject {
    let query = StreamQuery::new(StreamId::new(aggregate_type, id));
    let page = app.event_store().read_stream(query).await.unwrap();
    let event = page.iter().next().unwrap();
    match event.payload {
        Payload::Json(text) => JsonObject::parse(text).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// `id` and djangoevents' twelve columns, filled as it fills them.
#[tokio::test]
async fn the_journals_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite3");
    let store = SqliteStore::builder(&path).layout(Layout::djangoevents());
    let app = service::app(store.open().await.unwrap());
    let app = app.build().await.unwrap();
    app.store_raw(
        "todo_created",
        "6deaca4c",
        0,
        r#"{"label": "my next thing to do"}"#,
    )
    .event_id(EventId::parse("7ab23d4ca52011e680f576304dec7eb7").unwrap())
    .metadata(("command_id", "..."))
    .await
    .unwrap();
    let expected = [
        ("id", "1"),
        ("event_id", "7ab23d4ca52011e680f576304dec7eb7"),
        ("event_type", "todo_created"),
        ("event_data", r#"{"label":"my next thing to do"}"#),
        ("aggregate_id", "6deaca4c"),
        ("aggregate_type", "Todo"),
        ("aggregate_version", "0"),
        ("create_date", "2016-11-07 19:29:19.741678"),
        ("metadata", r#"{"command_id":"..."}"#),
        ("_module_name", "todos.aggregates"),
        ("_class_name", "Todo.Created"),
        ("event_version", "1"),
        ("_stored_entity_id", "Todo::6deaca4c"),
    ];
    let row = row(&path);
    let found: Vec<_> = row.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(found, expected);
}

fn row(path: &Path) -> Vec<(String, String)> {
    let db = Connection::open(path).unwrap();
    let mut select = db.prepare("SELECT * FROM event_journal").unwrap();
    let columns: Vec<String> = select.column_names().into_iter().map(Into::into).collect();
    let mut rows = select.query([]).unwrap();
    let row = rows.next().unwrap().unwrap();
    let text = |column| match row.get_ref(column).unwrap() {
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8(text.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    };
    let texts: Vec<_> = (0..columns.len()).map(text).collect();
    columns.into_iter().zip(texts).collect()
}

/// The bounds are djangoevents': behind `after` and up to `until` oldest first, the other way round newest first.
#[tokio::test]
async fn get_entity_events_after_until_limit_both_orders() {
    let app = customers(|builder| builder).await;
    let at = |second: i64| Timestamp::from_second(second).unwrap();
    app.store_raw("customer_created", "1", 0, super::storing::ADA)
        .create_date(at(0))
        .await
        .unwrap();
    let moved = r#"{"street":"Elm","number":7,"mood":"A","old":""}"#;
    for version in 1..5 {
        app.store_raw("customer_moved", "1", version, moved)
            .event_version(1)
            .create_date(at(version))
            .await
            .unwrap();
    }
    let customers = app.repository::<Customer>();
    let versions = async |events: evgen_runtime::repository::Events<'_, Customer>| {
        let events = events.await.unwrap();
        events
            .iter()
            .map(|event| event.version.0)
            .collect::<Vec<_>>()
    };
    let all = || customers.events("1");
    assert_eq!(versions(all()).await, [0, 1, 2, 3, 4]);
    assert_eq!(versions(all().newest_first()).await, [4, 3, 2, 1, 0]);
    assert_eq!(versions(all().after(at(1)).until(at(3))).await, [2, 3]);
    let newest = all().after(at(1)).until(at(3)).newest_first();
    assert_eq!(versions(newest).await, [2, 1]);
    assert_eq!(versions(all().limit(2)).await, [0, 1]);
    assert_eq!(versions(all().limit(2).newest_first()).await, [4, 3]);
    assert_eq!(versions(all().limit(0)).await, [0; 0]);
    assert_eq!(versions(customers.events("2")).await, [0; 0]);
    // get_entity_version and get_entity(until=).
    assert_eq!(
        customers.get("1").at_version(2).await.unwrap().version().0,
        2
    );
    assert_eq!(
        customers.get("1").at_time(at(2)).await.unwrap().version().0,
        3
    );
    assert_eq!(
        *customers.get("1").at_version(1).await.unwrap().name.0,
        *ada().name.first
    );
}

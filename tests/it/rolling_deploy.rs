//! Two builds on one journal while a service is deployed: the older one meets versions that it does not know.

use evgen_runtime::store::memory::MemoryStore;
use evgen_runtime::store::sqlite::Layout;
use evgen_runtime::store::{Batch, EventStore, JournalQuery, StoredSchema, StreamAppend};
use evgen_runtime::{App, Decimal, ExpectedVersion, Payload, PayloadBuf, PayloadFormat, StreamId};
use evgen_tests::fixtures::two_builds::{new, old};
use new::events::order as new_order;
use old::events::order as old_order;

async fn builds(store: impl EventStore + Clone, payload: PayloadFormat) -> (App, App) {
    let old = old::events::app(store.clone()).configure(|app| app.payload(payload));
    let new = new::events::app(store).configure(|app| app.payload(payload));
    (old.build().await.unwrap(), new.build().await.unwrap())
}

fn price(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn placed() -> new_order::Placed {
    let part = new_order::placed::Line {
        article: "strap".into(),
        parts: Vec::new(),
        price: price("0.10"),
    };
    new_order::Placed {
        gift: new_order::placed::Gift::String("for you".into()),
        customer: "Ä. B.".into(),
        size: new_order::placed::Size::Xl,
        colour: Some(new_order::placed::Colour::Blue),
        lines: vec![new_order::placed::Line {
            article: "bag".into(),
            parts: vec![part],
            price: price("19.90"),
        }],
    }
}

async fn is_read_by_the_older_build(store: impl EventStore + Clone, payload: PayloadFormat) {
    let (old, new) = builds(store, payload).await;
    let _ = new
        .repository::<new::Order>()
        .create("1", placed())
        .await
        .unwrap();
    let order = old.repository::<old::Order>().get("1").await.unwrap();
    let line = old_order::placed::Line {
        article: "bag".into(),
        price: price("19.90"),
        note: None,
    };
    // What it does not know is left out, or is what its schema says of unknown symbols.
    let expected = old_order::Placed {
        customer: "Ä. B.".into(),
        size: old_order::placed::Size::M,
        colour: Some(old_order::placed::Colour::Other),
        lines: vec![line],
    };
    assert_eq!(order.placed, expected);
    let events = old.repository::<old::Order>().events("1").await.unwrap();
    assert_eq!(events[0].event, old_order::Event::Placed(expected));
    // It goes on to write its own version, which the newer build reads.
    let orders = old.repository::<old::Order>();
    let _ = orders
        .update("1", |_| old_order::Paid { amount: 5 })
        .await
        .unwrap();
    let order = new.repository::<new::Order>().get("1").await.unwrap();
    assert_eq!((order.placed.clone(), order.paid), (placed(), 5));
}

#[tokio::test]
async fn newer_events_are_read_where_the_manifest_says_so() {
    for payload in [PayloadFormat::Json, PayloadFormat::Avro] {
        is_read_by_the_older_build(MemoryStore::new(), payload).await;
        let (store, _folder) = super::stores::sqlite(Layout::Native).await;
        is_read_by_the_older_build(store, payload).await;
    }
}

#[tokio::test]
async fn elsewhere_the_error_says_what_to_do() {
    let (old, new) = builds(MemoryStore::new(), PayloadFormat::Avro).await;
    let orders = new.repository::<new::Order>();
    let _ = orders.create("1", placed()).await.unwrap();
    let paid = new_order::Paid { amount: 1, tip: 0 };
    let _ = orders.update("1", move |_| paid.clone()).await.unwrap();
    let error = old.repository::<old::Order>().get("1").await.unwrap_err();
    assert_eq!(
        super::stores::chain(&error),
        "row 2 of the journal (`order_paid` at version 1 of `Order::1`) stops the replay: `Order.Paid` is stored in \
         version 2, this build knows up to 1: deploy the build that wrote it, or a later one; where the manifest says \
         `forward: read`, later versions are read as the latest known one"
    );
}

/// A journal whose newer build did not leave its schema behind (an import of rows alone).
#[tokio::test]
async fn avro_whose_schema_is_not_kept_says_so() {
    let (_, new) = builds(MemoryStore::new(), PayloadFormat::Avro).await;
    let _ = new
        .repository::<new::Order>()
        .create("1", placed())
        .await
        .unwrap();
    let page = new
        .event_store()
        .read_all(JournalQuery::default())
        .await
        .unwrap();
    let row = page.get(0).unwrap();
    let Payload::Avro(bytes) = row.payload else {
        panic!()
    };
    let mut other = bytes.to_vec();
    other[2..10].fill(7);

    let store = MemoryStore::new();
    let event = evgen_runtime::NewEvent {
        event_id: evgen_runtime::EventId::new(),
        event_type: row.event_type.to_owned().into(),
        event_version: row.event_version,
        payload: PayloadBuf::Avro(other),
        create_date: None,
        metadata: None,
        version: None,
        django: None,
    };
    let append = StreamAppend {
        stream: StreamId::new("Order", "1"),
        expected: ExpectedVersion::Any,
        events: vec![event],
        command_id: None,
    };
    store
        .append(Batch {
            streams: vec![append],
        })
        .await
        .unwrap();
    let (old, _) = builds(store, PayloadFormat::Avro).await;
    let error = old.repository::<old::Order>().get("1").await.unwrap_err();
    assert_eq!(
        super::stores::chain(&error),
        "row 1 of the journal (`order_placed` at version 0 of `Order::1`) stops the replay: the data is Avro of a later \
         version, and the store keeps no schema with the fingerprint 0707070707070707: deploy the build that wrote it, \
         or a later one"
    );
}

#[tokio::test]
async fn a_store_keeps_each_schema_that_was_written() {
    let (old, new) = builds(MemoryStore::new(), PayloadFormat::Json).await;
    let kept = |app: &App| {
        let store = app.event_store().clone();
        async move {
            let schemas = store.load_schemas().await.unwrap();
            let name =
                |schema: &StoredSchema| format!("{} {}", schema.event_type, schema.event_version);
            schemas.iter().map(name).collect::<Vec<_>>()
        }
    };
    assert_eq!(kept(&new).await, [""; 0]);
    let orders = new.repository::<new::Order>();
    let _ = orders.create("1", placed()).await.unwrap();
    assert_eq!(kept(&new).await, ["order_placed 2"]);
    let orders = old.repository::<old::Order>();
    let _ = orders
        .update("1", |_| old_order::Paid { amount: 5 })
        .await
        .unwrap();
    assert_eq!(kept(&new).await, ["order_paid 1", "order_placed 2"]);
}

//! An app on a journal of djangoevents' layout: ids that Python reads times from, no metadata but the caller's, commands.
#![cfg(feature = "sqlite")]

mod todo {
    //! As `todo/mod.rs`, with the classes that djangoevents knows.
    #![allow(dead_code, unreachable_pub, reason = "generated code is used in part")]

    use evgen_runtime::{DjangoClass, EventContext, OnDiscard};
    use serde::{Deserialize, Serialize};

    #[path = "../todo/generated.rs"]
    mod generated;
    pub use generated::*;

    const ENVELOPE: &[evgen_runtime::types::FieldNode] = &[];
    const ON_DISCARD: OnDiscard = OnDiscard::Keep;
    const fn django(class: &'static str) -> Option<DjangoClass> {
        Some(DjangoClass {
            module: "todos.aggregates",
            class,
        })
    }

    #[derive(Debug, Serialize, Deserialize)]
    pub struct Todo {
        pub label: String,
    }

    impl Mutator for Todo {
        fn created(event: &Created, _cx: &EventContext) -> Self {
            Self {
                label: event.label.clone(),
            }
        }
        fn changed_label(&mut self, event: &ChangedLabel, _cx: &EventContext) {
            self.label.clone_from(&event.label);
        }
        fn completed(&mut self, _event: &Completed, _cx: &EventContext) {}
        fn discarded(&mut self, _event: &Discarded, _cx: &EventContext) {}
    }
}

use std::sync::{Arc, Mutex};

use evgen_runtime::prelude::*;
use evgen_runtime::store::sqlite::Layout;
use evgen_runtime::{Delivery, HandlerEntry};
use todo::{ChangedLabel, Created, Todo};

#[tokio::test]
async fn events_are_stored_as_python_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::builder(folder.path().join("journal.db"))
        .layout(Layout::djangoevents())
        .open()
        .await
        .unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let handler = HandlerEntry {
        name: "tell",
        on: &[Created::DESCRIPTOR],
        delivery: Delivery::Inline,
        run: evgen_runtime::RunOptions::DEFAULT,
        call: {
            let told = Arc::clone(&told);
            Box::new(move |_, cx| {
                told.lock()
                    .unwrap()
                    .push((cx.event_id().clone(), cx.create_date()));
                Box::pin(async { Ok(()) })
            })
        },
    };
    let app = todo::app(store)
        .add_handlers(vec![handler])
        .build()
        .await
        .unwrap();
    let todos = app.repository::<Todo>();
    let first = todos
        .create("1", Created { label: "a".into() })
        .command_id("c1")
        .await
        .unwrap();
    let again = todos
        .create("1", Created { label: "a".into() })
        .command_id("c1")
        .await
        .unwrap();
    assert_eq!(first.position, again.position);
    let rename = |_: &Loaded<Todo>| ChangedLabel { label: "b".into() };
    let _ = todos
        .update("1", rename)
        .metadata(("by", "me"))
        .await
        .unwrap();

    let events = todos.events("1").await.unwrap();
    for event in &events {
        let id = uuid::Uuid::parse_str(event.event_id.as_str()).unwrap();
        assert_eq!(id.get_version_num(), 1);
        assert_eq!(event.event_id.as_str().len(), 32);
    }
    assert!(events[0].metadata.is_empty());
    assert_eq!(
        events[1].metadata.to_value(),
        serde_json::json!({"by": "me"})
    );
    let told = told.lock().unwrap();
    assert_eq!(*told, [(events[0].event_id.clone(), events[0].create_date)]);
}

//! An aggregate whose manifest says `on_discard: remove`: discarded, it is missing, and may be created again.

mod todo {
    //! As `todo/mod.rs`, but for `on_discard`.
    #![allow(dead_code, unreachable_pub, reason = "generated code is used in part")]

    use evgen_runtime::{EventContext, OnDiscard};
    use serde::{Deserialize, Serialize};

    #[path = "../todo/generated.rs"]
    mod generated;
    pub use generated::*;

    const fn django(_event: &str) -> Option<evgen_runtime::DjangoClass> {
        None
    }
    const ENVELOPE: &[evgen_runtime::types::FieldNode] = &[];
    const ON_DISCARD: OnDiscard = OnDiscard::Remove;

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

use evgen_runtime::prelude::*;
use evgen_runtime::{CreateError, GetError, UpdateError};
use todo::{ChangedLabel, Created, Discarded, Todo};

#[tokio::test]
async fn it_is_missing_and_created_again_behind_its_events() {
    let app = todo::app(MemoryStore::new()).build().await.unwrap();
    let todos = app.repository::<Todo>();
    let created = |label: &str| Created {
        label: label.into(),
    };
    let _ = todos.create("1", created("a")).await.unwrap();
    let taken = todos.create("1", created("b")).await;
    assert!(matches!(taken, Err(CreateError::AlreadyExists(_))));
    let _ = todos.update("1", |_| Discarded {}).await.unwrap();
    assert!(matches!(todos.get("1").await, Err(GetError::NotFound(_))));
    assert!(matches!(
        todos.get_any("1").await,
        Err(GetError::NotFound(_))
    ));
    assert!(matches!(
        todos.update("1", |_| ()).await,
        Err(UpdateError::NotFound(_))
    ));

    let done = todos.create("1", created("again")).await.unwrap();
    assert_eq!(done.version, 3.into());
    assert_eq!(todos.get("1").await.unwrap().label, "again");

    let mut work = app.unit_of_work();
    work.update::<Todo, _, _>("1", |_| Discarded {})
        .await
        .unwrap();
    work.create::<Todo>("1", created("in one go"))
        .await
        .unwrap();
    let _ = work.commit().await.unwrap();
    assert_eq!(todos.get("1").await.unwrap().version(), 5.into());

    // An event on a removed aggregate stops its replay, as in djangoevents.
    let _ = todos.update("1", |_| Discarded {}).await.unwrap();
    let _ = app
        .store::<Todo>("1", 6, ChangedLabel { label: "x".into() })
        .await
        .unwrap();
    let error = todos.get("1").await.unwrap_err();
    assert!(error.to_string().contains("row 7"), "{error}");
}

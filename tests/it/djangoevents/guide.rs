//! The Rust of docs/djangoevents.md, at work on a real journal. What stands here in a block of the guide stands there line
//! for line.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use evgen_runtime::prelude::*;
use evgen_runtime::store::sqlite::Layout;
use evgen_runtime::{BoxError, CreateError, GetError, StoreError, UpdateError};
use evgen_tests::djangoevents::Todo;
use evgen_tests::djangoevents::events::{self, animal, dog, todo};

use super::Journal;

/// Opens a journal as the guide does.
async fn open(path: &Path) -> Result<App, BoxError> {
    let store = SqliteStore::builder(path)
        .layout(Layout::djangoevents())
        .open()
        .await?;
    let app = events::app(store).build().await?;
    Ok(app)
}

async fn journal() -> Option<(Journal, App)> {
    let journal = Journal::copy("public_journal.sqlite3")?;
    let app = open(&journal.path).await.unwrap();
    Some((journal, app))
}

#[tokio::test]
async fn repositories_get_or_answer_404() {
    let Some((_journal, app)) = journal().await else {
        return;
    };
    let todos = app.repository::<Todo>();
    todos
        .create(
            "milk",
            todo::Created {
                label: "milk".into(),
            },
        )
        .await
        .unwrap();
    todos
        .update("milk", |_| todo::ChangedLabel {
            label: "oats".into(),
        })
        .await
        .unwrap();
    let todo = todos.get("milk").await.unwrap();
    assert_eq!(todo.version().0, 2);

    let missing = todos.get("no-such-id").await;
    assert!(matches!(missing, Err(GetError::NotFound(_))));
    assert!(!todos.exists("no-such-id").await.unwrap());
    assert_eq!(Error::from(missing.unwrap_err()).status(), 404);

    let again = todos.create(
        "milk",
        todo::Created {
            label: "again".into(),
        },
    );
    assert!(matches!(again.await, Err(CreateError::AlreadyExists(_))));
    let stale = todos.update("milk", |_| todo::Completed { completed_by: None });
    let stale = stale.expect_version(1).await;
    assert!(matches!(stale, Err(UpdateError::Conflict { .. })));

    todos.update("milk", |_| todo::Discarded {}).await.unwrap();
    let discarded = todos.get("milk").await;
    assert!(matches!(discarded, Err(GetError::Discarded(_))));
    assert!(todos.get_any("milk").await.unwrap().discarded());
}

#[tokio::test]
async fn events_are_stored_without_a_repository() {
    let Some((_journal, app)) = journal().await else {
        return;
    };
    app.store::<Todo>(
        "milk",
        0,
        todo::Created {
            label: "milk".into(),
        },
    )
    .metadata(("command_id", "c-17"))
    .await
    .unwrap();
    app.store_raw("todo_changed_label", "milk", 1, r#"{"label": "oats"}"#)
        .force_validate()
        .await
        .unwrap();
    let wrong = app.store_raw("todo_changed_label", "milk", 2, r#"{"label": 5}"#);
    assert!(matches!(wrong.await, Err(StoreError::Invalid(_))));
    assert_eq!(
        (todo::Created::VERSION, todo::Created::EVENT_TYPE),
        (1, "todo_created")
    );
}

static SEEN: AtomicUsize = AtomicUsize::new(0);

async fn count_created(event: todo::Created, cx: HandlerContext) -> Result<(), HandlerError> {
    assert_eq!((event.label.as_str(), cx.version().0), ("milk", 0));
    SEEN.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

async fn count(_: AnyEvent, _: HandlerContext) -> Result<(), HandlerError> {
    SEEN.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

#[tokio::test]
async fn functions_are_subscribed_while_the_app_runs() {
    let Some((_journal, app)) = journal().await else {
        return;
    };
    let created = app.subscribe_to::<todo::Created>(count_created);
    let renamed = app.subscribe_to::<(todo::ChangedLabel, animal::Renamed)>(count);
    let of_command = app.subscribe(
        |_, cx| cx.metadata().text("command_id") == Some("c-17"),
        count,
    );

    let todos = app.repository::<Todo>();
    let create = todos.create(
        "milk",
        todo::Created {
            label: "milk".into(),
        },
    );
    create.metadata(("command_id", "c-17")).await.unwrap();
    let rex = dog::Created { label: "x".into() };
    app.store_event::<dog::Event>("rex", 0, rex).await.unwrap();
    let rex = dog::Renamed {
        label: "Rex".into(),
    };
    app.store_event::<dog::Event>("rex", 1, rex).await.unwrap();
    assert_eq!(SEEN.load(Ordering::Relaxed), 3);

    created.unsubscribe();
    renamed.unsubscribe();
    of_command.unsubscribe();
    let create = todos.create(
        "bread",
        todo::Created {
            label: "bread".into(),
        },
    );
    create.metadata(("command_id", "c-17")).await.unwrap();
    assert_eq!(SEEN.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn events_are_read_by_time_limit_and_order() {
    let Some((_journal, app)) = journal().await else {
        return;
    };
    let todos = app.repository::<Todo>();
    let create = todos.create(
        "milk",
        todo::Created {
            label: "milk".into(),
        },
    );
    create.await.unwrap();
    for label in ["a", "b", "c"] {
        let change = todo::ChangedLabel {
            label: label.into(),
        };
        todos.update("milk", |_| change.clone()).await.unwrap();
    }
    let all = todos.events("milk").await.unwrap();
    let (after, until) = (all[0].create_date, all[2].create_date);
    let between = todos
        .events("milk")
        .after(after)
        .until(until)
        .await
        .unwrap();
    let newest = todos.events("milk").newest_first().limit(1).await.unwrap();
    let then = todos.get("milk").at_time(until).await.unwrap();
    let before = todos.get("milk").at_version(1).await.unwrap();
    assert_eq!((all.len(), between.len(), newest.len()), (4, 2, 1));
    assert_eq!((then.version().0, before.version().0), (3, 1));
    assert_eq!(newest[0].version.0, 3);
}

//! The Rust of docs/djangoevents.md, at work on a real journal: what stands in a block of the guide stands here, line for
//! line.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use evgen_runtime::prelude::*;
use evgen_runtime::store::sqlite::Layout;
use evgen_runtime::{BoxError, CreateError, GetError, StoreError, UpdateError};
use evgen_tests::djangoevents::Todo;
use evgen_tests::djangoevents::events::{self, animal, dog, todo};

use super::Journal;

async fn open(path: &Path) -> Result<App, BoxError> {
    let store = SqliteStore::builder(path)
        .layout(Layout::djangoevents())
        .open()
        .await?;
    let app = events::app(store).build().await?;
    Ok(app)
}

/// A journal to write to; the app on it.
async fn journal() -> Option<(Journal, App)> {
    let journal = Journal::copy("public_journal.sqlite3")?;
    let app = open(&journal.path).await.unwrap();
    Some((journal, app))
}

fn created(label: &str) -> todo::Created {
    let label = label.into();
    todo::Created { label }
}

fn changed(label: &str) -> todo::ChangedLabel {
    let label = label.into();
    todo::ChangedLabel { label }
}

#[tokio::test]
async fn repositories_get_or_answer_404() -> Result<(), BoxError> {
    let Some((_journal, app)) = journal().await else {
        return Ok(());
    };
    let todos = app.repository::<Todo>();
    todos.create("milk", created("milk")).await?;
    todos.update("milk", |_| changed("oats")).await?;
    let todo = todos.get("milk").await?;
    assert_eq!(todo.version().0, 2);

    let missing = todos.get("no-such-id").await;
    assert!(matches!(missing, Err(GetError::NotFound(_))));
    assert!(!todos.exists("no-such-id").await?);
    assert_eq!(Error::from(missing.unwrap_err()).status(), 404);

    let again = todos.create("milk", created("again")).await;
    assert!(matches!(again, Err(CreateError::AlreadyExists(_))));
    let late = todos
        .update("milk", |_| changed("late"))
        .expect_version(1)
        .await;
    assert!(matches!(late, Err(UpdateError::Conflict { .. })));

    todos.update("milk", |_| todo::Discarded {}).await?;
    let discarded = todos.get("milk").await;
    assert!(matches!(discarded, Err(GetError::Discarded(_))));
    assert!(todos.get_any("milk").await?.discarded());
    Ok(())
}

#[tokio::test]
async fn events_are_stored_without_a_repository() -> Result<(), BoxError> {
    let Some((_journal, app)) = journal().await else {
        return Ok(());
    };
    app.store::<Todo>("milk", 0, created("milk"))
        .metadata(("command_id", "c-17"))
        .await?;

    app.store_raw("todo_changed_label", "milk", 1, r#"{"label": "oats"}"#)
        .force_validate()
        .await?;
    let wrong = app.store_raw("todo_changed_label", "milk", 2, r#"{"label": 5}"#);
    assert!(matches!(wrong.await, Err(StoreError::Invalid(_))));

    assert_eq!(todo::Created::VERSION, 1);
    assert_eq!(todo::Created::EVENT_TYPE, "todo_created");
    Ok(())
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
async fn functions_are_subscribed_while_the_app_runs() -> Result<(), BoxError> {
    let Some((_journal, app)) = journal().await else {
        return Ok(());
    };
    let new = app.subscribe_to::<todo::Created>(count_created);
    let renamed = app.subscribe_to::<(todo::ChangedLabel, animal::Renamed)>(count);
    let of_command = app.subscribe(|_, cx| cx.metadata().text("command_id").is_some(), count);

    let todos = app.repository::<Todo>();
    let create = todos.create("milk", created("milk"));
    create.metadata(("command_id", "c-17")).await?;
    let label = || "Rex".to_owned();
    let rex = dog::Created { label: label() };
    app.store_event::<dog::Event>("rex", 0, rex).await?;
    let rex = dog::Renamed { label: label() };
    app.store_event::<dog::Event>("rex", 1, rex).await?;
    assert_eq!(SEEN.load(Ordering::Relaxed), 3);

    new.unsubscribe();
    renamed.unsubscribe();
    of_command.unsubscribe();
    let create = todos.create("bread", created("bread"));
    create.metadata(("command_id", "c-18")).await?;
    assert_eq!(SEEN.load(Ordering::Relaxed), 3);
    Ok(())
}

#[tokio::test]
async fn events_are_read_by_time_limit_and_order() -> Result<(), BoxError> {
    let Some((_journal, app)) = journal().await else {
        return Ok(());
    };
    let todos = app.repository::<Todo>();
    todos.create("milk", created("milk")).await?;
    for label in ["a", "b", "c"] {
        todos.update("milk", |_| changed(label)).await?;
    }
    let all = todos.events("milk").await?;
    let (after, until) = (all[0].create_date, all[2].create_date);
    let between = todos.events("milk").after(after).until(until).await?;
    let newest = todos.events("milk").newest_first().limit(1).await?;
    let then = todos.get("milk").at_time(until).await?;
    let before = todos.get("milk").at_version(1).await?;
    assert_eq!((all.len(), between.len(), newest.len()), (4, 2, 1));
    assert_eq!((then.version().0, before.version().0), (3, 1));
    assert_eq!(newest[0].version.0, 3);
    Ok(())
}

//! The story that `cargo run -p example-app` tells, a chapter per promise. Each begins with new todos, so that it can be told
//! again on the same file.

#![expect(clippy::print_stdout, reason = "it is told on stdout")]

use evgen_runtime::prelude::*;
use evgen_runtime::store::JournalQuery;
use evgen_runtime::{GetError, InvalidEvent, Payload, StoreError, UpdateError};

use crate::events::todo;
use crate::open_todos;
use crate::todo::{Priority, Todo};

/// Tells it on the todos of `app`, whose store is `store`.
pub async fn tell(app: &App, store: &SqliteStore) -> Result<(), Error> {
    let begin = store.head().await?;
    println!("A to-do service on {}", store.path().display());
    println!("({begin} events from before are in that file)");

    let milk = create_and_change(app).await?;
    read_an_old_version(app).await?;
    refuse_invalid_data(app).await?;
    tell_of_a_conflict(app, &milk).await?;
    repeat_a_command(app, &milk).await?;
    handle_and_project(app, store, &milk).await?;
    discard(app).await?;
    show_events(app, begin).await
}

async fn create_and_change(app: &App) -> Result<AggregateId, Error> {
    chapter("Create, and change");
    let todos = app.repository::<Todo>();
    let milk = AggregateId::new();

    let created = todo::Created {
        label: "buy milk".into(),
        priority: Priority::High,
        tags: vec!["shop".into()],
    };
    todos
        .create(&milk, created)
        .metadata(("channel", "story"))
        .await?;
    todos
        .update(&milk, |todo| todo.rename("buy oat milk"))
        .await?;

    let now = todos.get(&milk).await?;
    let then = todos.get(&milk).at_version(1).await?;
    println!(
        "   now:      “{}”, next version {}",
        now.label,
        now.version()
    );
    println!("   before:   “{}”", then.label);

    let refused = todos.update(&milk, |todo| todo.rename("  ")).await;
    if let Err(UpdateError::Rejected(why)) = refused {
        println!("   renamed to nothing: refused, {why}");
    }
    Ok(milk)
}

async fn read_an_old_version(app: &App) -> Result<(), Error> {
    chapter("An event from before version 2");
    let (todos, id) = (app.repository::<Todo>(), AggregateId::new());
    let old = r#"{"label": "call grandmother"}"#;
    app.store_raw("todo_created", &id, 0, old)
        .event_version(1)
        .await?;

    let todo = todos.get(&id).await?;
    println!("   stored:   {old} as version 1");
    println!(
        "   read:     “{}”, priority {}, tags {:?}: version {}'s defaults",
        todo.label,
        todo.priority.as_str(),
        todo.tags,
        todo::CREATED.version,
    );
    Ok(())
}

async fn refuse_invalid_data(app: &App) -> Result<(), Error> {
    chapter("Invalid data is not stored");
    let wrong = r#"{"label": 7, "priority": "URGENT", "tags": ["shop", null]}"#;
    println!("   given:    {wrong}");
    let refused = app
        .store_raw("todo_created", AggregateId::new(), 0, wrong)
        .await;
    match refused {
        Err(StoreError::Invalid(InvalidEvent::Data { errors, .. })) => {
            for error in errors.errors() {
                println!("   refused:  {error}");
            }
            Ok(())
        }
        other => other.map(drop).map_err(Into::into),
    }
}

async fn tell_of_a_conflict(app: &App, milk: &AggregateId) -> Result<(), Error> {
    chapter("Two writers, one version");
    let todos = app.repository::<Todo>();
    let seen_by_both = todos.get(milk).await?.version();

    todos
        .update(milk, |todo| todo.rename("buy oat milk, two"))
        .expect_version(seen_by_both)
        .await?;
    println!("   first:    stored at version {seen_by_both}");
    let second = todos
        .update(milk, |todo| todo.rename("buy soy milk"))
        .expect_version(seen_by_both)
        .await;
    match second {
        Err(UpdateError::Conflict {
            expected,
            actual: Some(actual),
            ..
        }) => {
            println!("   second:   conflict, expected {expected}, the next is {actual} by now");
            Ok(())
        }
        other => other.map(drop).map_err(Into::into),
    }
}

async fn repeat_a_command(app: &App, milk: &AggregateId) -> Result<(), Error> {
    chapter("A command that comes twice");
    let todos = app.repository::<Todo>();
    // The client makes the id, and sends it again when no answer came.
    let command = AggregateId::new();
    for attempt in ["first:  ", "again:  "] {
        let committed = todos
            .update(milk, |todo| todo.rename("buy oat milk, two cartons"))
            .command_id(&command)
            .await?;
        println!("   {attempt}  position {}", committed.position);
    }
    println!("   stored:   {} events", todos.events(milk).await?.len());
    Ok(())
}

async fn handle_and_project(
    app: &App,
    store: &SqliteStore,
    milk: &AggregateId,
) -> Result<(), Error> {
    chapter("A handler and a projection");
    let todos = app.repository::<Todo>();
    let committed = todos
        .update(milk, |todo| todo.complete(Some("Ann")))
        .await?;

    // Read your own write.
    app.wait_for("open_todos", committed.position).await?;
    let open = store.read(open_todos::all).await?;
    println!("   still open, in the table open_todos: {}", open.len());
    for todo in open.iter().rev().take(3) {
        println!("   - {} ({})", todo.label, todo.priority);
    }
    Ok(())
}

async fn discard(app: &App) -> Result<(), Error> {
    chapter("Discard");
    let (todos, id) = (app.repository::<Todo>(), AggregateId::new());
    let created = todo::Created {
        label: "learn to juggle".into(),
        priority: Priority::Low,
        tags: vec![],
    };
    todos.create(&id, created).await?;
    todos.update(&id, |todo| todo.discard()).await?;

    if let Err(GetError::Discarded(_)) = todos.get(&id).await {
        println!("   get:      it is discarded (an HTTP service answers 410)");
    }
    let todo = todos.get_any(&id).await?;
    println!("   get_any:  “{}”, nothing is lost", todo.label);
    Ok(())
}

async fn show_events(app: &App, begin: Position) -> Result<(), Error> {
    chapter("What is stored");
    println!("   position  todo    version  event                  data");
    let mut query = JournalQuery {
        after: Some(begin),
        ..JournalQuery::default()
    };
    loop {
        let page = app.event_store().read_all(query.clone()).await?;
        for event in page.iter() {
            let Payload::Json(data) = event.payload else {
                continue;
            };
            let id = event.aggregate_id;
            // The end of a UUIDv7 is its random part.
            let short = &id[id.len().saturating_sub(6)..];
            let of = event.event_version.unwrap_or(1);
            println!(
                "   {:>8}  {short}  {:>7}  {:<22} {data}",
                event.position,
                event.version,
                format!("{} v{of}", event.event_type),
            );
            query.after = Some(event.position);
        }
        if page.is_last() || page.is_empty() {
            return Ok(());
        }
    }
}

fn chapter(title: &str) {
    println!("\n● {title}");
}

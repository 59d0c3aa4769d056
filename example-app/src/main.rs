//! A service in miniature.

mod events {
    //! Generated from `schemas/`.
    evgen_runtime::include_events!();
}

use events::todo;
use evgen_runtime::prelude::*;

#[derive(Debug, Clone)]
pub struct Todo {
    label: String,
    done: bool,
}

impl todo::Mutator for Todo {
    fn created(event: &todo::Created, _: &EventContext) -> Self {
        Self {
            label: event.label.clone(),
            done: false,
        }
    }
    fn changed_label(&mut self, event: &todo::ChangedLabel, _: &EventContext) {
        self.label = event.label.clone();
    }
    fn completed(&mut self, _: &todo::Completed, _: &EventContext) {
        self.done = true;
    }
}

struct My;
impl events::Handlers for My {
    async fn congratulate(
        &self,
        event: &todo::Completed,
        cx: &HandlerContext,
    ) -> Result<(), HandlerError> {
        println!("done {event:?} {}", cx.aggregate_id());
        Ok(())
    }
}
impl events::Projections for My {
    fn open_todos(
        &self,
        _tx: &evgen_runtime::rusqlite::Transaction<'_>,
        event: events::OpenTodosEvent<'_>,
        _cx: &EventContext<'_>,
    ) -> Result<(), HandlerError> {
        println!("{event:?}");
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = evgen_runtime::store::sqlite::SqliteStore::open("/tmp/x.db").await?;
    let app = events::app(store)
        .handlers(My)
        .projections(My)
        .build()
        .await?;
    let todos = app.repository::<Todo>();
    let id = AggregateId::new();
    todos
        .create(
            &id,
            todo::Created {
                label: "milk".into(),
                priority: todo::created::Priority::High,
                tags: vec![],
            },
        )
        .await?;
    todos
        .update(&id, |t| {
            let _ = &t.label;
            todo::Completed { completed_by: None }
        })
        .await?;
    let t = todos.get(&id).await?;
    println!("{t:?} {}", t.version());
    Ok(())
}

//! es-entity, whose repositories are checked by sqlx as they compile; `.sqlx` holds what the check needs.

use es_entity::*;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use crate::orders::Peer;
use crate::orders::label;
use crate::raw;
use crate::todo::{self, Created, uuid};

es_entity::entity_id! { TodoId }

#[derive(EsEvent, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[es_event(id = "TodoId")]
pub enum TodoEvent {
    Initialized { id: TodoId, created: Created },
    LabelChanged { label: String },
}

#[derive(EsEntity)]
pub struct Todo {
    pub id: TodoId,
    label: String,
    events: EntityEvents<TodoEvent>,
}

impl TryFromEvents<TodoEvent> for Todo {
    fn try_from_events(events: EntityEvents<TodoEvent>) -> Result<Self, EntityHydrationError> {
        let mut label = String::new();
        for event in events.iter_all() {
            match event {
                TodoEvent::Initialized { created, .. } => label.clone_from(&created.label),
                TodoEvent::LabelChanged { label: new } => label.clone_from(new),
            }
        }
        Ok(Self {
            id: *events.id(),
            label,
            events,
        })
    }
}

pub struct NewTodo {
    id: TodoId,
    events: usize,
}

impl IntoEvents<TodoEvent> for NewTodo {
    type IdSource = FromCaller;

    fn into_events(
        self,
        builder: EntityEventsBuilder<TodoEvent, FromCaller>,
    ) -> EntityEvents<TodoEvent> {
        let first = TodoEvent::Initialized {
            id: self.id,
            created: todo::created(),
        };
        let rest = (1..self.events).map(|n| TodoEvent::LabelChanged { label: label(n) });
        builder.initial_events(self.id, std::iter::once(first).chain(rest))
    }
}

#[derive(EsRepo)]
#[es_repo(entity = "Todo", id(source = caller))]
pub struct Todos {
    pool: PgPool,
}

pub struct Entities(Todos);

impl Entities {
    pub async fn open(url: &str) -> Self {
        let pool = raw::postgres(url).await;
        for sql in include_str!("entity.sql").split(';') {
            sqlx::query(sql)
                .execute(&pool)
                .await
                .expect("the tables of its documentation");
        }
        Self(Todos { pool })
    }
}

impl Peer for Entities {
    async fn append(&self, id: String, events: usize) {
        let new = NewTodo {
            id: TodoId::from(uuid(&id)),
            events,
        };
        let done = self.0.create(new).await;
        let _ = done.expect("it is stored");
    }

    async fn load(&self, id: &str) -> String {
        let loaded = self.0.find_by_id(TodoId::from(uuid(id))).await;
        loaded.expect("it is there").label
    }

    async fn scan(&self) -> usize {
        panic!("it reads entities, not all events")
    }
}

//! disintegrate: decisions validated against a query, or appended without.

use std::collections::BTreeMap;
use std::convert::Infallible;

use disintegrate::serde::json::Json;
use disintegrate::{
    Decision, Event, EventSourcedStateStore, EventStore, LoadState, NoSnapshot, StateMutate,
    StateQuery, StreamItem, query,
};
use disintegrate_postgres::{PgDecisionMaker, PgEventId, PgEventStore};
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::orders::{self, Peer};
use crate::raw;
use crate::todo::{self, Priority, uuid};

#[derive(Debug, Clone, PartialEq, Eq, Event, Serialize, Deserialize)]
#[stream(TodoEvent, [TodoCreated, TodoLabelChanged])]
enum DomainEvent {
    TodoCreated {
        #[id]
        id: Uuid,
        label: String,
        tags: Vec<String>,
        priority: Priority,
        due: Option<i64>,
        meta: BTreeMap<String, String>,
    },
    TodoLabelChanged {
        #[id]
        id: Uuid,
        label: String,
    },
}

#[derive(Default, StateQuery, Clone, Serialize, Deserialize)]
#[state_query(TodoEvent)]
struct Todo {
    #[id]
    id: Uuid,
    label: String,
}

impl StateMutate for Todo {
    fn mutate(&mut self, event: TodoEvent) {
        match event {
            TodoEvent::TodoCreated { label, .. } | TodoEvent::TodoLabelChanged { label, .. } => {
                self.label = label
            }
        }
    }
}

struct Create {
    id: Uuid,
    events: usize,
}

impl Decision for Create {
    type Event = DomainEvent;
    type StateQuery = Todo;
    type Error = Infallible;

    fn state_query(&self) -> Todo {
        Todo {
            id: self.id,
            label: String::new(),
        }
    }

    fn process(&self, _: &Todo) -> Result<Vec<DomainEvent>, Infallible> {
        Ok(history(self.id, self.events))
    }
}

fn history(id: Uuid, events: usize) -> Vec<DomainEvent> {
    let todo::Created {
        label,
        tags,
        priority,
        due,
        meta,
    } = todo::created();
    let first = DomainEvent::TodoCreated {
        id,
        label,
        tags,
        priority,
        due,
        meta,
    };
    let rest = (1..events).map(|n| DomainEvent::TodoLabelChanged {
        id,
        label: orders::label(n),
    });
    std::iter::once(first).chain(rest).collect()
}

type Store = PgEventStore<DomainEvent, Json<DomainEvent>>;

pub struct Disintegrate {
    store: Store,
    decisions: PgDecisionMaker<DomainEvent, Json<DomainEvent>, NoSnapshot>,
    validates: bool,
}

impl Disintegrate {
    pub async fn open(url: &str, validates: bool) -> Self {
        let pool = raw::postgres(url).await;
        sqlx::raw_sql(include_str!("disintegrate.sql"))
            .execute(&pool)
            .await
            .expect("the tables and functions of its own migration");
        let store = PgEventStore::new_uninitialized(pool, Json::default());
        Self {
            decisions: disintegrate_postgres::decision_maker(store.clone(), NoSnapshot),
            store,
            validates,
        }
    }
}

impl Peer for Disintegrate {
    async fn append(&self, id: String, events: usize) {
        let id = uuid(&id);
        // It binds values one by one; 65,535 are the limit of a statement.
        if !self.validates || events > 1000 {
            for chunk in history(id, events).chunks(1000) {
                let done = self.store.append_without_validation(chunk.to_vec()).await;
                done.expect("it is stored");
            }
            return;
        }
        // A serialisation failure asks to be tried again.
        while self.decisions.make(Create { id, events }).await.is_err() {}
    }

    async fn load(&self, id: &str) -> String {
        let id = uuid(id);
        let states = EventSourcedStateStore::new(self.store.clone(), NoSnapshot);
        let loaded = states
            .load(Todo {
                id,
                label: String::new(),
            })
            .await
            .expect("it is read");
        loaded.state().label.clone()
    }

    async fn scan(&self) -> usize {
        let all = query!(DomainEvent);
        let mut events = self.store.stream::<DomainEvent>(&all);
        let mut count = 0;
        while let Some(item) = events.try_next().await.expect("it is read") {
            let item: StreamItem<PgEventId, DomainEvent> = item;
            count += usize::from(matches!(item, StreamItem::Event(_)));
        }
        count
    }
}

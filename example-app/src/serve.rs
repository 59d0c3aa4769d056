//! The same todos as a web service: a page, and the JSON API below it.
//!
//! Errors become answers by themselves: `evgen_runtime::Error` is 404, 409, 410, 422 or 500, with a problem in JSON. A change
//! may say which version it was decided on (`If-Match: "3"`) and which command it is (`Idempotency-Key`).

use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use evgen_runtime::prelude::*;
use evgen_runtime::{AggregateEvent as _, codec};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::events::todo::Event;
use crate::open_todos::{self, OpenTodo};
use crate::todo::{Priority, Todo};

/// Serves until Ctrl-C, for this machine only.
#[expect(clippy::print_stdout, reason = "says where to look")]
pub async fn serve(
    app: &App,
    store: &SqliteStore,
    port: u16,
) -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!(
        "serving {} on http://{} until Ctrl-C",
        store.path().display(),
        listener.local_addr()?
    );
    axum::serve(listener, router(app, store))
        .with_graceful_shutdown(async {
            // Without signals there is nothing to wait for.
            let _ = tokio::signal::ctrl_c().await;
        })
        .await?;
    Ok(())
}

fn router(app: &App, store: &SqliteStore) -> Router {
    let service = Service {
        app: app.clone(),
        todos: app.repository(),
        store: store.clone(),
    };
    Router::new()
        .route("/", get(async || Html(include_str!("page.html"))))
        .route("/api/todos", get(list))
        .route("/api/todos/{id}", get(show).put(create).delete(discard))
        .route("/api/todos/{id}/rename", post(rename))
        .route("/api/todos/{id}/complete", post(complete))
        .route("/api/todos/{id}/events", get(events))
        .with_state(service)
}

#[derive(Clone)]
struct Service {
    app: App,
    todos: Repository<Todo>,
    store: SqliteStore,
}

async fn list(State(service): State<Service>) -> Result<Json<Vec<OpenTodo>>, Error> {
    Ok(Json(service.store.read(open_todos::all).await?))
}

async fn show(
    State(service): State<Service>,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Error> {
    let todo = service.todos.get(id).await?;
    let body = json!({
        "id": todo.id().as_str(),
        "version": todo.version().0,
        "label": todo.label,
        "priority": todo.priority.as_str(),
        "tags": todo.tags,
        "done": todo.done,
    });
    Ok((etag(todo.version()), Json(body)))
}

#[derive(Deserialize)]
struct NewTodo {
    label: String,
    #[serde(default)]
    important: bool,
    #[serde(default)]
    tags: Vec<String>,
}

/// The caller names the todo, so that asking twice cannot make two.
async fn create(
    State(service): State<Service>,
    Path(id): Path<String>,
    asked: Asked,
    Json(new): Json<NewTodo>,
) -> Result<Response, Error> {
    let priority = if new.important {
        Priority::High
    } else {
        Priority::Normal
    };
    let created = Todo::create(&new.label, priority, new.tags)
        .map_err(|refused| Error::Rejected(refused.into()))?;
    let mut create = service.todos.create(&id, created);
    if let Some(command) = asked.command {
        create = create.command_id(command);
    }
    let committed = create.await?;
    Ok((StatusCode::CREATED, service.written(&committed).await).into_response())
}

#[derive(Deserialize)]
struct Rename {
    label: String,
}

async fn rename(
    State(service): State<Service>,
    Path(id): Path<String>,
    asked: Asked,
    Json(body): Json<Rename>,
) -> Result<Response, Error> {
    service
        .update(id, asked, |todo| todo.rename(&body.label))
        .await
}

#[derive(Deserialize)]
struct Complete {
    by: Option<String>,
}

async fn complete(
    State(service): State<Service>,
    Path(id): Path<String>,
    asked: Asked,
    Json(body): Json<Complete>,
) -> Result<Response, Error> {
    service
        .update(id, asked, |todo| todo.complete(body.by.as_deref()))
        .await
}

async fn discard(
    State(service): State<Service>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Response, Error> {
    service.update(id, asked, |todo| todo.discard()).await
}

async fn events(
    State(service): State<Service>,
    Path(id): Path<String>,
) -> Result<Json<Vec<Value>>, Error> {
    // 404 where there is none; one that is discarded has its events still.
    service.todos.get_any(&id).await?;
    let events = service.todos.events(&id).await?;
    Ok(Json(events.iter().map(event).collect()))
}

/// An event as it is read now, whatever version it was stored in.
fn event(envelope: &Envelope<Event>) -> Value {
    let descriptor = envelope.event.descriptor();
    let data = descriptor
        .latest()
        .map(|latest| codec::to_json(envelope.event.value(), latest.node));
    json!({
        "name": descriptor.name,
        "event_type": envelope.event_type,
        "event_version": envelope.event_version,
        "version": envelope.version.0,
        "create_date": envelope.create_date.to_string(),
        "data": data.and_then(|text| serde_json::from_str::<Value>(&text).ok()),
        "metadata": envelope.metadata.to_value(),
    })
}

impl Service {
    async fn update<F, D>(&self, id: String, asked: Asked, decide: F) -> Result<Response, Error>
    where
        F: FnMut(&Loaded<Todo>) -> D + Send,
        D: Decision<Todo>,
        D::Error: std::error::Error + Send + Sync + 'static,
    {
        let mut update = self.todos.update(id, decide);
        if let Some(version) = asked.version {
            update = update.expect_version(version);
        }
        if let Some(command) = asked.command {
            update = update.command_id(command);
        }
        let committed = update.await?;
        Ok(self.written(&committed).await)
    }

    /// The answer to a change, when the list has it, too.
    async fn written(&self, committed: &Committed) -> Response {
        // It is stored: a list that lags behind is no reason to say otherwise.
        let _ = self.app.wait_for("open_todos", committed.position).await;
        let body = json!({ "version": committed.version.0, "position": committed.position.0 });
        (etag(committed.version), Json(body)).into_response()
    }
}

fn etag(version: AggregateVersion) -> [(header::HeaderName, String); 1] {
    [(header::ETAG, format!("\"{version}\""))]
}

/// What the headers of a change ask for.
struct Asked {
    version: Option<i64>,
    command: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let text = |name| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let version = match text("if-match") {
            None | Some("*") => None,
            Some(tag) => Some(tag.trim_matches('"').parse().map_err(|_| {
                let why = "If-Match takes the version of an ETag, as in \"3\"";
                (StatusCode::BAD_REQUEST, why)
            })?),
        };
        Ok(Self {
            version,
            command: text("idempotency-key").map(str::to_owned),
        })
    }
}

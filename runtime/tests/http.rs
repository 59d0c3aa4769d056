//! Errors as HTTP answers.
#![cfg(feature = "axum")]
#![allow(clippy::unwrap_used, reason = "a helper of tests")]

mod support;
mod todo;

use axum::body::to_bytes;
use axum::response::IntoResponse;
use evgen_runtime::prelude::*;
use support::{app, created};
use todo::Todo;

/// Status, content type and body of the answer.
async fn answer(error: impl Into<Error>) -> (u16, String, serde_json::Value) {
    let response = error.into().into_response();
    let status = response.status().as_u16();
    let kind = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    let body = to_bytes(response.into_body(), 10_000).await.unwrap();
    (status, kind, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn a_problem_says_what_the_caller_did_wrong() {
    let app = app().await;
    let todos = app.repository::<Todo>();
    let (status, kind, body) = answer(todos.get("1").await.unwrap_err()).await;
    assert_eq!((status, kind.as_str()), (404, "application/problem+json"));
    assert_eq!(body["detail"], "`Todo::1` does not exist");

    let invalid = app
        .store_raw("todo_created", "1", 0, r#"{"label":7}"#)
        .await
        .unwrap_err();
    let (status, _, body) = answer(invalid).await;
    assert_eq!(
        (status, &body["errors"][0]["path"]),
        (422, &"/label".into())
    );

    let _ = todos.create("1", created("a")).await.unwrap();
    let stale = todos
        .update("1", |t| t.rename("b"))
        .expect_version(0)
        .await
        .unwrap_err();
    let (status, _, body) = answer(stale).await;
    assert_eq!((status, &body["version"]), (409, &1.into()));
}

#[tokio::test]
async fn what_is_our_fault_stays_inside() {
    let app = app().await;
    app.shutdown().await;
    let closed = app.repository::<Todo>().get("1").await.unwrap_err();
    let (status, _, body) = answer(closed).await;
    assert_eq!(
        (status, &body["title"]),
        (500, &"Internal Server Error".into())
    );
    assert!(body.get("detail").is_none());
}

//! `Error` as an answer of axum: the status and a problem in JSON (RFC 9457). What is our fault shows nothing of the inside;
//! it is logged.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::error::Causes;
use crate::failure::InvalidEvent;
use crate::problem::Error;

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut problem = json!({
            "type": "about:blank",
            "title": status.canonical_reason(),
            "status": status.as_u16(),
        });
        if status.is_server_error() {
            tracing::error!(error = %Causes(&self), "a request failed");
        } else {
            problem["detail"] = self.to_string().into();
        }
        if let Self::Invalid(InvalidEvent::Data { errors, .. }) = &self {
            problem["errors"] = errors_of(errors);
        }
        if let Self::Conflict {
            actual: Some(actual),
            ..
        } = &self
        {
            problem["version"] = actual.0.into();
        }
        let mut response = (status, Json(problem)).into_response();
        let problem_json = HeaderValue::from_static("application/problem+json");
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, problem_json);
        response
    }
}

fn errors_of(errors: &crate::validate::ValidationErrors) -> serde_json::Value {
    errors
        .errors()
        .iter()
        .map(|error| json!({ "path": error.path(), "message": error.to_string() }))
        .collect()
}

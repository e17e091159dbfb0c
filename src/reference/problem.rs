//! Refusals as problem details (RFC 9457). No text here comes from a request, so none of it can
//! quote a person.

use std::time::Duration;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::PlatformError;
use crate::contract;

/// One refusal.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    status: StatusCode,
    title: &'static str,
    detail: String,
    retry_after: Option<Duration>,
}

impl Problem {
    pub const fn new(status: StatusCode, title: &'static str) -> Self {
        Self {
            status,
            title,
            detail: String::new(),
            retry_after: None,
        }
    }

    pub fn because(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    pub const fn after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }
}

/// Logs errors of the platform itself here and reveals nothing of them outside.
impl From<PlatformError> for Problem {
    fn from(why: PlatformError) -> Self {
        tracing::error!("a request could not be answered: {why}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the platform has an internal error",
        )
    }
}

impl From<rusqlite::Error> for Problem {
    fn from(why: rusqlite::Error) -> Self {
        PlatformError::from(why).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = contract::Problem {
            title: self.title.to_owned(),
            status: self.status.as_u16(),
            detail: self.detail,
        };
        let mut response = (self.status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(wait) = self.retry_after {
            // Rounded up: a booth that came back too early would be refused again.
            let seconds = wait.as_secs() + 1;
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

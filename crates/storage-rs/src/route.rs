//! Answers of parts of the service that not every server has: an error for a missing route says so.

use bytes::Bytes;
use http::response::Parts;
use serde::de::DeserializeOwned;
use supabase_http::{ApiError, Error, Result, decode_json};

use crate::error;

/// Reads an answer in JSON.
pub(crate) fn read_json<T: DeserializeOwned>(parts: &Parts, body: Bytes) -> Result<T> {
    if parts.status.is_success() {
        decode_json(parts, body)
    } else {
        Err(failed(parts, body))
    }
}

/// Reads an answer that says nothing but that it was done.
pub(crate) fn read_nothing(parts: &Parts, body: Bytes) -> Result<()> {
    if parts.status.is_success() {
        Ok(())
    } else {
        Err(failed(parts, body))
    }
}

/// The error that an answer is. A server without the route answers as for a thing that does not exist.
fn failed(parts: &Parts, body: Bytes) -> Error {
    let error = error::of(parts, body.clone());
    let message = error.message();
    if !error.is_not_found() || !message.starts_with("Route ") || !message.ends_with(" not found") {
        return error;
    }
    let told = format!("this server does not have this call: {message}");
    let mut api = ApiError::new(parts, body).with_message(told);
    if let Some(code) = error.code() {
        api = api.with_code(code);
    }
    if let Some(status) = error.status() {
        api = api.with_status(status);
    }
    Error::api(api)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_route_is_told_apart() {
        let read = |body: &'static str| {
            let (parts, ()) = http::Response::builder()
                .status(404)
                .body(())
                .unwrap()
                .into_parts();
            read_nothing(&parts, Bytes::from_static(body.as_bytes())).unwrap_err()
        };
        // Recorded.
        let error = read(
            r#"{"statusCode":"404","error":"Not Found","message":"Route POST:/vector/Nope not found","code":"InvalidRequest"}"#,
        );
        assert!(error.is_not_found());
        assert_eq!(error.code(), Some("InvalidRequest"));
        assert_eq!(
            error.message(),
            "this server does not have this call: Route POST:/vector/Nope not found"
        );
        let nested = read(
            r#"{"error":{"message":"Route POST:/iceberg/v1/w/tables/rename not found","type":"NotFound","code":404}}"#,
        );
        assert!(nested.message().starts_with("this server does not have"));
        assert_eq!(nested.code(), Some("NotFound"));
        let table = read(
            r#"{"error":{"message":"Table not found","type":"NoSuchTableException","code":404}}"#,
        );
        assert_eq!(table.message(), "Table not found");
    }
}

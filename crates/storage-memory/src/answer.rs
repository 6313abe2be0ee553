//! Answers, as the service words them.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};

pub(crate) type Answer = Response<Bytes>;

pub(crate) fn json(body: &Value) -> Answer {
    build(
        200,
        "application/json; charset=utf-8",
        body.to_string().into(),
    )
}

/// A refusal. Its status is in the body.
pub(crate) fn refused(status: u16, label: &str, message: &str, code: &str) -> Answer {
    let body = json!({ "statusCode": status.to_string(), "error": label, "message": message, "code": code });
    build(
        400,
        "application/json; charset=utf-8",
        body.to_string().into(),
    )
}

/// A refusal of a resumable upload: plain text.
pub(crate) fn plain(status: u16, text: &str) -> Answer {
    let mut answer = build(
        status,
        "text/plain;charset=UTF-8",
        Bytes::copy_from_slice(text.as_bytes()),
    );
    set(&mut answer, "tus-resumable", "1.0.0");
    answer
}

pub(crate) fn build(status: u16, kind: &str, body: Bytes) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    if !kind.is_empty() {
        set(&mut answer, "content-type", kind);
    }
    answer
}

pub(crate) fn set(answer: &mut Answer, name: &'static str, value: &str) {
    if let Ok(value) = value.parse() {
        answer.headers_mut().insert(name, value);
    }
}

pub(crate) fn no_object() -> Answer {
    refused(404, "not_found", "Object not found", "NoSuchKey")
}

pub(crate) fn no_bucket() -> Answer {
    refused(404, "Bucket not found", "Bucket not found", "NoSuchBucket")
}

pub(crate) fn exists(code: &str) -> Answer {
    refused(409, "Duplicate", "The resource already exists", code)
}

pub(crate) fn too_large() -> Answer {
    let message = "The object exceeded the maximum allowed size";
    refused(413, "Payload too large", message, "EntityTooLarge")
}

/// What the schema of a request does not allow.
pub(crate) fn invalid(message: &str) -> Answer {
    refused(400, "Error", message, "InvalidRequest")
}

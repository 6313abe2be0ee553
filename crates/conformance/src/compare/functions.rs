//! What the clients of the edge functions return, in the terms of the comparison.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use functions_rs::Failure as Part;
use serde_json::{Value, json};
use supabase_http::Error;

use super::answer::{Failure, Outcome};
use crate::corpus::decoded;

/// What the JavaScript client returned.
pub(super) fn javascript(result: &Value) -> Outcome {
    let status_of = |response: &Value| {
        response
            .pointer("/$response/status")
            .and_then(Value::as_u64)
            .and_then(|s| s.try_into().ok())
    };
    if result.is_string() {
        // One case returns the text that it read from its stream.
        return Outcome::Done { data: result.clone(), count: None, status: None };
    }
    match result.get("error") {
        // One case returns what it read from its error.
        None => Outcome::Failed(Failure {
            status: result.get("status").and_then(Value::as_u64).and_then(|s| s.try_into().ok()),
            part: part_of_class(result),
            answer: result.get("body").cloned(),
            ..Failure::default()
        }),
        Some(Value::Null) => Outcome::Done {
            data: data(result.get("data")),
            count: None,
            status: result.get("response").and_then(status_of),
        },
        Some(error) => match (error.get("context"), part_of_class(error)) {
            (Some(context), part @ ("function" | "relay")) => Outcome::Failed(Failure {
                status: status_of(context),
                part,
                answer: Some(body(context.pointer("/$response/body"))),
                ..Failure::default()
            }),
            _ => match error.get("name").and_then(Value::as_str) {
                Some("FunctionsFetchError" | "AbortError") => Outcome::Fault,
                _ => Outcome::Failed(Failure {
                    message: error
                        .get("message")
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                        .to_owned(),
                    ..Failure::default()
                }),
            },
        },
    }
}

/// Returned data: a value, or bytes in one of the recordings' forms.
pub(super) fn data(value: Option<&Value>) -> Value {
    let Some(value) = value else { return Value::Null };
    if let Some(response) = value.get("$response") {
        return body(response.get("body"));
    }
    match value
        .get("$blob")
        .or(Some(value))
        .filter(|v| v.get("$base64").is_some() || value.get("$blob").is_some())
    {
        Some(bytes) => match bytes.get("$base64").or_else(|| bytes.get("base64")) {
            Some(encoded) => decoded(encoded).map_or(Value::Null, |bytes| plain(&bytes)),
            None => body(Some(bytes)),
        },
        None => value.clone(),
    }
}

/// A recorded body: JSON, or text.
fn body(body: Option<&Value>) -> Value {
    let of = |name| body.and_then(|body| body.get(name)).cloned();
    of("json").or_else(|| of("text")).unwrap_or_default()
}

/// Bytes as the JSON or the text that they hold, if they hold any.
#[must_use]
pub fn plain(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    match (serde_json::from_slice(bytes), std::str::from_utf8(bytes)) {
        (Ok(json), _) => json,
        (_, Ok(text)) => text.into(),
        _ => json!({ "$base64": STANDARD.encode(bytes) }),
    }
}

/// Who failed, by the name of an error's class.
pub(super) fn part_of_class(error: &Value) -> &'static str {
    match error.get("name").and_then(Value::as_str) {
        Some("FunctionsHttpError") => "function",
        Some("FunctionsRelayError") => "relay",
        _ => "",
    }
}

/// Who failed, by our error.
pub(super) fn part(error: &Error) -> &'static str {
    match Part::of(error) {
        Part::Function => "function",
        Part::Relay => "relay",
        _ => "",
    }
}

//! What is particular to the errors of the auth server. The error itself is [`supabase_http::Error`].

mod code;
mod rate_limit;
mod session_missing;
mod weak_password;

pub use code::ErrorCode;
pub use rate_limit::RateLimit;
pub use session_missing::SessionMissing;
pub use weak_password::{WeakPassword, WeakPasswordReason};

use bytes::Bytes;
use http::response::Parts;
use serde_json::Value;
use supabase_http::{ApiError, Error};

/// Prefers the fields of the auth server's own shapes where an answer has several: `code` as text, and `msg`.
fn own_words(error: ApiError) -> ApiError {
    let body: Value = serde_json::from_slice(error.body()).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let error = match text("code") {
        Some(code) if code::is_code(Some(code)) => error.with_code(code),
        _ => error,
    };
    match text("msg") {
        Some(message) if !message.is_empty() => error.with_message(message),
        _ => error,
    }
}

/// Reads the error of an answer whose status is no success.
pub(crate) fn from_answer(parts: &Parts, body: Bytes) -> Error {
    let error = own_words(ApiError::new(parts, body));
    // Old servers tell of a weak password without a code, or with the status as one.
    let error = if code::is_code(error.code()) || WeakPassword::in_body(error.body()).is_none() {
        error
    } else {
        error.with_code(ErrorCode::WeakPassword.as_str())
    };
    Error::api(error)
}

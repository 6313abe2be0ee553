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
use supabase_http::{ApiError, Error};

/// Reads the error of an answer whose status is no success.
pub(crate) fn from_answer(parts: &Parts, body: Bytes) -> Error {
    let error = ApiError::new(parts, body);
    // Old servers tell of a weak password without a code, or with the status as one.
    let error = if code::is_code(error.code()) || WeakPassword::in_body(error.body()).is_none() {
        error
    } else {
        error.with_code(ErrorCode::WeakPassword.as_str())
    };
    Error::api(error)
}

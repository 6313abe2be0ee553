//! Errors of a service without HTTP answers, in the one error type.

use bytes::Bytes;
use http::{Response, StatusCode};
use supabase_http::{ApiError, Error, ErrorKind, TransportError, TransportErrorKind};

use crate::SERVICE;

/// The same error once more: several callers may wait for one thing.
pub(crate) fn again(error: &Error) -> Error {
    let message = || error.message().to_owned();
    let copy = match error.kind() {
        ErrorKind::Api => match error.api_error() {
            Some(api) => Error::api(api.clone()),
            None => Error::runtime(message()),
        },
        ErrorKind::Request => Error::request(message()),
        ErrorKind::Credential => Error::credential(message()),
        ErrorKind::Transport => {
            let below = error.transport_error();
            let kind = below.map_or(TransportErrorKind::Other, TransportError::kind);
            let cause = below.and_then(std::error::Error::source);
            let cause = cause.map_or_else(message, ToString::to_string);
            Error::from(TransportError::new(kind, cause))
        }
        _ => Error::runtime(message()),
    };
    match (error.service(), error.operation()) {
        (Some(service), Some(operation)) => copy.with_context(service, operation),
        _ => copy,
    }
}

/// A refusal of the server. It has no status on a websocket: it gets the one that HTTP has for it.
pub(crate) fn refused(operation: &'static str, reason: &str) -> Error {
    let (code, message) = match reason.split_once(": ") {
        Some((code, message)) if !code.is_empty() && code.chars().all(char::is_alphanumeric) => {
            (Some(code), message)
        }
        _ => (None, reason),
    };
    let status = match code.unwrap_or(reason) {
        "Unauthorized" | "PrivateOnly" => StatusCode::FORBIDDEN,
        "InvalidJWTToken" | "MalformedJWT" | "JwtSignatureError" | "JwtSignerError" => {
            StatusCode::UNAUTHORIZED
        }
        "ChannelRateLimitReached" | "ConnectionRateLimitReached" | "ClientJoinRateLimitReached" => {
            StatusCode::TOO_MANY_REQUESTS
        }
        "TopicNameRequired" | "UnableToReplayMessages" => StatusCode::BAD_REQUEST,
        "TenantNotFound" => StatusCode::NOT_FOUND,
        "RealtimeDisabledForTenant" => StatusCode::FORBIDDEN,
        "payload_size_exceeded" => StatusCode::PAYLOAD_TOO_LARGE,
        text if text.starts_with("Token has expired") => StatusCode::UNAUTHORIZED,
        text if text.starts_with("Too many") => StatusCode::TOO_MANY_REQUESTS,
        text if text.starts_with("You ") => StatusCode::FORBIDDEN,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut head = Response::new(()).into_parts().0;
    head.status = status;
    let mut api = ApiError::new(&head, Bytes::copy_from_slice(reason.as_bytes()));
    api = api.with_message(message);
    if let Some(code) = code {
        api = api.with_code(code);
    }
    Error::api(api).with_context(SERVICE, operation)
}

/// No answer in time.
pub(crate) fn timeout(operation: &'static str, text: impl Into<String>) -> Error {
    transport(TransportErrorKind::Timeout, operation, text)
}

/// The connection was lost: the server may have acted or not.
pub(crate) fn interrupted(operation: &'static str, text: impl Into<String>) -> Error {
    transport(TransportErrorKind::Interrupted, operation, text)
}

/// Nothing was sent, for there is no connection.
pub(crate) fn unsent(operation: &'static str, text: impl Into<String>) -> Error {
    transport(TransportErrorKind::Connect, operation, text)
}

fn transport(kind: TransportErrorKind, operation: &'static str, text: impl Into<String>) -> Error {
    Error::from(TransportError::new(kind, text.into())).with_context(SERVICE, operation)
}

/// Bad input.
pub(crate) fn request(operation: &'static str, text: impl Into<String>) -> Error {
    Error::request(text).with_context(SERVICE, operation)
}

/// What happened, with the cause that a transport error keeps to itself.
pub(crate) fn text(error: &Error) -> String {
    let cause = error.transport_error().and_then(std::error::Error::source);
    cause.map_or_else(|| error.message().to_owned(), ToString::to_string)
}

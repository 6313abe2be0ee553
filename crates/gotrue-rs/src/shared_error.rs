//! One error told to all who waited for the same thing.

use std::fmt;
use std::sync::Arc;

use supabase_http::{Error, ErrorKind, TransportError};

/// The same error once more: status, code, request id and kind are kept.
pub(crate) fn share(error: &Arc<Error>) -> Error {
    let again = if let Some(api) = error.api_error() {
        Error::api(api.clone())
    } else if let Some(transport) = error.transport_error() {
        Error::from(TransportError::new(
            transport.kind(),
            Shared(Arc::clone(error)),
        ))
    } else {
        let message = error.message().to_owned();
        let cause = Shared(Arc::clone(error));
        match error.kind() {
            ErrorKind::Request => Error::request_caused_by(message, cause),
            ErrorKind::Runtime => Error::runtime(message),
            ErrorKind::Decode => unreadable(error),
            _ => Error::credential_caused_by(message, cause),
        }
    };
    match (error.service(), error.operation()) {
        (Some(service), Some(operation)) => again.with_context(service, operation),
        _ => again,
    }
}

/// An answer that could not be read, with its status and body.
fn unreadable(error: &Error) -> Error {
    let (mut parts, ()) = http::Response::new(()).into_parts();
    parts.status = error.status().unwrap_or_default();
    if let Some(id) = error.request_id().and_then(|id| id.parse().ok()) {
        parts.headers.insert("sb-request-id", id);
    }
    let reason = error.message();
    let reason = reason.split_once(": ").map_or(reason, |(_, reason)| reason);
    Error::decode(&parts, error.body().clone(), reason)
}

struct Shared(Arc<Error>);

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Shared {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&*self.0)
    }
}

#[cfg(test)]
mod tests {
    //! What is kept of each kind.

    use bytes::Bytes;
    use http::Response;
    use supabase_http::{ApiError, TransportErrorKind};

    use super::*;

    #[test]
    fn kind_status_message_and_id_are_those_of_the_first() {
        let answer = Response::builder()
            .status(409)
            .header("sb-request-id", "id-1");
        let (parts, ()) = answer.body(()).unwrap().into_parts();
        let body = Bytes::from_static(br#"{"code":"conflict","message":"busy"}"#);
        for error in [
            Error::api(ApiError::new(&parts, body.clone())),
            Error::decode(&parts, body, "expected Session"),
            Error::from(TransportError::new(TransportErrorKind::Timeout, "slow")),
            Error::request("bad"),
            Error::credential("none"),
            Error::runtime("no runtime"),
        ] {
            let error = Arc::new(error.with_context("auth", "refresh session"));
            let again = share(&error);
            assert_eq!(again.kind(), error.kind());
            assert_eq!(again.status(), error.status());
            assert_eq!(again.code(), error.code());
            assert_eq!(again.request_id(), error.request_id());
            assert_eq!(again.is_timeout(), error.is_timeout());
            assert_eq!(again.never_sent(), error.never_sent());
            assert_eq!(again.to_string(), error.to_string());
        }
    }
}

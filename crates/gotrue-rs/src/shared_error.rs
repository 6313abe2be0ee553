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
            _ => Error::credential_caused_by(message, cause),
        }
    };
    match (error.service(), error.operation()) {
        (Some(service), Some(operation)) => again.with_context(service, operation),
        _ => again,
    }
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

//! From hyper's errors to ours: above all, whether the request was sent.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use hyper_util::client::legacy::Error as ClientError;

use super::connector::Refusal;
use crate::{BoxError, TransportError, TransportErrorKind};

/// Marks an error of the request's own body on its way through hyper; shows as the error itself.
pub(super) struct BodyFailure(pub(super) BoxError);

impl fmt::Debug for BodyFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for BodyFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl StdError for BodyFailure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

/// For an error before the head of the answer.
pub(super) fn request_error(error: ClientError) -> TransportError {
    if let Some(refusal) = find::<Refusal>(&error) {
        return match refusal.clone() {
            timed_out @ Refusal::TimedOut(_) => TransportError::connect_timeout(timed_out),
            unusable @ Refusal::Unusable(_) => {
                TransportError::new(TransportErrorKind::Request, unusable)
            }
        };
    }
    if error.is_connect() {
        if certificate_refused(&error) {
            // No later try will find a better certificate.
            return TransportError::new(TransportErrorKind::Request, error);
        }
        if find::<io::Error>(&error).is_some_and(|io| io.kind() == io::ErrorKind::TimedOut) {
            return TransportError::connect_timeout(error);
        }
        return TransportError::new(TransportErrorKind::Connect, error);
    }
    let kind = if find::<BodyFailure>(&error).is_some() {
        TransportErrorKind::Body
    } else {
        match find::<hyper::Error>(&error) {
            // Only refusals of hyper-util itself have no cause: a version or a URL that it cannot send.
            None => TransportErrorKind::Request,
            // hyper gave the request back unsent.
            Some(hyper) if hyper.is_canceled() => TransportErrorKind::Connect,
            // A connection that broke before it took a request: it is only named once it has.
            Some(_) if error.connect_info().is_none() => TransportErrorKind::Connect,
            Some(hyper) => answer_kind(hyper),
        }
    };
    TransportError::new(kind, error)
}

/// For an error in the body of an answer.
pub(super) fn answer_error(error: hyper::Error) -> TransportError {
    let kind = answer_kind(&error);
    TransportError::new(kind, error)
}

/// An answer that broke off is `Interrupted`; one that is no HTTP is `Other`.
fn answer_kind(error: &hyper::Error) -> TransportErrorKind {
    if error.is_parse() {
        TransportErrorKind::Other
    } else {
        TransportErrorKind::Interrupted
    }
}

#[cfg(feature = "_tls")]
fn certificate_refused(error: &ClientError) -> bool {
    find::<rustls::Error>(error)
        .is_some_and(|tls| matches!(tls, rustls::Error::InvalidCertificate(_)))
}

#[cfg(not(feature = "_tls"))]
fn certificate_refused(_: &ClientError) -> bool {
    false
}

/// The first error of this type in the chain, also inside `io::Error`s, which leave it out of theirs.
fn find<'e, E: StdError + 'static>(error: &'e (dyn StdError + 'static)) -> Option<&'e E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

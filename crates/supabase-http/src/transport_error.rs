//! What went wrong below the HTTP answer: no answer came, or not all of it.

use std::fmt;

/// Any error, boxed: what layers and transports of others may return.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The error of a [transport](crate::HttpService): the request got no (whole) answer.
///
/// Its [kind](TransportErrorKind) tells whether the server may have acted on the request.
///
/// ```
/// use supabase_http::{TransportError, TransportErrorKind};
///
/// let error = TransportError::new(TransportErrorKind::Connect, "connection refused");
/// assert!(error.kind().never_sent() && !error.is_timeout());
///
/// let late = TransportError::connect_timeout("no answer to SYN in 10 s");
/// assert!(late.kind().never_sent() && late.is_timeout());
///
/// // A layer passes on what it got, and what it met itself.
/// assert!(TransportError::from_any(late).is_timeout());
/// assert_eq!(TransportError::from_any("a layer's own").kind(), TransportErrorKind::Other);
/// ```
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    timeout: bool,
    source: BoxError,
}

/// Where a request failed, and so whether the server may have acted on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection: the request was **never sent**, so any request may be sent again.
    Connect,
    /// A time limit passed after sending began: the server **may have acted**.
    Timeout,
    /// The connection broke after sending began: the server **may have acted**.
    Interrupted,
    /// The request cannot be sent as it is: it was **never sent**, and sending it again will not help.
    Request,
    /// No token could be had to send it with: it was **never sent**.
    Credential,
    /// The request's own body failed while it was sent: the server **may have acted**.
    Body,
    /// Anything else, such as an error of a user's layer: the server **may have acted**.
    Other,
}

impl TransportErrorKind {
    /// Whether the request surely did not reach the server.
    ///
    /// ```
    /// use supabase_http::TransportErrorKind;
    ///
    /// assert!(TransportErrorKind::Connect.never_sent());
    /// assert!(!TransportErrorKind::Interrupted.never_sent());
    /// ```
    #[must_use]
    pub fn never_sent(self) -> bool {
        matches!(self, Self::Connect | Self::Request | Self::Credential)
    }
}

impl TransportError {
    /// An error of the given kind with its cause.
    pub fn new(kind: TransportErrorKind, source: impl Into<BoxError>) -> Self {
        Self {
            kind,
            timeout: kind == TransportErrorKind::Timeout,
            source: source.into(),
        }
    }

    /// A time limit that passed while connecting: never sent, and a timeout.
    pub fn connect_timeout(source: impl Into<BoxError>) -> Self {
        Self {
            kind: TransportErrorKind::Connect,
            timeout: true,
            source: source.into(),
        }
    }

    /// Turns any error into a transport error: one that is already inside is kept as it is,
    /// everything else becomes [`TransportErrorKind::Other`].
    pub fn from_any(error: impl Into<BoxError>) -> Self {
        Self::keep_or(TransportErrorKind::Other, error.into())
    }

    /// As [`from_any`](Self::from_any), for the failure of an answer's body: everything else becomes an
    /// [interruption](TransportErrorKind::Interrupted).
    pub(crate) fn interrupted(error: impl Into<BoxError>) -> Self {
        Self::keep_or(TransportErrorKind::Interrupted, error.into())
    }

    fn keep_or(kind: TransportErrorKind, error: BoxError) -> Self {
        match error.downcast::<Self>() {
            Ok(own) => *own,
            Err(other) => Self::new(kind, other),
        }
    }

    /// The cause, if it is an [`Error`](crate::Error) and the request was never sent.
    pub(crate) fn into_own_cause(self) -> Result<crate::Error, Self> {
        let Self {
            kind,
            timeout,
            source,
        } = self;
        if !kind.never_sent() {
            return Err(Self {
                kind,
                timeout,
                source,
            });
        }
        match source.downcast() {
            Ok(own) => Ok(*own),
            Err(source) => Err(Self {
                kind,
                timeout,
                source,
            }),
        }
    }

    /// Where it failed.
    #[must_use]
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// Whether a time limit was the reason, while connecting or later.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.timeout
    }
}

impl TransportError {
    /// What happened, without the cause.
    pub(crate) fn summary(&self) -> &'static str {
        match (self.kind, self.timeout) {
            (TransportErrorKind::Connect, true) => "connecting took too long",
            (TransportErrorKind::Connect, false) => "could not connect",
            (TransportErrorKind::Timeout, _) => {
                "the time limit passed before the answer was complete"
            }
            (TransportErrorKind::Interrupted, _) => {
                "the connection broke before the answer was complete"
            }
            (TransportErrorKind::Request, _) => "the request cannot be sent",
            (TransportErrorKind::Credential, _) => "no access token could be had for the request",
            (TransportErrorKind::Body, _) => "the request's body failed while it was sent",
            (TransportErrorKind::Other, _) => "the transport failed",
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.summary())
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.source.as_ref())
    }
}

//! The one error type of all Supabase crates.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::response::Parts;

use crate::api_error::{cap, one_line, request_id};
use crate::{ApiError, BoxError, RetryAfter, TransportError, TransportErrorKind};

/// A result whose error is an [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed: one type for every service, so that `?` and `#[from]` work across them.
///
/// Ask it by predicate first, then by [code](Error::code); [`kind`](Error::kind) tells on which side it failed.
/// Its `Display` is one line without secrets, and its `Debug` holds no bodies.
///
/// ```
/// use supabase_http::{Error, ErrorKind};
///
/// let error = Error::request("the table name is empty");
/// assert_eq!(error.kind(), ErrorKind::Request);
/// assert_eq!(error.to_string(), "the table name is empty");
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    context: Option<Context>,
    message: String,
    cause: Cause,
    status: Option<StatusCode>,
    request_id: Option<String>,
    body: Bytes,
}

#[derive(Clone, Copy)]
struct Context {
    service: &'static str,
    operation: &'static str,
}

enum Cause {
    None,
    Api(Box<ApiError>),
    Transport(TransportError),
    Other(BoxError),
}

/// On which side a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The call was given something that cannot be sent; **nothing was sent**.
    Request,
    /// A key or a token is missing, malformed or not fit for the call; **nothing was sent**.
    Credential,
    /// The surroundings lack something, such as a running tokio runtime; **nothing was sent**.
    Runtime,
    /// No whole answer came; see [`TransportErrorKind`] for whether the server may have acted.
    Transport,
    /// The server answered with an error.
    Api,
    /// The server answered with success, but the answer is not what was asked for.
    Decode,
}

impl Error {
    /// Bad input, found before anything was sent.
    pub fn request(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Request, message.into(), Cause::None)
    }

    /// Bad input with the error that found it.
    pub fn request_caused_by(message: impl Into<String>, cause: impl Into<BoxError>) -> Self {
        Self::new(
            ErrorKind::Request,
            message.into(),
            Cause::Other(cause.into()),
        )
    }

    /// A key or token that is missing, malformed or in the wrong place.
    pub fn credential(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Credential, message.into(), Cause::None)
    }

    /// A key or token that could not be had, with the reason.
    pub fn credential_caused_by(message: impl Into<String>, cause: impl Into<BoxError>) -> Self {
        Self::new(
            ErrorKind::Credential,
            message.into(),
            Cause::Other(cause.into()),
        )
    }

    /// Surroundings that lack something.
    pub fn runtime(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Runtime, message.into(), Cause::None)
    }

    /// The server's own error.
    #[must_use]
    pub fn api(error: ApiError) -> Self {
        let mut this = Self::new(ErrorKind::Api, String::new(), Cause::None);
        this.0.status = Some(error.status());
        this.0.request_id = error.request_id().map(str::to_owned);
        this.0.body = error.body().clone();
        this.0.cause = Cause::Api(Box::new(error));
        this
    }

    /// An answer that is not what was asked for: the status, the request id and up to 64 KiB of the body are kept.
    ///
    /// `reason` should say which type and which place in the answer; it becomes the message, so it must not quote what
    /// may be secret.
    #[must_use]
    pub fn decode(parts: &Parts, body: Bytes, reason: impl fmt::Display) -> Self {
        let message = format!("the server's answer cannot be read: {reason}");
        Self::answered(parts, body, message)
    }

    /// An answer that can be read and says that all went well, but not what was asked for: a header, a field or a
    /// confirmation is missing. The status, the request id and up to 64 KiB of the body are kept.
    ///
    /// `reason` becomes the message, so it must not quote what may be secret. An answer without the expected JSON is a
    /// [`decode`](Error::decode) error.
    ///
    /// ```
    /// use supabase_http::{Error, ErrorKind};
    ///
    /// let (parts, ()) = http::Response::new(()).into_parts();
    /// let error = Error::unexpected(&parts, bytes::Bytes::new(), "it has no `location` header");
    /// assert_eq!(error.kind(), ErrorKind::Decode);
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the server answered, but not what was asked for: it has no `location` header (status 200)"
    /// );
    /// ```
    #[must_use]
    pub fn unexpected(parts: &Parts, body: Bytes, reason: impl fmt::Display) -> Self {
        let message = format!("the server answered, but not what was asked for: {reason}");
        Self::answered(parts, body, message)
    }

    /// An answer whose body broke off after its head: the head's status and request id are kept.
    ///
    /// `cause` is what a [`Body`](crate::Body) failed with.
    ///
    /// ```
    /// use supabase_http::{Error, ErrorKind, TransportErrorKind};
    ///
    /// let (parts, ()) = http::Response::new(()).into_parts();
    /// let error = Error::interrupted(&parts, "connection reset");
    /// assert_eq!(error.kind(), ErrorKind::Transport);
    /// assert_eq!(error.transport_error().map(|error| error.kind()), Some(TransportErrorKind::Interrupted));
    /// assert_eq!(error.status(), Some(http::StatusCode::OK));
    /// ```
    #[must_use]
    pub fn interrupted(parts: &Parts, cause: impl Into<BoxError>) -> Self {
        Self::from(TransportError::interrupted(cause)).with_head(parts)
    }

    fn answered(parts: &Parts, body: Bytes, message: String) -> Self {
        let mut this = Self::new(ErrorKind::Decode, message, Cause::None);
        this.0.status = Some(parts.status);
        this.0.request_id = request_id(&parts.headers);
        this.0.body = cap(body);
        this
    }

    /// Adds which service and operation failed; what is known already stays.
    #[must_use]
    pub fn with_context(mut self, service: &'static str, operation: &'static str) -> Self {
        self.0.context.get_or_insert(Context { service, operation });
        self
    }

    /// Adds what the head of an answer told, for an answer that broke off after it.
    #[must_use]
    pub fn with_head(mut self, parts: &Parts) -> Self {
        self.0.status.get_or_insert(parts.status);
        if self.0.request_id.is_none() {
            self.0.request_id = request_id(&parts.headers);
        }
        self
    }

    fn new(kind: ErrorKind, message: String, cause: Cause) -> Self {
        Self(Box::new(Inner {
            kind,
            context: None,
            message,
            cause,
            status: None,
            request_id: None,
            body: Bytes::new(),
        }))
    }

    /// On which side the call failed.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The service that was called, such as `database`.
    #[must_use]
    pub fn service(&self) -> Option<&'static str> {
        self.0.context.map(|context| context.service)
    }

    /// The operation that was called, such as `select`.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.context.map(|context| context.operation)
    }

    /// The HTTP status, if at least the head of an answer came.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The server's code, such as a SQLSTATE or `PGRST116`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.api_error()?.code()
    }

    /// What went wrong, in one sentence: the server's message if it sent one.
    #[must_use]
    pub fn message(&self) -> &str {
        match &self.0.cause {
            Cause::Api(api) => api.message(),
            Cause::Transport(error) => error.summary(),
            _ => &self.0.message,
        }
    }

    /// The server's error, if the server answered with one.
    #[must_use]
    pub fn api_error(&self) -> Option<&ApiError> {
        match &self.0.cause {
            Cause::Api(api) => Some(api),
            _ => None,
        }
    }

    /// The transport's error, if no whole answer came.
    #[must_use]
    pub fn transport_error(&self) -> Option<&TransportError> {
        match &self.0.cause {
            Cause::Transport(error) => Some(error),
            _ => None,
        }
    }

    /// The id under which the server or its gateway logged the request; quote it when asking for support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// What was kept of the answer's body, up to 64 KiB; empty if there was none.
    ///
    /// It may hold anything that the server sent: do not log it unseen.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.0.body
    }

    /// How long the server asked to wait before the next try; a date is reckoned by the local clock.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let now = || crate::Clock::now(&crate::SystemClock);
        self.api_error()?
            .retry_after()
            .map(|after: RetryAfter| after.delay_from(now()))
    }

    fn is_code(&self, codes: &[&str]) -> bool {
        self.code().is_some_and(|code| codes.contains(&code))
    }

    fn is_status(&self, statuses: &[u16]) -> bool {
        self.status()
            .is_some_and(|status| statuses.contains(&status.as_u16()))
    }

    /// A time limit passed: ours, or the database's statement timeout (`57014`), or a gateway's (408, 504).
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.transport_error()
            .is_some_and(TransportError::is_timeout)
            || self.is_code(&["57014"])
            || (self.kind() == ErrorKind::Api && self.is_status(&[408, 504]))
    }

    /// No connection could be made; the request was never sent.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        self.transport_error()
            .is_some_and(|error| error.kind() == TransportErrorKind::Connect)
    }

    /// The same call may succeed later: the network failed or the server was busy. Whether a write was done all the
    /// same is another question: see [`never_sent`](Error::never_sent).
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match &self.0.cause {
            Cause::Transport(error) => matches!(
                error.kind(),
                TransportErrorKind::Connect
                    | TransportErrorKind::Timeout
                    | TransportErrorKind::Interrupted
            ),
            Cause::Api(_) => self.is_status(&[408, 429, 502, 503, 504, 520]),
            _ => false,
        }
    }

    /// The request surely did not reach the server.
    #[must_use]
    pub fn never_sent(&self) -> bool {
        match &self.0.cause {
            Cause::Transport(error) => error.kind().never_sent(),
            _ => matches!(
                self.kind(),
                ErrorKind::Request | ErrorKind::Credential | ErrorKind::Runtime
            ),
        }
    }

    /// What was asked for does not exist: status 404, or a `.single()` that found no row (`PGRST116`).
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::Api && (self.is_status(&[404]) || self.is_no_rows())
    }

    /// A `.single()` found no row (`PGRST116`).
    #[must_use]
    pub fn is_no_rows(&self) -> bool {
        self.is_code(&["PGRST116"]) && self.found_rows() == Some(0)
    }

    /// A `.single()` or `.maybe_single()` found more than one row (`PGRST116`).
    #[must_use]
    pub fn is_many_rows(&self) -> bool {
        self.is_code(&["PGRST116"]) && self.found_rows() != Some(0)
    }

    /// The number in "The result contains 0 rows" (or "Results contain 2 rows, …" of older servers).
    fn found_rows(&self) -> Option<u64> {
        let details = self.api_error()?.details()?.as_str()?;
        let digits = |c: char| !c.is_ascii_digit();
        details
            .split(digits)
            .find(|part| !part.is_empty())?
            .parse()
            .ok()
    }

    /// What was to be made exists already: status 409 or `23505`.
    #[must_use]
    pub fn is_already_exists(&self) -> bool {
        self.is_unique_violation() || (self.is_status(&[409]) && !self.is_foreign_key_violation())
    }

    /// The server limits how often this may be called (status 429); see [`retry_after`](Error::retry_after).
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.is_status(&[429])
    }

    /// The server does not accept the key or the token (status 401).
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.is_status(&[401])
    }

    /// A unique constraint was violated (SQLSTATE `23505`).
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        self.is_code(&["23505"])
    }

    /// A foreign key constraint was violated (SQLSTATE `23503`).
    #[must_use]
    pub fn is_foreign_key_violation(&self) -> bool {
        self.is_code(&["23503"])
    }

    /// A required column got no value (SQLSTATE `23502`).
    #[must_use]
    pub fn is_not_null_violation(&self) -> bool {
        self.is_code(&["23502"])
    }

    /// A check constraint was violated (SQLSTATE `23514`).
    #[must_use]
    pub fn is_check_violation(&self) -> bool {
        self.is_code(&["23514"])
    }

    /// The role lacks a right, or row-level security refused (SQLSTATE `42501`).
    #[must_use]
    pub fn is_permission_denied(&self) -> bool {
        self.is_code(&["42501"])
    }

    /// Row-level security refused the change.
    #[must_use]
    pub fn is_rls_violation(&self) -> bool {
        self.api_error()
            .is_some_and(|api| api.message().contains("row-level security"))
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        // One of ours inside, such as a token source's, says best what is wrong.
        let error = match error.into_own_cause() {
            Ok(own) => return own,
            Err(error) => error,
        };
        let kind = match error.kind() {
            TransportErrorKind::Request => ErrorKind::Request,
            TransportErrorKind::Credential => ErrorKind::Credential,
            _ => ErrorKind::Transport,
        };
        Self::new(kind, String::new(), Cause::Transport(error))
    }
}

impl From<ApiError> for Error {
    fn from(error: ApiError) -> Self {
        Self::api(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(context) = self.0.context {
            write!(f, "{} {}: ", context.service, context.operation)?;
        }
        match &self.0.cause {
            Cause::Api(api) => api.fmt(f),
            Cause::Transport(error) => {
                error.fmt(f)?;
                match self.0.status {
                    Some(status) => write!(f, " (status {})", status.as_u16()),
                    None => Ok(()),
                }
            }
            _ => {
                f.write_str(&one_line(&self.0.message))?;
                match self.0.status {
                    Some(status) => write!(f, " (status {})", status.as_u16()),
                    None => Ok(()),
                }
            }
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.0.kind);
        if let Some(context) = self.0.context {
            out.field("service", &context.service)
                .field("operation", &context.operation);
        }
        match &self.0.cause {
            Cause::None => out.field("message", &one_line(&self.0.message)),
            Cause::Api(api) => out.field("api", &**api),
            Cause::Transport(error) => out.field("transport", error),
            Cause::Other(cause) => out
                .field("message", &one_line(&self.0.message))
                .field("cause", cause),
        };
        if let Some(status) = self.0.status {
            out.field("status", &status.as_u16());
        }
        if let Some(id) = &self.0.request_id {
            out.field("request_id", id);
        }
        out.finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.cause {
            // Their own text is part of ours.
            Cause::None | Cause::Api(_) => None,
            Cause::Transport(error) => std::error::Error::source(error),
            Cause::Other(cause) => Some(cause.as_ref()),
        }
    }
}

//! The one error type of all Supabase crates.

mod predicates;

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
///
/// What to tell the person in front of the screen:
///
/// ```
/// use bytes::Bytes;
/// use supabase_http::{ApiError, Error};
///
/// fn tell(error: &Error) -> &'static str {
///     match error {
///         e if e.is_unique_violation() => "that name is taken",
///         e if e.is_foreign_key_violation() => "it is still in use",
///         e if e.is_not_null_violation() || e.is_check_violation() => "a field is missing or wrong",
///         e if e.is_already_exists() => "there is one already",
///         e if e.is_rls_violation() || e.is_permission_denied() => "you may not do this",
///         e if e.is_unauthorized() => "please sign in again",
///         e if e.is_no_rows() || e.is_not_found() => "there is no such thing",
///         e if e.is_many_rows() => "there is more than one",
///         e if e.is_rate_limited() => "not so fast",
///         e if e.is_connect() => "are you offline?",
///         e if e.is_timeout() => "that takes too long",
///         e if e.is_retryable() => "please try again",
///         _ => "it did not work",
///     }
/// }
///
/// let (parts, ()) = http::Response::builder().status(409).body(())?.into_parts();
/// let taken = ApiError::new(&parts, Bytes::from(r#"{"code":"23505","message":"duplicate key"}"#));
/// assert_eq!(tell(&Error::from(taken)), "that name is taken");
/// # Ok::<(), http::Error>(())
/// ```
///
/// What to write in a log; none of it holds a key, a token or a row:
///
/// ```
/// use bytes::Bytes;
/// use supabase_http::{ApiError, Error};
///
/// fn log(error: &Error) -> String {
///     let call = (error.service(), error.operation());
///     let answer = (error.status(), error.code(), error.request_id());
///     format!("{:?} {call:?} {answer:?} {}", error.kind(), error.message())
/// }
///
/// let (parts, ()) = http::Response::builder().status(429).header("retry-after", "1").body(())?.into_parts();
/// let error = Error::api(ApiError::new(&parts, Bytes::new())).with_context("postgrest", "select");
/// assert!(log(&error).contains("Too Many Requests"));
///
/// // Whether a write may be sent once more, and when.
/// assert!(error.is_retryable() && !error.never_sent());
/// assert_eq!(error.retry_after(), Some(std::time::Duration::from_secs(1)));
///
/// // What the server said in full; it may hold rows.
/// assert!(error.api_error().is_some_and(|answer| answer.details().is_none()));
/// assert!(error.body().is_empty());
/// # Ok::<(), http::Error>(())
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
    ///
    /// ```
    /// use supabase_http::Error;
    ///
    /// let id: Result<u64, _> = "seven".parse::<u64>().map_err(|why| Error::request_caused_by("the id is no number", why));
    /// assert!(id.is_err_and(|error| error.never_sent()));
    /// ```
    pub fn request_caused_by(message: impl Into<String>, cause: impl Into<BoxError>) -> Self {
        Self::new(
            ErrorKind::Request,
            message.into(),
            Cause::Other(cause.into()),
        )
    }

    /// A key or token that is missing, malformed or in the wrong place.
    ///
    /// ```
    /// use supabase_http::{Error, ErrorKind};
    ///
    /// let error = Error::credential("nobody is signed in");
    /// assert_eq!(error.kind(), ErrorKind::Credential);
    /// ```
    pub fn credential(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Credential, message.into(), Cause::None)
    }

    /// A key or token that could not be had, with the reason.
    ///
    /// ```
    /// use std::error::Error as _;
    /// use supabase_http::Error;
    ///
    /// let cause = std::io::Error::other("the keychain is locked");
    /// let error = Error::credential_caused_by("no token could be read", cause);
    /// assert!(error.source().is_some_and(|cause| cause.to_string() == "the keychain is locked"));
    /// ```
    pub fn credential_caused_by(message: impl Into<String>, cause: impl Into<BoxError>) -> Self {
        Self::new(
            ErrorKind::Credential,
            message.into(),
            Cause::Other(cause.into()),
        )
    }

    /// Surroundings that lack something.
    ///
    /// ```
    /// use supabase_http::{Error, ErrorKind};
    ///
    /// fn needs_tokio() -> supabase_http::Result<()> {
    ///     tokio::runtime::Handle::try_current()
    ///         .map(drop)
    ///         .map_err(|_| Error::runtime("there is no tokio runtime here"))
    /// }
    /// assert!(needs_tokio().is_err_and(|error| error.kind() == ErrorKind::Runtime));
    /// ```
    pub fn runtime(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Runtime, message.into(), Cause::None)
    }

    /// Surroundings that lack something, with the error that told: a file that cannot be written, for example.
    ///
    /// ```
    /// use supabase_http::{Error, ErrorKind};
    ///
    /// let full = std::io::Error::other("no space left");
    /// let error = Error::runtime_caused_by("the file cannot be written", full);
    /// assert_eq!(error.kind(), ErrorKind::Runtime);
    /// ```
    pub fn runtime_caused_by(message: impl Into<String>, cause: impl Into<BoxError>) -> Self {
        Self::new(
            ErrorKind::Runtime,
            message.into(),
            Cause::Other(cause.into()),
        )
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
    ///
    /// ```
    /// use supabase_http::Error;
    ///
    /// let (parts, ()) = http::Response::new(()).into_parts();
    /// let error = Error::decode(&parts, "\u{1}".into(), "it is no text");
    /// assert_eq!(error.to_string(), "the server's answer cannot be read: it is no text (status 200)");
    /// assert_eq!(error.body(), "\u{1}");
    /// ```
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
    ///
    /// ```
    /// use supabase_http::{Error, TransportError};
    ///
    /// let (parts, ()) = http::Response::builder().header("sb-request-id", "r1").body(())?.into_parts();
    /// let error = Error::from(TransportError::from_any("broken pipe")).with_head(&parts);
    /// assert_eq!((error.status(), error.request_id()), (Some(http::StatusCode::OK), Some("r1")));
    /// # Ok::<(), http::Error>(())
    /// ```
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
    ///
    /// ```
    /// use supabase_http::{Error, TransportError, TransportErrorKind};
    ///
    /// let error = Error::from(TransportError::new(TransportErrorKind::Connect, "refused"));
    /// assert!(error.transport_error().is_some_and(|error| error.kind().never_sent()));
    /// ```
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

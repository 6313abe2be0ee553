//! What one call may have of its own: retries, time limit, identity.

use std::time::Duration;

use http::{Method, StatusCode};

use crate::{AccessToken, Backoff};

/// When a request is sent again by itself.
///
/// Reads (`GET`, `HEAD`, `OPTIONS`, and calls marked [`Idempotency::Safe`]) are sent again when no whole answer came or
/// the status is one of [`statuses`](RetryConfig::statuses). Writes are sent again only if no connection could be
/// made, so that the server cannot have seen them. A streamed body is never sent again.
///
/// ```
/// use std::time::Duration;
/// use http::StatusCode;
/// use supabase_http::{Backoff, RetryConfig};
///
/// let patient = RetryConfig::new()
///     .max_retries(8)
///     .backoff(Backoff::new(Duration::from_millis(200), Duration::from_secs(10)))
///     .max_elapsed(Duration::from_secs(60))
///     .respect_retry_after(true)
///     .statuses([StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE]);
/// assert_ne!(patient, RetryConfig::off());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryConfig {
    pub(crate) max_retries: u32,
    pub(crate) backoff: Backoff,
    pub(crate) max_elapsed: Option<Duration>,
    pub(crate) respect_retry_after: bool,
    pub(crate) statuses: Vec<u16>,
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self::new()
    }
}

impl RetryConfig {
    /// Three retries, 1 s doubling up to 30 s with jitter, `Retry-After` respected, on 408, 429, 503 and 520.
    #[must_use]
    pub fn new() -> Self {
        Self {
            max_retries: 3,
            backoff: Backoff::new(Duration::from_secs(1), Duration::from_secs(30)),
            max_elapsed: None,
            respect_retry_after: true,
            statuses: vec![408, 429, 503, 520],
        }
    }

    /// No retries at all.
    #[must_use]
    pub fn off() -> Self {
        Self {
            max_retries: 0,
            ..Self::new()
        }
    }

    /// How often a request is sent again at most.
    #[must_use]
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = retries;
        self
    }

    /// How long to wait between tries.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// No retry begins later than this after the first try.
    #[must_use]
    pub fn max_elapsed(mut self, limit: Duration) -> Self {
        self.max_elapsed = Some(limit);
        self
    }

    /// Whether a server's `Retry-After` replaces the back-off; it is clamped to the back-off's cap, and to at least
    /// half of its first wait.
    #[must_use]
    pub fn respect_retry_after(mut self, respect: bool) -> Self {
        self.respect_retry_after = respect;
        self
    }

    /// The statuses that are worth another try.
    #[must_use]
    pub fn statuses(mut self, statuses: impl IntoIterator<Item = StatusCode>) -> Self {
        self.statuses = statuses.into_iter().map(|status| status.as_u16()).collect();
        self
    }
}

/// Whether a request may be sent again although the server may have acted on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Idempotency {
    /// `GET`, `HEAD` and `OPTIONS` are safe, everything else is not.
    #[default]
    ByMethod,
    /// Safe whatever the method: a read by `POST`.
    Safe,
    /// Not safe whatever the method.
    Unsafe,
}

impl Idempotency {
    pub(crate) fn is_safe(self, method: &Method) -> bool {
        match self {
            Self::ByMethod => matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS),
            Self::Safe => true,
            Self::Unsafe => false,
        }
    }
}

/// Whose credentials a call carries.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum CredentialMode {
    /// The client's.
    #[default]
    Client,
    /// The project's key alone, whoever is signed in.
    KeyOnly,
    /// The key and this token.
    Token(AccessToken),
    /// None at all, such as for a signed URL.
    None,
}

/// What one call has of its own; everything else is the client's.
///
/// ```
/// use std::time::Duration;
/// use supabase_http::{CallOptions, CredentialMode, Idempotency, RetryConfig};
///
/// // A search by POST: it changes nothing, and is for anybody.
/// let options = CallOptions::new("search")
///     .template("/weather/v1/search/{place}")
///     .idempotency(Idempotency::Safe)
///     .credentials(CredentialMode::KeyOnly)
///     .retry(RetryConfig::new().max_retries(1))
///     .timeout(Duration::from_secs(10))
///     .attempt_timeout(Duration::from_secs(4));
/// assert_eq!(options.operation(), "search");
/// ```
#[derive(Debug, Clone, Default)]
pub struct CallOptions {
    pub(crate) operation: &'static str,
    pub(crate) template: &'static str,
    pub(crate) idempotency: Idempotency,
    pub(crate) credentials: CredentialMode,
    pub(crate) retry: Option<RetryConfig>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) attempt_timeout: Option<Duration>,
}

impl CallOptions {
    /// The options of an operation, such as `select`, named in errors and spans.
    #[must_use]
    pub fn new(operation: &'static str) -> Self {
        Self {
            operation,
            ..Self::default()
        }
    }

    /// The name of the operation.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The URL's shape without anyone's data, such as `/rest/v1/{table}`, for spans.
    #[must_use]
    pub fn template(mut self, template: &'static str) -> Self {
        self.template = template;
        self
    }

    /// Whether the call may be repeated although the server may have acted on it.
    #[must_use]
    pub fn idempotency(mut self, idempotency: Idempotency) -> Self {
        self.idempotency = idempotency;
        self
    }

    /// Whose credentials the call carries.
    #[must_use]
    pub fn credentials(mut self, mode: CredentialMode) -> Self {
        self.credentials = mode;
        self
    }

    /// When this call is sent again.
    #[must_use]
    pub fn retry(mut self, retry: RetryConfig) -> Self {
        self.retry = Some(retry);
        self
    }

    /// The time limit of the whole call: all tries, the waits between them and the buffered answer.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// The time limit of each try of this call, to the head of the answer, instead of what the client says.
    #[must_use]
    pub fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.attempt_timeout = Some(limit);
        self
    }
}

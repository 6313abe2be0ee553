//! Questions to ask an error.

use super::{Cause, Error, ErrorKind};
use crate::{TransportError, TransportErrorKind};

/// Questions that tell failures apart.
impl Error {
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

    /// What was to be made exists already: status 409 or `23505`, unless the code says that the conflict is another one:
    /// something is not empty, or has changed meanwhile.
    #[must_use]
    pub fn is_already_exists(&self) -> bool {
        let other = [
            "23503",
            "ResourceNotEmpty",
            "NamespaceNotEmptyException",
            "CommitFailedException",
        ];
        self.is_unique_violation() || (self.is_status(&[409]) && !self.is_code(&other))
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

    /// What was sent is larger than the server takes (status 413).
    ///
    /// ```
    /// let (parts, ()) = http::Response::builder().status(413).body(())?.into_parts();
    /// let error = supabase_http::Error::api(supabase_http::ApiError::new(&parts, bytes::Bytes::new()));
    /// assert!(error.is_too_large());
    /// # Ok::<(), http::Error>(())
    /// ```
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.is_status(&[413])
    }

    /// The server does not take this media type here (status 415).
    ///
    /// ```
    /// let (parts, ()) = http::Response::builder().status(415).body(())?.into_parts();
    /// let error = supabase_http::Error::api(supabase_http::ApiError::new(&parts, bytes::Bytes::new()));
    /// assert!(error.is_invalid_mime_type());
    /// # Ok::<(), http::Error>(())
    /// ```
    #[must_use]
    pub fn is_invalid_mime_type(&self) -> bool {
        self.is_status(&[415])
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

//! The server's own error: an answer whose status says that the call failed.

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::response::Parts;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// How much of an error's body is kept, in bytes.
pub(crate) const MAX_ERROR_BODY: usize = 64 * 1024;

/// An error that a server answered with.
///
/// It is built from any body: the services' JSON shapes, plain text, HTML of a gateway, nothing, or
/// half of it; the status, the request id and (up to 64 KiB of) the body are always kept.
///
/// ```
/// use std::time::Duration;
/// use bytes::Bytes;
/// use supabase_http::{ApiError, RetryAfter};
///
/// let (parts, ()) = http::Response::builder()
///     .status(409)
///     .header("sb-request-id", "r1")
///     .header("retry-after", "2")
///     .body(())?
///     .into_parts();
/// let body = r#"{"code":"23505","message":"duplicate key","details":"id 7 exists","hint":"take another"}"#;
///
/// let error = ApiError::new(&parts, Bytes::from(body));
/// assert_eq!(error.status(), 409);
/// assert_eq!(error.code(), Some("23505"));
/// assert_eq!(error.message(), "duplicate key");
/// assert_eq!(error.details(), Some(&"id 7 exists".into()));
/// assert_eq!(error.hint(), Some("take another"));
/// assert_eq!(error.request_id(), Some("r1"));
/// assert_eq!(error.retry_after(), Some(RetryAfter::Delay(Duration::from_secs(2))));
/// assert_eq!(error.headers()["retry-after"], "2");
/// assert_eq!(error.body(), body);
/// # Ok::<(), http::Error>(())
/// ```
///
/// A service crate says what an answer means, where its server does not:
///
/// ```
/// use bytes::Bytes;
/// use http::StatusCode;
/// use supabase_http::{ApiError, Error};
///
/// let (parts, ()) = http::Response::builder().status(400).body(())?.into_parts();
/// let error = ApiError::new(&parts, Bytes::from("no such bucket"))
///     .with_status(StatusCode::NOT_FOUND)
///     .with_code("not_found")
///     .with_message("there is no such bucket")
///     .with_details("the name is case-sensitive");
/// assert!(Error::from(error).is_not_found());
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone)]
pub struct ApiError {
    status: StatusCode,
    code: Option<String>,
    message: String,
    details: Option<Value>,
    hint: Option<String>,
    request_id: Option<String>,
    headers: HeaderMap,
    body: Bytes,
}

impl ApiError {
    /// Reads an error from an answer's head and body.
    ///
    /// Known fields are `code`, `message`, `details` and `hint` (database), `error_code`, `msg`,
    /// `error` and `error_description` (auth, OAuth), and `statusCode` with `error` (storage).
    /// Without them the text itself is the message, or the status' standard phrase.
    #[must_use]
    pub fn new(parts: &Parts, body: Bytes) -> Self {
        let mut this = Self {
            status: parts.status,
            code: None,
            message: String::new(),
            details: None,
            hint: None,
            request_id: request_id(&parts.headers),
            headers: parts.headers.clone(),
            body: cap(body),
        };
        match serde_json::from_slice::<Value>(&this.body) {
            Ok(Value::Object(mut fields)) => {
                let mut text = |name: &str| match fields.remove(name) {
                    Some(Value::String(text)) => Some(text),
                    Some(Value::Number(number)) => Some(number.to_string()),
                    _ => None,
                };
                let code = text("code");
                let error_code = text("error_code");
                let error = text("error");
                let description = text("error_description");
                let message = text("message").or_else(|| text("msg")).or(description);
                this.hint = text("hint");
                this.code = error_code.or(code).or_else(|| error.clone());
                // An object without a message may hold anything: it stays in the body, out of logs.
                this.message = message.or(error).unwrap_or_default();
                this.details = fields
                    .remove("details")
                    .filter(|details| !details.is_null());
            }
            _ => this.message = this.lossy_body(),
        }
        if this.message.is_empty() {
            this.message
                .push_str(this.status.canonical_reason().unwrap_or("no message"));
        }
        this
    }

    /// The same error with another code.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// The same error with another message.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// The same error with a hint, for what a service does not say itself.
    ///
    /// ```
    /// # let (parts, ()) = http::Response::builder().status(404).body(())?.into_parts();
    /// # let error = supabase_http::ApiError::new(&parts, bytes::Bytes::new());
    /// assert_eq!(error.with_hint("sign in first").hint(), Some("sign in first"));
    /// # Ok::<(), http::Error>(())
    /// ```
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same error with another status, for services whose HTTP status lies.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same error with other details.
    #[must_use]
    pub fn with_details(mut self, details: impl Into<Value>) -> Self {
        self.details = Some(details.into());
        self
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The service's code: a SQLSTATE (`23505`), a PostgREST code (`PGRST116`), an Auth code (`bad_jwt`) and the like.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The server's message; the whole text where the body was no JSON.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What the server says in addition: mostly text, sometimes an array or an object.
    #[must_use]
    pub fn details(&self) -> Option<&Value> {
        self.details.as_ref()
    }

    /// The server's advice.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The id under which the server or its gateway logged the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// How long the server asks to wait, if it said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<RetryAfter> {
        RetryAfter::parse(&self.headers)
    }

    /// The answer's headers. They may set cookies: do not log them unseen.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body, up to 64 KiB of it.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    fn lossy_body(&self) -> String {
        String::from_utf8_lossy(&self.body).trim().to_owned()
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without details, headers and body: they may hold whole rows.
        f.debug_struct("ApiError")
            .field("status", &self.status.as_u16())
            .field("code", &self.code)
            .field("message", &one_line(&self.message))
            .field("hint", &self.hint)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} (status {}",
            one_line(&self.message),
            self.status.as_u16()
        )?;
        if let Some(code) = &self.code {
            write!(f, ", code {}", one_line(code))?;
        }
        f.write_str(")")
    }
}

impl std::error::Error for ApiError {}

/// What a `Retry-After` header asks for ([RFC 9110, 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)).
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use http::{HeaderMap, HeaderValue};
/// use supabase_http::RetryAfter;
///
/// let mut headers = HeaderMap::new();
/// assert_eq!(RetryAfter::parse(&headers), None);
///
/// headers.insert("retry-after", HeaderValue::from_static("Thu, 01 Jan 1970 00:01:00 GMT"));
/// let after = RetryAfter::parse(&headers);
/// let wait = after.map(|after| after.delay_from(UNIX_EPOCH + Duration::from_secs(50)));
/// assert_eq!(wait, Some(Duration::from_secs(10)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryAfter {
    /// A time to wait.
    Delay(Duration),
    /// A moment to wait for, by the server's clock.
    Date(SystemTime),
}

impl RetryAfter {
    /// Reads the header; anything malformed counts as absent.
    #[must_use]
    pub fn parse(headers: &HeaderMap) -> Option<Self> {
        let text = headers
            .get(http::header::RETRY_AFTER)?
            .to_str()
            .ok()?
            .trim();
        match text.parse::<u64>() {
            Ok(seconds) => Some(Self::Delay(Duration::from_secs(seconds))),
            Err(_) => httpdate::parse_http_date(text).ok().map(Self::Date),
        }
    }

    /// The time left at `now`; zero for a date in the past.
    #[must_use]
    pub fn delay_from(self, now: SystemTime) -> Duration {
        match self {
            Self::Delay(delay) => delay,
            Self::Date(date) => date.duration_since(now).unwrap_or_default(),
        }
    }
}

/// The id under which the server or a gateway before it logged the request.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    ["sb-request-id", "x-request-id", "cf-ray"]
        .iter()
        .find_map(|name| headers.get(*name)?.to_str().ok().map(str::to_owned))
}

/// At most [`MAX_ERROR_BODY`] bytes; a copy when cut, so that the rest is freed.
pub(crate) fn cap(body: Bytes) -> Bytes {
    match body.get(..MAX_ERROR_BODY) {
        Some(start) => Bytes::copy_from_slice(start),
        None => body,
    }
}

/// Text of a server for one line of a log: no line ends or control characters, and not endless.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    const MAX_CHARS: usize = 300;
    if !text.chars().any(char::is_control) && text.chars().nth(MAX_CHARS).is_none() {
        return Cow::Borrowed(text);
    }
    let mut line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_CHARS)
        .collect();
    if text.chars().nth(MAX_CHARS).is_some() {
        line.push('…');
    }
    Cow::Owned(line)
}

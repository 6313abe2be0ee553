//! An answer with its surroundings: status, headers, count and range.

use std::fmt;
use std::ops::RangeInclusive;

use http::response::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::api_error::request_id;
use crate::{Error, Result};

/// An answer's data, and what came with it: for callers who ask with `.response()`.
///
/// ```
/// use supabase_http::{Completeness, Response};
///
/// let (parts, ()) = http::Response::builder()
///     .header("content-range", "0-1/25")
///     .header("sb-request-id", "r1")
///     .body(())?
///     .into_parts();
///
/// let page = Response::new(&parts, vec!["Earth", "Mars"]);
/// assert_eq!((page.count, page.range.clone()), (Some(25), Some(0..=1)));
/// assert_eq!(page.completeness(), Completeness::Truncated);
/// assert_eq!(page.request_id().as_deref(), Some("r1"));
/// assert_eq!(page.map(|names| names.len()).data, 2);
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Response<T> {
    /// What awaiting the call without `.response()` gives.
    pub data: T,
    /// How many rows there are in all, if a count was asked for.
    pub count: Option<u64>,
    /// The zero-based positions of the first and the last row, if the server told them.
    pub range: Option<RangeInclusive<u64>>,
    /// The HTTP status.
    pub status: StatusCode,
    /// The answer's headers.
    pub headers: HeaderMap,
}

/// Whether an answer holds all the rows that the query matches; see [`Response::completeness`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Completeness {
    /// Every row from the first to the last.
    Complete,
    /// There are more rows: before the first, or after the last.
    Truncated,
    /// Without a count nobody knows: servers cut long answers silently.
    Unknown,
}

impl<T> Response<T> {
    /// Puts an answer together; count and range are read from `Content-Range` (`0-9/25`, `*/25`, `0-9/*`).
    pub fn new(parts: &Parts, data: T) -> Self {
        let (range, count) = content_range(&parts.headers);
        Self {
            data,
            count,
            range,
            status: parts.status,
            headers: parts.headers.clone(),
        }
    }

    /// The same answer with other data.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Response<U> {
        let Self {
            data,
            count,
            range,
            status,
            headers,
        } = self;
        Response {
            data: change(data),
            count,
            range,
            status,
            headers,
        }
    }

    /// The id under which the server or its gateway logged the request.
    #[must_use]
    pub fn request_id(&self) -> Option<String> {
        request_id(&self.headers)
    }

    /// Whether the answer holds every row that the query matches. Known only with a count.
    #[must_use]
    pub fn completeness(&self) -> Completeness {
        match (self.count, &self.range) {
            (None, _) => Completeness::Unknown,
            (Some(0), None) => Completeness::Complete,
            (Some(_), None) => Completeness::Truncated,
            (Some(count), Some(range)) => {
                if *range.start() == 0 && range.end().saturating_add(1) >= count {
                    Completeness::Complete
                } else {
                    Completeness::Truncated
                }
            }
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the headers, which may set cookies.
        f.debug_struct("Response")
            .field("data", &self.data)
            .field("count", &self.count)
            .field("range", &self.range)
            .field("status", &self.status.as_u16())
            .finish_non_exhaustive()
    }
}

/// Reads `Content-Range` as the database answers it; what is malformed counts as absent.
fn content_range(headers: &HeaderMap) -> (Option<RangeInclusive<u64>>, Option<u64>) {
    let parse = || {
        let text = headers.get(http::header::CONTENT_RANGE)?.to_str().ok()?;
        let (rows, total) = text.trim_start_matches("items ").split_once('/')?;
        let range = rows
            .split_once('-')
            .and_then(|(from, to)| Some(from.parse().ok()?..=to.parse().ok()?));
        Some((range, total.parse().ok()))
    };
    parse().unwrap_or((None, None))
}

/// Checks a header's name and value.
///
/// ```
/// let (name, value) = supabase_http::header_pair("X-App", "demo")?;
/// assert_eq!((name.as_str(), value.as_bytes()), ("x-app", &b"demo"[..]));
/// assert!(supabase_http::header_pair("x-app", "a\nb").is_err());
/// # Ok::<(), supabase_http::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::Request`](crate::ErrorKind::Request) for a name or a value that cannot be sent, such as one with a line end.
pub fn header_pair(
    name: impl TryInto<HeaderName, Error: Into<http::Error>>,
    value: impl TryInto<HeaderValue, Error: Into<http::Error>>,
) -> Result<(HeaderName, HeaderValue)> {
    let name = name
        .try_into()
        .map_err(|cause| Error::request_caused_by("a header's name is not valid", cause.into()))?;
    let value = value.try_into().map_err(|cause| {
        Error::request_caused_by(
            format!(
                "the value of the header `{name}` holds a line end or another control character"
            ),
            cause.into(),
        )
    })?;
    Ok((name, value))
}

//! A request as it was sent, for looking into.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Uri};
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;

use super::render;
use crate::{Body, BoxError, Error, Result};

/// A request with its whole body.
///
/// Its `Display` is [`render`](Self::render), its `Debug` holds no body; neither shows keys or tokens.
///
/// ```
/// use supabase_http::testing::RecordedRequest;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let request = http::Request::post("https://xyz.supabase.co/rest/v1/planets?select=id%2Cname")
///     .header("content-type", "application/json")
///     .body(supabase_http::Body::from(r#"{"name":"Earth"}"#))?;
/// let recorded = RecordedRequest::from_request(request)?;
///
/// assert_eq!((recorded.method().as_str(), recorded.path()), ("POST", "/rest/v1/planets"));
/// assert_eq!(recorded.uri().host(), Some("xyz.supabase.co"));
/// assert_eq!(recorded.raw_query(), "select=id%2Cname");
/// assert_eq!(recorded.query(), [("select".to_owned(), "id,name".to_owned())]);
/// assert_eq!(recorded.headers().len(), 1);
/// assert_eq!(recorded.json::<serde_json::Value>()?["name"], "Earth");
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct RecordedRequest {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl RecordedRequest {
    /// Records a request whose body is in memory.
    ///
    /// # Errors
    /// The body is a stream: see [`collect`](Self::collect).
    pub fn from_request(request: Request<Body>) -> Result<Self> {
        let (head, body) = request.into_parts();
        match body.into_bytes() {
            Ok(bytes) => Ok(Self::new(head, bytes)),
            Err(_) => Err(Error::request(
                "the request's body is a stream, which only `RecordedRequest::collect` can read",
            )),
        }
    }

    /// Records a request, reading its body to the end.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), supabase_http::BoxError> {
    /// use supabase_http::testing::RecordedRequest;
    ///
    /// let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>("a".into()), Ok("b".into())]);
    /// let request = http::Request::new(supabase_http::Body::from_stream(chunks));
    /// assert_eq!(RecordedRequest::collect(request).await?.body(), "ab");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// That of the body, if it has one.
    pub async fn collect(request: Request<Body>) -> Result<Self, BoxError> {
        let (head, body) = request.into_parts();
        let bytes = match body.into_bytes() {
            Ok(bytes) => bytes,
            Err(stream) => stream.collect().await?.to_bytes(),
        };
        Ok(Self::new(head, bytes))
    }

    fn new(head: http::request::Parts, body: Bytes) -> Self {
        Self {
            method: head.method,
            uri: head.uri,
            headers: head.headers,
            body,
        }
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The whole URL.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The path as it was sent, percent-encoded.
    #[must_use]
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// The query as it was sent, without the `?`; empty if there is none.
    #[must_use]
    pub fn raw_query(&self) -> &str {
        self.uri.query().unwrap_or_default()
    }

    /// The pairs of the query, decoded, in their order.
    #[must_use]
    pub fn query(&self) -> Vec<(String, String)> {
        render::pairs(self.raw_query())
            .map(|(name, value)| (render::decode(name), render::decode(value)))
            .collect()
    }

    /// The first value of a header, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)
            .and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
    }

    /// All headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body; empty if there is none.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body, read as JSON.
    ///
    /// # Errors
    /// The body is no JSON, or none of this type.
    pub fn json<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_slice(&self.body)
    }

    /// The request as one stable text, for snapshots: method and path, the query raw and decoded, the
    /// headers sorted, and after a blank line the body: JSON in a readable form, text as it is, anything
    /// else as its length and a digest.
    ///
    /// Keys and tokens in headers and in the query are replaced by what kind they are; a body is shown whole.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use supabase_http::testing::RecordedRequest;
    ///
    /// let request = http::Request::get("https://xyz.supabase.co/rest/v1/planets?name=eq.M%C3%A5ne")
    ///     .header("apikey", "sb_publishable_abcdef")
    ///     .header("accept", "application/json")
    ///     .body(supabase_http::Body::empty())?;
    /// assert_eq!(
    ///     RecordedRequest::from_request(request)?.render(),
    ///     "GET /rest/v1/planets\n\
    ///      ?name=eq.M%C3%A5ne\n\
    ///      \x20 name = eq.Måne\n\
    ///      accept: application/json\n\
    ///      apikey: <sb_publishable>\n"
    /// );
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn render(&self) -> String {
        render::request(self)
    }

    /// Method, path and query in one line, without secrets.
    pub(super) fn name(&self) -> String {
        let query = render::raw_query(self.raw_query());
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{} {}{mark}{query}", self.method, self.path())
    }
}

impl fmt::Display for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render())
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest")
            .field("request", &self.name())
            .field("headers", &render::header_lines(&self.headers))
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}

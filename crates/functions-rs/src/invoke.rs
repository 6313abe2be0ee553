//! One invocation: what is asked for, until it is sent.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http::header::CONTENT_TYPE;
use http::response::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use serde::Serialize;
use supabase_http::{
    Body, BoxError, BoxFuture, CallOptions, Error, Idempotency, Result, RetryConfig, header_pair,
};

use crate::client::OPERATION;
use crate::content::Content;
use crate::reader::Limits;
use crate::response::{in_context, is_error, to_error};
use crate::{FunctionResponse, FunctionsClient, Region};

const X_REGION: HeaderName = HeaderName::from_static("x-region");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// An invocation under construction. **Awaiting it sends it.**
///
/// Made by [`FunctionsClient::invoke`]. It owns everything, so it can be stored and sent to another task. Bad input anywhere
/// in the chain is kept and comes out at its end, before anything is sent. A later body, method or header replaces an
/// earlier one. `tokio::spawn` and `join_all` want futures: give them `invoke.into_future()`.
///
/// Dropping the future closes the connection, which the function can see; it may have run by then, wholly or in part.
///
/// ```no_run
/// # async fn demo(functions: functions_rs::FunctionsClient) -> Result<(), functions_rs::Error> {
/// use std::time::Duration;
/// use functions_rs::{Method, Region};
///
/// let answer = functions
///     .invoke("todos")
///     .method(Method::PATCH)
///     .path(["42"])
///     .query("notify", "true")
///     .region(Region::EuCentral1)
///     .header("x-app", "demo")
///     .json(&serde_json::json!({ "done": true }))
///     .timeout(Duration::from_secs(10))
///     .await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`Failure::of`](crate::Failure::of) tells what was never sent, what got no answer, the relay's errors and the function's
/// own apart; [`Error`] has status, code and message, and [`Error::api_error`] the headers and the body.
#[must_use = "nothing is sent until the invocation is awaited"]
pub struct Invoke {
    client: FunctionsClient,
    name: String,
    path: Vec<String>,
    query: Vec<(String, String)>,
    method: Method,
    region: Option<Region>,
    headers: HeaderMap,
    last_event_id: Option<HeaderValue>,
    content: Option<Content>,
    options: CallOptions,
    timeout: Option<Duration>,
    problem: Option<Error>,
}

impl Invoke {
    pub(crate) fn new(client: FunctionsClient, name: &str) -> Self {
        Self {
            client,
            name: name.to_owned(),
            path: Vec::new(),
            query: Vec::new(),
            method: Method::POST,
            region: None,
            headers: HeaderMap::new(),
            last_event_id: None,
            content: None,
            options: CallOptions::new(OPERATION)
                .template("/functions/v1/{name}")
                .idempotency(Idempotency::Unsafe),
            timeout: None,
            problem: check_name(name).err(),
        }
    }

    /// Sends this value as JSON. It is written at once.
    ///
    /// ```
    /// # let functions = functions_rs::FunctionsClient::new("http://127.0.0.1:54321", "key")?;
    /// #[derive(serde::Serialize)]
    /// struct Input { n: i64 }
    ///
    /// let request = functions.invoke("hello").json(&Input { n: 1 }).into_request()?;
    /// assert_eq!(request.body().as_bytes(), Some(&br#"{"n":1}"#[..]));
    /// # Ok::<(), functions_rs::Error>(())
    /// ```
    pub fn json(mut self, value: &(impl Serialize + ?Sized)) -> Self {
        let content = Content::json(value);
        self.take(content, |this, content| this.content = Some(content));
        self
    }

    /// Sends this text, as `text/plain` unless a header says otherwise.
    ///
    /// ```
    /// # let functions = functions_rs::FunctionsClient::new("http://127.0.0.1:54321", "key")?;
    /// let request = functions.invoke("chat").text("Hello").into_request()?;
    /// assert_eq!(request.headers()["content-type"], "text/plain");
    /// # Ok::<(), functions_rs::Error>(())
    /// ```
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.content = Some(Content::text(text.into()));
        self
    }

    /// Sends these bytes, as `application/octet-stream` unless a header says otherwise.
    ///
    /// ```
    /// # fn demo(functions: &functions_rs::FunctionsClient, png: Vec<u8>) {
    /// let invoke = functions.invoke("resize").bytes(png).header("content-type", "image/png");
    /// # }
    /// ```
    pub fn bytes(self, bytes: impl Into<Bytes>) -> Self {
        self.body(bytes.into())
    }

    /// Sends these pairs as an HTML form does, `application/x-www-form-urlencoded`.
    ///
    /// ```
    /// # let functions = functions_rs::FunctionsClient::new("http://127.0.0.1:54321", "key")?;
    /// let request = functions.invoke("contact").form([("name", "Ada"), ("text", "a&b")]).into_request()?;
    /// assert_eq!(request.body().as_bytes(), Some(&b"name=Ada&text=a%26b"[..]));
    /// # Ok::<(), functions_rs::Error>(())
    /// ```
    pub fn form<N: AsRef<str>, V: AsRef<str>>(
        mut self,
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.content = Some(Content::form(pairs));
        self
    }

    /// Sends a form with files.
    ///
    /// ```
    /// # fn demo(functions: functions_rs::FunctionsClient, png: Vec<u8>) {
    /// use functions_rs::{Multipart, Part};
    ///
    /// let form = Multipart::new().text("title", "Cat").part("file", Part::new(png).file_name("cat.png"));
    /// let invoke = functions.invoke("upload").multipart(form);
    /// # }
    /// ```
    #[cfg(feature = "multipart")]
    #[cfg_attr(docsrs, doc(cfg(feature = "multipart")))]
    pub fn multipart(mut self, form: supabase_http::Multipart) -> Self {
        let content = Content::multipart(form);
        self.take(content, |this, content| this.content = Some(content));
        self
    }

    /// Sends a stream, piece by piece as it yields them; nothing is buffered, and nothing is sent twice.
    ///
    /// ```
    /// # fn demo(functions: functions_rs::FunctionsClient) {
    /// use bytes::Bytes;
    ///
    /// let lines = futures_util::stream::iter(["a\n", "b\n"].map(|line| Ok::<_, std::io::Error>(Bytes::from(line))));
    /// let invoke = functions.invoke("log").stream(lines).header("content-type", "text/plain");
    /// # }
    /// ```
    pub fn stream<S, E>(self, stream: S) -> Self
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        self.body(Body::from_stream(stream))
    }

    /// Sends any body, for one that knows its size although it is streamed ([`Body::wrap`]); as
    /// `application/octet-stream` unless a header says otherwise.
    ///
    /// ```
    /// # let functions = functions_rs::FunctionsClient::new("http://127.0.0.1:54321", "key")?;
    /// use functions_rs::Body;
    ///
    /// // A body of another library, such as one that a web framework received.
    /// let theirs = http_body_util::Full::new(bytes::Bytes::from("hello"));
    /// let request = functions.invoke("store").body(Body::wrap(theirs)).into_request()?;
    /// assert_eq!(request.headers()["content-type"], "application/octet-stream");
    /// # Ok::<(), functions_rs::Error>(())
    /// ```
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.content = Some(Content::bytes(body));
        self
    }

    /// The HTTP method: POST by default. GET and HEAD take no body.
    pub fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// Adds segments of a path below the function, for functions that route. Each is encoded, so that none can leave its
    /// place; empty ones, `.` and `..` are refused.
    ///
    /// ```
    /// # let functions = functions_rs::FunctionsClient::new("http://127.0.0.1:54321", "key")?;
    /// let request = functions.invoke("api").path(["items", "a/b"]).into_request()?;
    /// assert_eq!(request.uri().path(), "/functions/v1/api/items/a%2Fb");
    /// # Ok::<(), functions_rs::Error>(())
    /// ```
    pub fn path(mut self, segments: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let segments = segments.into_iter();
        self.path
            .extend(segments.map(|segment| segment.as_ref().to_owned()));
        self
    }

    /// Adds a pair to the query, both halves encoded.
    ///
    /// ```
    /// # let functions = functions_rs::FunctionsClient::new("http://127.0.0.1:54321", "key")?;
    /// let request = functions.invoke("search").query("q", "a&b").query("page", "2").into_request()?;
    /// assert_eq!(request.uri().query(), Some("q=a%26b&page=2"));
    /// # Ok::<(), functions_rs::Error>(())
    /// ```
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Sets a header of this request alone. It wins over the client's, and over the content type that goes with the body.
    pub fn header(
        mut self,
        name: impl TryInto<HeaderName, Error: Into<http::Error>>,
        value: impl TryInto<HeaderValue, Error: Into<http::Error>>,
    ) -> Self {
        self.take(header_pair(name, value), |this, (name, value)| {
            this.headers.insert(name, value);
        });
        self
    }

    /// The region to run in, in place of the client's; [`Region::Any`] leaves it to the platform.
    pub fn region(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }

    /// Asks the function to go on with its events after the one of this id, if it knows how to. What is empty is not sent.
    ///
    /// ```no_run
    /// # async fn demo(functions: functions_rs::FunctionsClient) -> Result<(), functions_rs::Error> {
    /// let mut last = String::new();
    /// loop {
    ///     let mut events = functions.invoke("ticker").last_event_id(&last).await?.events();
    ///     while let Some(Ok(event)) = events.next().await {
    ///         println!("{}", event.data);
    ///     }
    ///     last = events.last_event_id().unwrap_or_default().to_owned();
    ///     # let wait = std::time::Duration::from_secs(3);
    ///     tokio::time::sleep(events.retry().unwrap_or(wait)).await;
    /// }
    /// # }
    /// ```
    pub fn last_event_id(mut self, id: impl AsRef<str>) -> Self {
        let id = id.as_ref();
        let value = HeaderValue::from_bytes(id.as_bytes()).map_err(|why| {
            Error::request_caused_by("the last event's id cannot be sent in a header", why)
        });
        self.take(value, |this, value| {
            this.last_event_id = Some(value).filter(|value| !value.is_empty());
        });
        self
    }

    /// The time limit of the whole call, in place of the client's limits for calls and for tries: until the body is read by
    /// [`json`](FunctionResponse::json), [`text`](FunctionResponse::text) or [`bytes`](FunctionResponse::bytes), and to the
    /// head of the answer if its body is streamed. The function may go on running.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self.options = self.options.attempt_timeout(limit);
        self
    }

    /// Says that running the function twice does no harm. Then the invocation is repeated as a read of the database is:
    /// also when the connection breaks, a try takes too long, or the status is 408, 429, 503 or 520.
    ///
    /// ```no_run
    /// # async fn demo(functions: functions_rs::FunctionsClient) -> Result<(), functions_rs::Error> {
    /// use functions_rs::RetryConfig;
    ///
    /// let rates = functions.invoke("rates").idempotent().retry(RetryConfig::new().max_retries(5)).await?;
    /// # Ok(()) }
    /// ```
    pub fn idempotent(mut self) -> Self {
        self.options = self.options.idempotency(Idempotency::Safe);
        self
    }

    /// When this invocation is sent again, instead of what the client says.
    ///
    /// ```no_run
    /// # async fn demo(functions: functions_rs::FunctionsClient) -> Result<(), functions_rs::Error> {
    /// use functions_rs::RetryConfig;
    ///
    /// let once = functions.invoke("charge").retry(RetryConfig::off()).await?;
    /// # Ok(()) }
    /// ```
    pub fn retry(mut self, retry: RetryConfig) -> Self {
        self.options = self.options.retry(retry);
        self
    }

    /// Uses the value, or keeps the first error.
    fn take<T>(&mut self, value: Result<T>, put: impl FnOnce(&mut Self, T)) {
        match value {
            Ok(value) => put(self, value),
            Err(error) => {
                self.problem.get_or_insert(error);
            }
        }
    }

    /// Renders the request without sending it, and without credentials: those are added when it is sent.
    ///
    /// ```
    /// # let functions = functions_rs::FunctionsClient::new("http://127.0.0.1:54321", "key")?;
    /// let request = functions.invoke("hello").into_request()?;
    /// assert_eq!((request.method().as_str(), request.uri().path()), ("POST", "/functions/v1/hello"));
    /// assert!(functions.invoke("../hello").into_request().is_err());
    /// # Ok::<(), functions_rs::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for the first bad input of the chain.
    pub fn into_request(self) -> Result<Request<Body>> {
        if let Some(problem) = self.problem {
            return Err(problem);
        }
        if self.method == Method::CONNECT {
            return Err(Error::request("a function cannot be invoked by CONNECT"));
        }
        if matches!(self.method, Method::GET | Method::HEAD) && self.content.is_some() {
            return Err(Error::request(format!(
                "a {} request carries no body; use POST, or give the data by `query`",
                self.method
            )));
        }
        let region = self.region.as_ref().unwrap_or(&self.client.region);
        let region = region.to_send()?;

        let mut uri = self.client.service.endpoint().uri().segment(&self.name);
        for segment in &self.path {
            uri = uri.segment(segment);
        }
        for (name, value) in &self.query {
            uri = uri.pair(name, value);
        }
        if let Some((code, _)) = &region {
            uri = uri.pair("forceFunctionRegion", code);
        }

        let mut request = Request::new(Body::empty());
        *request.uri_mut() = uri.finish()?;
        *request.method_mut() = self.method;
        let headers = request.headers_mut();
        if let Some((_, value)) = region {
            headers.insert(X_REGION, value);
        }
        if let Some(id) = self.last_event_id {
            headers.insert(LAST_EVENT_ID, id);
        }
        if let Some(content) = &self.content {
            headers.insert(CONTENT_TYPE, content.kind.clone());
        }
        // The caller's own headers win; there is one value for each name.
        for (name, value) in self.headers {
            if let Some(name) = name {
                headers.insert(name, value);
            }
        }
        if let Some(content) = self.content {
            *request.body_mut() = content.body;
        }
        Ok(request)
    }

    /// Reads an answer as awaiting an invocation would: the other pure half of a call.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use functions_rs::Invoke;
    ///
    /// let (head, ()) = http::Response::new(()).into_parts();
    /// let answer = Invoke::decode(&head, "Hello Ada".into())?;
    /// assert_eq!(answer.text().await?, "Hello Ada");
    ///
    /// let (head, ()) = http::Response::builder().status(500).body(())?.into_parts();
    /// assert!(Invoke::decode(&head, "out of tea".into()).is_err());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Api`](crate::ErrorKind::Api) if the status is no success, or the relay reports an error.
    pub fn decode(head: &Parts, body: Bytes) -> Result<FunctionResponse> {
        if is_error(head) {
            return Err(to_error(head, body));
        }
        let body = Body::from(body);
        Ok(FunctionResponse::new(
            head.clone(),
            body,
            Limits::NONE,
            None,
        ))
    }
}

/// Checks a function's name. What would mean something else in a URL is a mistake, or an attack.
fn check_name(name: &str) -> Result<()> {
    let fail = |why: &str| {
        Err(Error::request(format!(
            "{name:?} cannot be the name of a function: {why}"
        )))
    };
    if name.trim().is_empty() {
        return fail("it is empty");
    }
    if name.trim() != name {
        return fail("it has blanks around it");
    }
    if name.contains(char::is_control) {
        return fail("it holds a control character");
    }
    if name.contains(['/', '\\']) {
        return fail("it holds a slash; a path below the function is given by `.path(..)`");
    }
    if name.contains(['?', '#']) {
        return fail("it holds a `?` or `#`; the query is given by `.query(..)`");
    }
    if name.contains('.') {
        return fail("it holds a dot");
    }
    Ok(())
}

impl IntoFuture for Invoke {
    type Output = Result<FunctionResponse>;
    type IntoFuture = Invocation;

    fn into_future(mut self) -> Invocation {
        let options = std::mem::take(&mut self.options);
        let service = self.client.service.clone();
        let timeout = self.timeout.or(service.http().timeout());
        let max_bytes = service.http().max_response_bytes();
        let request = self.into_request();
        Invocation(Box::pin(async move {
            let request = request.map_err(in_context)?;
            let resumed_from = resumed_from(request.headers());
            let limits = Limits::new(timeout, max_bytes);
            let opened = limits.within(service.open(request, options)).await;
            let (head, body) = opened
                .map_err(|late| in_context(late.into()))??
                .into_parts();
            if is_error(&head) {
                let start = limits.start(body).await;
                return Err(in_context(to_error(&head, start)));
            }
            Ok(FunctionResponse::new(head, body, limits, resumed_from))
        }))
    }
}

fn resumed_from(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(LAST_EVENT_ID)?;
    std::str::from_utf8(value.as_bytes())
        .ok()
        .map(str::to_owned)
}

impl fmt::Debug for Invoke {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without path, query, headers and body, which may be personal.
        write!(f, "Invoke({} {:?})", self.method, self.name)
    }
}

/// An invocation under way: what awaiting an [`Invoke`] polls. Dropping it closes the connection; the function may have run
/// by then.
#[must_use = "futures do nothing unless awaited"]
pub struct Invocation(BoxFuture<'static, Result<FunctionResponse>>);

impl Future for Invocation {
    type Output = Result<FunctionResponse>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Invocation(functions invoke)")
    }
}

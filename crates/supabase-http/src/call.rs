//! The future of every builder, and the builder of operations without options.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::response::Parts;
use http::{HeaderName, HeaderValue, Request};

use crate::{Body, CallOptions, Result, RetryConfig, ServiceClient};

/// A boxed future that can be sent between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

type Decode<T> = fn(&Parts, Bytes) -> Result<T>;

/// A call under way: what awaiting a builder polls.
///
/// It is `Send` whatever it yields, for only the exchange is boxed and the answer is decoded when it is there. Dropping
/// it cancels the request; the server may have acted by then.
#[must_use = "futures do nothing unless awaited"]
pub struct Execute<T> {
    exchange: BoxFuture<'static, Result<(Parts, Bytes)>>,
    decode: Decode<T>,
    service: &'static str,
    operation: &'static str,
}

impl<T> Execute<T> {
    pub(crate) fn new(
        client: ServiceClient,
        request: Result<Request<Body>>,
        options: CallOptions,
        decode: Decode<T>,
    ) -> Self {
        let service = client.info().name;
        let operation = options.operation;
        let exchange: BoxFuture<'static, _> = match request {
            Err(error) => Box::pin(std::future::ready(Err(error))),
            Ok(mut request) => {
                let (http, call) = client.into_call(options);
                Box::pin(async move { http.exchange(&call, &mut request).await })
            }
        };
        Self {
            exchange,
            decode,
            service,
            operation,
        }
    }
}

impl<T> Execute<T> {
    /// The same call, begun only once `before` has gone well; an error of `before` is the call's.
    ///
    /// The time limit of the call counts from its own beginning.
    ///
    /// ```no_run
    /// # async fn demo(service: supabase_http::ServiceClient, request: http::Request<supabase_http::Body>) -> supabase_http::Result<()> {
    /// use supabase_http::CallOptions;
    ///
    /// let health = service.endpoint().uri().segment("health").finish().map(|uri| {
    ///     let mut request = http::Request::new(supabase_http::Body::empty());
    ///     *request.uri_mut() = uri;
    ///     request
    /// });
    /// let healthy = service.execute(health, CallOptions::new("health"), |_, _| Ok(()));
    /// let call = service.execute(Ok(request), CallOptions::new("write"), |_, body| Ok(body));
    /// let answer = call.after(Box::pin(healthy)).await?;
    /// # Ok(()) }
    /// ```
    pub fn after(self, before: BoxFuture<'static, Result<()>>) -> Self {
        let Self {
            exchange,
            decode,
            service,
            operation,
        } = self;
        Self {
            exchange: Box::pin(async move {
                before.await?;
                exchange.await
            }),
            decode,
            service,
            operation,
        }
    }
}

impl<T> Future for Execute<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        let this = &mut *self;
        this.exchange.as_mut().poll(cx).map(|exchanged| {
            exchanged
                .and_then(|(parts, body)| (this.decode)(&parts, body))
                .map_err(|error| error.with_context(this.service, this.operation))
        })
    }
}

impl<T> fmt::Debug for Execute<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Execute({} {})", self.service, self.operation)
    }
}

/// An operation without options of its own: awaiting it runs it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> supabase_http::Result<()> {
/// use std::time::Duration;
/// use supabase_http::{
///     ApiError, Body, BoxError, Call, CallOptions, HttpClient, RetryConfig, ServiceClient, ServiceInfo,
/// };
///
/// static INFO: ServiceInfo =
///     ServiceInfo { name: "weather", token_rejected: |_, _| false, retry_count_header: false };
///
/// /// What an operation of a service crate looks like.
/// fn today(service: &ServiceClient) -> Call<String> {
///     let request = service.endpoint().uri().segment("today").finish().map(|uri| {
///         let mut request = http::Request::new(Body::empty());
///         *request.uri_mut() = uri;
///         request
///     });
///     Call::new(service.clone(), request, CallOptions::new("today"), |parts, body| {
///         if !parts.status.is_success() {
///             return Err(ApiError::new(parts, body).into());
///         }
///         Ok(String::from_utf8_lossy(&body).into_owned())
///     })
/// }
///
/// let http = HttpClient::new(tower::service_fn(|_request: http::Request<Body>| async {
///     Ok::<_, BoxError>(http::Response::new(Body::from("sunny")))
/// }));
/// let service = ServiceClient::in_project(&INFO, http, "https://xyz.supabase.co", "weather/v1", "key")?;
///
/// let weather = today(&service)
///     .timeout(Duration::from_secs(5))
///     .retry(RetryConfig::off())
///     .header("accept-language", "da")
///     .await?;
/// assert_eq!(weather, "sunny");
///
/// // Both halves work without a network.
/// let (parts, ()) = http::Response::new(()).into_parts();
/// assert_eq!(today(&service).decode(&parts, "rain".into())?, "rain");
/// let request = today(&service).into_request()?;
/// assert_eq!(request.uri(), "https://xyz.supabase.co/weather/v1/today");
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct Call<T> {
    client: ServiceClient,
    request: Result<Request<Body>>,
    options: CallOptions,
    decode: Decode<T>,
}

impl<T> Call<T> {
    /// A call of a service crate; see [`ServiceClient::execute`] for `decode`.
    pub fn new(
        client: ServiceClient,
        request: Result<Request<Body>>,
        options: CallOptions,
        decode: fn(&Parts, Bytes) -> Result<T>,
    ) -> Self {
        Self {
            client,
            request,
            options,
            decode,
        }
    }

    /// The time limit of the whole call: all tries, the waits between them and the answer.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.options.timeout = Some(limit);
        self
    }

    /// When this call is sent again, instead of what the client says.
    pub fn retry(mut self, retry: RetryConfig) -> Self {
        self.options.retry = Some(retry);
        self
    }

    /// Sets a header of this request alone; it replaces one of the same name.
    pub fn header(
        mut self,
        name: impl TryInto<HeaderName, Error: Into<http::Error>>,
        value: impl TryInto<HeaderValue, Error: Into<http::Error>>,
    ) -> Self {
        self.request = self.request.and_then(|mut request| {
            let (name, value) = crate::response::header_pair(name, value)?;
            request.headers_mut().insert(name, value);
            Ok(request)
        });
        self
    }

    /// Renders the request without sending it. Credentials and the client's own headers are added when it is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for whatever the call was given that cannot be sent.
    pub fn into_request(self) -> Result<Request<Body>> {
        self.request
    }

    /// Reads an answer as this call would.
    ///
    /// # Errors
    /// What awaiting the call would give for that answer.
    pub fn decode(&self, parts: &Parts, body: Bytes) -> Result<T> {
        (self.decode)(parts, body)
    }
}

impl<T> IntoFuture for Call<T> {
    type Output = Result<T>;
    type IntoFuture = Execute<T>;

    fn into_future(self) -> Execute<T> {
        self.client.execute(self.request, self.options, self.decode)
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Call({} {})",
            self.client.info().name,
            self.options.operation
        )
    }
}

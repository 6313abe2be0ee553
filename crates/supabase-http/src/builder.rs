//! Putting an HTTP client together.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tower_layer::Layer;

use crate::client::Settings;
use crate::pipeline::{Config, Pipeline, TraceContext, TraceSource, Transport};
#[cfg(feature = "client")]
use crate::transport::{self, TransportConfig};
use crate::{Clock, HttpClient, HttpService, IntoHttpService, Result, RetryConfig, SystemClock};

type Wrap = Box<dyn FnOnce(HttpService) -> HttpService + Send + Sync>;

/// Sets up an [`HttpClient`]; get one from [`HttpClient::builder`].
///
/// ```
/// use std::time::Duration;
/// use supabase_http::{HttpClient, RetryConfig};
///
/// let client = HttpClient::builder()
///     .timeout(Duration::from_secs(30))
///     .attempt_timeout(Duration::from_secs(10))
///     .read_timeout(None)
///     .max_response_bytes(16 * 1024 * 1024)
///     .retry(RetryConfig::new().max_retries(5))
///     .build();
/// # #[cfg(feature = "client")]
/// assert_eq!(client?.timeout(), Some(Duration::from_secs(30)));
/// # Ok::<(), supabase_http::Error>(())
/// ```
#[must_use = "nothing is made before `build`"]
pub struct HttpClientBuilder {
    transport: Option<HttpService>,
    #[cfg(feature = "client")]
    pub(crate) config: TransportConfig,
    layers: Vec<Wrap>,
    attempt_layers: Vec<Wrap>,
    retry: RetryConfig,
    attempt_timeout: Option<Duration>,
    settings: Settings,
    clock: Arc<dyn Clock>,
    trace: Option<TraceSource>,
}

impl HttpClientBuilder {
    pub(crate) fn new() -> Self {
        Self {
            transport: None,
            #[cfg(feature = "client")]
            config: TransportConfig::default(),
            layers: Vec::new(),
            attempt_layers: Vec::new(),
            retry: RetryConfig::new(),
            attempt_timeout: Some(Duration::from_secs(60)),
            settings: Settings {
                timeout: None,
                read_timeout: Some(Duration::from_secs(60)),
                max_response_bytes: 256 * 1024 * 1024,
            },
            clock: Arc::new(SystemClock),
            trace: None,
        }
    }

    /// The time limit of a whole call: all tries, the waits between them, and the answer where it is buffered. None by
    /// default; each call may have its own.
    pub fn timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.settings.timeout = limit.into();
        self
    }

    /// The time limit of one try, from sending to the head of the answer: 60 s by default. It does not hold for
    /// streamed request bodies, which may take as long as they need.
    pub fn attempt_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.attempt_timeout = limit.into();
        self
    }

    /// The longest wait for the next part of an answer's body: 60 s by default, streamed answers included.
    pub fn read_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.settings.read_timeout = limit.into();
        self
    }

    /// The largest answer that is buffered, in bytes: 256 MiB by default. Streamed answers have no limit.
    pub fn max_response_bytes(mut self, bytes: u64) -> Self {
        self.settings.max_response_bytes = bytes;
        self
    }

    /// When requests are sent again; see [`RetryConfig`] for the default.
    pub fn retry(mut self, retry: RetryConfig) -> Self {
        self.retry = retry;
        self
    }

    /// Tells the time, in place of the system's clock.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime, UNIX_EPOCH};
    /// use supabase_http::{Clock, HttpClient};
    ///
    /// /// Stands still, so that a test knows how long a `Retry-After` date is ahead.
    /// #[derive(Debug)]
    /// struct Stopped;
    ///
    /// impl Clock for Stopped {
    ///     fn now(&self) -> SystemTime {
    ///         UNIX_EPOCH + Duration::from_secs(1_000_000_000)
    ///     }
    /// }
    ///
    /// let builder = HttpClient::builder().clock(Stopped);
    /// ```
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Carries the caller's trace to the server, in `traceparent`, `tracestate` and `baggage`. Off by default.
    ///
    /// `current` is asked for each call; what it gives goes to the project's own host only, and never replaces a
    /// header that the caller set. Without a sampled trace, `traceparent` alone is sent.
    ///
    /// ```
    /// use supabase_http::{HttpClient, TraceContext};
    ///
    /// // What the tracing library of your program says; here, a trace that never changes.
    /// let current = || TraceContext::new("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").ok();
    /// let builder = HttpClient::builder().trace_propagation(current);
    /// ```
    pub fn trace_propagation(
        mut self,
        current: impl Fn() -> Option<TraceContext> + Send + Sync + 'static,
    ) -> Self {
        self.trace = Some(TraceSource {
            current: Arc::new(current),
        });
        self
    }

    /// Wraps whole calls in a [`tower` layer](tower_layer::Layer): outside of retries and credentials. The first
    /// layer added is the outermost.
    ///
    /// ```
    /// use supabase_http::HttpClient;
    /// use tower::util::MapRequestLayer;
    ///
    /// let tagged = MapRequestLayer::new(|mut request: http::Request<supabase_http::Body>| {
    ///     request.headers_mut().insert("x-tenant", http::HeaderValue::from_static("7"));
    ///     request
    /// });
    /// let builder = HttpClient::builder().layer(tagged);
    /// ```
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<HttpService, Service: IntoHttpService> + Send + Sync + 'static,
    {
        self.layers.push(Box::new(move |inner| {
            layer.layer(inner).into_http_service()
        }));
        self
    }

    /// Wraps each single try in a [`tower` layer](tower_layer::Layer): inside of retries and credentials, right before
    /// the transport. The first layer added is the outermost.
    ///
    /// ```
    /// use supabase_http::HttpClient;
    /// use tower::util::MapResponseLayer;
    ///
    /// // Sees each try, so also the answers that are retried.
    /// let logged = MapResponseLayer::new(|answer: http::Response<supabase_http::Body>| {
    ///     println!("{}", answer.status());
    ///     answer
    /// });
    /// let builder = HttpClient::builder().attempt_layer(logged);
    /// ```
    pub fn attempt_layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<HttpService, Service: IntoHttpService> + Send + Sync + 'static,
    {
        self.attempt_layers.push(Box::new(move |inner| {
            layer.layer(inner).into_http_service()
        }));
        self
    }

    /// Sends by a transport of one's own instead of the built-in one, whose options then mean nothing.
    ///
    /// A [`TransportError`](crate::TransportError) of its own is kept; any other error counts as
    /// [`TransportErrorKind::Other`](crate::TransportErrorKind::Other) and is not retried.
    ///
    /// ```
    /// use supabase_http::{Body, BoxError, HttpClient};
    ///
    /// let canned = tower::service_fn(|_request: http::Request<Body>| async {
    ///     Ok::<_, BoxError>(http::Response::new(Body::from("[]")))
    /// });
    /// let client = HttpClient::builder().transport(canned).build()?;
    /// # Ok::<(), supabase_http::Error>(())
    /// ```
    pub fn transport(mut self, transport: impl IntoHttpService) -> Self {
        self.transport = Some(transport.into_http_service());
        self
    }

    /// Makes the client.
    ///
    /// ```
    /// use supabase_http::{HttpClient, ServiceClient};
    ///
    /// # fn run() -> supabase_http::Result<()> {
    /// // One client, and so one pool of connections, for all services.
    /// let http = HttpClient::builder().build()?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if there is no transport (neither feature `client` nor one of
    /// the user's), or the built-in one cannot work with its options.
    pub fn build(mut self) -> Result<HttpClient> {
        if let Some(transport) = self.transport.take() {
            return Ok(self.assemble(transport));
        }
        self.build_with_default_transport()
    }

    #[cfg(feature = "client")]
    fn build_with_default_transport(self) -> Result<HttpClient> {
        let hyper = transport::build(&self.config)?;
        Ok(if self.attempt_layers.is_empty() {
            self.finish(Transport::Hyper(hyper))
        } else {
            self.assemble(hyper.into_http_service())
        })
    }

    #[cfg(not(feature = "client"))]
    fn build_with_default_transport(self) -> Result<HttpClient> {
        Err(crate::Error::request(
            "there is no transport: enable the feature `client`, or give one by `transport(..)`",
        ))
    }

    /// Makes a client over a transport of the user's, or one that attempt layers stand around.
    pub(crate) fn assemble(mut self, transport: HttpService) -> HttpClient {
        let transport = wrap(transport, std::mem::take(&mut self.attempt_layers));
        self.finish(Transport::Custom(transport))
    }

    fn finish(self, transport: Transport) -> HttpClient {
        let pipeline = Pipeline::new(
            transport,
            Config {
                retry: self.retry,
                attempt_timeout: self.attempt_timeout,
                read_timeout: self.settings.read_timeout,
                clock: self.clock,
                trace: self.trace,
            },
        );
        let layered = (!self.layers.is_empty())
            .then(|| wrap(HttpService::new(pipeline.clone()), self.layers));
        HttpClient::assembled(pipeline, layered, self.settings)
    }
}

fn wrap(inner: HttpService, layers: Vec<Wrap>) -> HttpService {
    layers
        .into_iter()
        .rev()
        .fold(inner, |inner, layer| layer(inner))
}

impl fmt::Debug for HttpClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClientBuilder")
            .field("own_transport", &self.transport.is_some())
            .field("layers", &self.layers.len())
            .field("attempt_layers", &self.attempt_layers.len())
            .field("retry", &self.retry)
            .field("attempt_timeout", &self.attempt_timeout)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

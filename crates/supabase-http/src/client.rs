//! The HTTP client: sends requests through the pipeline and reads answers.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::response::Parts;
use http::{Request, Response};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use tower::util::BoxCloneSyncService;
use tower_service::Service;

use crate::api_error::MAX_ERROR_BODY;
use crate::body::ReadTimeout;
use crate::pipeline::{Pipeline, Transport};
use crate::within::within;
use crate::{
    Body, BoxError, BoxFuture, CallInfo, Endpoint, Error, HttpClientBuilder, Result, TransportError,
};

/// The erased service that every transport and every stack of layers becomes.
pub type HttpService = BoxCloneSyncService<Request<Body>, Response<Body>, TransportError>;

/// What can send requests: any cloneable [`tower_service::Service`] from a request to an answer, whatever its body and
/// error are. It is implemented for all of them, closures in [`tower::service_fn`] included.
///
/// A [`TransportError`] of the service's own is kept; any other error counts as
/// [`TransportErrorKind::Other`](crate::TransportErrorKind::Other) and is not retried.
///
/// ```
/// use supabase_http::{Body, BoxError, HttpClient};
///
/// let teapot = tower::service_fn(|_request: http::Request<Body>| async {
///     Ok::<_, BoxError>(http::Response::builder().status(418).body(Body::from("short and stout"))?)
/// });
/// let client = HttpClient::new(teapot);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot send requests",
    note = "it must be a `tower_service::Service<http::Request<Body>, Response = http::Response<B>>`, and it, its future and `B` must be `Send + 'static`, it also `Clone + Sync`"
)]
pub trait IntoHttpService {
    /// The erased service.
    ///
    /// ```
    /// use supabase_http::{Body, BoxError, HttpService, IntoHttpService};
    ///
    /// let echo = tower::service_fn(|request: http::Request<Body>| async {
    ///     Ok::<_, BoxError>(http::Response::new(request.into_body()))
    /// });
    /// let erased: HttpService = echo.into_http_service();
    /// ```
    fn into_http_service(self) -> HttpService;
}

impl<S, B> IntoHttpService for S
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn into_http_service(self) -> HttpService {
        HttpService::new(
            self.map_response(|answer: Response<B>| answer.map(Body::wrap))
                .map_err(TransportError::from_any),
        )
    }
}

/// A pool of connections with retries, credentials, time limits and layers around it. Cheap to clone; one is shared by
/// all services of a client.
///
/// It is made outside a runtime as well as inside, and spawns nothing by itself. Its connections belong to the tokio
/// runtime that first used them: a client in a `static` does not outlive the runtime of one test.
///
/// It is a [`tower_service::Service`] too, for requests of one's own.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), supabase_http::BoxError> {
/// use supabase_http::{Body, BoxError, HttpClient};
/// use tower::{Service as _, ServiceExt as _};
///
/// let transport = tower::service_fn(|request: http::Request<Body>| async move {
///     Ok::<_, BoxError>(http::Response::new(Body::from(request.uri().path().to_owned())))
/// });
/// let mut client = HttpClient::new(transport.clone());
/// assert_eq!(client.timeout(), None);
/// assert_eq!(client.max_response_bytes(), 256 * 1024 * 1024);
///
/// let request = http::Request::get("https://example.com/a").body(Body::empty())?;
/// let answer = client.ready().await?.call(request).await?;
/// assert_eq!(answer.into_body().into_bytes().ok(), Some("/a".into()));
///
/// // The same with something to set.
/// let client = HttpClient::builder().transport(transport).max_response_bytes(1024).build()?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct HttpClient(Arc<Inner>);

struct Inner {
    pipeline: Pipeline,
    /// The user's layers around the pipeline, if there are any.
    layered: Option<HttpService>,
    settings: Settings,
}

/// How answers are read.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) timeout: Option<Duration>,
    pub(crate) read_timeout: Option<Duration>,
    /// In bytes.
    pub(crate) max_response_bytes: u64,
}

impl HttpClient {
    /// Begins a client; see [`HttpClientBuilder`] for what can be set.
    pub fn builder() -> HttpClientBuilder {
        HttpClientBuilder::new()
    }

    /// A client with all defaults over a transport of one's own.
    pub fn new(transport: impl IntoHttpService) -> Self {
        Self::builder().assemble(transport.into_http_service())
    }

    /// The time limit of whole calls, if there is one; see [`HttpClientBuilder::timeout`].
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.0.settings.timeout
    }

    /// The largest answer that is buffered, in bytes; see [`HttpClientBuilder::max_response_bytes`].
    #[must_use]
    pub fn max_response_bytes(&self) -> u64 {
        self.0.settings.max_response_bytes
    }

    pub(crate) fn assembled(
        pipeline: Pipeline,
        layered: Option<HttpService>,
        settings: Settings,
    ) -> Self {
        Self(Arc::new(Inner {
            pipeline,
            layered,
            settings,
        }))
    }

    /// Checks that the built-in transport can reach such an endpoint.
    #[cfg_attr(
        not(feature = "client"),
        expect(unused_variables, reason = "only ours can lack TLS")
    )]
    pub(crate) fn ensure_reaches(&self, endpoint: &Endpoint) -> Result<()> {
        match self.0.pipeline.transport() {
            #[cfg(feature = "client")]
            Transport::Hyper(hyper) if endpoint.is_https() => {
                hyper.ensure_tls().map_err(Error::request)
            }
            #[cfg(feature = "client")]
            Transport::Hyper(_) => Ok(()),
            Transport::Custom(_) => Ok(()),
        }
    }

    async fn send(&self, call: &CallInfo, request: &mut Request<Body>) -> Result<Response<Body>> {
        let sent = match &self.0.layered {
            None => self.0.pipeline.run(call, request).await,
            Some(layered) => {
                request.extensions_mut().insert(call.clone());
                let mut layered = layered.clone();
                match std::future::poll_fn(|cx| layered.poll_ready(cx)).await {
                    Ok(()) => layered.call(std::mem::take(request)).await,
                    Err(error) => Err(error),
                }
            }
        };
        sent.map_err(Error::from)
    }

    /// Sends a request of one's own that asks for another protocol (`Connection: upgrade`), and hands over the
    /// connection. Credentials are the caller's to add.
    ///
    /// The built-in transport sends requests with the header `Upgrade` over HTTP/1.1, whatever it speaks otherwise.
    ///
    /// ```no_run
    /// # async fn demo() -> Result<(), supabase_http::BoxError> {
    /// use supabase_http::{Body, HttpClient};
    ///
    /// let http = HttpClient::builder().http1_only().build()?;
    /// let request = http::Request::get("https://xyz.supabase.co/realtime/v1/websocket")
    ///     .header("connection", "upgrade")
    ///     .header("upgrade", "websocket")
    ///     .header("sec-websocket-version", "13")
    ///     .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
    ///     .header("apikey", "sb_publishable_…")
    ///     .body(Body::empty())?;
    /// let connection = http.upgrade(request).await?;
    /// println!("{:?}", connection.head.headers.get("sec-websocket-accept"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Api`](crate::ErrorKind::Api) if the server answers with anything but 101, with its status and body;
    /// [`ErrorKind::Transport`](crate::ErrorKind::Transport) if no answer came.
    #[cfg(feature = "upgrade")]
    pub async fn upgrade(&self, request: Request<Body>) -> Result<crate::Upgraded> {
        let mut service = self.clone();
        std::future::poll_fn(|cx| service.poll_ready(cx)).await?;
        let answer = service.call(request).await?;
        if answer.status() == http::StatusCode::SWITCHING_PROTOCOLS {
            return Ok(crate::upgrade::upgrade(answer).await?);
        }
        let (parts, body) = answer.into_parts();
        let (body, _) = collect_up_to(body, MAX_ERROR_BODY, self.0.settings.read_timeout).await;
        Err(Error::api(crate::ApiError::new(&parts, body)))
    }

    /// Sends a request and reads its whole answer, within the call's time limit.
    pub(crate) async fn exchange(
        &self,
        call: &CallInfo,
        request: &mut Request<Body>,
    ) -> Result<(Parts, Bytes)> {
        ensure_runtime()?;
        let limit = call.options.timeout.or(self.0.settings.timeout);
        let exchange = pin!(async {
            let (parts, body) = self.send(call, request).await?.into_parts();
            match self.collect(&parts, body).await {
                Ok(bytes) => Ok((parts, bytes)),
                Err(error) => Err(error.with_head(&parts)),
            }
        });
        within(limit, exchange).await?
    }

    /// Sends a request; its head must come within the call's time limit. The body is read by the caller, each chunk within
    /// the read time limit.
    pub(crate) async fn open(
        &self,
        call: &CallInfo,
        request: &mut Request<Body>,
    ) -> Result<Response<Body>> {
        ensure_runtime()?;
        let limit = call.options.timeout.or(self.0.settings.timeout);
        let response = within(limit, pin!(self.send(call, request))).await??;
        Ok(match self.0.settings.read_timeout {
            Some(limit) => response.map(|body| Body::wrap(ReadTimeout::new(body, limit))),
            None => response,
        })
    }

    /// Reads a body whole, but no more than the limit; of an error's body only as much as is kept anyway.
    async fn collect(&self, parts: &Parts, mut body: Body) -> Result<Bytes> {
        if !parts.status.is_success() {
            // What came of it tells more than the failure to read the rest.
            return Ok(
                collect_up_to(body, MAX_ERROR_BODY, self.0.settings.read_timeout)
                    .await
                    .0,
            );
        }
        let limit = self.0.settings.max_response_bytes;
        let too_large = |size: u64| {
            Error::decode(
                parts,
                Bytes::new(),
                format_args!(
                    "it has {size} bytes or more, and `max_response_bytes` is {limit}; raise that, ask for less, or stream it"
                ),
            )
        };
        let announced = body.size_hint().lower();
        if announced > limit {
            return Err(too_large(announced));
        }
        let mut first = None;
        let mut whole: Option<BytesMut> = None;
        let mut size = 0_u64;
        while let Some(chunk) = next_chunk(&mut body, self.0.settings.read_timeout).await? {
            size = size.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            if size > limit {
                return Err(too_large(size));
            }
            // A single chunk is handed on as it is; only more of them are put together.
            match (&mut whole, first.take()) {
                (Some(whole), _) => whole.extend_from_slice(&chunk),
                (None, None) => first = Some(chunk),
                (None, Some(start)) => {
                    let expected = usize::try_from(announced).unwrap_or(0);
                    let mut buffer =
                        BytesMut::with_capacity(expected.max(start.len() + chunk.len()));
                    buffer.extend_from_slice(&start);
                    buffer.extend_from_slice(&chunk);
                    whole = Some(buffer);
                }
            }
        }
        Ok(whole.map(BytesMut::freeze).or(first).unwrap_or_default())
    }
}

/// Timers and sockets would panic without one.
fn ensure_runtime() -> Result<()> {
    tokio::runtime::Handle::try_current().map(drop).map_err(|_| {
        Error::runtime(
            "there is no tokio runtime here; await the call inside `#[tokio::main]` or `Runtime::block_on`",
        )
    })
}

/// Reads a body until it ends, fails, takes too long, or has at least `limit` bytes; in the last case the rest comes
/// back too.
pub(crate) async fn collect_up_to(
    mut body: Body,
    limit: usize,
    read_timeout: Option<Duration>,
) -> (Bytes, Option<Body>) {
    let mut start = BytesMut::new();
    while start.len() < limit {
        match next_chunk(&mut body, read_timeout).await {
            Ok(Some(chunk)) => start.extend_from_slice(&chunk),
            Ok(None) | Err(_) => return (start.freeze(), None),
        }
    }
    (start.freeze(), Some(body))
}

/// The next data of a body, within a time limit.
async fn next_chunk(
    body: &mut Body,
    read_timeout: Option<Duration>,
) -> Result<Option<Bytes>, TransportError> {
    while !body.is_end_stream() {
        let frame = within(read_timeout, pin!(body.frame())).await?;
        match frame.transpose().map_err(TransportError::interrupted)? {
            None => break,
            Some(frame) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
    Ok(None)
}

impl Service<Request<Body>> for HttpClient {
    type Response = Response<Body>;
    type Error = TransportError;
    type Future = BoxFuture<'static, Result<Response<Body>, TransportError>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        // Each call waits for its own copy of the layers.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        match self.0.layered.clone() {
            Some(layered) => Box::pin(layered.oneshot(request)),
            None => self.0.pipeline.clone().call(request),
        }
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("pipeline", &self.0.pipeline)
            .field("layered", &self.0.layered.is_some())
            .field("settings", &self.0.settings)
            .finish()
    }
}

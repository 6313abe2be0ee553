//! What happens to a request between the caller and the transport, in one place and in this order:
//! span > retry > credentials > default headers > trace context > attempt span > time limit > transport.
//!
//! It is one service with one future rather than a tower of layers: each layer would clone and box the request again.
//! User layers stand around it ([`HttpClientBuilder::layer`](crate::HttpClientBuilder::layer)) and right before the
//! transport ([`attempt_layer`](crate::HttpClientBuilder::attempt_layer)).

mod auth;
mod retry;
mod trace;

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{
    Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri, Version,
};
use tower_service::Service;

pub use self::trace::TraceContext;
pub(crate) use self::trace::TraceSource;
use crate::service::add_missing;
use crate::within::within;
use crate::{Body, BoxFuture, CallInfo, Clock, HttpService, RetryConfig, TransportError};

const RETRY_COUNT: HeaderName = HeaderName::from_static("x-retry-count");

/// How requests leave the pipeline.
#[allow(
    clippy::large_enum_variant,
    reason = "there is one per client, and a box would cost every call"
)]
pub(crate) enum Transport {
    /// The built-in one, called without a box around it.
    #[cfg(feature = "client")]
    Hyper(crate::transport::HyperTransport),
    /// The user's own, or one with layers around it.
    Custom(HttpService),
}

impl Transport {
    /// Sends the request, which is taken out of its place: a future that is given a request by value would hold it
    /// twice, and be moved with it.
    async fn send(&self, request: &mut Request<Body>) -> Result<Response<Body>, TransportError> {
        match self {
            #[cfg(feature = "client")]
            Self::Hyper(hyper) => hyper.send(std::mem::take(request)).await,
            Self::Custom(service) => {
                let mut service = service.clone();
                std::future::poll_fn(|cx| service.poll_ready(cx)).await?;
                service.call(std::mem::take(request)).await
            }
        }
    }
}

pub(crate) struct Config {
    pub(crate) retry: RetryConfig,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) read_timeout: Option<Duration>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) trace: Option<TraceSource>,
}

#[derive(Clone)]
pub(crate) struct Pipeline(Arc<Inner>);

struct Inner {
    transport: Transport,
    config: Config,
}

impl Pipeline {
    pub(crate) fn new(transport: Transport, config: Config) -> Self {
        Self(Arc::new(Inner { transport, config }))
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.0.transport
    }

    /// Sends a request of a known call.
    pub(crate) async fn run(
        &self,
        call: &CallInfo,
        request: &mut Request<Body>,
    ) -> Result<Response<Body>, TransportError> {
        let span = trace::call_span(call, request);
        let tries = pin!(self.tries(call, request, &span));
        let result = trace::in_span(&span, tries).await;
        trace::record(&span, &result);
        result
    }

    async fn tries(
        &self,
        call: &CallInfo,
        request: &mut Request<Body>,
        span: &tracing::Span,
    ) -> Result<Response<Body>, TransportError> {
        let config = &self.0.config;
        let retry = call.options.retry.as_ref().unwrap_or(&config.retry);
        let mut tries =
            retry::Tries::new(retry, call.options.idempotency.is_safe(request.method()));
        let mut token_renewed = false;
        let mut token = auth::token(call).await?;
        loop {
            // A streamed body cannot be sent twice: then there is no spare, and no second try.
            let spare = if tries.may_retry() || auth::may_renew(call) {
                Spare::of(request)
            } else {
                None
            };
            // Later than the spare, which is quicker made and dropped without them.
            add_missing(request.headers_mut(), call.headers());
            if let Some(trace) = &config.trace {
                trace.apply(call.endpoint(), request);
            }
            auth::apply(call, request, token.as_ref());
            let outcome = self.attempt(request, call.options.attempt_timeout).await;
            let Some(spare) = spare else { return outcome };

            let outcome = match outcome {
                Ok(answer) if !token_renewed && auth::may_renew(call) => {
                    // Boxed, like all that seldom happens: the usual call should not carry its room.
                    let renewal = auth::renew(call, answer, token.as_ref(), config.read_timeout);
                    let (answer, renewed) = Box::pin(renewal).await;
                    if let Some(renewed) = renewed {
                        token_renewed = true;
                        token = Some(renewed);
                        *request = spare.into_request();
                        continue;
                    }
                    Ok(answer)
                }
                outcome => outcome,
            };
            let Some(wait) = tries.wait_after(&outcome, config.clock.as_ref()) else {
                return outcome;
            };
            drop(outcome);
            Box::pin(tokio::time::sleep(wait)).await;
            token = auth::token(call).await?;
            *request = spare.into_request();
            span.record("http.request.resend_count", tries.count());
            if call.info().retry_count_header {
                request
                    .headers_mut()
                    .insert(RETRY_COUNT, HeaderValue::from(tries.count()));
            }
        }
    }

    /// Sends the request once; `limit` stands in for the client's own.
    async fn attempt(
        &self,
        request: &mut Request<Body>,
        limit: Option<Duration>,
    ) -> Result<Response<Body>, TransportError> {
        let span = trace::attempt_span();
        // A long upload must not run into the limit for the head of the answer.
        let limit = limit
            .or(self.0.config.attempt_timeout)
            .filter(|_| request.body().as_bytes().is_some());
        let sending = pin!(self.0.transport.send(request));
        within(limit, pin!(trace::in_span(&span, sending))).await?
    }
}

/// What it takes to send a request once more. Seldom needed, so it is cheaper made than a request.
struct Spare {
    method: Method,
    uri: Uri,
    version: Version,
    headers: HeaderMap,
    extensions: Option<Box<Extensions>>,
    body: Body,
}

impl Spare {
    /// `None` if the body is a stream.
    fn of(request: &Request<Body>) -> Option<Self> {
        let extensions = request.extensions();
        Some(Self {
            body: request.body().try_clone()?,
            method: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            headers: request.headers().clone(),
            extensions: (!extensions.is_empty()).then(|| Box::new(extensions.clone())),
        })
    }

    fn into_request(self) -> Request<Body> {
        let mut request = Request::new(self.body);
        *request.method_mut() = self.method;
        *request.uri_mut() = self.uri;
        *request.version_mut() = self.version;
        *request.headers_mut() = self.headers;
        if let Some(extensions) = self.extensions {
            *request.extensions_mut() = *extensions;
        }
        request
    }
}

/// The pipeline below a user's layers: there the call travels in the request's extensions.
impl Service<Request<Body>> for Pipeline {
    type Response = Response<Body>;
    type Error = TransportError;
    type Future = BoxFuture<'static, Result<Response<Body>, TransportError>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let this = self.clone();
        let mut request = request;
        Box::pin(async move {
            match request.extensions().get::<CallInfo>().cloned() {
                Some(call) => this.run(&call, &mut request).await,
                // A request of the user's own: it goes out as it is.
                None => this.attempt(&mut request, None).await,
            }
        })
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline")
            .field("retry", &self.0.config.retry)
            .field("attempt_timeout", &self.0.config.attempt_timeout)
            .finish_non_exhaustive()
    }
}

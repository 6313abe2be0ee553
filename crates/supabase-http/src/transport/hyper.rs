//! The pooled client as a tower service.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::PROXY_AUTHORIZATION;
use http::{Request, Response};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower_service::Service;

use super::TransportConfig;
use super::classify::{BodyFailure, answer_error, request_error};
use super::connector::Connector;
use crate::body::Payload;
use crate::{Body, Result, TransportError, TransportErrorKind};

/// The built-in transport; clones share one pool.
#[derive(Debug, Clone)]
pub(crate) struct HyperTransport {
    client: Client<Connector, Outgoing>,
    /// For requests that ask for another protocol, which HTTP/2 cannot do.
    #[cfg(feature = "upgrade")]
    upgrading: Client<Connector, Outgoing>,
    connector: Connector,
}

/// Makes the transport; opens nothing, spawns nothing and needs no runtime yet.
pub(crate) fn build(config: &TransportConfig) -> Result<HyperTransport> {
    let rules = config.proxy.resolve()?;
    let http2 = cfg!(feature = "http2") && !config.http1_only;
    let mut builder = Client::builder(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(config.pool_idle_timeout)
        .pool_max_idle_per_host(config.pool_max_idle_per_host.unwrap_or(usize::MAX));
    #[cfg(feature = "http2")]
    if http2 {
        builder
            .http2_only(config.http2_prior_knowledge)
            .http2_keep_alive_interval(config.http2_keep_alive_interval)
            .http2_keep_alive_while_idle(config.http2_keep_alive_while_idle)
            .http2_adaptive_window(config.http2_adaptive_window);
        if let Some(timeout) = config.http2_keep_alive_timeout {
            builder.http2_keep_alive_timeout(timeout);
        }
        if let Some(window) = config.http2_initial_stream_window {
            builder.http2_initial_stream_window_size(window);
        }
        if let Some(window) = config.http2_initial_connection_window {
            builder.http2_initial_connection_window_size(window);
        }
    }
    #[cfg(feature = "_tls")]
    let tls = super::tls::Tls::new(
        config.root_certificates.clone(),
        config.identity.clone(),
        http2,
    );
    #[cfg(not(any(feature = "_tls", feature = "upgrade")))]
    let _ = http2;
    let connector = Connector::new(
        config,
        rules,
        #[cfg(feature = "_tls")]
        tls,
    );
    #[cfg(feature = "upgrade")]
    let upgrading = if http2 {
        upgrading(config)?
    } else {
        builder.build(connector.clone())
    };
    Ok(HyperTransport {
        client: builder.build(connector.clone()),
        #[cfg(feature = "upgrade")]
        upgrading,
        connector,
    })
}

/// A client of the same settings that never speaks HTTP/2.
#[cfg(feature = "upgrade")]
fn upgrading(config: &TransportConfig) -> Result<Client<Connector, Outgoing>> {
    let mut config = config.clone();
    config.http1_only = true;
    #[cfg(feature = "http2")]
    {
        config.http2_prior_knowledge = false;
    }
    Ok(build(&config)?.client)
}

impl HyperTransport {
    /// Sets TLS up now, so that what is wrong with it shows before the first request.
    #[cfg(feature = "_tls")]
    pub(crate) fn ensure_tls(&self) -> Result<(), String> {
        self.connector.tls().config().map(drop)
    }

    /// There is no TLS to set up.
    #[cfg(not(feature = "_tls"))]
    #[expect(clippy::unused_self, reason = "the same shape as with TLS")]
    pub(crate) fn ensure_tls(&self) -> Result<(), String> {
        Err(super::connector::NO_TLS.to_owned())
    }
}

impl Service<Request<Body>> for HyperTransport {
    type Response = Response<Body>;
    type Error = TransportError;
    type Future = Sending;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Sending {
        self.send(request)
    }
}

impl HyperTransport {
    /// Sends a request: what `call` does, without a clone to call it on.
    pub(crate) fn send(&self, mut request: Request<Body>) -> Sending {
        // Sockets and timers would panic without it.
        if tokio::runtime::Handle::try_current().is_err() {
            return Sending(State::NoRuntime);
        }
        if let Some(value) = self.connector.rules().authorization(request.uri()) {
            request
                .headers_mut()
                .entry(PROXY_AUTHORIZATION)
                .or_insert(value);
        }
        let request = request.map(|body| Outgoing(body.into_payload()));
        #[cfg(feature = "upgrade")]
        if request.headers().contains_key(http::header::UPGRADE) {
            return Sending(State::Sent(self.upgrading.request(request)));
        }
        Sending(State::Sent(self.client.request(request)))
    }
}

/// A request under way, up to the head of its answer.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub(crate) struct Sending(State);

#[derive(Debug)]
enum State {
    Sent(ResponseFuture),
    NoRuntime,
}

impl Future for Sending {
    type Output = Result<Response<Body>, TransportError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let State::Sent(response) = &mut self.0 else {
            return Poll::Ready(Err(TransportError::new(
                TransportErrorKind::Request,
                "requests are sent from within a tokio runtime, and there is none here",
            )));
        };
        Poll::Ready(match ready!(Pin::new(response).poll(cx)) {
            Ok(response) => Ok(response.map(Answer::into_body)),
            Err(error) => Err(request_error(error)),
        })
    }
}

/// The request's body, whose errors are marked as its own.
struct Outgoing(Payload);

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = BodyFailure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyFailure>>> {
        Pin::new(&mut self.0).poll_frame(cx).map_err(BodyFailure)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

/// The answer's body, whose errors are ours.
#[derive(Debug)]
pub(crate) struct Answer(Incoming);

impl Answer {
    fn into_body(incoming: Incoming) -> Body {
        if http_body::Body::is_end_stream(&incoming) {
            Body::empty()
        } else {
            Body::received(Self(incoming))
        }
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        Pin::new(&mut self.0).poll_frame(cx).map_err(answer_error)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

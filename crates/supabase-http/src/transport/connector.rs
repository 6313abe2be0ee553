//! Opens one connection: name, TCP, proxy, TLS, all within one time limit.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower::ServiceExt as _;
use tower_service::Service;

use super::TransportConfig;
use super::proxy::{Route, Rules, unsupported, with_port};
use super::resolver::Resolver;
use crate::BoxError;

type Tcp = TokioIo<TcpStream>;
#[cfg(feature = "_tls")]
type Wire = hyper_rustls::MaybeHttpsStream<Tcp>;
#[cfg(not(feature = "_tls"))]
type Wire = Tcp;

/// Cloned for each request by the pool, so all of it is shared.
#[derive(Debug, Clone)]
pub(super) struct Connector(Arc<Means>);

#[derive(Debug)]
struct Means {
    tcp: HttpConnector<Resolver>,
    rules: Rules,
    timeout: Option<Duration>,
    #[cfg(feature = "_tls")]
    tls: super::tls::Tls,
}

/// Why no connection can be had that a second try would not change, or that a clock decided.
#[derive(Debug, Clone)]
pub(super) enum Refusal {
    TimedOut(Duration),
    Unusable(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut(limit) => write!(f, "no connection within {limit:?}"),
            Self::Unusable(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Refusal {}

#[cfg(not(feature = "_tls"))]
pub(super) const NO_TLS: &str = "https needs TLS, which is not compiled in: turn on the feature `rustls-ring` (or `rustls-aws-lc-rs`)";

impl Connector {
    pub(super) fn new(
        config: &TransportConfig,
        rules: Rules,
        #[cfg(feature = "_tls")] tls: super::tls::Tls,
    ) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Resolver::new(config.resolver.clone()));
        tcp.enforce_http(false);
        tcp.set_nodelay(config.tcp_nodelay);
        tcp.set_keepalive(config.tcp_keepalive);
        // Shared out among the addresses of a name, so that a dead one leaves time for the next.
        tcp.set_connect_timeout(config.connect_timeout);
        Self(Arc::new(Means {
            tcp,
            rules,
            timeout: config.connect_timeout,
            #[cfg(feature = "_tls")]
            tls,
        }))
    }

    pub(super) fn rules(&self) -> &Rules {
        &self.0.rules
    }

    #[cfg(feature = "_tls")]
    pub(super) fn tls(&self) -> &super::tls::Tls {
        &self.0.tls
    }

    async fn connect(self, target: Uri) -> Result<Link, BoxError> {
        let forwarded = |wire| Link {
            wire,
            forwarded: true,
        };
        match self.0.rules.route(&target) {
            Route::Direct => self.secure(self.0.tcp.clone(), target).await,
            // The request is for the proxy's eyes, so there is no TLS of ours on the way.
            Route::Forward(proxy) => {
                let tcp = self.0.tcp.clone().oneshot(proxy).await?;
                Ok(forwarded(Wire::from(tcp)))
            }
            Route::Tunnel(proxy, auth) => {
                let mut tunnel = Tunnel::new(proxy, self.0.tcp.clone());
                if let Some(auth) = auth {
                    tunnel = tunnel.with_auth(auth);
                }
                self.secure(tunnel, target).await
            }
            Route::Socks {
                proxy,
                resolve_here,
                auth,
            } => {
                let mut socks = SocksV5::new(proxy, self.0.tcp.clone()).local_dns(resolve_here);
                if let Some((user, password)) = auth {
                    socks = socks.with_auth(user, password);
                }
                // Without a port in the URL it would always ask for 443.
                let port = if target.scheme_str() == Some("https") {
                    443
                } else {
                    80
                };
                self.secure(socks, with_port(&target, port)).await
            }
            Route::Unsupported(scheme) => Err(Refusal::Unusable(unsupported(&scheme)).into()),
        }
    }

    #[cfg(feature = "_tls")]
    async fn secure<S>(&self, below: S, target: Uri) -> Result<Link, BoxError>
    where
        S: Service<Uri, Response = Tcp> + Send + 'static,
        S::Error: Into<BoxError> + Send,
        S::Future: Send + 'static,
    {
        if target.scheme_str() != Some("https") {
            let tcp = below.oneshot(target).await.map_err(Into::into)?;
            return Ok(Link {
                wire: Wire::Http(tcp),
                forwarded: false,
            });
        }
        let config = match self.0.tls.config() {
            Ok(config) => config,
            Err(text) => return Err(Refusal::Unusable(text).into()),
        };
        let wire = hyper_rustls::HttpsConnector::from((below, config))
            .oneshot(target)
            .await?;
        Ok(Link {
            wire,
            forwarded: false,
        })
    }

    #[cfg(not(feature = "_tls"))]
    async fn secure<S>(&self, below: S, target: Uri) -> Result<Link, BoxError>
    where
        S: Service<Uri, Response = Tcp> + Send + 'static,
        S::Error: Into<BoxError> + Send,
        S::Future: Send + 'static,
    {
        if target.scheme_str() == Some("https") {
            return Err(Refusal::Unusable(NO_TLS.to_owned()).into());
        }
        let wire = below.oneshot(target).await.map_err(Into::into)?;
        Ok(Link {
            wire,
            forwarded: false,
        })
    }
}

impl Service<Uri> for Connector {
    type Response = Link;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Link, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let limit = self.0.timeout;
        let connecting = self.clone().connect(target);
        Box::pin(async move {
            match limit {
                None => connecting.await,
                Some(limit) => match tokio::time::timeout(limit, connecting).await {
                    Ok(done) => done,
                    Err(_) => Err(Refusal::TimedOut(limit).into()),
                },
            }
        })
    }
}

/// An open connection.
pub(super) struct Link {
    wire: Wire,
    /// An http proxy is at the other end, which wants whole URLs.
    forwarded: bool,
}

impl Connection for Link {
    fn connected(&self) -> Connected {
        self.wire.connected().proxy(self.forwarded)
    }
}

impl hyper::rt::Read for Link {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_read(cx, buf)
    }
}

impl hyper::rt::Write for Link {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.wire).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.wire.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.wire).poll_write_vectored(cx, bufs)
    }
}

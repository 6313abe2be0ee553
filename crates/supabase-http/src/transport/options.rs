//! What the builder of a client can tell the built-in transport.

use std::sync::Arc;
use std::time::Duration;

use super::{Proxy, Resolve};
use crate::HttpClientBuilder;

/// Options of the built-in transport (feature `client`); with a transport of one's own they mean nothing.
impl HttpClientBuilder {
    /// The time limit for opening a connection: name, TCP, proxy and TLS together. 10 s by default.
    pub fn connect_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.config.connect_timeout = limit.into();
        self
    }

    /// How long an unused connection is kept: 90 s by default; `None` keeps it until the server closes it.
    pub fn pool_idle_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.config.pool_idle_timeout = limit.into();
        self
    }

    /// How many unused connections are kept for a host. No limit by default; 0 opens one for each request.
    pub fn pool_max_idle_per_host(mut self, connections: usize) -> Self {
        self.config.pool_max_idle_per_host = Some(connections);
        self
    }

    /// Never speaks HTTP/2, which websockets need; without the feature `http2` that is so anyway.
    pub fn http1_only(mut self) -> Self {
        self.config.http1_only = true;
        self
    }

    /// Speaks HTTP/2 without asking the server first, on `http://` URLs too.
    #[cfg(feature = "http2")]
    pub fn http2_prior_knowledge(mut self) -> Self {
        self.config.http2_prior_knowledge = true;
        self
    }

    /// Pings an HTTP/2 connection that is in use after so much silence, and gives it up if no answer comes within
    /// `timeout`. Off by default.
    ///
    /// ```
    /// use std::time::Duration;
    /// use supabase_http::HttpClient;
    ///
    /// let builder =
    ///     HttpClient::builder().http2_keep_alive(Duration::from_secs(30), Duration::from_secs(10));
    /// # let _ = builder;
    /// ```
    #[cfg(feature = "http2")]
    pub fn http2_keep_alive(mut self, interval: Duration, timeout: Duration) -> Self {
        self.config.http2_keep_alive_interval = Some(interval);
        self.config.http2_keep_alive_timeout = Some(timeout);
        self
    }

    /// Also pings HTTP/2 connections that are not in use; see
    /// [`http2_keep_alive`](HttpClientBuilder::http2_keep_alive).
    #[cfg(feature = "http2")]
    pub fn http2_keep_alive_while_idle(mut self) -> Self {
        self.config.http2_keep_alive_while_idle = true;
        self
    }

    /// How many bytes an HTTP/2 server may send ahead: for one answer, and for a connection.
    #[cfg(feature = "http2")]
    pub fn http2_initial_windows(mut self, stream: u32, connection: u32) -> Self {
        self.config.http2_initial_stream_window = Some(stream);
        self.config.http2_initial_connection_window = Some(connection);
        self
    }

    /// Fits the HTTP/2 windows to the measured bandwidth, in place of fixed ones.
    #[cfg(feature = "http2")]
    pub fn http2_adaptive_window(mut self) -> Self {
        self.config.http2_adaptive_window = true;
        self
    }

    /// Probes a silent TCP connection after so long; off by default.
    pub fn tcp_keepalive(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.config.tcp_keepalive = after.into();
        self
    }

    /// Whether small packets are sent at once: on by default.
    pub fn tcp_nodelay(mut self, nodelay: bool) -> Self {
        self.config.tcp_nodelay = nodelay;
        self
    }

    /// The proxy: that of the environment by default.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.config.proxy = proxy;
        self
    }

    /// Turns host names into addresses, in place of the operating system.
    pub fn resolver(mut self, resolver: impl Resolve + 'static) -> Self {
        self.config.resolver = Some(Arc::new(resolver));
        self
    }

    /// Trusts these certificates beside the usual roots.
    #[cfg(feature = "_tls")]
    pub fn root_certificate(mut self, certificate: super::Certificate) -> Self {
        self.config.root_certificates.push(certificate);
        self
    }

    /// Shows this certificate to servers that ask for one.
    #[cfg(feature = "_tls")]
    pub fn identity(mut self, identity: super::Identity) -> Self {
        self.config.identity = Some(identity);
        self
    }
}

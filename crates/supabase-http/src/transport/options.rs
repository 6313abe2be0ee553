//! The builder's options that concern the built-in transport; they mean nothing to a transport of the user's own.

use std::sync::Arc;
use std::time::Duration;

use super::{Proxy, Resolve};
use crate::HttpClientBuilder;

/// The options of the built-in transport.
///
/// ```
/// use std::time::Duration;
/// use supabase_http::{HttpClient, Proxy};
///
/// let client = HttpClient::builder()
///     .connect_timeout(Duration::from_secs(5))
///     .pool_idle_timeout(Duration::from_secs(30))
///     .pool_max_idle_per_host(8)
///     .tcp_keepalive(Duration::from_secs(60))
///     .tcp_nodelay(true)
///     .proxy(Proxy::none())
///     .build()?;
/// # Ok::<(), supabase_http::Error>(())
/// ```
impl HttpClientBuilder {
    /// The time limit of making a connection: name, TCP, proxy and TLS together. 10 s by default.
    pub fn connect_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.config.connect_timeout = limit.into();
        self
    }

    /// How long an unused connection is kept: 90 s by default; `None` keeps it until the server closes it.
    pub fn pool_idle_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.config.pool_idle_timeout = limit.into();
        self
    }

    /// How many unused connections are kept per host. No limit by default; 0 is no reuse.
    pub fn pool_max_idle_per_host(mut self, connections: usize) -> Self {
        self.config.pool_max_idle_per_host = Some(connections);
        self
    }

    /// Sends TCP keep-alive probes after this much silence. Off by default.
    pub fn tcp_keepalive(mut self, idle: impl Into<Option<Duration>>) -> Self {
        self.config.tcp_keepalive = idle.into();
        self
    }

    /// Whether small packets are sent at once (`TCP_NODELAY`). On by default.
    pub fn tcp_nodelay(mut self, nodelay: bool) -> Self {
        self.config.tcp_nodelay = nodelay;
        self
    }

    /// The proxy to go through. By default the environment says: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.config.proxy = proxy;
        self
    }

    /// Resolves host names in place of the operating system.
    ///
    /// ```
    /// use std::future::Future;
    /// use std::net::{IpAddr, Ipv4Addr};
    /// use std::pin::Pin;
    /// use supabase_http::{BoxError, HttpClient, Resolve};
    ///
    /// struct Local;
    ///
    /// impl Resolve for Local {
    ///     fn resolve(
    ///         &self,
    ///         _host: &str,
    ///     ) -> Pin<Box<dyn Future<Output = Result<Vec<IpAddr>, BoxError>> + Send>> {
    ///         Box::pin(async { Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]) })
    ///     }
    /// }
    ///
    /// let client = HttpClient::builder().resolver(Local).build()?;
    /// # Ok::<(), supabase_http::Error>(())
    /// ```
    pub fn resolver(mut self, resolver: impl Resolve + 'static) -> Self {
        self.config.resolver = Some(Arc::new(resolver));
        self
    }

    /// Never speaks HTTP/2, even where the server offers it.
    ///
    /// ```
    /// let for_websockets = supabase_http::HttpClient::builder().http1_only().build()?;
    /// # Ok::<(), supabase_http::Error>(())
    /// ```
    pub fn http1_only(mut self) -> Self {
        self.config.http1_only = true;
        self
    }

    /// Speaks HTTP/2 without asking, on unencrypted connections too.
    ///
    /// ```
    /// // For a server on this machine that speaks HTTP/2 without TLS.
    /// let client = supabase_http::HttpClient::builder().http2_prior_knowledge().build()?;
    /// # Ok::<(), supabase_http::Error>(())
    /// ```
    #[cfg(feature = "http2")]
    pub fn http2_prior_knowledge(mut self) -> Self {
        self.config.http2_prior_knowledge = true;
        self
    }

    /// Pings HTTP/2 connections in use, and closes those that do not answer within `timeout`. Off by default.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let client = supabase_http::HttpClient::builder()
    ///     .http2_keep_alive(Duration::from_secs(20), Duration::from_secs(5))
    ///     .http2_keep_alive_while_idle()
    ///     .build()?;
    /// # Ok::<(), supabase_http::Error>(())
    /// ```
    #[cfg(feature = "http2")]
    pub fn http2_keep_alive(mut self, interval: Duration, timeout: Duration) -> Self {
        self.config.http2_keep_alive_interval = Some(interval);
        self.config.http2_keep_alive_timeout = Some(timeout);
        self
    }

    /// Pings HTTP/2 connections that nothing is under way on, too. Off by default.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let builder = supabase_http::HttpClient::builder()
    ///     .http2_keep_alive(Duration::from_secs(20), Duration::from_secs(5))
    ///     .http2_keep_alive_while_idle();
    /// ```
    #[cfg(feature = "http2")]
    pub fn http2_keep_alive_while_idle(mut self) -> Self {
        self.config.http2_keep_alive_while_idle = true;
        self
    }

    /// How much a server may send ahead, in bytes: on one HTTP/2 stream, and on the connection.
    ///
    /// ```
    /// // For large answers over a line with a long delay.
    /// let builder = supabase_http::HttpClient::builder().http2_windows(4 * 1024 * 1024, 16 * 1024 * 1024);
    /// ```
    #[cfg(feature = "http2")]
    pub fn http2_windows(mut self, stream: u32, connection: u32) -> Self {
        self.config.http2_initial_stream_window = Some(stream);
        self.config.http2_initial_connection_window = Some(connection);
        self
    }

    /// Lets the HTTP/2 windows follow the speed of the connection. Off by default.
    ///
    /// ```
    /// let builder = supabase_http::HttpClient::builder().http2_adaptive_window();
    /// ```
    #[cfg(feature = "http2")]
    pub fn http2_adaptive_window(mut self) -> Self {
        self.config.http2_adaptive_window = true;
        self
    }

    /// Trusts one more root certificate.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use supabase_http::{Certificate, HttpClient};
    ///
    /// let authority = Certificate::from_pem(&std::fs::read("company-ca.pem")?)?;
    /// let client = HttpClient::builder().root_certificate(authority).build()?;
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "_tls")]
    pub fn root_certificate(mut self, certificate: super::Certificate) -> Self {
        self.config.root_certificates.push(certificate);
        self
    }

    /// Presents this certificate to servers that ask for one.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use supabase_http::{HttpClient, Identity};
    ///
    /// let me = Identity::from_pem(&std::fs::read("me.pem")?, &std::fs::read("me.key")?)?;
    /// let client = HttpClient::builder().identity(me).build()?;
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "_tls")]
    pub fn identity(mut self, identity: super::Identity) -> Self {
        self.config.identity = Some(identity);
        self
    }
}

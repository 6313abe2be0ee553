//! The built-in transport: a pool of connections over TCP and, with a TLS feature, rustls.

mod classify;
mod connector;
mod hyper;
mod options;
mod proxy;
mod resolver;
#[cfg(feature = "_tls")]
mod tls;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use self::hyper::{Answer, HyperTransport, build};
pub use self::proxy::Proxy;
pub use self::resolver::Resolve;
#[cfg(feature = "_tls")]
pub use self::tls::{Certificate, Identity};

/// Everything that the built-in transport can be told.
#[derive(Clone)]
pub(crate) struct TransportConfig {
    /// For name resolution, TCP, proxy and TLS together.
    pub(crate) connect_timeout: Option<Duration>,
    /// How long an unused connection is kept; `None` keeps it until the server closes it.
    pub(crate) pool_idle_timeout: Option<Duration>,
    /// How many unused connections are kept per host; `None` is no limit, 0 is no reuse.
    pub(crate) pool_max_idle_per_host: Option<usize>,
    /// Never offer HTTP/2.
    pub(crate) http1_only: bool,
    /// Speak HTTP/2 without asking, on plain connections too.
    #[cfg(feature = "http2")]
    pub(crate) http2_prior_knowledge: bool,
    #[cfg(feature = "http2")]
    pub(crate) http2_keep_alive_interval: Option<Duration>,
    #[cfg(feature = "http2")]
    pub(crate) http2_keep_alive_timeout: Option<Duration>,
    #[cfg(feature = "http2")]
    pub(crate) http2_keep_alive_while_idle: bool,
    /// In bytes.
    #[cfg(feature = "http2")]
    pub(crate) http2_initial_stream_window: Option<u32>,
    /// In bytes.
    #[cfg(feature = "http2")]
    pub(crate) http2_initial_connection_window: Option<u32>,
    #[cfg(feature = "http2")]
    pub(crate) http2_adaptive_window: bool,
    pub(crate) tcp_keepalive: Option<Duration>,
    pub(crate) tcp_nodelay: bool,
    pub(crate) proxy: Proxy,
    pub(crate) resolver: Option<Arc<dyn Resolve>>,
    /// Trusted beside the usual roots.
    #[cfg(feature = "_tls")]
    pub(crate) root_certificates: Vec<Certificate>,
    #[cfg(feature = "_tls")]
    pub(crate) identity: Option<Identity>,
}

impl Default for TransportConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Some(Duration::from_secs(10)),
            pool_idle_timeout: Some(Duration::from_secs(90)),
            pool_max_idle_per_host: None,
            http1_only: false,
            #[cfg(feature = "http2")]
            http2_prior_knowledge: false,
            #[cfg(feature = "http2")]
            http2_keep_alive_interval: None,
            #[cfg(feature = "http2")]
            http2_keep_alive_timeout: None,
            #[cfg(feature = "http2")]
            http2_keep_alive_while_idle: false,
            #[cfg(feature = "http2")]
            http2_initial_stream_window: None,
            #[cfg(feature = "http2")]
            http2_initial_connection_window: None,
            #[cfg(feature = "http2")]
            http2_adaptive_window: false,
            tcp_keepalive: None,
            tcp_nodelay: true,
            proxy: Proxy::from_env(),
            resolver: None,
            #[cfg(feature = "_tls")]
            root_certificates: Vec::new(),
            #[cfg(feature = "_tls")]
            identity: None,
        }
    }
}

impl fmt::Debug for TransportConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportConfig")
            .field("connect_timeout", &self.connect_timeout)
            .field("pool_idle_timeout", &self.pool_idle_timeout)
            .field("pool_max_idle_per_host", &self.pool_max_idle_per_host)
            .field("http1_only", &self.http1_only)
            .field("proxy", &self.proxy)
            .finish_non_exhaustive()
    }
}

//! Websockets: the handshake is ours, the framing is a library's, and only this module knows which.

mod frames;
mod handshake;

use http::Request;
use supabase_http::{Body, BoxFuture, HttpClient, Result, Upgraded};

pub(crate) use self::frames::{Event, MAX_MESSAGE, Socket};
pub(crate) use self::handshake::{address, connect};

/// Opens the connections below the websockets: another network, a tunnel, a test.
///
/// The request is a whole websocket handshake; the answer must be one to it, status 101. What is wrong with the answer
/// is found by the caller.
///
/// ```
/// use realtime_rs::{Connector, Result, Upgraded};
/// use supabase_http::{Body, BoxFuture, HttpClient};
///
/// /// Counts connections.
/// struct Counting(HttpClient, std::sync::atomic::AtomicUsize);
///
/// impl Connector for Counting {
///     fn connect(&self, request: http::Request<()>) -> BoxFuture<'static, Result<Upgraded>> {
///         self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
///         let client = self.0.clone();
///         Box::pin(async move { client.upgrade(request.map(|()| Body::empty())).await })
///     }
/// }
/// # fn demo(counting: Counting, request: http::Request<()>) { drop(counting.connect(request)); }
/// ```
pub trait Connector: Send + Sync {
    /// Sends the request and hands over the connection.
    ///
    /// # Errors
    /// Why there is no connection; [`ErrorKind::Api`](crate::ErrorKind::Api) with status and body if the server refuses.
    fn connect(&self, request: Request<()>) -> BoxFuture<'static, Result<Upgraded>>;
}

/// Opens connections through an HTTP client.
#[derive(Debug, Clone)]
pub(crate) struct HttpConnector(HttpClient);

impl HttpConnector {
    pub(crate) fn new(client: HttpClient) -> Self {
        Self(client)
    }
}

impl Connector for HttpConnector {
    fn connect(&self, request: Request<()>) -> BoxFuture<'static, Result<Upgraded>> {
        let client = self.0.clone();
        Box::pin(async move { client.upgrade(request.map(|()| Body::empty())).await })
    }
}

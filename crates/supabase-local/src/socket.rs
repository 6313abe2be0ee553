//! Requests over Unix sockets, which only the servers' folder leads to.

use std::io;
use std::path::Path;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper_util::rt::TokioIo;

#[cfg(unix)]
pub(crate) type Stream = tokio::net::UnixStream;
/// Never made: no stack starts on other systems.
#[cfg(not(unix))]
pub(crate) type Stream = tokio::net::TcpStream;

pub(crate) async fn connect(socket: &Path) -> io::Result<Stream> {
    #[cfg(unix)]
    {
        Stream::connect(socket).await
    }
    #[cfg(not(unix))]
    {
        let _ = socket;
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// One request on a connection of its own: a kept one could have died unseen, and writes must not be sent twice. Bodies pass
/// as they come; whoever drops the future or the answer closes the connection.
pub(crate) async fn send<B>(
    stream: Stream,
    request: Request<B>,
) -> hyper::Result<Response<Incoming>>
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        let _ = connection.await;
    });
    sender.send_request(request).await
}

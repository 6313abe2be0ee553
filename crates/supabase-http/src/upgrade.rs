//! A connection that was switched to another protocol, such as a websocket.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;
use http::response::Parts;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{Body, TransportError, TransportErrorKind};

/// The answer `101 Switching Protocols` and the connection that it came on.
#[non_exhaustive]
pub struct Upgraded {
    /// The head of the answer.
    pub head: Parts,
    /// The connection; what the server sent right after the head is read from it first.
    pub io: UpgradedIo,
}

impl Upgraded {
    /// Puts the two together: for transports of your own and for tests.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use supabase_http::Upgraded;
    ///
    /// let (ours, _theirs) = tokio::io::duplex(1024);
    /// let (head, ()) = http::Response::builder().status(101).body(())?.into_parts();
    /// assert_eq!(Upgraded::new(head, ours).head.status, 101);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn new(head: Parts, io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        Self {
            head,
            io: UpgradedIo(Box::new(io)),
        }
    }
}

impl fmt::Debug for Upgraded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the headers, which may set cookies.
        f.debug_struct("Upgraded")
            .field("status", &self.head.status.as_u16())
            .finish_non_exhaustive()
    }
}

/// The bytes of an [`Upgraded`] connection, both ways.
pub struct UpgradedIo(Box<dyn Io>);

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

impl fmt::Debug for UpgradedIo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UpgradedIo(..)")
    }
}

impl AsyncRead for UpgradedIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for UpgradedIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, bufs)
    }
}

/// There is no connection to take without the built-in transport's way of handing it over.
#[cfg(not(feature = "client"))]
pub(crate) async fn upgrade(_: Response<Body>) -> Result<Upgraded, TransportError> {
    Err(TransportError::new(
        TransportErrorKind::Other,
        "connections are handed over with the feature `client` alone",
    ))
}

/// Takes the connection out of an answer with the status 101.
#[cfg(feature = "client")]
pub(crate) async fn upgrade(response: Response<Body>) -> Result<Upgraded, TransportError> {
    let (head, body) = response.into_parts();
    let mut bare = Response::new(());
    let mut head = head;
    *bare.extensions_mut() = std::mem::take(&mut head.extensions);
    let pending = hyper::upgrade::on(&mut bare);
    head.extensions = std::mem::take(bare.extensions_mut());
    // The answer has no body; holding on to it would hold the connection.
    drop(body);
    match pending.await {
        Ok(io) => Ok(Upgraded::new(head, hyper_util::rt::TokioIo::new(io))),
        Err(error) if error.is_user() => Err(TransportError::new(
            TransportErrorKind::Other,
            "the transport below this client cannot hand over its connection",
        )),
        Err(error) => Err(TransportError::new(TransportErrorKind::Interrupted, error)),
    }
}

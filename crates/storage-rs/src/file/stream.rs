//! A file that comes in pieces.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use futures_core::Stream;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName};
use http::response::Parts;
use supabase_http::{Body, BodyStream, BoxError, Error, Result};
use tokio::io::{AsyncRead, ReadBuf};

use crate::progress::Teller;

/// A file in pieces; see [`Download::stream`](crate::Download::stream).
///
/// It is a [`Stream`], and has a [`next`](DownloadStream::next) and a [`try_next`](DownloadStream::try_next) of its own.
/// It ends after the first error, and never before the whole file came: a connection that breaks off is an error. Dropping
/// it closes the connection.
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
/// let mut stream = files.download("big.iso").range(10..).stream().await?;
/// println!("{:?} of {:?} bytes, {:?}", stream.remaining(), stream.size(), stream.content_type());
/// println!("{:?} {:?}", stream.etag(), stream.headers().get("last-modified"));
/// let first = stream.next().await;
/// while let Some(piece) = stream.try_next().await? {
///     println!("{} bytes", piece.len());
/// }
/// # Ok(()) }
/// ```
#[must_use = "nothing is read before the stream is polled"]
pub struct DownloadStream {
    parts: Parts,
    range: Option<ContentRange>,
    /// Bytes that have yet to come, if that is known.
    left: Option<u64>,
    pieces: Option<BodyStream>,
    teller: Teller,
    service: &'static str,
}

/// Which bytes an answer holds, by `Content-Range: bytes 6-11/12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ContentRange {
    pub(super) first: u64,
    /// The size of the whole file.
    pub(super) total: Option<u64>,
}

impl ContentRange {
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(CONTENT_RANGE)?.to_str().ok()?;
        let (bytes, total) = text.strip_prefix("bytes ")?.split_once('/')?;
        let (first, _) = bytes.split_once('-')?;
        Some(Self {
            first: first.trim().parse().ok()?,
            total: total.trim().parse().ok(),
        })
    }
}

impl DownloadStream {
    pub(super) fn new(
        parts: Parts,
        body: Body,
        range: Option<ContentRange>,
        teller: Teller,
        service: &'static str,
    ) -> Self {
        let length = text(&parts.headers, &CONTENT_LENGTH).and_then(|text| text.parse().ok());
        let left = length.or(http_body::Body::size_hint(&body).exact());
        teller.begin(0, left);
        Self {
            parts,
            range,
            left,
            pieces: Some(body.into_stream()),
            teller,
            service,
        }
    }

    /// The size of the whole file in bytes, if the service says it.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        match self.range {
            Some(range) => range.total,
            None => text(&self.parts.headers, &CONTENT_LENGTH)?.parse().ok(),
        }
    }

    /// How many bytes have yet to come, if that is known.
    #[must_use]
    pub fn remaining(&self) -> Option<u64> {
        self.left
    }

    /// The media type.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        text(&self.parts.headers, &CONTENT_TYPE)
    }

    /// The ETag, in quotes: the same for the same content.
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        text(&self.parts.headers, &ETAG)
    }

    /// All headers of the answer.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// The next piece, or `None` at the end.
    ///
    /// Cancel-safe: a piece is either returned or still to come.
    ///
    /// # Errors
    /// [`ErrorKind::Transport`](crate::ErrorKind::Transport) if the file breaks off, or no piece came for too long.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// As [`next`](DownloadStream::next), for `while let Some(piece) = stream.try_next().await?`.
    ///
    /// # Errors
    /// As [`next`](DownloadStream::next).
    pub async fn try_next(&mut self) -> Result<Option<Bytes>> {
        self.next().await.transpose()
    }

    fn broken(&self, error: BoxError) -> Error {
        let error = Error::interrupted(&self.parts, error);
        error.with_context(self.service, "download")
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

impl Stream for DownloadStream {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        // A connection that breaks after the last byte has done its work.
        if self.left == Some(0) {
            self.pieces = None;
        }
        let Some(pieces) = &mut self.pieces else {
            return Poll::Ready(None);
        };
        let next = ready!(Pin::new(pieces).poll_next(cx));
        Poll::Ready(match next {
            Some(Ok(piece)) => {
                let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
                self.left = self.left.map(|left| left.saturating_sub(length));
                self.teller.add(piece.len());
                Some(Ok(piece))
            }
            Some(Err(error)) => {
                self.pieces = None;
                Some(Err(self.broken(error)))
            }
            None => {
                self.pieces = None;
                match self.left {
                    Some(left) if left > 0 => {
                        Some(Err(self.broken("the file ended too early".into())))
                    }
                    _ => None,
                }
            }
        })
    }
}

impl fmt::Debug for DownloadStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadStream")
            .field("status", &self.parts.status.as_u16())
            .field("remaining", &self.left)
            .field("ended", &self.pieces.is_none())
            .finish_non_exhaustive()
    }
}

/// A file as a reader; see [`Download::reader`](crate::Download::reader). Dropping it closes the connection.
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
/// let reader = files.download("big.iso").reader().await?;
/// println!("{:?} bytes", reader.get_ref().size());
/// # Ok(()) }
/// ```
#[must_use = "nothing is read before the reader is polled"]
pub struct DownloadReader {
    stream: DownloadStream,
    piece: Bytes,
}

impl DownloadReader {
    pub(super) fn new(stream: DownloadStream) -> Self {
        Self {
            stream,
            piece: Bytes::new(),
        }
    }

    /// The stream below, with what the head of the answer tells.
    pub fn get_ref(&self) -> &DownloadStream {
        &self.stream
    }
}

impl AsyncRead for DownloadReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        while this.piece.is_empty() {
            match ready!(Pin::new(&mut this.stream).poll_next(cx)) {
                None => return Poll::Ready(Ok(())),
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
                Some(Ok(piece)) => this.piece = piece,
            }
        }
        let length = this.piece.len().min(buffer.remaining());
        if let Some(part) = this.piece.get(..length) {
            buffer.put_slice(part);
        }
        this.piece.advance(length);
        Poll::Ready(Ok(()))
    }
}

impl fmt::Debug for DownloadReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DownloadReader({:?})", self.stream)
    }
}

//! The one body type of requests and answers.

use std::any::Any;
use std::fmt;
use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;

use crate::{BoxError, TransportError, TransportErrorKind};

/// A request's or an answer's body: bytes in memory, or a stream.
///
/// Bytes in memory can be [cloned](Body::try_clone), so that the request may be sent again; a
/// stream cannot, and a request that carries one is never replayed.
///
/// ```
/// use supabase_http::Body;
///
/// let body = Body::from("hello");
/// assert_eq!(body.as_bytes().map(|b| b.len()), Some(5));
/// assert!(body.try_clone().is_some());
/// assert_eq!(body.into_bytes().ok(), Some("hello".into()));
/// assert_eq!(Body::empty().as_bytes(), Some(&b""[..]));
/// ```
pub struct Body(Inner);

enum Inner {
    Payload(Payload),
    /// An answer of the built-in transport, which needs no box.
    #[cfg(feature = "client")]
    Received(crate::transport::Answer),
}

/// What is sent: smaller than a [`Body`], since a transport moves requests often.
pub(crate) enum Payload {
    /// `None` once the bytes were taken; empty bytes are never stored as `Some`.
    Memory(Option<Bytes>),
    Stream(UnsyncBoxBody<Bytes, BoxError>),
}

impl Default for Body {
    fn default() -> Self {
        Self::memory(None)
    }
}

impl Body {
    /// No body at all.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// A body that is read from a stream as it is sent: nothing is buffered, and nothing is replayed.
    ///
    /// The length is unknown, so http/1.1 sends it in chunks; see [`Body::wrap`] for bodies that know it.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use supabase_http::Body;
    ///
    /// let chunks = [Ok::<_, std::io::Error>(Bytes::from("a")), Ok(Bytes::from("b"))];
    /// let body = Body::from_stream(futures_util::stream::iter(chunks));
    /// assert!(body.try_clone().is_none());
    /// ```
    pub fn from_stream<S, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        Self::stream(Frames {
            stream: Box::pin(stream),
        })
    }

    /// Any other body, streamed; a `Body` stays as it is.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use supabase_http::Body;
    ///
    /// // A body of another library, such as one that a web framework received.
    /// let theirs = http_body_util::Full::new(Bytes::from("hello"));
    /// let body = Body::wrap(theirs);
    /// assert!(body.as_bytes().is_none());
    /// assert!(Body::wrap(Body::from("ours")).as_bytes().is_some());
    /// ```
    pub fn wrap<B>(body: B) -> Self
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let mut body = Some(body);
        if let Some(own) = (&mut body as &mut dyn Any).downcast_mut::<Option<Self>>() {
            return own.take().unwrap_or_default();
        }
        let Some(body) = body else {
            return Self::empty();
        };
        Self::stream(body.map_err(Into::into))
    }

    fn memory(bytes: Option<Bytes>) -> Self {
        Self(Inner::Payload(Payload::Memory(bytes)))
    }

    fn stream<B>(body: B) -> Self
    where
        B: http_body::Body<Data = Bytes, Error = BoxError> + Send + 'static,
    {
        Self(Inner::Payload(Payload::Stream(UnsyncBoxBody::new(body))))
    }

    #[cfg(feature = "client")]
    pub(crate) fn into_payload(self) -> Payload {
        match self.0 {
            Inner::Payload(payload) => payload,
            Inner::Received(answer) => {
                Payload::Stream(UnsyncBoxBody::new(answer.map_err(Into::into)))
            }
        }
    }

    #[cfg(feature = "client")]
    pub(crate) fn received(answer: crate::transport::Answer) -> Self {
        Self(Inner::Received(answer))
    }

    /// A second copy, if the body is in memory; it shares the bytes.
    #[must_use]
    pub fn try_clone(&self) -> Option<Self> {
        match &self.0 {
            Inner::Payload(Payload::Memory(bytes)) => Some(Self::memory(bytes.clone())),
            _ => None,
        }
    }

    /// The bytes, if the body is in memory.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.0 {
            Inner::Payload(Payload::Memory(bytes)) => Some(bytes.as_deref().unwrap_or_default()),
            _ => None,
        }
    }

    /// Takes the bytes out, if the body is in memory; gives the body back if it is a stream.
    ///
    /// # Errors
    /// The body itself, if it is a stream.
    pub fn into_bytes(self) -> Result<Bytes, Self> {
        match self.0 {
            Inner::Payload(Payload::Memory(bytes)) => Ok(bytes.unwrap_or_default()),
            stream => Err(Self(stream)),
        }
    }

    /// The body as a stream of its chunks; trailers are dropped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), supabase_http::BoxError> {
    /// use supabase_http::Body;
    ///
    /// let mut chunks = Body::from("hello").into_stream();
    /// while let Some(chunk) = chunks.next().await {
    ///     assert_eq!(chunk?, "hello");
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn into_stream(self) -> BodyStream {
        BodyStream(self)
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.0 {
            Inner::Payload(payload) => Pin::new(payload).poll_frame(cx),
            #[cfg(feature = "client")]
            Inner::Received(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Inner::Payload(payload) => payload.is_end_stream(),
            #[cfg(feature = "client")]
            Inner::Received(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Inner::Payload(payload) => payload.size_hint(),
            #[cfg(feature = "client")]
            Inner::Received(body) => body.size_hint(),
        }
    }
}

impl http_body::Body for Payload {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut *self {
            Self::Memory(bytes) => Poll::Ready(bytes.take().map(|b| Ok(Frame::data(b)))),
            Self::Stream(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Memory(bytes) => bytes.is_none(),
            Self::Stream(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Memory(bytes) => SizeHint::with_exact(
                bytes
                    .as_ref()
                    .map_or(0, |b| u64::try_from(b.len()).unwrap_or(u64::MAX)),
            ),
            Self::Stream(body) => body.size_hint(),
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::memory((!bytes.is_empty()).then_some(bytes))
    }
}

macro_rules! from_bytes {
    ($($owned:ty),*) => {$(
        impl From<$owned> for Body {
            fn from(value: $owned) -> Self {
                Self::from(Bytes::from(value))
            }
        }
    )*};
}
from_bytes!(Vec<u8>, String, &'static str, &'static [u8]);

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The length only: a body may hold passwords and tokens.
        match &self.0 {
            Inner::Payload(Payload::Memory(bytes)) => {
                write!(f, "Body({} bytes)", bytes.as_ref().map_or(0, Bytes::len))
            }
            _ => f.write_str("Body(stream)"),
        }
    }
}

/// The chunks of a [`Body`]; see [`Body::into_stream`].
#[derive(Debug)]
pub struct BodyStream(Body);

impl BodyStream {
    /// The next chunk, or `None` at the end.
    ///
    /// Cancel-safe: a chunk is either returned or still to come.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), supabase_http::BoxError> {
    /// let mut chunks = supabase_http::Body::from("hello").into_stream();
    /// assert_eq!(chunks.next().await.transpose()?.as_deref(), Some(&b"hello"[..]));
    /// assert!(chunks.next().await.is_none());
    /// # Ok(()) }
    /// ```
    pub async fn next(&mut self) -> Option<Result<Bytes, BoxError>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl Stream for BodyStream {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            return Poll::Ready(
                match std::task::ready!(http_body::Body::poll_frame(Pin::new(&mut self.0), cx)) {
                    Some(Ok(frame)) => match frame.into_data() {
                        Ok(data) => Some(Ok(data)),
                        Err(_trailers) => continue,
                    },
                    Some(Err(error)) => Some(Err(error)),
                    None => None,
                },
            );
        }
    }
}

struct Frames<S> {
    stream: Pin<Box<S>>,
}

impl<S, E> http_body::Body for Frames<S>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.stream
            .as_mut()
            .poll_next(cx)
            .map(|next| next.map(|chunk| chunk.map(Frame::data).map_err(Into::into)))
    }
}

/// A body whose every chunk must come within a limit; the time between reads by the caller does not count.
pub(crate) struct ReadTimeout {
    body: Body,
    limit: Duration,
    sleep: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl ReadTimeout {
    pub(crate) fn new(body: Body, limit: Duration) -> Self {
        Self {
            body,
            limit,
            sleep: None,
        }
    }
}

impl http_body::Body for ReadTimeout {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            self.sleep = None;
            return Poll::Ready(frame);
        }
        let limit = self.limit;
        let sleep = self
            .sleep
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        std::task::ready!(sleep.as_mut().poll(cx));
        let error = TransportError::new(
            TransportErrorKind::Timeout,
            "no part of the answer came within the read time limit",
        );
        Poll::Ready(Some(Err(error.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

//! The answer of a function, whose body is read as the caller asks.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http::header::CONTENT_TYPE;
use http::response::Parts;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use supabase_http::{ApiError, Body, BodyStream, Error, Result};

use crate::Events;
use crate::client::{OPERATION, SERVICE};
use crate::failure::is_relay_error;
use crate::json;
use crate::reader::Limits;

/// The successful answer of a function: its head, and a body that is still to be read.
///
/// What is not read is not transferred: dropping the answer closes its connection.
///
/// ```no_run
/// # async fn demo(functions: functions_rs::FunctionsClient) -> Result<(), functions_rs::Error> {
/// let answer = functions.invoke("report").await?;
/// println!("{} {:?}", answer.status, answer.request_id());
/// assert_eq!(answer.media_type(), "application/pdf");
/// let pdf = answer.bytes().await?;
/// # Ok(()) }
/// ```
#[non_exhaustive]
pub struct FunctionResponse {
    /// The HTTP status, a success.
    pub status: StatusCode,
    /// The answer's headers.
    pub headers: HeaderMap,
    body: Body,
    limits: Limits,
    resumed_from: Option<String>,
}

impl FunctionResponse {
    pub(crate) fn new(
        head: Parts,
        body: Body,
        limits: Limits,
        resumed_from: Option<String>,
    ) -> Self {
        Self {
            status: head.status,
            headers: head.headers,
            body,
            limits,
            resumed_from,
        }
    }

    /// The media type in lower case and without parameters, such as `application/json`; empty if there is none.
    #[must_use]
    pub fn media_type(&self) -> String {
        media_type(&self.headers)
    }

    /// The id under which the server or its gateway logged the request.
    #[must_use]
    pub fn request_id(&self) -> Option<String> {
        supabase_http::Response::new(&head(self.status, self.headers.clone()), ()).request_id()
    }

    /// Reads the body as JSON, whatever its content type says. An empty body is `null`, so `()` and `Option` take it.
    ///
    /// ```no_run
    /// # async fn demo(functions: functions_rs::FunctionsClient) -> Result<(), functions_rs::Error> {
    /// #[derive(serde::Deserialize)]
    /// struct Sum { total: i64 }
    ///
    /// let sum: Sum = functions.invoke("sum").json(&[1, 2, 3]).await?.json().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) with status, request id and body if it is no JSON or no `T`, or larger
    /// than the client's `max_response_bytes`; [`Transport`](crate::ErrorKind::Transport) if it breaks off or the call's time
    /// is over.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T> {
        let (head, bytes) = self.read().await?;
        json::read(&head, bytes).map_err(in_context)
    }

    /// Reads the body as text.
    ///
    /// ```no_run
    /// # async fn demo(functions: functions_rs::FunctionsClient) -> Result<(), functions_rs::Error> {
    /// let hello = functions.invoke("hello").await?.text().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`json`](FunctionResponse::json); `Decode` if it is no UTF-8.
    pub async fn text(self) -> Result<String> {
        let (head, bytes) = self.read().await?;
        match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(why) => {
                let reason = format!("it is no text: {why}; read it by `bytes()`");
                Err(in_context(Error::decode(&head, bytes, reason)))
            }
        }
    }

    /// Reads the body as it is.
    ///
    /// ```no_run
    /// # async fn demo(functions: functions_rs::FunctionsClient) -> Result<(), functions_rs::Error> {
    /// let picture = functions.invoke("picture").await?.bytes().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`json`](FunctionResponse::json), but for what is not JSON.
    pub async fn bytes(self) -> Result<Bytes> {
        self.read().await.map(|(_, bytes)| bytes)
    }

    /// The body in pieces, as they come. The call's own time limit ends here; that between two pieces, the client's
    /// `read_timeout`, holds.
    ///
    /// ```no_run
    /// # async fn demo(functions: functions_rs::FunctionsClient) -> Result<(), functions_rs::Error> {
    /// let mut chunks = functions.invoke("export").await?.stream();
    /// while let Some(chunk) = chunks.try_next().await? {
    ///     println!("{} bytes", chunk.len());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn stream(self) -> ByteStream {
        ByteStream {
            head: head(self.status, self.headers),
            chunks: Some(self.body.into_stream()),
        }
    }

    /// The body as server-sent events, as they come. The call's own time limit ends here; a function that is silent for
    /// longer than the client's `read_timeout` should send comments in between.
    ///
    /// If the content type is not `text/event-stream`, the first item is an error that says so.
    ///
    /// ```no_run
    /// # async fn demo(functions: functions_rs::FunctionsClient) -> Result<(), functions_rs::Error> {
    /// let mut events = functions.invoke("chat").text("Hello").await?.events();
    /// while let Some(event) = events.try_next().await? {
    ///     println!("{}: {}", event.event, event.data);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn events(mut self) -> Events {
        let resumed_from = self.resumed_from.take();
        Events::new(self.stream(), resumed_from)
    }

    async fn read(self) -> Result<(Parts, Bytes)> {
        let head = head(self.status, self.headers);
        match self.limits.whole(&head, self.body).await {
            Ok(bytes) => Ok((head, bytes)),
            Err(error) => Err(in_context(error)),
        }
    }
}

/// Whether an answer is an error. The relay's word counts whatever the status.
pub(crate) fn is_error(head: &Parts) -> bool {
    !head.status.is_success() || is_relay_error(&head.headers)
}

/// The error that an answer is.
pub(crate) fn to_error(head: &Parts, start: Bytes) -> Error {
    let mut error = ApiError::new(head, start);
    let says_nothing = Some(error.message()) == head.status.canonical_reason();
    if says_nothing && is_relay_error(&head.headers) {
        error = error.with_message("the relay could not run the function");
    }
    Error::api(error)
}

fn head(status: StatusCode, headers: HeaderMap) -> Parts {
    let (mut head, ()) = http::Response::new(()).into_parts();
    head.status = status;
    head.headers = headers;
    head
}

pub(crate) fn in_context(error: Error) -> Error {
    error.with_context(SERVICE, OPERATION)
}

pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let text = headers.get(CONTENT_TYPE).map(|value| value.to_str());
    let text = text.and_then(std::result::Result::ok).unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

impl fmt::Debug for FunctionResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the headers, which may set cookies.
        f.debug_struct("FunctionResponse")
            .field("status", &self.status.as_u16())
            .field("media_type", &self.media_type())
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

/// The body of an answer in pieces; see [`FunctionResponse::stream`].
///
/// It is a [`Stream`], and has a [`next`](ByteStream::next) and a [`try_next`](ByteStream::try_next) of its own. It ends after
/// the first error. Dropping it closes the connection.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), functions_rs::Error> {
/// use functions_rs::{ByteStream, Invoke};
/// # let (head, ()) = http::Response::new(()).into_parts();
/// # let answer = Invoke::decode(&head, "a,b".into())?;
///
/// let mut pieces: ByteStream = answer.stream();
/// let first = pieces.try_next().await?;
/// assert_eq!(first, Some("a,b".into()));
/// while let Some(piece) = pieces.next().await {
///     println!("{} bytes more", piece?.len());
/// }
/// # Ok(()) }
/// ```
#[must_use = "nothing is read before the stream is polled"]
pub struct ByteStream {
    pub(crate) head: Parts,
    chunks: Option<BodyStream>,
}

impl ByteStream {
    /// The next piece, or `None` at the end.
    ///
    /// Cancel-safe: a piece is either returned or still to come.
    ///
    /// # Errors
    /// [`ErrorKind::Transport`](crate::ErrorKind::Transport) if the body breaks off, or no piece came for too long.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// As [`next`](ByteStream::next), for `while let Some(chunk) = stream.try_next().await?`.
    ///
    /// # Errors
    /// As [`next`](ByteStream::next).
    pub async fn try_next(&mut self) -> Result<Option<Bytes>> {
        self.next().await.transpose()
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let Some(chunks) = &mut self.chunks else {
            return Poll::Ready(None);
        };
        let next = ready!(Pin::new(chunks).poll_next(cx));
        Poll::Ready(match next {
            Some(Ok(chunk)) => Some(Ok(chunk)),
            Some(Err(error)) => {
                self.chunks = None;
                Some(Err(in_context(Error::interrupted(&self.head, error))))
            }
            None => {
                self.chunks = None;
                None
            }
        })
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteStream")
            .field("status", &self.head.status.as_u16())
            .field("ended", &self.chunks.is_none())
            .finish_non_exhaustive()
    }
}

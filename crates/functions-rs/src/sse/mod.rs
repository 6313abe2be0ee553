//! Server-sent events, by the rules of the
//! [HTML standard](https://html.spec.whatwg.org/multipage/server-sent-events.html).

mod parser;
#[cfg(test)]
mod tests;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http::StatusCode;
use http::response::Parts;
use serde::de::DeserializeOwned;
use supabase_http::{Error, Result};

use crate::ByteStream;
use crate::json;
use crate::response::{in_context, media_type};
use parser::Parser;

/// The longest line of a stream of events, in bytes, unless [`Events::max_line_bytes`] says otherwise: 1 MiB.
pub const DEFAULT_MAX_LINE_BYTES: usize = 1024 * 1024;

/// The largest data of one event, in bytes, unless [`Events::max_event_bytes`] says otherwise: 8 MiB.
pub const DEFAULT_MAX_EVENT_BYTES: usize = 8 * 1024 * 1024;

/// One event.
#[derive(Clone)]
#[non_exhaustive]
pub struct Event {
    /// Its type: `message` unless the server names another.
    pub event: String,
    /// Its data; several lines of it are joined by `\n`.
    pub data: String,
    /// The id of the last event that had one, this one included; empty if there was none.
    pub id: String,
    head: Option<Arc<Parts>>,
}

impl Event {
    /// The data, read as JSON.
    ///
    /// ```no_run
    /// # async fn demo(functions: functions_rs::FunctionsClient) -> Result<(), functions_rs::Error> {
    /// #[derive(serde::Deserialize)]
    /// struct Token { text: String }
    ///
    /// let mut events = functions.invoke("chat").text("Hello").await?.events();
    /// while let Some(event) = events.try_next().await? {
    ///     let token: Token = event.json()?;
    ///     print!("{}", token.text);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) with status, request id and the data if it is no JSON or no `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        let data = Bytes::copy_from_slice(self.data.as_bytes());
        let none = || http::Response::new(()).into_parts().0;
        match &self.head {
            Some(head) => json::read(head, data),
            None => json::read(&none(), data),
        }
        .map_err(in_context)
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the data, which is the body of the answer.
        f.debug_struct("Event")
            .field("event", &self.event)
            .field("data", &format_args!("{} bytes", self.data.len()))
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The events of an answer, as they come; see [`FunctionResponse::events`](crate::FunctionResponse::events).
///
/// It is a [`Stream`], and has a [`next`](Events::next) and a [`try_next`](Events::try_next) of its own. It ends when the
/// answer does, an event that was not complete by then being dropped, and after the first error. It does not reconnect by
/// itself, since that would run the function again: see [`Invoke::last_event_id`](crate::Invoke::last_event_id). Dropping it
/// closes the connection.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use functions_rs::{Events, Invoke};
/// # let (head, ()) = http::Response::builder().header("content-type", "text/event-stream").body(())?.into_parts();
/// # let answer = Invoke::decode(&head, "retry: 500\nid: 1\ndata: tick\n\ndata: tock\n\n".into())?;
///
/// let mut events: Events = answer.events().max_line_bytes(64 * 1024).max_event_bytes(256 * 1024);
/// let first = events.try_next().await?;
/// assert_eq!(first.map(|event| event.data).as_deref(), Some("tick"));
/// while let Some(event) = events.next().await {
///     assert_eq!(event?.data, "tock");
/// }
///
/// // What another invocation needs to go on from here.
/// assert_eq!(events.last_event_id(), Some("1"));
/// assert_eq!(events.retry(), Some(Duration::from_millis(500)));
/// # Ok(()) }
/// ```
#[must_use = "nothing is read before the stream is polled"]
pub struct Events {
    chunks: Option<ByteStream>,
    input: Bytes,
    parser: Parser,
    head: Arc<Parts>,
    /// Whether the content type is still to be looked at.
    unchecked: bool,
}

impl Events {
    pub(crate) fn new(chunks: ByteStream, resumed_from: Option<String>) -> Self {
        Self {
            head: Arc::new(chunks.head.clone()),
            chunks: Some(chunks),
            input: Bytes::new(),
            parser: Parser::new(resumed_from.unwrap_or_default()),
            unchecked: true,
        }
    }

    /// The longest line that is read, in bytes; a longer one ends the stream with an error.
    pub fn max_line_bytes(mut self, bytes: usize) -> Self {
        self.parser.max_line = bytes;
        self
    }

    /// The largest data of one event that is read, in bytes; more of it ends the stream with an error.
    pub fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.parser.max_event = bytes;
        self
    }

    /// The next event, or `None` at the end.
    ///
    /// Cancel-safe: an event is either returned or still to come.
    ///
    /// # Errors
    /// [`ErrorKind::Transport`](crate::ErrorKind::Transport) if the answer breaks off, or is silent for too long;
    /// [`Decode`](crate::ErrorKind::Decode) if it is no stream of events, or exceeds a limit.
    pub async fn next(&mut self) -> Option<Result<Event>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// As [`next`](Events::next), for `while let Some(event) = events.try_next().await?`.
    ///
    /// # Errors
    /// As [`next`](Events::next).
    pub async fn try_next(&mut self) -> Result<Option<Event>> {
        self.next().await.transpose()
    }

    /// The id to go on after, by [`Invoke::last_event_id`](crate::Invoke::last_event_id): that of the last event that had
    /// one, or else the one that this stream was asked to go on after.
    #[must_use]
    pub fn last_event_id(&self) -> Option<&str> {
        Some(self.parser.last_id()).filter(|id| !id.is_empty())
    }

    /// How long the server asks to wait before going on with another invocation, if it said so.
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        self.parser.retry()
    }

    fn fail(&mut self, reason: impl fmt::Display) -> Poll<Option<Result<Event>>> {
        self.chunks = None;
        self.input = Bytes::new();
        let error = Error::decode(&self.head, Bytes::new(), reason);
        Poll::Ready(Some(Err(in_context(error))))
    }
}

impl Stream for Events {
    type Item = Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Event>>> {
        let this = &mut *self;
        // No content is an end without events; else only this content type holds any.
        if std::mem::take(&mut this.unchecked) && this.head.status != StatusCode::NO_CONTENT {
            let kind = media_type(&this.head.headers);
            if kind != "text/event-stream" {
                return this.fail(format_args!("it is {kind:?} and no `text/event-stream`"));
            }
        }
        loop {
            match this.parser.next(&mut this.input) {
                Ok(Some(mut event)) => {
                    event.head = Some(Arc::clone(&this.head));
                    return Poll::Ready(Some(Ok(event)));
                }
                Ok(None) => {}
                Err(exceeded) => return this.fail(exceeded),
            }
            let Some(chunks) = &mut this.chunks else {
                return Poll::Ready(None);
            };
            match ready!(Pin::new(chunks).poll_next(cx)) {
                Some(Ok(chunk)) => this.input = chunk,
                Some(Err(error)) => {
                    this.chunks = None;
                    return Poll::Ready(Some(Err(error)));
                }
                None => this.chunks = None,
            }
        }
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("status", &self.head.status.as_u16())
            .field("ended", &self.chunks.is_none())
            .finish_non_exhaustive()
    }
}

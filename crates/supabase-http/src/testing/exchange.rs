//! One scripted answer, and the ways in which it can go wrong.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use http_body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::{Body, BoxError, TransportError, TransportErrorKind};

/// What a [`MockTransport`](super::MockTransport) answers to one request.
///
/// What cannot be an answer (a status such as 7, a header with a newline) makes the request fail with
/// an error that says so.
///
/// ```
/// use std::time::Duration;
/// use serde_json::json;
/// use supabase_http::testing::Exchange;
///
/// let slow = Exchange::new(200).json(json!([])).delay(Duration::from_secs(5));
/// let throttled = Exchange::new(429).header("retry-after", "1");
/// let broken = Exchange::new(200).body("[1, 2, 3]").fail_body_after(4);
/// let dripping = Exchange::new(200).body("[1, 2, 3]").drip(1, Duration::from_millis(50));
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Exchange {
    outcome: Outcome,
    headers: HeaderMap,
    body: Payload,
    delay: Option<Duration>,
    fail_after: Option<usize>,
    drip: Option<(usize, Duration)>,
    /// The first thing that was wrong with the script.
    flaw: Option<String>,
}

#[derive(Debug, Clone, Copy)]
enum Outcome {
    Status(StatusCode),
    Fail(TransportErrorKind),
}

#[derive(Clone)]
struct Payload(Bytes);

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// What can be the body of a scripted answer: JSON, text, bytes or `()` for none.
///
/// ```
/// use bytes::Bytes;
/// use supabase_http::testing::{IntoReply, MockTransport};
///
/// /// A fixture of your tests.
/// struct Planet(&'static str);
///
/// impl IntoReply for Planet {
///     fn into_reply(self) -> (Bytes, Option<&'static str>) {
///         serde_json::json!({ "name": self.0 }).into_reply()
///     }
/// }
///
/// let mock = MockTransport::new().reply(200, Planet("Earth"));
/// ```
pub trait IntoReply {
    /// The bytes, and the content type that goes with them.
    fn into_reply(self) -> (Bytes, Option<&'static str>);
}

impl IntoReply for () {
    fn into_reply(self) -> (Bytes, Option<&'static str>) {
        (Bytes::new(), None)
    }
}

impl IntoReply for serde_json::Value {
    fn into_reply(self) -> (Bytes, Option<&'static str>) {
        (Bytes::from(self.to_string()), Some("application/json"))
    }
}

impl IntoReply for &serde_json::Value {
    fn into_reply(self) -> (Bytes, Option<&'static str>) {
        (Bytes::from(self.to_string()), Some("application/json"))
    }
}

macro_rules! into_reply {
    ($kind:literal: $($owned:ty),*) => {$(
        impl IntoReply for $owned {
            fn into_reply(self) -> (Bytes, Option<&'static str>) {
                (Bytes::from(self), Some($kind))
            }
        }
    )*};
}
into_reply!("text/plain; charset=utf-8": &'static str, String);
into_reply!("application/octet-stream": Bytes, Vec<u8>, &'static [u8]);

impl Exchange {
    /// An answer with this status and no body.
    pub fn new(status: u16) -> Self {
        let (status, flaw) = match StatusCode::from_u16(status) {
            Ok(known) => (known, None),
            Err(_) => (StatusCode::OK, Some(format!("{status} is no HTTP status"))),
        };
        Self::of(Outcome::Status(status), flaw)
    }

    /// No answer: the request fails with an error of this kind.
    ///
    /// ```
    /// use supabase_http::TransportErrorKind;
    /// use supabase_http::testing::Exchange;
    ///
    /// let refused = Exchange::fail(TransportErrorKind::Connect);
    /// ```
    pub fn fail(kind: TransportErrorKind) -> Self {
        Self::of(Outcome::Fail(kind), None)
    }

    fn of(outcome: Outcome, flaw: Option<String>) -> Self {
        Self {
            outcome,
            headers: HeaderMap::new(),
            body: Payload(Bytes::new()),
            delay: None,
            fail_after: None,
            drip: None,
            flaw,
        }
    }

    /// Adds a header; one of the same name stays beside it.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            (Ok(name), Ok(value)) => {
                self.headers.append(name, value);
            }
            _ => self.flaw(format!("`{name}` with the given value is no HTTP header")),
        }
        self
    }

    /// Sets the body to this value as JSON, and the content type unless one is set already.
    pub fn json(mut self, value: impl serde::Serialize) -> Self {
        match serde_json::to_vec(&value) {
            Ok(bytes) => self.payload(Bytes::from(bytes), Some("application/json")),
            Err(error) => self.flaw(format!("the body cannot be written as JSON: {error}")),
        }
        self
    }

    /// Sets the body, and the content type that goes with it unless one is set already.
    pub fn body(mut self, body: impl IntoReply) -> Self {
        let (bytes, kind) = body.into_reply();
        self.payload(bytes, kind);
        self
    }

    /// Waits so long before the head of the answer, or before failing; tests with paused time need not wait.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = Some(delay);
        self
    }

    /// Breaks the connection after so many bytes of the body.
    pub fn fail_body_after(mut self, bytes: usize) -> Self {
        self.fail_after = Some(bytes);
        self
    }

    /// Sends the body in chunks of so many bytes (at least one), waiting before each of them.
    pub fn drip(mut self, chunk: usize, pause: Duration) -> Self {
        self.drip = Some((chunk.max(1), pause));
        self
    }

    fn payload(&mut self, bytes: Bytes, kind: Option<&'static str>) {
        self.body = Payload(bytes);
        if let Some(kind) = kind {
            self.headers
                .entry(CONTENT_TYPE)
                .or_insert(HeaderValue::from_static(kind));
        }
    }

    fn flaw(&mut self, text: String) {
        self.flaw.get_or_insert(text);
    }

    pub(super) async fn play(self, method: &Method) -> Result<Response<Body>, TransportError> {
        if let Some(flaw) = self.flaw {
            return Err(TransportError::new(TransportErrorKind::Request, flaw));
        }
        if let Some(delay) = self.delay {
            sleep(delay).await;
        }
        let status = match self.outcome {
            Outcome::Status(status) => status,
            Outcome::Fail(kind) => return Err(TransportError::new(kind, "a scripted failure")),
        };
        // As over a wire: what answers HEAD has the headers of a body, and none.
        let bytes = if method == Method::HEAD {
            Bytes::new()
        } else {
            self.body.0
        };
        let body = if self.fail_after.is_none() && self.drip.is_none() {
            Body::from(bytes)
        } else {
            let (chunk, pause) = self.drip.map_or((usize::MAX, None), |(n, p)| (n, Some(p)));
            let left = self.fail_after;
            Body::wrap(Scripted {
                bytes,
                chunk,
                pause,
                waiting: None,
                fail_after: left,
            })
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = self.headers;
        Ok(response)
    }
}

/// A body that takes its time, or breaks off.
struct Scripted {
    bytes: Bytes,
    chunk: usize,
    pause: Option<Duration>,
    waiting: Option<Pin<Box<Sleep>>>,
    fail_after: Option<usize>,
}

impl http_body::Body for Scripted {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if this.fail_after == Some(0) {
            let broken = TransportError::new(
                TransportErrorKind::Interrupted,
                "a scripted break of the body",
            );
            return Poll::Ready(Some(Err(broken.into())));
        }
        if this.bytes.is_empty() {
            // A break beyond the end is one at the end.
            return match this.fail_after.take() {
                Some(_) => {
                    this.fail_after = Some(0);
                    self.poll_frame(cx)
                }
                None => Poll::Ready(None),
            };
        }
        if let Some(pause) = this.pause {
            let waiting = this.waiting.get_or_insert_with(|| Box::pin(sleep(pause)));
            ready!(waiting.as_mut().poll(cx));
            this.waiting = None;
        }
        let limit = this.fail_after.unwrap_or(usize::MAX);
        let size = this.chunk.min(limit).min(this.bytes.len());
        let chunk = this.bytes.split_to(size);
        this.fail_after = this.fail_after.map(|left| left - size);
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty() && self.fail_after.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
